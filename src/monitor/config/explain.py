"""Takes what pydantic found wrong in a section, gives the sentence a person reads: what is wrong, and what to write instead."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from monitor.config.quantities import shown

_EXAMPLES = {"url": "https://example.org/feed.xml", "id": "drug_policy", "start": '"22:00"', "end": '"07:00"'}
_MAPPING = "{key} must be a mapping, not {value}: write {mapping}"
_CHOICE = "{key} must be {expected}, not {value}"
_WHOLE = "{key} must be a whole number, not {value}: write it without quotes and without a point"
_SENTENCES = {
    "missing": "{key} is missing: add `{name}: {example}`",
    "string_type": "{key} must be text, not {value}: {text}",
    "string_too_short": "{key} is empty: write a text or remove the key",
    "string_too_long": "{key} is too long: write at most {max_length} characters",
    "tuple_type": "{key} must be a list, not {value}: write [a, b], or one line per entry that starts with `- `",
    "model_type": _MAPPING,
    "dict_type": _MAPPING,
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "int_type": _WHOLE,
    "greater_than_equal": "{key} must be at least {ge}, not {value}",
    "less_than_equal": "{key} must be at most {le}, not {value}",
}


def explain(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Put one error into words; `model` is the one that was validated."""
    key, written, path = _subject(error["loc"]), error["input"], error["loc"]
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        reason = str(context["error"])
        return reason if reason.startswith("keyword ") else f"{key} {reason}"
    if error["type"] == "extra_forbidden":
        return _unknown_key(str(path[-1]), _known_keys(model, path[:-1]))
    return _SENTENCES.get(error["type"], "{key}: {message}").format(
        **{limit: bound for limit, bound in context.items() if limit != "expected"},
        expected=str(context.get("expected", "")).replace("'", ""),
        key=key,
        message=error["msg"],
        name=path[-1],
        value=shown(written),
        example=_EXAMPLES.get(str(path[-1]), "…"),
        text=f'put it in quotes, "{written}"' if isinstance(written, int | float) else "write one text",
        mapping=_mapping_example(model, path),
    )


def _subject(path: tuple[str | int, ...]) -> str:
    name = next((step for step in reversed(path) if isinstance(step, str) and step != "[key]"), "the file")
    name = shown(name)[1:-1]  # the name of a header may be anything
    return f"entry of `{name}`" if isinstance(path[-1], int) else f"`{name}`"


def _unknown_key(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    instead = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
    return f"unknown key {shown(key)}: {instead}"


def _known_keys(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    found = _section(model, path)
    return list(found.model_fields) if found else []


def _mapping_example(model: type[BaseModel], path: Iterable[str | int]) -> str:
    keys = _known_keys(model, path)
    return f"`{keys[0]}: …` and other keys below it" if keys else "`key: value`"


def _section(model: type[BaseModel], path: Iterable[str | int]) -> type[BaseModel] | None:
    """Follow a path through the models; items of lists have the model that stands inside the list."""
    found: type[BaseModel] | None = model
    for step in path:
        if isinstance(step, str):
            field = found.model_fields.get(step) if found else None
            found = _model_in(field.annotation) if field else None
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *get_args(annotation))
    return next((item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)), None)
