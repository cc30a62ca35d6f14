"""The examples of docs/project-file.md are loaded: whole files as they are, fragments within a short one."""

import json
import re
from pathlib import Path

import pytest

from realpad_form.catalog import read_project
from realpad_form.catalog.yaml_source import parse
from realpad_form.domain.project import Project

DOCUMENT = (Path(__file__).parents[2] / "docs" / "project-file.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
WHOLE = [block for block in BLOCKS if block.startswith("version:")]
FRAGMENTS = [block for block in BLOCKS if not block.startswith("version:")]
NAMES = [f"{number}-{block.split(':')[0]}" for number, block in enumerate(FRAGMENTS, start=1)]


def problems_of(tmp_path, text):
    path = tmp_path / "riverside.yaml"
    path.write_text(text, encoding="utf-8")
    for name in ("brand.woff2", "jana.webp", "jantar.yaml"):  # that examples name
        (tmp_path / name).touch()
    return [str(problem) for problem in read_project(path)[1]]


def completed(fragment):
    """Return a fragment within the first whole file, its questions before those that must be there."""
    whole, value = parse(WHOLE[0].encode()).value, parse(fragment.encode()).value
    fields = value.get("fields", [])
    asked = {question.get("field") for question in fields}
    skip = asked | ({"name", "surname"} if "full_name" in asked else set())
    fields += [question for question in whole["fields"] if question["field"] not in skip]
    return {**whole, **value, "fields": fields}


@pytest.mark.parametrize("text", WHOLE)
def test_whole_example_has_neither_problems_nor_warnings(tmp_path, text):
    assert problems_of(tmp_path, text) == []


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=NAMES)
def test_fragment_has_neither_problems_nor_warnings(tmp_path, fragment):
    text = json.dumps(completed(fragment), ensure_ascii=False, default=float)
    for name in ("jana.webp", "brand.woff2"):
        (tmp_path / name).touch()  # what fragments take for granted

    assert problems_of(tmp_path, text) == []


def test_every_key_of_the_grammar_is_shown_in_an_example():
    shown = {key for block in BLOCKS for key in parse(block.encode()).value}

    assert shown == set(Project.model_fields)


@pytest.mark.parametrize("key", sorted(Project.model_fields))
def test_table_tells_the_default_of_every_key(key):
    row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{key}` |"))
    default = row.split("|")[2].strip()

    if Project.model_fields[key].is_required():
        assert default == "must be there"
    elif default.startswith("`"):
        value = parse(f"{key}: {default.strip('`')}".encode()).value[key]
        assert (
            Project.model_validate({**parse(WHOLE[0].encode()).value, key: value}).model_dump()[key]
            == (Project.model_validate(parse(WHOLE[0].encode()).value).model_dump()[key])
        )
