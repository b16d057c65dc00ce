"""Takes the texts of configuration files, gives a folder that holds them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.config import load
from monitor.errors import ConfigError
from monitor.types import Settings

Write = Callable[..., Path]
Refusal = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes `monitor="…"`, `sources="…"`, `topics="…"` and gives their folder."""

    def write_files(**texts: str | bytes) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write_files


@pytest.fixture
def settings(write: Write) -> Callable[..., Settings]:
    """Give a function that loads the files it is given."""
    return lambda **texts: load(write(**texts), {})


@pytest.fixture
def refusal(write: Write) -> Refusal:
    """Give a function that loads the files it is given, and gives the lines of the refusal."""

    def refused(**texts: str | bytes) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(write(**texts), {})
        return str(caught.value).splitlines()

    return refused
