"""Takes a config folder and the environment, gives what the page is given."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from monitor.adapters.model_files import ModelFiles
from monitor.adapters.store import open_store
from monitor.bootstrap.archive import editor
from monitor.bootstrap.parts import model_files, opener
from monitor.config import LiveConfig
from monitor.config.live import RELOADED
from monitor.ports import Store
from monitor.types import Settings

if TYPE_CHECKING:
    from monitor.classify import Judge
    from monitor.jobs.people.regroup import Editor

LOOKED_AT_AGAIN = 2.0  #: seconds after which the page looks whether the configuration has changed


class Front:
    """What the page is given: the store, and settings, models and judge as they are in force while it is served."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        """Read the settings and open the store; raises as `open_archive` does."""
        self.folder, self.environ = folder, environ
        self._live = LiveConfig(folder, environ)
        self._lock, self._looked = Lock(), monotonic()
        self._judge: tuple[Settings, str, Judge] | None = None
        self.problems: Sequence[str] = ()  #: mistakes for which a change of the files is not in force
        self.store: Store = open_store(self._live.current.database)

    @property
    def settings(self) -> Settings:
        """Give the settings in force; the files are looked at again every other second."""
        return self._in_force()[0]

    @property
    def files(self) -> Mapping[str, bytes | None]:
        """Give the bytes of the files that the settings in force were read from; on disk there may be a mistake by now."""
        return self._in_force()[1]

    def _in_force(self) -> tuple[Settings, Mapping[str, bytes | None]]:
        with self._lock:
            if monotonic() - self._looked > LOOKED_AT_AGAIN:
                self._looked = monotonic()
                if lines := self._live.refresh():
                    self.problems = () if lines == [RELOADED] else tuple(lines)
            return self._live.current, self._live.files

    @property
    def models(self) -> ModelFiles:
        """Give the model versions."""
        return model_files(self.settings)

    @property
    def judge(self) -> "Judge":
        """Give the judge of the model in use; raises ModelError."""
        settings, files = self.settings, self.models
        version = files.current()
        known = self._judge
        if known is None or known[:2] != (settings, version):
            judge = opener(partial(files.load, version), settings.topics, self.store)()
            self._judge = known = (settings, version, judge)
        return known[2]

    def editor(self) -> "AbstractContextManager[Editor]":
        """Give what changing stories and showing answers takes; to be let go of afterwards."""
        return editor(self.settings, self.environ, self.store, lambda: self.judge)


@contextmanager
def open_front(folder: Path, environ: Mapping[str, str]) -> Iterator[Front]:
    """Open what the page is given; raises as `open_archive` does."""
    front = Front(folder, environ)
    try:
        yield front
    finally:
        front.store.close()
