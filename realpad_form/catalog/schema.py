"""The JSON Schema of project files, for editors that complete and check while one types."""

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from realpad_form.catalog.descriptions import OF_PARTS, OF_QUESTIONS
from realpad_form.domain.project import Project
from realpad_form.domain.text import LANGUAGES

_ANY_KEYS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_BY_LANGUAGE: Final = {
    "type": "object",
    "properties": {language: {"type": "string"} for language in LANGUAGES},
    "additionalProperties": False,
    "minProperties": 1,
}


class _Untitled(GenerateJsonSchema):
    """Leaves out pydantic's titles of keys, which only repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema, draft 2020-12, of a project file."""
    schema = _with_languages(Project.model_json_schema(schema_generator=_Untitled))
    for name, part in [*schema["$defs"].items(), ("Project", schema)]:
        texts = OF_PARTS.get(name, OF_QUESTIONS)
        for key, rule in part["properties"].items():
            rule["description"] = texts[key]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "realpad-form project file",
    }


def _with_languages(node: Any) -> Any:
    """Return a schema whose texts take the languages that the form speaks, and no others."""
    if node == _ANY_KEYS:
        return _BY_LANGUAGE
    if isinstance(node, dict):
        return {key: _with_languages(inner) for key, inner in node.items()}
    return [_with_languages(inner) for inner in node] if isinstance(node, list) else node
