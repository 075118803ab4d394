"""The six files as JSON Schema, so that an editor can help while somebody writes them."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from mailrouter.config.examples import Example
from mailrouter.config.loading import ANNOTATIONS
from mailrouter.config.tables import EXAMPLES
from mailrouter.core.routing import as_copy
from mailrouter.core.settings import parse_duration, parse_size
from mailrouter.core.terms import as_terms

_DURATION = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*[smhd]\s*$", "examples": ["30s", "5m", "2h", "14d"]}
_SIZE = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\s*\d+\s*[kKmMgG]?[bB]?\s*$"}]}
_BARE = (as_terms, as_copy)
"""Of what these read, the name alone will do."""


class _AsWritten(GenerateJsonSchema):
    """JSON Schema of what stands in the files, where a validator takes more than the type behind it."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """A duration, a size, a term or a copy as an administrator writes it."""
        function = schema["function"]["function"]
        if function is parse_duration:
            return dict(_DURATION)
        if function is parse_size:
            return dict(_SIZE)
        inner = super().function_before_schema(schema)
        return {"anyOf": [{"type": "string"}, inner]} if function in _BARE else inner


def schema() -> dict[str, Any]:
    """One JSON Schema document: `properties` has a schema per file, `$defs` what they share."""
    annotations = {**ANNOTATIONS, EXAMPLES: list[Example]}
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (name, "validation", TypeAdapter(annotation)) for name, annotation in annotations.items()
    ]
    refs, document = TypeAdapter.json_schemas(inputs, schema_generator=_AsWritten)
    for definition in document.get("$defs", {}).values():
        _drop_secrets(definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mailrouter config",
        "description": "The six files of a config folder.",
        "type": "object",
        "properties": {name: refs[name, "validation"] for name in annotations},
        "$defs": document.get("$defs", {}),
    }


def _drop_secrets(definition: dict[str, Any]) -> None:
    """Secrets are never in the files."""
    properties = definition.get("properties", {})
    for name in [name for name, value in properties.items() if "writeOnly" in str(value)]:
        del properties[name]
