"""Takes a config folder and the environment, gives a house ready to run."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TextIO

from monitor.adapters.engine.chores import Chores
from monitor.adapters.engine.inline import InlineEngine, Watcher
from monitor.adapters.fetcher import HttpFetcher
from monitor.adapters.reader import ChildReader
from monitor.adapters.store import open_store
from monitor.adapters.store.patient import Outages, patient, patiently
from monitor.bootstrap.chores import chores
from monitor.bootstrap.cluster import refuse_unready_cluster
from monitor.bootstrap.parts import answers_come, model_files, notifier, now, opener, writer
from monitor.bootstrap.renewal import Renewal, with_backfill
from monitor.config import LiveConfig
from monitor.errors import ConfigError
from monitor.jobs.context import Context
from monitor.jobs.watch import presence
from monitor.jobs.work import Jobs
from monitor.ports import Engine, Store
from monitor.stories import shipped_idf
from monitor.types import Settings

if TYPE_CHECKING:
    from monitor.adapters.answers.callbacks import Callbacks

ONCE_PATIENCE = timedelta(seconds=20)  #: a run from cron had better fail than hang on a locked database
CLUSTER_PATIENCE = timedelta(
    minutes=2
)  #: a restart of PostgreSQL; after it a process ends, to be begun again elsewhere
SERVICE_PATIENCE = timedelta(days=3650)  #: the service keeps what it holds until the database is back


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """All parts put together. Close it when done."""

    settings: Settings
    jobs: Jobs
    fetcher: HttpFetcher
    stopped: Event
    chores: Sequence[Chores]
    environ: Mapping[str, str]
    closers: Sequence[Callable[[], None]]

    def once(self, *, every: bool, watch: Watcher) -> Engine:
        """Give the engine of one run."""
        return InlineEngine(
            self.jobs,
            declared=[source.id for source in self.settings.sources],
            workers=self.settings.fetch.workers,
            per_host=self.settings.fetch.per_host,
            every=every,
            stopped=self.stopped,
            watch=watch,
            road=self.fetcher,
        )

    def callbacks(self) -> "Callbacks | None":
        """Give what takes answers as signed requests; None where they come another way, or not at all."""
        if self.settings.slack.answers != "http" or not answers_come(self.settings, self.environ):
            return None
        from monitor.adapters.answers.callbacks import Callbacks  # noqa: PLC0415 - as for the notifier
        from monitor.adapters.notifier.slack import client  # noqa: PLC0415

        slack = client(self.environ["SLACK_BOT_TOKEN"], self.settings.slack.base_url)
        return Callbacks(self.jobs, slack, self.environ["SLACK_SIGNING_SECRET"].strip())

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear over a socket what people answer, as long as the service runs."""
        if self.settings.slack.answers != "socket" or not answers_come(self.settings, self.environ):
            yield
            return
        from monitor.adapters.answers.socket import SocketAnswers  # noqa: PLC0415 - as for the notifier
        from monitor.adapters.notifier.slack import client  # noqa: PLC0415

        slack = client(self.environ["SLACK_BOT_TOKEN"], self.settings.slack.base_url)
        socket = SocketAnswers(self.jobs, slack, self.environ["SLACK_APP_TOKEN"].strip())
        socket.start()
        try:
            yield
        finally:
            socket.close()

    def service(self) -> Engine:
        """Give the engine of the service.

        Raises:
            ConfigError: the configuration is for many machines.
        """
        if self.settings.engine == "procrastinate":
            raise ConfigError(
                "`engine: procrastinate` runs as `monitor scheduler` and any number of `monitor worker`; "
                "for one process write `engine: local`"
            )
        from monitor.adapters.engine.threads import ThreadEngine  # noqa: PLC0415 - APScheduler is the service's alone

        return ThreadEngine(
            self.jobs,
            workers=self.settings.fetch.workers,
            per_host=self.settings.fetch.per_host,
            stopped=self.stopped,
            road=self.fetcher,
            chores=self.chores,
        )

    def scheduler(self) -> Engine:
        """Give a scheduler of the cluster.

        Raises:
            ConfigError: the configuration is not for a cluster, or what it takes is not installed.
            StoreError: the database lacks the cluster's tables.
        """
        self._refuse_no_cluster()
        if self.settings.slack.answers == "http" and answers_come(self.settings, self.environ):
            raise ConfigError("`engine: procrastinate` hears answers over the socket: write `slack: {answers: socket}`")
        from monitor.adapters.engine.scheduler import Scheduler  # noqa: PLC0415 - an extra

        return Scheduler(
            self.jobs,
            url=self.settings.database,
            road=self.fetcher,
            chores=self.chores,
            listening=self.listening,
            stopped=self.stopped,
        )

    def worker(self, queues: Collection[str], concurrency: int | None) -> Engine:
        """Give a worker of the cluster, for these queues; raises as `scheduler` does."""
        self._refuse_no_cluster()
        from monitor.adapters.engine.worker import ClusterWorker  # noqa: PLC0415 - an extra

        return ClusterWorker(
            self.jobs,
            url=self.settings.database,
            queues=queues,
            concurrency=concurrency or self.settings.fetch.workers,
            road=self.fetcher,
            chores=self.chores,
            stopped=self.stopped,
        )

    def _refuse_no_cluster(self) -> None:
        if self.settings.engine != "procrastinate":
            raise ConfigError("`engine: local` runs as `monitor run`; for many machines write `engine: procrastinate`")
        refuse_unready_cluster(self.settings.database)

    def close(self) -> None:
        """Let go of children and connections."""
        self.stopped.set()
        for close in self.closers:
            close()


def open_house(
    folder: Path,
    environ: Mapping[str, str],
    *,
    output: TextIO,
    dry_run: bool = False,
    backfill: timedelta | None = None,
    service: bool = False,
    cluster: bool = False,
    stopped: Event | None = None,
) -> House:
    """Put all parts together.

    Args:
        folder: the configuration.
        environ: tokens and overrides.
        output: where the console notifier prints.
        dry_run: record alerts as held instead of sending them.
        backfill: how far back a source's first poll may alert, instead of what the configuration says.
        service: wait for a store that is away as long as it takes, instead of seconds.
        cluster: wait some minutes; who leads the cluster declares the sources, and not whoever comes.
        stopped: set by whoever wants the house to stop, also while it is being put together.

    Raises:
        ConfigError, ModelError, StoreBusy, StoreFull, StoreError: what is wrong, in one line.
    """
    live = LiveConfig(folder, environ)
    settings = with_backfill(live.current, backfill)
    stopped = stopped or Event()
    files = model_files(settings)
    version = files.check()
    outages = Outages()
    patience = CLUSTER_PATIENCE if cluster else SERVICE_PATIENCE if service else ONCE_PATIENCE
    store = _waiting_store(settings, patience, stopped, outages)
    renewal = Renewal(live=live, files=files, version=version, store=store, environ=environ, backfill=backfill)
    if not cluster:
        store.sync_sources(settings.sources, now())
        store.retry_now(now())
        renewal.note()
    fetcher, reader = HttpFetcher(settings.fetch), ChildReader()
    ctx = Context(
        settings=settings,
        store=store,
        fetcher=fetcher,
        reader=reader,
        notifier=notifier(settings, environ, output),
        open_judge=opener(partial(files.load, version), settings.topics, store),
        idf=shipped_idf,
        writer=writer(settings, environ),
        worker=presence.this_worker(now()),
        clock=now,
        answers=answers_come(settings, environ),
        dry_run=dry_run,
        declares=not cluster,
        sources={source.id: source for source in settings.sources},
        trouble=renewal.trouble,
        over=outages.over,
    )
    return House(
        settings=settings,
        jobs=Jobs(ctx, renewal),
        fetcher=fetcher,
        stopped=stopped,
        chores=chores(folder, settings, environ),
        environ=environ,
        closers=(reader.close, fetcher.close, store.close),
    )


def _waiting_store(settings: Settings, patience: timedelta, stopped: Event, outages: Outages) -> Store:
    """Open the store, and give it so that trouble that passes is waited out."""
    opened = patiently(partial(open_store, settings.database), "open", patience, stopped)
    return patient(opened, patience=patience, stopped=stopped, outages=outages)
