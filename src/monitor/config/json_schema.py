"""Takes the models of the files, gives JSON Schemas by which an editor completes and checks while you type."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from monitor.config.models import FILES
from monitor.config.quantities import duration_text


class _AsWritten(GenerateJsonSchema):
    """Gives defaults as people write them: an editor may fill them in."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, BaseModel):
            return {}
        return duration_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def schema() -> dict[str, dict[str, Any]]:
    """Give one JSON Schema per file, by the file's name without ending."""
    return {
        name: {"$schema": _AsWritten.schema_dialect, **model.model_json_schema(schema_generator=_AsWritten)}
        for name, model in FILES.items()
    }
