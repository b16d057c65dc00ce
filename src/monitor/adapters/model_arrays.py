"""Takes a model, gives its plain part and its arrays packed; takes these, gives the model back. Arrays are read without pickle."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from monitor.classify.features import CUE_FEATURES
from monitor.classify.model import Evidence, Floats, Head, Model
from monitor.errors import ModelError

#: `monitor train` compares with the model in use, so it cannot be the first step.
OF_ANOTHER_VERSION = (
    "remove `current` from the folder of models to use the shipped one, then `monitor train` learns from your labels again;"
    " or go back to the program that wrote it"
)
WAY_OUT = "choose another with `monitor models list`, or remove `current` to use the shipped one"


def plain_of(model: Model) -> dict[str, Any]:
    """Give everything of a model that is not an array."""
    return {
        "version": model.version,
        "languages": list(model.languages),
        "features": [name for name, _ in CUE_FEATURES],
        "heads": {topic: _plain_head(head) for topic, head in sorted(model.heads.items())},
        "general": _plain_head(model.general),
        **({"measured": model.measured} if model.measured < len(model.vocabulary) else {}),
    }


def packed(model: Model) -> bytes:
    """Give the arrays as the bytes of an npz file, the same for the same model."""
    heads = [*(head for _, head in sorted(model.heads.items())), model.general]
    arrays: dict[str, Any] = {
        part: np.stack([getattr(head, part) for head in heads]) for part in ("words", "cues", "keywords")
    }
    vocabulary = np.frombuffer("\n".join(model.vocabulary).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    arrays |= {"vocabulary": vocabulary, "idf": model.idf, "scale": model.scale}
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpacked(plain: Mapping[str, Any], content: bytes) -> Model:
    """Give the model of what `plain_of` and `packed` gave.

    Raises:
        ModelError: something is missing or damaged, or it was trained on other features than this program has.
    """
    name = plain["version"]
    if [feature for feature, _ in CUE_FEATURES] != plain["features"]:
        raise ModelError(f"model {name} was trained on other features than this program has: {OF_ANOTHER_VERSION}")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = dict(stored)
        parts = [*plain["heads"].values(), plain["general"]]
        heads = [_head(part, arrays, row) for row, part in enumerate(parts)]
        return Model(
            version=name,
            languages=tuple(plain["languages"]),
            vocabulary=tuple(bytes(arrays["vocabulary"]).decode().split("\n")),
            idf=arrays["idf"],
            scale=arrays["scale"],
            heads=dict(zip(plain["heads"], heads, strict=False)),
            general=heads[-1],
            measured=plain.get("measured", -1),
        )
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"model {name} cannot be read: {error}; {WAY_OUT}") from error
    except (KeyError, TypeError, IndexError) as error:
        raise ModelError(f"model {name} is incomplete ({error}); {WAY_OUT}") from error


def _plain_head(head: Head) -> dict[str, Any]:
    numbers = {name: getattr(head, name) for name in ("intercept", "slope", "offset", "threshold", "gate")}
    return {**numbers, "evidence": [asdict(row) for row in head.evidence]}


def _head(plain: Mapping[str, Any], arrays: Mapping[str, Floats], row: int) -> Head:
    weights = {part: arrays[part][row] for part in ("words", "cues", "keywords")}
    evidence = tuple(Evidence(**line) for line in plain["evidence"])
    return Head(**{**plain, **weights, "evidence": evidence})
