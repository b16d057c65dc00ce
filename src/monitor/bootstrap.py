"""Takes a config folder and the environment, gives a house ready to run: the only place where adapters are chosen."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache, partial
from getpass import getuser
from pathlib import Path
from socket import gethostname
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, TextIO
from uuid import uuid4

from monitor.adapters.engine.chores import Chores
from monitor.adapters.engine.inline import InlineEngine, Watcher
from monitor.adapters.engine.tally import Tally
from monitor.adapters.fetcher import HttpFetcher
from monitor.adapters.model_files import ModelFiles
from monitor.adapters.notifier import ConsoleNotifier
from monitor.adapters.notifier.pace import BURST
from monitor.adapters.notifier.routed import RoutedNotifier
from monitor.adapters.reader import ChildReader
from monitor.adapters.store import open_store
from monitor.adapters.store.patient import Outages, patient, patiently
from monitor.config import LiveConfig, load, shipped
from monitor.config.changes import differences, first_words, shown_settings
from monitor.config.live import RELOADED, digest_of
from monitor.errors import ConfigError, ModelError, MonitorError
from monitor.jobs.asking.trial import Trial, Web, try_source
from monitor.jobs.context import Context
from monitor.jobs.watch import presence
from monitor.jobs.work import Jobs
from monitor.ports import Engine, Notifier, Store, Writer
from monitor.stories import shipped_idf
from monitor.types import ConfigChange, RunReport, Settings, Topic, Weekly, Worker

if TYPE_CHECKING:
    from types import ModuleType

    from monitor.adapters.answers.callbacks import Callbacks
    from monitor.classify import Judge, Model
    from monitor.classify.threshold import Choice, Stream
    from monitor.jobs.people.learn import Desk
    from monitor.jobs.people.regroup import Editor

ONCE_PATIENCE = timedelta(seconds=20)  #: a run from cron had better fail than hang on a locked database
CLUSTER_PATIENCE = timedelta(
    minutes=2
)  #: a restart of PostgreSQL; after it a process ends, to be begun again elsewhere
SERVICE_PATIENCE = timedelta(days=3650)  #: the service keeps what it holds until the database is back


LOOKED_AT_AGAIN = 2.0  #: seconds after which the page looks whether the configuration has changed

#: What a wanted number of flags a day is reckoned from.
STREAM_WINDOW = timedelta(days=14)
FEWEST_FOR_VOLUME = 100  #: articles


def now() -> datetime:
    """Give the time: the clock that jobs are handed."""
    return datetime.now(UTC)


def model_files(settings: Settings) -> ModelFiles:
    """Give the model versions: those of the configured folder, else those shipped."""
    return ModelFiles(Path(settings.models), shipped=shipped("models"))


def notifier(settings: Settings, environ: Mapping[str, str], output: TextIO) -> Notifier:
    """Give the way into the channels: what their names say, else Slack where a bot token is set, else the terminal."""
    return RoutedNotifier(_usual(settings, environ, output), environ, now)


def _burst(settings: Settings) -> float:
    """Give how many messages a channel may get at once: where many post, none in advance, so that the pace is that of all."""
    return 1.0 if settings.engine == "procrastinate" else BURST


def _usual(settings: Settings, environ: Mapping[str, str], output: TextIO) -> Notifier:
    token = environ.get("SLACK_BOT_TOKEN", "")
    if not token:
        return ConsoleNotifier(output)
    from monitor.adapters.notifier.slack import SlackNotifier  # noqa: PLC0415 - heavy, and not everybody has a token

    return SlackNotifier(token, settings.slack.base_url, per_second=settings.slack.per_second, burst=_burst(settings))


def answers_come(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Tell whether what people press can be heard, so whether messages have buttons."""
    token = {"socket": "SLACK_APP_TOKEN", "http": "SLACK_SIGNING_SECRET"}.get(settings.slack.answers, "")
    return bool(environ.get("SLACK_BOT_TOKEN") and environ.get(token))


def writer(settings: Settings, environ: Mapping[str, str]) -> Writer | None:
    """Give who writes summaries; nobody where no address is configured."""
    if not settings.summaries.base_url:
        return None
    from monitor.adapters.writer import ChatWriter  # noqa: PLC0415 - few have one

    return ChatWriter(settings.summaries, environ.get("MONITOR_LLM_KEY", "").strip(), now)


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
    settings = _with_backfill(live.current, backfill)
    files = model_files(settings)
    version = files.check()
    stopped = stopped or Event()
    patience = CLUSTER_PATIENCE if cluster else SERVICE_PATIENCE if service else ONCE_PATIENCE
    opened = patiently(partial(open_store, settings.database), "open", patience, stopped)
    outages = Outages()
    store = patient(opened, patience=patience, stopped=stopped, outages=outages)
    if not cluster:
        store.sync_sources(settings.sources, now())
        store.retry_now(now())
        _note_config(store, live.files, environ)
    fetcher, reader = HttpFetcher(settings.fetch), ChildReader()
    complaint = mistake = ""
    noted = "" if cluster else digest_of(live.files)

    def trouble() -> Mapping[str, str]:
        found = {"model": complaint, "configuration": mistake and f"the old configuration stays in force: {mistake}"}
        return {kind: words for kind, words in found.items() if words}

    ctx = Context(
        settings=settings,
        store=store,
        fetcher=fetcher,
        reader=reader,
        notifier=notifier(settings, environ, output),
        open_judge=_opener(partial(files.load, version), settings.topics, store),
        idf=shipped_idf,
        writer=writer(settings, environ),
        worker=presence.this_worker(now()),
        clock=now,
        answers=answers_come(settings, environ),
        dry_run=dry_run,
        declares=not cluster,
        sources={source.id: source for source in settings.sources},
        trouble=trouble,
        over=outages.over,
    )

    def renew(ctx: Context) -> tuple[Context, list[str]]:
        nonlocal complaint, mistake, noted, version
        lines, told = live.refresh(), complaint
        if lines:
            mistake = "" if lines == [RELOADED] else "; ".join(lines)
        if ctx.declares and (digest := digest_of(live.files)) != noted:
            _note_config(store, live.files, environ)
            noted = digest
        changed = _with_backfill(live.current, backfill)
        model, complaint = _new_model(files, version)
        if complaint and complaint != told:
            lines = [*lines, complaint]
        if model:
            version = model.version
        if model or changed != ctx.settings:
            ctx = ctx.with_settings(changed, _opener(lambda: model or files.load(version), changed.topics, store))
        return ctx, lines

    closers = (reader.close, fetcher.close, store.close)
    return House(
        settings=settings,
        jobs=Jobs(ctx, renew),
        fetcher=fetcher,
        stopped=stopped,
        chores=[
            one
            for one in (
                _chores(folder, settings, environ),
                _reporting(folder, settings, environ),
                _pruning(folder, settings, environ),
            )
            if one
        ],
        environ=environ,
        closers=closers,
    )


def _note_config(store: Store, files: Mapping[str, bytes | None], environ: Mapping[str, str]) -> None:
    """Write down what has changed in the configuration since it was last noted, be it before this start."""
    digest = digest_of(files)
    noted, before = store.noted_config()
    if noted == digest:
        return
    settings = shown_settings(files, environ)
    summary = differences(before, settings) if noted else first_words(settings)
    who = f"{login()}@{gethostname()}"
    store.note_config(ConfigChange(at=now(), digest=digest, who=who, summary=summary), settings)


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


def _chores(folder: Path, settings: Settings, environ: Mapping[str, str]) -> Chores:
    """Give what the service does once a week: draw the audit's sample and tell new words; learn, unless that is off."""
    learning = settings.learning
    return Chores(
        weekly=learning.train or Weekly(day=0, at=time(3)),
        timezone=settings.timezone,
        folder=folder,
        commands=[["report", "--json"], *([["train", "--json"]] if learning.train else [])],
        environ=environ,
    )


def _reporting(folder: Path, settings: Settings, environ: Mapping[str, str]) -> Chores | None:
    """Give what tells the week to a channel; None where no channel or no time is named."""
    if not settings.report.channel or settings.report.at is None:
        return None
    return Chores(
        weekly=settings.report.at,
        timezone=settings.timezone,
        folder=folder,
        commands=[["report", "--post", "--json"]],
        environ=environ,
    )


def _pruning(folder: Path, settings: Settings, environ: Mapping[str, str]) -> Chores:
    """Give what drops every day what is older than it is to be kept."""
    commands = [["db", "prune", "--json"]]
    return Chores(weekly=None, timezone=settings.timezone, folder=folder, commands=commands, environ=environ)


def _opener(load: "Callable[[], Model]", topics: Sequence[Topic], store: Store) -> "Callable[[], Judge]":
    """Give what gives the judge: put together at the first call, because a run in which nothing changed needs none."""

    @cache
    def judge() -> "Judge":
        from monitor.classify import Judge  # noqa: PLC0415

        model = load()
        return Judge(model, topics, stream_of(store, model.version, topics))

    return judge


def stream_of(store: Store, version: str, topics: Sequence[Topic]) -> "Stream":
    """Give what is known of the stored stream, as far as a threshold of these topics asks for it."""
    from monitor.classify.threshold import UNKNOWN, Stream  # noqa: PLC0415 - numpy

    asking = [topic.id for topic in topics if topic.threshold.kind == "per_day"]
    if not asking:
        return UNKNOWN
    since = now() - STREAM_WINDOW
    number, first = store.volume(since)
    days = max(1.0, (now() - first) / timedelta(days=1)) if first else 1.0
    return Stream(
        daily=number / days if number >= FEWEST_FOR_VOLUME else UNKNOWN.daily,
        scores={topic: store.probabilities(topic, version, since) for topic in asking},
    )


def _new_model(files: ModelFiles, used: str) -> "tuple[Model | None, str]":
    """Give the model that has become the current one; where it cannot be loaded, the reason: no service ends over a bad pointer."""
    try:
        return (None if files.current() == used else files.load()), ""
    except ModelError as trouble:
        return None, f"{trouble}; {used} stays in use"


def nothing_done(folder: Path, environ: Mapping[str, str]) -> RunReport:
    """Give the report of a run that could not begin.

    Raises:
        ConfigError: without a configuration there is nothing to report on.
    """
    return Tally([source.id for source in load(folder, environ).sources]).report(0.0)


def _with_backfill(settings: Settings, backfill: timedelta | None) -> Settings:
    if backfill is None:
        return settings
    return replace(settings, alerts=replace(settings.alerts, first_run_window=backfill))


def login() -> str:
    """Give the name under which whoever runs the command is known to the machine."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "somebody"


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
    return _opener(archive.models.load, archive.settings.topics, archive.store)


@contextmanager
def open_editor(folder: Path, environ: Mapping[str, str]) -> "Iterator[Editor]":
    """Open what changing stories by hand takes.

    Raises:
        ConfigError, StoreBusy, StoreFull, StoreError: what is wrong, in one line.
    """
    with (
        open_archive(folder, environ) as archive,
        _editor(archive.settings, environ, archive.store, judge_of(archive)) as one,
    ):
        yield one


@contextmanager
def _editor(
    settings: Settings, environ: Mapping[str, str], store: Store, judge: "Callable[[], Judge]"
) -> "Iterator[Editor]":
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
            judge = _opener(partial(files.load, version), settings.topics, self.store)()
            self._judge = known = (settings, version, judge)
        return known[2]

    def editor(self) -> "AbstractContextManager[Editor]":
        """Give what changing stories and showing answers takes; to be let go of afterwards."""
        return _editor(self.settings, self.environ, self.store, lambda: self.judge)


@contextmanager
def open_front(folder: Path, environ: Mapping[str, str]) -> Iterator[Front]:
    """Open what the page is given; raises as `open_archive` does."""
    front = Front(folder, environ)
    try:
        yield front
    finally:
        front.store.close()


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
def open_desk(folder: Path, environ: Mapping[str, str]) -> "Iterator[Desk]":
    """Open what learning takes.

    Raises:
        ConfigError, StoreBusy, StoreFull, StoreError: what is wrong, in one line.
    """
    from monitor.jobs.people.learn import Desk  # noqa: PLC0415 - numpy and scipy

    worker, ended = presence.this_worker(now()), Event()
    with open_archive(folder, environ) as archive:
        # A training takes longer than others believe in a worker that is silent.
        beats = Thread(target=_beat, args=(archive.store, worker, ended), daemon=True)
        beats.start()
        try:
            yield Desk(
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


def _beat(store: Store, worker: Worker, ended: Event) -> None:
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
