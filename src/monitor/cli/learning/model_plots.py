"""Takes a model's card, gives its pictures as files, PNG and SVG."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.errors import UsageError
from monitor.feedback.curves import Kind, picture, picture_names

KINDS: tuple[Kind, ...] = ("png", "svg")


def draw(card: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what the card holds into a folder; give the files written.

    Raises:
        UsageError: the card is of an older program and holds no curves, or the folder cannot be written to.
    """
    names = picture_names(card)
    if not names:
        raise UsageError(f"model {card['version']} was made by an older program and holds no curves: train it again")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_save(card, name, kind, folder) for name in names for kind in KINDS]
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to ({error.strerror}): name another folder") from error


def _save(card: Mapping[str, Any], name: str, kind: Kind, folder: Path) -> Path:
    path = folder / f"{name}.{kind}"
    path.write_bytes(picture(card, name, kind))
    return path
