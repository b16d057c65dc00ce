"""Takes settings, gives the cluster's own tables brought up, or says why they cannot be used."""

from typing import TYPE_CHECKING

from monitor.errors import ConfigError
from monitor.types import Settings

if TYPE_CHECKING:
    from types import ModuleType


def refuse_unready_cluster(url: str) -> None:
    """Make sure that what a cluster takes is installed, and its tables there.

    Raises:
        ConfigError: the extra is not installed.
        StoreBusy, StoreError: the database is out of reach; the tables are missing, behind or ahead.
    """
    _cluster_tables().refuse_unready(url)


def upgrade_cluster(settings: Settings) -> str:
    """Bring the cluster's tables up to the installed Procrastinate; give what was done, "" where there is no cluster.

    Raises:
        ConfigError, StoreBusy, StoreError: as `refuse_unready_cluster`.
    """
    if settings.engine != "procrastinate":
        return ""
    was = _cluster_tables().bring_up(settings.database)
    if was.current == was.head:
        return f"The cluster's tables are up to date ({was.head})."
    return f"The cluster's tables were brought from {was.current or 'nothing'} to {was.head}."


def _cluster_tables() -> "ModuleType":
    try:
        from monitor.adapters.engine import tables  # noqa: PLC0415 - an extra
    except ImportError as missing:
        raise ConfigError(
            f'`engine: procrastinate` needs {missing.name}: pip install "topic-monitor[cluster]"'
        ) from missing
    return tables
