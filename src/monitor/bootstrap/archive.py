"""Takes a config folder and the environment, gives what commands need that run no service: to look, to learn, to edit, to try."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING
from uuid import uuid4

from monitor.adapters.engine.tally import Tally
from monitor.adapters.fetcher import HttpFetcher
from monitor.adapters.model_files import ModelFiles
from monitor.adapters.reader import ChildReader
from monitor.adapters.store import open_store
from monitor.bootstrap.parts import answers_come, model_files, now, opener, stream_of, writer
from monitor.config import load
from monitor.errors import MonitorError
from monitor.jobs.asking.trial import Trial, Web, try_source
from monitor.jobs.watch import presence
from monitor.ports import Store, Workers
from monitor.types import RunReport, Settings, Topic, Worker

if TYPE_CHECKING:
    from monitor.classify import Judge
    from monitor.classify.threshold import Choice
    from monitor.jobs.people.learn import Classroom
    from monitor.jobs.people.regroup import Editor


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """What commands that only look need: the store, the model versions, the settings."""

    settings: Settings
    store: Store
    models: ModelFiles


@contextmanager
def open_archive(folder: Path, environ: Mapping[str, str]) -> Iterator[Archive]:
    """Open what is stored, for looking.

    Raises:
        ConfigError, StoreBusy, StoreFull, StoreError: what is wrong, in one line.
    """
    settings = load(folder, environ)
    store = open_store(settings.database)
    try:
        yield Archive(settings=settings, store=store, models=model_files(settings))
    finally:
        store.close()


def judge_of(archive: Archive) -> "Callable[[], Judge]":
    """Give what gives the judge of the model in use."""
    return opener(archive.models.load, archive.settings.topics, archive.store)


@contextmanager
def open_editor(folder: Path, environ: Mapping[str, str]) -> "Iterator[Editor]":
    """Open what changing stories by hand takes.

    Raises:
        ConfigError, StoreBusy, StoreFull, StoreError: what is wrong, in one line.
    """
    with (
        open_archive(folder, environ) as archive,
        editor(archive.settings, environ, archive.store, judge_of(archive)) as one,
    ):
        yield one


@contextmanager
def editor(
    settings: Settings, environ: Mapping[str, str], store: Store, judge: "Callable[[], Judge]"
) -> "Iterator[Editor]":
    """Give what changing stories by hand takes, with a worker of its own for as long as it is open."""
    from monitor.jobs.people.regroup import Editor  # noqa: PLC0415 - numpy and scipy

    worker = presence.this_worker(now(), part=f"editor-{uuid4().hex[:8]}")
    try:
        yield Editor(
            settings=settings,
            store=store,
            open_judge=judge,
            clock=now,
            worker=worker,
            writer=writer(settings, environ),
            answers=answers_come(settings, environ),
        )
    finally:
        store.bury([worker.id])


def choices(settings: Settings, version: str | None = None) -> "list[tuple[Topic, Choice]]":
    """Give each configured topic's threshold under a version, by default the current one, with its evidence.

    The store is opened only where a topic wants so many flags a day.
    """
    from monitor.classify.threshold import UNKNOWN, choose  # noqa: PLC0415 - numpy

    model, topics, stream = model_files(settings).load(version), settings.topics, UNKNOWN
    if any(topic.threshold.kind == "per_day" for topic in topics):
        store = open_store(settings.database)
        try:
            stream = stream_of(store, model.version, topics)
        finally:
            store.close()
    return [(topic, choose(topic.threshold, topic.id, model.head(topic.id), stream)) for topic in topics]


@contextmanager
def open_classroom(folder: Path, environ: Mapping[str, str]) -> "Iterator[Classroom]":
    """Open what learning takes.

    Raises:
        ConfigError, StoreBusy, StoreFull, StoreError: what is wrong, in one line.
    """
    from monitor.jobs.people.learn import Classroom  # noqa: PLC0415 - numpy and scipy

    worker, ended = presence.this_worker(now()), Event()
    with open_archive(folder, environ) as archive:
        # A training takes longer than others believe in a worker that is silent.
        beats = Thread(target=_beat, args=(archive.store, worker, ended), daemon=True)
        beats.start()
        try:
            yield Classroom(
                store=archive.store,
                models=archive.models,
                topics=archive.settings.topics,
                worker=worker,
                clock=now,
                keep=archive.settings.learning.keep,
            )
        finally:
            ended.set()
            beats.join()
            archive.store.bury([worker.id])


def _beat(store: Workers, worker: Worker, ended: Event) -> None:
    while not ended.wait(presence.BEAT.total_seconds()):
        with suppress(MonitorError):
            presence.beat(store, worker, now())


@contextmanager
def open_web(settings: Settings) -> Iterator[Web]:
    """Give what looking at addresses needs, for commands that store nothing."""
    fetcher, reader = HttpFetcher(settings.fetch), ChildReader()
    try:
        yield Web(limits=settings.fetch, fetcher=fetcher, reader=reader, clock=now)
    finally:
        reader.close()
        fetcher.close()


def try_sources(settings: Settings) -> Iterator[Trial]:
    """Ask every declared source once, side by side, and give what came, in the order in which it came; nothing is stored."""
    with open_web(settings) as web, ThreadPoolExecutor(settings.fetch.workers) as pool:
        trials = [pool.submit(try_source, web, source) for source in settings.sources]
        yield from (trial.result() for trial in as_completed(trials))


def nothing_done(folder: Path, environ: Mapping[str, str]) -> RunReport:
    """Give the report of a run that could not begin.

    Raises:
        ConfigError: without a configuration there is nothing to report on.
    """
    return Tally([source.id for source in load(folder, environ).sources]).report(0.0)
