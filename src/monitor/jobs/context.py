"""Takes what `bootstrap` has chosen, gives the one value every job is handed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import random
from uuid import uuid4

from monitor.classify import Judge
from monitor.ports import Fetcher, Notifier, Reader, Store
from monitor.stories import Idf
from monitor.types import Settings, Source, Worker


def new_key() -> str:
    """Give a delivery key that no other monitor posting to the same channel can have given."""
    return uuid4().hex


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """The settings in force, the ports, and the two chances a job takes (jitter and keys), injectable for tests."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    reader: Reader
    notifier: Notifier
    judge: Judge
    idf: Idf
    worker: Worker
    clock: Callable[[], datetime]
    answers: bool = False  #: whether buttons work, so whether messages carry any
    dry_run: bool = False
    chance: Callable[[], float] = random
    key: Callable[[], str] = new_key
    sources: Mapping[str, Source] = field(default_factory=dict)

    def with_settings(self, settings: Settings, judge: Judge) -> "Context":
        """Give the same context under changed settings."""
        return replace(self, settings=settings, judge=judge, sources={source.id: source for source in settings.sources})
