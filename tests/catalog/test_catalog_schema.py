import json

import jsonschema
import pytest

from realpad_form.catalog import json_schema, samples_folder
from realpad_form.catalog.yaml_source import parse

SCHEMA = jsonschema.Draft202012Validator(json_schema())
SAMPLES = sorted(samples_folder().glob("*.yaml"))


def is_valid(text):
    return SCHEMA.is_valid(parse(text.encode()).value)


def test_schema_is_a_schema():
    schema = json_schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == "realpad-form project file"
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_is_valid(path):
    errors = SCHEMA.iter_errors(parse(path.read_bytes()).value)

    assert [error.json_path for error in errors] == []


def test_every_key_is_explained():
    schema = json_schema()

    for part in [schema, *schema["$defs"].values()]:
        assert all(rule["description"] for rule in part["properties"].values())


@pytest.mark.parametrize(
    "question",
    [
        "{field: rooms, options: [1+kk, 2, {value: 3+kk, label: {en: three}}]}",
        "{field: price_max, options: [4000000, {value: 6000000, label: six}]}",
        "{field: unit, known: [A-101, 102]}",
        "{attribute: customer_a, type: single_select, label: A, options: [1, '2']}",
    ],
)
def test_options_may_be_bare_values(minimal, question):
    assert is_valid(f"{minimal}  - {question}\n")


@pytest.mark.parametrize(
    "line",
    [
        "bogus: 1",
        "name: {cz: Riverside}",
        "fields: [{field: rooms}]",
        "fields: [{field: budget}]",
        "fields: [{attribute: customer_a, type: boolean}]",
        "fields: [{attribute: customer_a, label: A}]",
        "realpad: {credentials: riverside}",
        "theme: {colour: red}",
    ],
)
def test_what_the_grammar_refuses_is_marked_in_the_editor(minimal, line):
    key = line.split(":")[0]
    kept = [old for old in minimal.split("fields:")[0].splitlines() if not old.startswith(f"{key}:")]

    assert not is_valid("\n".join([*kept, "fields: [{field: name}]" if key != "fields" else "", line]))
