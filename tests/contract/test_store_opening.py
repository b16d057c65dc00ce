"""Takes databases in every condition, gives whether they are opened, filled, refused or upgraded as promised."""

import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Boolean, Connection, Float, Integer, MetaData, Numeric, func, insert, select, text

from monitor.adapters.store import migrate, open_store, schema_state, upgrade
from monitor.adapters.store.connect import Database, without_password
from monitor.adapters.store.schema import HEAD, metadata
from monitor.errors import StoreBusy, StoreError, StoreFull
from monitor.types import EPOCH, Worker


def run_sql(url: str, statement: str) -> None:
    """Change a database behind the store's back."""
    database = Database(url)
    with database.write() as connection:
        connection.execute(text(statement))
    database.close()


# ── schema ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_empty_database_is_filled_and_opened(url: str, opened: Any) -> None:
    """Its folder is made where it is missing; opening it again finds it as it was."""
    assert schema_state(url).current is None

    opened(url)

    assert schema_state(url).current == HEAD
    assert opened(url).counts()["entries_read"] == 0


def test_many_may_open_an_empty_database_at_once(url: str) -> None:
    """One fills it, the others wait; here four processes, as when a service starts its workers."""
    program = f"from monitor.adapters.store import open_store; open_store({url!r}).close()"

    started = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [process.communicate()[1] for process in started]

    assert [process.returncode for process in started] == [0] * 4, ended


def test_the_migrations_build_exactly_the_tables_the_program_knows(url: str, opened: Any) -> None:
    """Also where a later version changes them: this is what fails when a migration was forgotten."""
    assert differences(opened(url)) == []


def differences(store: Any) -> list[Any]:
    """Give in what a database's tables are others than those the program knows."""
    # The index of words is the database's own kind of table, which SQLAlchemy does not know.
    ours = {
        "compare_type": True,
        "include_name": lambda name, kind, _: not (kind == "table" and name.startswith("search")),
    }
    with store._database.read() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=ours), metadata))


@pytest.mark.parametrize("version", [f"{number:04}" for number in range(1, int(HEAD))])
def test_a_database_of_every_earlier_version_is_upgraded_with_what_it_holds(
    url: str, opened: Any, version: str
) -> None:
    """A row in every table it had then, whatever the migrations since have changed about them."""
    database = Database(url)
    with database.write() as connection:
        migrate._run_alembic(connection, version)
        held = MetaData()
        held.reflect(connection)
        tables = [table for table in held.sorted_tables if not table.name.startswith(("search", "alembic"))]
        for table in tables:
            needed = [column for column in table.columns if not column.nullable]
            connection.execute(insert(table).values({column.name: something(column.type) for column in needed}))
    database.close()

    assert upgrade(url).current == version

    store = opened(url)
    assert differences(store) == []
    with store._database.read() as connection:
        for table in tables:
            assert connection.execute(select(func.count()).select_from(text(table.name))).scalar() == 1, table.name


def something(kind: Any) -> object:
    """Give a value of a column's type; the same for all of one type, so that what refers to a row finds it."""
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, JSON):
        return {}
    return 1 if isinstance(kind, Numeric | Float | Integer) else "x"


def test_the_newest_migration_is_the_one_the_program_names() -> None:
    """`HEAD` saves an import at each start, and must not be forgotten."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_database_that_is_behind_is_refused_with_what_to_do(url: str, opened: Any) -> None:
    """A backup comes first, so nothing is changed without being asked."""
    opened(url)
    run_sql(url, "UPDATE alembic_version SET version_num = '0000'")

    with pytest.raises(StoreError, match="monitor db upgrade"):
        open_store(url)

    assert schema_state(url).behind


def test_a_database_that_is_ahead_is_refused_by_opening_and_by_upgrading(url: str, opened: Any) -> None:
    """It was written by a newer version."""
    opened(url)
    run_sql(url, "UPDATE alembic_version SET version_num = '9999'")

    for attempt in (open_store, upgrade):
        with pytest.raises(StoreError, match=r"newer version.*update the program, or restore the backup"):
            attempt(url)


def test_upgrading_fills_an_empty_database_and_may_be_repeated(url: str) -> None:
    """It tells where the database stood."""
    assert upgrade(url).current is None
    assert upgrade(url).current == HEAD


def test_a_database_of_another_program_is_left_alone(url: str) -> None:
    """Where it has a table under one of our names."""
    run_sql(url, "CREATE TABLE entries (id INTEGER)")

    with pytest.raises(StoreError, match="another program"):
        open_store(url)


def test_a_database_beside_others_tables_is_filled(url: str, opened: Any) -> None:
    """A queue may live in the same database."""
    run_sql(url, "CREATE TABLE queue_jobs (id INTEGER)")

    assert opened(url).workers() == []


def test_opening_an_up_to_date_database_does_not_load_alembic(url: str, opened: Any) -> None:
    """It costs a third of a second."""
    opened(url)
    program = (
        f"import sys; from monitor.adapters.store import open_store; open_store({url!r}).close(); "
        "sys.exit('alembic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_closing_may_be_repeated(url: str, opened: Any) -> None:
    """Whoever ends a run need not ask who closed before."""
    store = opened(url)

    store.close()
    store.close()


# ── what waits in partial indexes ────────────────────────────────────────────────────────────────────────────────────
def test_what_is_asked_all_the_time_is_answered_from_indexes(tmp_path: Path, opened: Any, monkeypatch: Any) -> None:
    """No question of an idle service walks through the archive, however large it is."""
    store = opened(f"sqlite:///{tmp_path}/monitor.db")
    asked: list[tuple[str, Any]] = []
    execute = Connection.execute

    def listening(self: Connection, statement: Any, *args: Any, **kwargs: Any) -> Any:
        given = statement.params(args[0]) if args and isinstance(args[0], dict) else statement
        asked.append((str(given.compile(self, compile_kwargs={"literal_binds": True})), self.engine))
        return execute(self, statement, *args, **kwargs)

    worker = Worker(id="w", host="h", pid=1, started=1.0, seen_at=EPOCH)
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "execute", listening)
        store.claim_sources(worker, EPOCH, 10)
        store.claim_to_read(worker, EPOCH, 10)
        store.to_judge(10)
        store.channels_due(EPOCH)
        store.claim_delivery(worker, "#ports", EPOCH)
        store.next_due()
        store.bury(["w"])
        store.known_entries("s", ["a", "b"], ["c", "d"])
        store.open_stories(EPOCH)
        store.backlog_alerts("s")
        store.posts(["story:1"])
        store.alerts_since("#ports", EPOCH)
        store.ledgers("https://a.example")

    with store._database.read() as connection:
        plans = [
            (line[3], statement)
            for statement, _ in asked
            for line in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        ]
    assert len(asked) >= 15
    # Sources that rest were due long ago: in an index of all sources each claim would walk over them.
    assert any("INDEX sources_to_poll (next_poll_at<?)" in plan for plan, _ in plans)
    tables = ("entries", "deliveries", "verdicts", "texts")
    assert [
        plan for plan in plans if plan[0].startswith(tuple(f"SCAN {t}" for t in tables)) and "INDEX" not in plan[0]
    ] == []


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_locked_database_is_busy_and_nothing_is_half_written(tmp_path: Path, opened: Any) -> None:
    """Reading goes on; writing works again once the lock is gone."""
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = opened(url, patience=0.2)
    other = Database(url)

    with other.write() as connection:
        connection.execute(text("SELECT 1"))
        assert store.workers() == []
        with pytest.raises(StoreBusy, match=r"monitor\.db is locked by another process"):
            store.bury(["x"])
    other.close()

    store.bury(["x"])


def test_a_thread_that_waits_too_long_for_another_is_told_busy(tmp_path: Path, opened: Any) -> None:
    """The patience holds within a process, too."""
    store = opened(f"sqlite:///{tmp_path}/monitor.db", patience=0.1)
    inside, leave = threading.Event(), threading.Event()

    def linger() -> None:
        with store._database.write():
            inside.set()
            leave.wait(10)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(linger)
        inside.wait(10)
        with pytest.raises(StoreBusy, match="another thread"):
            store.bury(["x"])
        leave.set()


def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path: Path, opened: Any, furnish: Any) -> None:
    """After some space was freed the same call works."""
    store = opened(f"sqlite:///{tmp_path}/monitor.db")
    room = furnish(store)
    room.declare("gazette")
    entries = [room.new(number, content="x" * 5_000) for number in range(200)]
    with store._database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")

    with pytest.raises(StoreFull, match="free some space"):
        room.poll(*entries)

    assert store.counts()["entries_read"] == 0
    assert store.poll_log("gazette") == []
    with store._database.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    [state] = store.source_states().values()
    assert store.save_poll(room.worker, state, room.record(), entries) == 200


def test_a_read_only_database_is_refused_with_what_to_do() -> None:
    """Root may write everywhere, so this is asked by a user who is not root."""
    program = (
        "import os, sys, sqlalchemy.dialects.sqlite; from monitor.adapters.store import open_store\n"
        "from monitor.errors import StoreError\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: open_store(sys.argv[1]).bury(['x'])\n"
        "except StoreError as error: print(error)\n"
    )
    with tempfile.TemporaryDirectory() as folder:  # unlike tmp_path, one that others may enter
        path = Path(folder) / "monitor.db"
        url = f"sqlite:///{path}"
        open_store(url).close()
        path.chmod(0o444)
        Path(folder).chmod(0o555)

        ended = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True, check=False)

        Path(folder).chmod(0o755)
    assert "writable" in ended.stdout, ended


@pytest.mark.parametrize(
    ("content", "told"), [(b"This is a letter, not a database." * 200, "not an SQLite file"), (b"", "")]
)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes, told: str, opened: Any) -> None:
    """An empty file is an empty database."""
    path = tmp_path / "letter.db"
    path.write_bytes(content)

    if told:
        with pytest.raises(StoreError, match=told):
            open_store(f"sqlite:///{path}")
        assert path.read_bytes() == content
    else:
        assert opened(f"sqlite:///{path}").workers() == []


def test_a_damaged_file_is_told_as_such(tmp_path: Path, opened: Any, furnish: Any) -> None:
    """In one line that says what to do."""
    path = tmp_path / "monitor.db"
    room = furnish(opened(f"sqlite:///{path}"))
    room.declare(*(f"s{number}" for number in range(300)))
    room.store.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))

    with pytest.raises(StoreError, match="is damaged: restore a backup"):
        open_store(f"sqlite:///{path}").source_states()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://me:hush@host/db", "monitor.db"]
)
def test_what_names_no_usable_database_is_refused(url: str) -> None:
    """In one line, without the password."""
    with pytest.raises(StoreError, match="sqlite:///") as refused:
        open_store(url)

    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """Here because a file is in its place."""
    (tmp_path / "data").write_text("")

    with pytest.raises(StoreError, match="cannot be made"):
        open_store(f"sqlite:///{tmp_path}/data/deep/monitor.db")


def test_a_relative_path_is_relative_to_the_working_folder(tmp_path: Path, monkeypatch: Any, opened: Any) -> None:
    """As the configuration says."""
    monkeypatch.chdir(tmp_path)

    opened("sqlite:///data/monitor.db")

    assert (tmp_path / "data" / "monitor.db").is_file()


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_form_of_a_libpq_url_is_understood(postgresql_url: str, opened: Any) -> None:
    """Either scheme, SQLAlchemy's own, and what stands in the query."""
    rest = postgresql_url.removeprefix("postgresql")

    for url in (
        f"postgres{rest}",
        f"postgresql+psycopg{rest}",
        f"{postgresql_url}&application_name=desk&connect_timeout=3",
    ):
        assert opened(url).workers() == []


@pytest.mark.parametrize(
    ("change", "kind", "told"),
    [
        (("/monitor_", "/nowhere_"), StoreError, "does not exist on that server"),
        (("postgres:", "stranger:hush"), StoreError, "no such user"),
        (("host=", "host=/no-such-folder"), StoreBusy, "out of reach"),
        (("?", "?port=notaport&"), StoreError, "correct"),
        (("host=", "sslmode=whatever&host="), StoreError, "correct"),
    ],
)
def test_what_is_wrong_with_a_connection_is_told(
    postgresql_url: str, change: tuple[str, str], kind: type[Exception], told: str
) -> None:
    """A wrong name is for somebody to correct; a server that does not answer may do so later."""
    with pytest.raises(kind, match=told) as refused:
        open_store(postgresql_url.replace(*change), patience=2)

    assert "hush" not in str(refused.value)


def test_a_connection_cut_by_the_server_is_busy_once_and_then_works(postgresql_url: str, opened: Any) -> None:
    """As when the server restarts."""
    store = opened(postgresql_url)

    def write_while_the_server_restarts() -> None:
        with store._database.write() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            run_sql(postgresql_url, f"SELECT pg_terminate_backend({pid}, 5000)")
            connection.execute(text("SELECT 1"))

    with pytest.raises(StoreBusy, match="try again"):
        write_while_the_server_restarts()

    assert store.workers() == []


def test_a_row_locked_too_long_is_busy(postgresql_url: str, opened: Any, furnish: Any) -> None:
    """The patience holds on PostgreSQL, too."""
    store = opened(postgresql_url, patience=0.2)
    furnish(store)

    with opened(postgresql_url)._database.write() as connection:
        connection.execute(text("SELECT * FROM workers FOR UPDATE"))
        with pytest.raises(StoreBusy):
            store.bury(["first"])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hush@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:hu@sh/@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("postgresql:///db?user=me&password=hush&host=/tmp", "postgresql:///db?user=me&password=***&host=/tmp"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("sqlite:////var/lib/monitor.db", "sqlite:////var/lib/monitor.db"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    """Wherever the password stands."""
    assert without_password(url) == shown
