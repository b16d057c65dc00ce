"""Takes the name of a folder that travels with the package, gives where it lies."""

from pathlib import Path

from monitor.errors import ConfigError

_PACKAGE = Path(__file__).parents[1]


def shipped(name: str) -> Path:
    """Find `config` or `models`: inside an installed wheel, else at the top of the repository (editable install).

    Raises:
        ConfigError: it is in neither place.
    """
    for place in (_PACKAGE / "_shipped" / name, _PACKAGE.parents[1] / name):
        if place.is_dir():
            return place
    raise ConfigError(f"this installation has no folder {name!r}: install topic-monitor again")
