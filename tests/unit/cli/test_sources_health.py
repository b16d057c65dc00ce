"""Takes a configuration and a store in which sources are well, sick and silent, gives what `sources list` and `health` print."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.adapters.store import SqlStore, open_store
from monitor.cli import Options
from monitor.cli.sources import health as sources_health
from monitor.config import load
from monitor.errors import UsageError
from monitor.types import NewEntry, PollRecord, Worker

NOW = datetime.now(UTC).replace(microsecond=0)  # the command reads the clock
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOURCES = """
sources:
  - {id: gazette, name: Harbour Gazette, url: "https://gazette.example/feed", tags: [port, un], interval: 30m}
  - {id: herald, url: "https://herald.example/feed", headers: {Authorization: Bearer secret}, user_agent: me/1}
  - {id: courier, url: "https://courier.example/map.xml", kind: sitemap, tags: [un], language: fr, note: "[bold]x"}
  - {id: ministry, url: "https://ministry.example/feed"}
"""


class Desk:
    """A configuration folder, and a store that polls can be put into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "sources.yaml").write_text(SOURCES)
        (folder / "topics.yaml").write_text("topics: []")
        (folder / "monitor.yaml").write_text(f"database: sqlite:///{folder}/monitor.db")
        self.worker = Worker(id="w", host="desk", pid=1, started=0.0, seen_at=NOW)

    def run(self, *words: str) -> Result:
        """Run `monitor sources WORDS`."""
        app = typer.Typer()
        sources_health.register(app)
        return CliRunner().invoke(app, list(words), obj=Options(config_dir=self.folder))

    def facts(self, *words: str) -> list[dict[str, object]]:
        """Give the JSON lines of `monitor sources WORDS --json`."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.exception
        return [json.loads(line) for line in result.stdout.splitlines()]

    def poll(self, store: SqlStore, id_: str, at: datetime, result: str = "ok", new: int = 0, **state: object) -> None:
        """Keep a poll with so many new entries."""
        before = store.source_states()[id_]
        store.claim_sources(self.worker, at, 1, only=[id_])
        failed = 0 if result in ("ok", "not-modified") else before.failed_polls + 1
        known = {"last_ok_at": at, "last_full_at": at} if not failed else {}
        after = replace(
            before,
            **{
                **known, "last_poll_at": at, "next_poll_at": at + HOUR, "result": result, "detail": f"It said {result}.",
                "failed_polls": failed, "failures": 1.0 * failed, **state,
            },
        )  # fmt: skip
        record = PollRecord(
            source_id=id_, at=at, result=result, detail=after.detail, entries=new, new=new, seconds=0.12345
        )
        store.save_poll(self.worker, after, record, [entry(id_, at, number) for number in range(new)])


def entry(source_id: str, at: datetime, number: int) -> NewEntry:
    """Give an entry about to be kept."""
    name = f"{at.isoformat()}-{number}"
    return NewEntry(
        source_id=source_id, identity=name, url=None, link=None, title=name, summary="", content="", published=None,
        seen_at=at, digest=name,
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give a configuration whose sources were never polled."""
    return Desk(tmp_path)


@pytest.fixture
def polled(desk: Desk) -> Iterator[Desk]:
    """Give it after polls: gazette works, herald fails, courier fell silent ten days ago, ministry rests."""
    store = open_store(f"sqlite:///{desk.folder}/monitor.db")
    store.sync_sources(load(desk.folder, {}).sources, NOW - 40 * DAY)
    desk.poll(store, "gazette", NOW - 3 * HOUR, new=3)
    desk.poll(store, "gazette", NOW - HOUR, "not-modified", last_full_at=NOW - 3 * HOUR)
    desk.poll(store, "herald", NOW - 9 * HOUR)
    for hours, result in ((3, "timeout"), (2, "http-404"), (1, "http-404")):
        desk.poll(store, "herald", NOW - hours * HOUR, result)
    for hours in range(31 * 24, 10 * 24, -12):
        desk.poll(store, "courier", NOW - hours * HOUR, new=2)
    desk.poll(store, "courier", NOW - HOUR)
    until = NOW + 5 * HOUR
    desk.poll(store, "ministry", NOW - HOUR, "http-429", failures=0.5, retry_after=until, next_poll_at=until)
    store.close()
    return desk


def test_before_the_first_poll_nothing_is_wrong(desk: Desk) -> None:
    """On an empty database each source says that it was not polled yet, as JSON and as a table."""
    assert [(line["id"], line["state"], line["polls"]) for line in desk.facts("health")] == [
        (id_, "not-polled", []) for id_ in ("gazette", "herald", "courier", "ministry")
    ]
    table = desk.run("health")
    assert (table.exit_code, table.stdout.count("Not polled yet.")) == (0, 4)
    assert {line["state"] for line in desk.facts("list")} == {"not-polled"}


def test_without_sources_there_is_nothing_to_tell(desk: Desk) -> None:
    """A sentence for people, nothing as JSON."""
    (desk.folder / "sources.yaml").write_text("sources: []")

    assert "no sources yet" in desk.run("health").stdout
    assert "no sources yet" in desk.run("list").stdout
    assert desk.facts("health") == []


def test_health_names_the_sick_first_then_the_silent_then_the_rest(polled: Desk) -> None:
    """Sick sources are no failure of the command."""
    lines = polled.facts("health")

    expected = [("herald", "http-404"), ("ministry", "resting"), ("courier", "silent"), ("gazette", "not-modified")]
    assert [(line["id"], line["state"]) for line in lines] == expected


def test_health_gives_all_that_is_known_of_a_source_as_json(polled: Desk) -> None:
    """Times in ISO form, the latest poll first."""
    [line] = polled.facts("health", "herald")

    polls = line.pop("polls")
    assert isinstance(polls, list)
    assert line == {
        "id": "herald",
        "name": "herald",
        "kind": "feed",
        "url": "https://herald.example/feed",
        "state": "http-404",
        "detail": line["detail"],
        "since": (NOW - 3 * HOUR).isoformat(),
        "last_poll": (NOW - HOUR).isoformat(),
        "last_ok": (NOW - 9 * HOUR).isoformat(),
        "next_poll": NOW.isoformat(),
        "failures": 3,
        "moved_to": None,
        "per_day": None,
        "latest_entry": None,
    }
    assert "(3 polls)" in str(line["detail"])
    assert [poll["result"] for poll in polls] == ["http-404", "http-404", "timeout", "ok"]
    assert polls[0] == {
        "at": (NOW - HOUR).isoformat(), "result": "http-404", "detail": "It said http-404.", "entries": 0, "new": 0,
        "seconds": 0.123,
    }  # fmt: skip


def test_health_tells_how_much_a_source_brings(polled: Desk) -> None:
    """Of the last thirty polls at most."""
    [line] = polled.facts("health", "courier")

    assert line["per_day"] == pytest.approx(4, abs=0.2)
    assert line["latest_entry"] == line["since"] == (NOW - 10.5 * DAY).isoformat()
    assert len(list(line["polls"])) == 30  # type: ignore[call-overload]


def test_health_draws_the_latest_polls_with_a_legend(polled: Desk) -> None:
    """Oldest at the left; only marks that occur are explained."""
    shown = polled.run("health", "herald", "gazette").stdout

    assert "·T44" in shown
    assert "·–" in shown
    assert "· read   – not modified   4 refused (4xx)   T timeout" in shown
    assert "damaged" not in shown
    assert "9 h ago" in shown


def test_a_source_that_is_gone_has_no_next_poll(polled: Desk) -> None:
    """Neither as JSON nor in words."""
    store = open_store(f"sqlite:///{polled.folder}/monitor.db")
    polled.poll(store, "herald", NOW, "gone", stopped=True)
    store.close()

    [line] = polled.facts("health", "herald")

    assert (line["state"], line["next_poll"], line["failures"]) == ("gone", None, 4)
    assert "never" in polled.run("health", "herald").stdout


def test_an_address_changed_since_the_last_run_has_not_been_polled(polled: Desk) -> None:
    """What is remembered is another address's past."""
    config = (polled.folder / "sources.yaml").read_text()
    (polled.folder / "sources.yaml").write_text(config.replace("herald.example/feed", "herald.example/rss"))

    [line] = polled.facts("health", "herald")

    assert (line["state"], line["url"], line["polls"]) == ("not-polled", "https://herald.example/rss", [])


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("health", "gazete"), "no source has the id gazete; the nearest is gazette"),
        (("list", "--tag", "prt"), "no source has the tag prt; the nearest is port"),
    ],
)
def test_a_name_that_is_not_declared_is_refused_with_the_nearest(
    desk: Desk, words: tuple[str, ...], refusal: str
) -> None:
    """A mistyped id is a wrong use of the command, exit code 2."""
    error = desk.run(*words).exception

    assert isinstance(error, UsageError)
    assert (str(error), error.exit_code) == (refusal, 2)


def test_a_tag_where_there_are_none_is_refused(desk: Desk) -> None:
    """Without a nearest one."""
    (desk.folder / "sources.yaml").write_text("sources: []")

    assert str(desk.run("list", "--tag", "un").exception) == "no source has the tag un; none has any"


def test_a_long_table_counts_those_in_good_health(desk: Desk) -> None:
    """`--all` lists them; what is asked for by id is always listed."""
    many = "".join(f'  - {{id: s{n:02}, url: "https://s{n}.example/feed"}}\n' for n in range(60))
    (desk.folder / "sources.yaml").write_text(f"sources:\n{many}")

    short, whole = desk.run("health").stdout, desk.run("health", "--all").stdout

    assert (short.count("Not polled"), whole.count("Not polled")) == (50, 60)
    assert "And 10 more in good health: --all lists them." in short
    assert "more in good health" not in whole


def test_list_gives_what_is_declared_and_a_word(polled: Desk) -> None:
    """Headers are named, what they hold is not told."""
    lines = {line["id"]: line for line in polled.facts("list")}

    assert list(lines) == ["courier", "gazette", "herald", "ministry"]
    assert lines["herald"] | {"name": "", "note": ""} == {
        "id": "herald", "name": "", "kind": "feed", "url": "https://herald.example/feed", "query": None, "interval": "1h",
        "full_text": "auto", "tags": [], "language": None, "country": None, "selector": None,
        "headers": {"Authorization": "***"}, "user_agent": "me/1", "topics": [], "note": "", "state": "http-404",
    }  # fmt: skip
    assert (lines["gazette"]["interval"], lines["courier"]["kind"], lines["courier"]["language"]) == (
        "30m",
        "sitemap",
        "fr",
    )
    assert "secret" not in polled.run("list").stdout + polled.run("list", "--json").stdout


def test_list_shows_those_with_a_tag(polled: Desk) -> None:
    """As a table and as JSON."""
    assert [line["id"] for line in polled.facts("list", "--tag", "un")] == ["courier", "gazette"]
    shown = polled.run("list", "--tag", "port").stdout
    assert ("gazette" in shown, "courier" in shown) == (True, False)


def test_what_a_server_said_cannot_draw_on_the_terminal(polled: Desk) -> None:
    """Brackets are no markup: they are shown as they came."""
    store = open_store(f"sqlite:///{polled.folder}/monitor.db")
    polled.poll(store, "herald", NOW, "error", detail="[red]boo[/] [link=x]")
    store.close()

    assert "[red]boo[/] [link=x]" in polled.run("health", "herald").stdout
