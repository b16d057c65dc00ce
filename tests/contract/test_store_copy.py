"""Takes a filled database of either kind, checks that `db copy` takes all of it to another, whatever is in it and what happens."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from signal import SIGKILL
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from monitor.adapters.store import SqlStore, open_store
from monitor.adapters.store.connect import Database
from monitor.adapters.store.schema import metadata
from monitor.adapters.store.upkeep.check import examine
from monitor.adapters.store.upkeep.copying import copy
from monitor.errors import StoreError
from monitor.types import DeliveryState, Label, Via

KINDS = ("sqlite", "postgresql")
HOSTILE = "𝔘𝔫𝔦 \u202e\ufeff\u2028 'quoted' \"twice\" \\ %s ? :name {} \r\n\t\x01\x7f 👩‍👩‍👧 e\u0301"
_numbers = count(1)

Fresh = Callable[[str], str]


@pytest.fixture
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """Give what makes the URL of another empty database of a kind."""
    made: list[str] = []

    def make(kind: str) -> str:
        name = f"copy_{next(_numbers)}"
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{name}.db"
        made.append(name)
        server = str(request.getfixturevalue("postgresql_server"))
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return server.replace("/postgres?", f"/{name}?")

    yield make
    for name in made:
        with psycopg.connect(request.getfixturevalue("postgresql_server"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def furnished(url: str, furnish: Any) -> None:
    """Fill a database with something of every kind, as jobs do, and leave it."""
    with closing(open_store(url)) as store:
        room = furnish(store)
        articles = room.articles(
            room.new(1), room.new(2, title=HOSTILE, summary=HOSTILE, url=None, link=None, published=None), room.new(3)
        )
        first = articles[0].entry.id
        told = [room.delivery("k1", f"story:{first}"), room.delivery("k2", "story:9", message=room.message(HOSTILE))]
        store.save_judgements(room.worker, [room.judged(one) for one in articles], told, now=room.now)
        sent = store.claim_delivery(room.worker, "#ports", room.now)
        assert sent is not None
        store.save_delivery(room.worker, sent, DeliveryState.DEAD, now=room.now, error=HOSTILE)
        answer = {"entry_id": first, "topic": "ports", "at": room.now, "via": Via.WEB}
        store.save_labels([Label(value=value, who=str(value), **answer) for value in (True, False, None)])
        store.index(2)
        store.bury([room.worker.id])


def contents(store: SqlStore, furnish: Any) -> Any:
    """Give what a store says it holds."""
    shown = (store.stream(furnish.now, 0, 100), store.labels(), store.outbox(list(DeliveryState)))
    return (*shown, store.source_states(), store.poll_log("gazette"), store.search("council", 10), store.stories([1]))


@contextmanager
def written(url: str) -> Iterator[Connection]:
    """Give a connection behind the store's back."""
    database = Database(url)
    try:
        with database.write() as connection:
            yield connection
    finally:
        database.close()


def rows_of(url: str) -> dict[str, list[Any]]:
    """Give all rows of all tables, as the database has them."""
    with written(url) as connection:
        names = {
            table.name: ", ".join(f'"{key.name}"' for key in table.primary_key) for table in metadata.sorted_tables
        }
        asked = {name: text(f"SELECT * FROM {name} ORDER BY {keys}") for name, keys in names.items()}
        return {name: [tuple(row) for row in connection.execute(question)] for name, question in asked.items()}


def command(*words: str) -> list[str]:
    """Give the command line of `monitor`."""
    return [sys.executable, "-m", "monitor", "db", *words]


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("of", KINDS)
def test_a_copy_holds_all_that_the_database_holds(of: str, to: str, fresh: Fresh, furnish: Any) -> None:
    """What the store says, what a search finds and what stands for the next number are the same; nothing is out of order."""
    source, target = fresh(of), fresh(to)
    furnished(source, furnish)

    tables = copy(source, target)

    assert [one.table for one in tables if not one.equal] == []
    assert {one.table: one.copied for one in tables}["entries"] == 3
    assert examine(target).problems == ()
    with closing(open_store(source)) as before, closing(open_store(target)) as after:
        assert contents(after, furnish) == contents(before, furnish)
        news = [room.entries(room.new(4))[0].id for room in (furnish(before), furnish(after))]
        assert news[0] == news[1] > 3


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_given_before_are_not_given_again(kind: str, fresh: Fresh, furnish: Any) -> None:
    """The id of a delivery is the order in which it was decided, also where the last ones are gone."""
    source, there, back = fresh(kind), fresh("postgresql"), fresh("sqlite")
    furnished(source, furnish)
    with written(source) as connection:
        connection.execute(text("DELETE FROM deliveries"))

    copy(source, there)
    copy(there, back)

    with closing(open_store(back)) as store:
        room = furnish(store)
        room.decide(room.delivery())
        assert [one.id for one in store.outbox(list(DeliveryState))] == [3]


storable = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40)
moment = st.integers(-(10**15), 10**17)  # microseconds, up to the year 5138
floats = st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def stored(draw: st.DrawFn) -> dict[str, list[tuple[Any, ...]]]:
    """Give rows of some tables as no job would write them, but as the database takes them."""
    ids = sorted(draw(st.sets(st.integers(1, 2**60), min_size=1, max_size=6)))
    names = draw(st.lists(storable, min_size=1, max_size=3, unique=True))
    optional = st.none() | storable
    of_source = [
        (
            name,
            "n",
            draw(st.booleans()),
            "u",
            0,
            draw(optional),
            0,
            False,
            draw(optional),
            0.0,
            0,
            draw(st.none() | floats),
        )
        for name in names
    ]
    of_entries = [
        (id_, draw(st.sampled_from(names)), str(id_), str(id_), draw(optional), draw(storable), draw(storable),
         draw(storable), draw(st.none() | moment), draw(moment), draw(st.booleans()), draw(st.none() | st.just(id_)))
        for id_ in ids
    ]  # fmt: skip
    topics = draw(st.lists(storable, max_size=3, unique=True))
    contributions = st.none() | values.map(json.dumps)
    of_verdicts = [
        (id_, topic, draw(floats), draw(st.booleans()), draw(contributions)) for id_ in ids for topic in topics
    ]
    labels_ = [(ids[0], topic, draw(storable), draw(st.none() | st.booleans()), draw(moment)) for topic in topics]
    return {"sources": of_source, "entries": of_entries, "verdicts": of_verdicts, "labels": labels_}


COLUMNS = {
    "sources": "id name declared url next_poll_at moved_to moved_seen stopped etag failures failed_polls pace",
    "entries": "id source_id identity identity_key url title summary content published seen_at backlog story_id",
    "verdicts": "entry_id topic probability flagged contributions",
    "labels": "entry_id topic who value at",
}
FILLED: dict[str, dict[str, Any]] = {
    "sources": {"wishes": "{}", "sitemaps": "[]", "result": "", "detail": ""},
    "entries": {"digest": "", "at": 0, "stage": "done", "not_before": 0, "attempts": 0, "text_note": "", "judged": True,
                "gate": "", "indexed": True},
    "verdicts": {"threshold": 0.5, "reason": "score", "model": "m", "keyword": ""},
    "labels": {"via": "web", "reason": "", "model": "", "name": ""},
}  # fmt: skip


@settings(
    max_examples=12,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # each example makes three databases: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=stored())
def test_there_and_back_nothing_has_changed(rows: dict[str, list[tuple[Any, ...]]], fresh: Fresh) -> None:
    """Whatever text, numbers, JSON and gaps a database of SQLite holds, a copy to PostgreSQL and back holds the same."""
    source, there, back = fresh("sqlite"), fresh("postgresql"), fresh("sqlite")
    open_store(source).close()
    with written(source) as connection:
        for name, lines in rows.items():
            columns = [*COLUMNS[name].split(), *FILLED[name]]
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})"
            if lines:
                connection.exec_driver_sql(statement, [(*line, *FILLED[name].values()) for line in lines])

    out, home = copy(source, there), copy(there, back)

    assert all(one.equal for one in (*out, *home))
    assert [one.digest for one in out] == [one.digest for one in home]
    assert rows_of(back) == rows_of(source)


def many(url: str, number: int) -> None:
    """Fill a database with so many articles."""
    open_store(url).close()
    with written(url) as connection:
        state = {"next_poll_at": 0, "moved_seen": 0, "failures": 0.0, "failed_polls": 0}
        words = {"wishes": "{}", "sitemaps": "[]", "result": "", "detail": ""}
        _raw_insert(connection, "sources", [{"id": "gazette", "name": "n", "declared": True, "url": "u", "stopped": False,
                                             **state, **words}])  # fmt: skip
        fixed = FILLED["entries"] | {"source_id": "gazette", "seen_at": 0, "backlog": False, "content": HOSTILE * 5}
        _raw_insert(
            connection,
            "entries",
            [
                {"id": n, "identity": f"{n}", "identity_key": f"{n}", "title": f"Harbour {n}", "summary": "", **fixed}
                for n in range(1, number + 1)
            ],
        )


def _raw_insert(connection: Connection, name: str, rows: list[dict[str, Any]]) -> None:
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * len(rows[0]))
    statement = f"INSERT INTO {name} ({', '.join(rows[0])}) VALUES ({marks})"
    connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])


KILLED = """
import os, sys
from monitor.adapters.store.upkeep.copying import copy
source, target, amid, enough = sys.argv[1:]
def watch(stage, done, total):
    if stage == amid and done >= int(enough):
        os.kill(os.getpid(), 9)
copy(source, target, watch)
"""


@pytest.mark.parametrize("to", KINDS)
def test_a_copy_that_was_killed_goes_on_where_it_stood(to: str, fresh: Fresh) -> None:
    """Killed amid the articles and killed amid the search index; what was there is not written again."""
    source, target = fresh("sqlite"), fresh(to)
    many(source, 5_000)
    open_store(target).close()

    for stage, place in (("copy", "entries"), ("index", "search")):
        killed = subprocess.run([sys.executable, "-c", KILLED, source, target, stage, "2000"], check=False)
        assert killed.returncode == -SIGKILL
        assert 1_000 <= number_of(target, place) < 5_000

    there = number_of(target, "search")
    seen: list[tuple[str, int, int]] = []
    tables = copy(source, target, lambda *at: seen.append(at))

    assert [one.table for one in tables if not one.equal] == []
    assert not [at for at in seen if at[0] == "copy"]
    assert min(done for stage, done, _ in seen if stage == "index") > there
    assert copy(source, target) == tables


def number_of(url: str, table: str) -> int:
    """Count the rows of a table."""
    database = Database(url)
    try:
        with database.read() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
    finally:
        database.close()


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET title = 'Another harbour' WHERE id = 1",
        "DELETE FROM entries WHERE id = 1",
        "INSERT INTO mutes (subject, until, who, name, at) VALUES ('story:1', 1, 'ana', 'Ana', 1)",
    ],
)
def test_a_database_with_other_data_is_refused_untouched(to: str, change: str, fresh: Fresh, furnish: Any) -> None:
    """It is told by what the rows say, also where as many are there as a copy would have brought."""
    source, target = fresh("sqlite"), fresh(to)
    furnished(source, furnish)
    copy(source, target)
    with written(target) as connection:
        connection.execute(text("DELETE FROM verdicts"))
        connection.execute(text("DELETE FROM labels"))
        connection.execute(text(change))
    before = rows_of(target)

    with pytest.raises(StoreError, match="holds other data"):
        copy(source, target)

    assert rows_of(target) == before


def test_a_copy_that_is_not_the_same_is_told_by_exit_code_1(fresh: Fresh, furnish: Any) -> None:
    """Here a trigger meddles with what arrives."""
    source, target = fresh("sqlite"), fresh("sqlite")
    furnished(source, furnish)
    open_store(target).close()
    with written(target) as connection:
        connection.execute(
            text(
                "CREATE TRIGGER meddle AFTER INSERT ON polls BEGIN UPDATE polls SET detail = 'x' WHERE id = new.id; END"
            )
        )

    done = subprocess.run(command("copy", source, target, "--json"), capture_output=True, text=True, check=False)

    facts = json.loads(done.stdout)
    assert (done.returncode, facts["equal"]) == (1, False)
    assert [one["table"] for one in facts["tables"] if not one["equal"]] == ["polls"]


def test_a_database_that_a_service_writes_to_is_not_copied_unless_by_force(fresh: Fresh, furnish: Any) -> None:
    """A worker is known to live by its process; the process of a dead one is gone."""
    source, target = fresh("sqlite"), fresh("sqlite")
    furnished(source, furnish)
    from monitor.bootstrap import now  # noqa: PLC0415
    from monitor.jobs.watch.presence import this_worker  # noqa: PLC0415

    with closing(open_store(source)) as store:
        store.join(this_worker(now()))

    refused = subprocess.run(command("copy", source, target), capture_output=True, text=True, check=False)
    forced = subprocess.run(command("copy", source, target, "--force"), capture_output=True, text=True, check=False)

    assert (refused.returncode, forced.returncode) == (2, 0)
    assert "stop the service" in refused.stderr
    assert "Both hold the same" in forced.stdout


def test_nothing_is_made_of_a_wrong_url(fresh: Fresh) -> None:
    """Neither of the two files."""
    source, target = fresh("sqlite"), fresh("sqlite")

    done = subprocess.run(command("copy", source, target), capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "holds nothing of the monitor" in done.stderr
    assert not any(Path(url.removeprefix("sqlite:///")).exists() for url in (source, target))
