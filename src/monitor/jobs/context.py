"""Takes what `bootstrap` has chosen, gives the one value every job is handed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import random
from typing import TYPE_CHECKING
from uuid import uuid4

from monitor.ports import Fetcher, Notifier, Reader, Store, Writer
from monitor.stories import Idf
from monitor.types import Settings, Source, Worker

if TYPE_CHECKING:
    from monitor.classify import Judge


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
    open_judge: (
        "Callable[[], Judge]"  #: to be asked as often as one likes; what it takes is loaded when it is first asked
    )
    idf: Callable[[], Idf]
    worker: Worker
    clock: Callable[[], datetime]
    writer: Writer | None = None  #: of summaries, where a language model is configured
    answers: bool = False  #: whether buttons work, so whether messages carry any
    dry_run: bool = False
    declares: bool = True  #: whether the stored sources follow our configuration: of many processes those of one do
    chance: Callable[[], float] = random
    key: Callable[[], str] = new_key
    sources: Mapping[str, Source] = field(default_factory=dict)
    #: What is wrong that no job sees, in words, by kind; and what was wrong and is over since this was last asked.
    trouble: Callable[[], Mapping[str, str]] = dict
    over: Callable[[], Sequence[str]] = list

    @property
    def judge(self) -> "Judge":
        """Give the judge of the topics in force."""
        return self.open_judge()

    def with_settings(self, settings: Settings, open_judge: "Callable[[], Judge]") -> "Context":
        """Give the same context under changed settings."""
        return replace(
            self, settings=settings, open_judge=open_judge, sources={source.id: source for source in settings.sources}
        )
