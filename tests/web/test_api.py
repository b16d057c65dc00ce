"""What programs read and say, over real HTTP: lists and cases as JSON, answers by token alone, every trouble in one shape."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.contract.conftest import NOON, Newsroom
from tests.waiting import eventually

from monitor import __version__
from monitor.bootstrap import Front
from monitor.bootstrap import front as looking
from monitor.jobs.asking.why import explain
from monitor.jobs.watch.health import examine_sources
from monitor.types import DeliveryState, Label, Via
from monitor.web import serve
from monitor.web.pages.frame import Frame
from monitor.web.people import People
from monitor.web.programs import api

from .conftest import TOKEN

BENS = "a-token-of-ben-0123456789"
MINE = {"Authorization": f"Bearer {TOKEN}"}
BEN = Label(entry_id=1, topic="drug_policy", value=False, who="ben", at=NOON, via=Via.TERMINAL)


class Program:
    """Asks as a program does, and takes JSON."""

    def __init__(self, base: str, **headers: str) -> None:
        self.base, self.session = base, requests.Session()
        self.session.headers.update(headers)

    def ask(self, path: str, method: str = "GET", **more: Any) -> requests.Response:
        """Give the answer, whatever it is; redirects are not followed."""
        return self.session.request(method, f"{self.base}{path}", timeout=30, allow_redirects=False, **more)

    def read(self, path: str) -> Any:
        """Give what a good answer holds."""
        answer = self.ask(path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        return answer.json()


@pytest.fixture
def programs(open_page: Callable[[str], str]) -> Iterator[Callable[..., Program]]:
    """Give what opens the page, to those who are listed, and asks it with these headers."""
    opened: list[Program] = []

    def go(listed: str, **headers: str) -> Program:
        opened.append(Program(open_page(listed), **headers))
        return opened[-1]

    yield go
    for one in opened:
        one.session.close()


@pytest.fixture
def ana(programs: Callable[..., Program]) -> Program:
    """Give a program that signs in with Ana's token."""
    return programs(f"ana:{TOKEN}", **MINE)


def ids(found: Any) -> list[int]:
    """Give the numbers of a list's items."""
    return [one["id"] for one in found["items"]]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_stories_come_in_parts_that_join_without_a_gap(ana: Program) -> None:
    """`next` leads from part to part, and is null at the end."""
    first = ana.read("/api/stories?limit=1")
    second = ana.read(f"/api/stories?limit=1&offset={first['next']}")

    assert (ids(first), first["next"]) == ([3], 1)
    assert (ids(second), second["next"]) == ([1], None)
    assert ids(ana.read("/api/stories")) == [3, 1]


def test_a_story_in_the_list_says_what_the_inbox_shows(ana: Program, front: Front) -> None:
    """Its headline, outlets, topics, articles, what was said of it, and where its page is."""
    front.store.save_labels([BEN])

    found = ana.read("/api/stories")["items"][1]

    assert found["headline"] == "Accord signed at the harbour"
    assert found["updated"] == "2026-03-02T11:00:00+00:00"
    assert found["outlets"] == ["Gazette"]
    assert found["topics"] == {"drug_policy": 0.75}
    assert [one["title"] for one in found["articles"]] == ["Harbour council signs accord", found["headline"]]
    assert found["said"] == "something"
    assert ana.session.get(found["page"], headers={"Cookie": ""}, timeout=30).ok


def test_stories_are_narrowed_to_what_is_asked(ana: Program, front: Front) -> None:
    """By topic, source, country, what was said, and time, to its ends."""
    front.store.save_labels([BEN])
    wanted = {
        "topic=drug_policy": [3, 1], "topic=bilateral_security": [], "source=gazette": [3, 1], "source=zebra": [],
        "country=Peru": [], "said=something": [1], "said=nothing": [3], "said=disputed": [],
        "since=2026-03-02T11:00:00Z": [3, 1], "since=2026-03-02T11:00:00.000001Z": [],
        "since=2026-03-02T13:00:00%2B02:00": [3, 1], "until=2026-03-02T11:00:00Z": [],
        "until=9999-12-31T23:59:59-23:59": [3, 1], "since=0001-01-01T00:00:00%2B23:59": [3, 1], "offset=1000000": [],
    }  # fmt: skip

    assert {asked: ids(ana.read(f"/api/stories?{asked}")) for asked in wanted} == wanted


def test_one_story_has_all_its_articles_and_what_people_said(ana: Program, front: Front) -> None:
    """With links, copies, facts and a summary."""
    front.store.save_labels([BEN])

    found = ana.read("/api/stories/1")

    assert (found["id"], found["headline"], found["article"]) == (1, "Accord signed at the harbour", 2)
    assert [one["link"] for one in found["articles"]] == ["https://gazette.example/1", "https://gazette.example/2"]
    assert [one["copy_of"] for one in found["articles"]] == [None, None]
    assert found["topics"] == {"drug_policy": 0.75}
    assert found["summary"] == "The whole text."
    assert found["labels"] == [
        {
            "article": 1,
            "topic": "drug_policy",
            "value": False,
            "who": "ben",
            "when": NOON.isoformat(),
            "via": "terminal",
        }
    ]


def test_an_article_is_told_as_the_command_why_tells_it(ana: Program, front: Front) -> None:
    """Fact for fact, times included."""
    front.store.save_labels([BEN])
    ledger = front.store.ledger(1)
    assert ledger is not None

    assert ana.read("/api/articles/1") == json.loads(json.dumps(explain(front.store, ledger, None)))


def test_a_search_finds_articles_in_parts(ana: Program) -> None:
    """The latest first; words alone count; nothing found is an empty list."""
    first = ana.read("/api/search?q=harbour+accord&limit=1&topic=drug_policy")
    second = ana.read("/api/search?q=harbour+accord&limit=1&offset=1")

    assert (ids(first), first["next"]) == ([2], 1)
    assert (ids(second), second["next"]) == ([1], None)
    assert first["items"][0]["story"] == 1
    assert ana.read("/api/search?q=%22%00%F0%9F%A6%93") == {"items": [], "next": None}
    assert ana.read("/api/search?q=harbour&since=2026-03-03T00:00:00Z")["items"] == []


def test_sources_are_told_as_the_command_health_tells_them(ana: Program, front: Front) -> None:
    """Sick or well, polled or not."""
    told = [one.facts() for one in examine_sources(front.store, front.settings.sources, NOON)]

    assert ana.read("/api/sources")["items"] == told


def test_what_lets_one_in_at_a_source_is_not_told(
    programs: Callable[..., Program], folder: Path, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads here need not know the configuration."""
    (folder / "sources.yaml").write_text(
        "sources:\n  - {id: herald, url: 'https://ana:hunter2@herald.example/feed?token=hunter3'}\n"
    )
    monkeypatch.setattr(looking, "LOOKED_AT_AGAIN", -1.0)  # the change is seen by the next look
    assert "hunter2" in front.settings.sources[0].url

    told = programs(f"ana:{TOKEN}", **MINE).ask("/api/sources").text

    assert "herald.example" in told
    assert "hunter" not in told


def test_topics_and_the_model_in_use_are_told(ana: Program, front: Front) -> None:
    """Keywords and threshold rule as they are configured; the card as `models show --json` gives it."""
    first = ana.read("/api/topics")["items"][0]
    topic = front.settings.topics[0]

    assert (first["id"], first["name"]) == ("drug_policy", "Drug policy")
    assert first["keywords"]["include"] == list(topic.include)
    assert first["threshold"] == {"kind": topic.threshold.kind, "value": topic.threshold.value}
    assert ana.read("/api/model") == front.models.card()


# ── answering ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_answer_is_stored_in_the_name_of_the_caller_and_taken_back(ana: Program, front: Front) -> None:
    """Topic by topic; what others said stays; what was not named keeps its answer."""
    front.store.save_labels([BEN])

    ana.ask("/api/articles/1/labels", "POST", json={"labels": {"drug_policy": True, "bilateral_security": False}})
    said = ana.ask("/api/articles/1/labels", "POST", json={"labels": {"bilateral_security": None}})
    stored = {(one.topic, one.value, one.who, one.via, one.model) for one in front.store.labels()}
    listed = ana.read("/api/labels?limit=2")
    gone = ana.ask("/api/articles/1/labels", "DELETE")

    assert said.status_code == 200
    assert {one["topic"]: one["value"] for one in said.json()["labels"]} == {
        "bilateral_security": None,
        "drug_policy": True,
    }
    assert stored == {
        ("drug_policy", False, "ben", Via.TERMINAL, ""),
        ("drug_policy", True, "ana", Via.WEB, "m1"),
        ("bilateral_security", None, "ana", Via.WEB, ""),
    }
    assert [(one["topic"], one["who"]) for one in listed["items"]] == [
        ("bilateral_security", "ana"),
        ("drug_policy", "ana"),
    ]
    assert listed["next"] == 2
    assert (gone.status_code, gone.content) == (204, b"")
    assert front.store.labels() == [BEN]


def test_an_answer_is_shown_in_the_message_about_the_story(ana: Program, front: Front, room: Newsroom) -> None:
    """As an answer given in the channel is."""
    room.decide(room.delivery(channel="#drug-policy"))
    ana.ask("/api/articles/1/labels", "POST", json={"labels": {"drug_policy": True}})

    def message() -> str:
        return json.dumps(front.store.outbox([DeliveryState.PENDING])[0].message.blocks)

    eventually(lambda: "ana: relevant" in message(), told=message)


@pytest.mark.parametrize(("path", "body", "status"), [
    ("/api/articles/99/labels", {"labels": {"drug_policy": True}}, 404),
    ("/api/articles/1/labels", {"labels": {"zebra": True}}, 422),
    ("/api/articles/1/labels", {"labels": {"zebra\ud800": True}}, 422),
    ("/api/articles/1/labels", {"labels": {}}, 422),
    ("/api/articles/1/labels", {"labels": {"drug_policy": 1}}, 422),
    ("/api/articles/1/labels", {"labels": {"drug_policy": "yes"}}, 422),
    ("/api/articles/1/labels", {"labels": {"drug_policy": True}, "who": "ben"}, 422),
    ("/api/articles/1/labels", [], 422),
    ("/api/articles/0/labels", {"labels": {"drug_policy": True}}, 422),
])  # fmt: skip
def test_what_is_no_answer_is_refused(ana: Program, front: Front, path: str, body: Any, status: int) -> None:
    """Whole: nothing of it is stored."""
    answer = ana.ask(path, "POST", data=json.dumps(body), headers={"Content-Type": "application/json"})

    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert front.store.labels() == []


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_program_signs_in_by_either_way_and_nobody_comes_in_without(programs: Callable[..., Program]) -> None:
    """Bearer, or Basic with the token as password; the refusal says how."""
    program = programs(f"ana:{TOKEN}")

    basic = program.ask("/api/topics", auth=("ana", TOKEN))
    bearer = program.ask("/api/topics", headers=MINE)
    without = program.ask("/api/topics")
    wrong = program.ask("/api/topics", headers={"Authorization": "Bearer a-token-of-nobody"})

    assert (basic.status_code, bearer.status_code) == (200, 200)
    assert (without.status_code, wrong.status_code) == (401, 401)
    assert without.json() == {"error": "sign in with your token"}
    assert "Bearer" in without.headers["WWW-Authenticate"]


def test_the_cookie_of_a_session_reads_and_changes_nothing(programs: Callable[..., Program], front: Front) -> None:
    """A browser sends it by itself, so that it proves no intention."""
    front.store.save_labels([BEN])
    browser = programs(f"ana:{TOKEN}")
    browser.ask("/sign-in", "POST", data={"token": TOKEN})

    reading = browser.ask("/api/stories")
    answer = browser.ask("/api/articles/1/labels", "POST", json={"labels": {"drug_policy": True}})
    taken = browser.ask("/api/articles/1/labels", "DELETE")

    assert reading.status_code == 200
    assert (answer.status_code, taken.status_code) == (403, 403)
    assert "your token" in answer.json()["error"]
    assert front.store.labels() == [BEN]


class Behind:
    """Lets everything through in Ana's name, as a guard would that was led to believe in another address."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through."""
        scope["state"] = {"who": "ana"}
        await self.app(scope, receive, send)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("Basic", 403), ("Bearer nobodys-token-0123456789", 403), (f"Bearer {BENS}", 403), (f"Bearer {TOKEN}", 200)],
)
def test_a_change_takes_a_token_of_the_one_in_whose_name_it_is(
    front: Front,
    room: Newsroom,
    authorization: str,
    status: int,
) -> None:
    """That there is a header proves nothing, whatever was looked at before."""
    frame = Frame(front, People(f"ana:{TOKEN},ben:{BENS}", "root"), lambda: NOON)
    app = Starlette(routes=api.routes(frame), middleware=[Middleware(Behind)])

    with serve.served(app, "127.0.0.1", 0) as port:
        address = f"http://127.0.0.1:{port}/api/articles/1/labels"
        said = {"labels": {"drug_policy": True}}
        answer = requests.post(address, json=said, headers={"Authorization": authorization}, timeout=30)

    assert answer.status_code == status
    assert len(front.store.labels()) == (status == 200)


@pytest.mark.parametrize(("method", "headers", "status"), [
    ("POST", {"Content-Type": "text/plain"}, 415),
    ("POST", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ("POST", {"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
    ("POST", {"Content-Type": "application/json", "Origin": "null"}, 403),
    ("POST", {"Content-Type": "application/json", "Origin": "http://127.0.0.1:1"}, 403),
    ("POST", {"Content-Type": "application/json", "Origin": ""}, 403),
    ("DELETE", {"Origin": "https://evil.example"}, 403),
    ("POST", {"Content-Type": "application/json; charset=utf-8"}, 200),
    ("POST", {"Content-Type": "application/json", "Origin": "OURS"}, 200),
    ("DELETE", {"Origin": "OURS"}, 204),
])  # fmt: skip
def test_where_nobody_signs_in_no_page_elsewhere_changes_anything(
    programs: Callable[..., Program], front: Front, method: str, headers: dict[str, str], status: int
) -> None:
    """A page elsewhere sends no JSON without asking first, and its origin with all it sends."""
    program = programs("")
    mine = Label(entry_id=1, topic="drug_policy", value=False, who="root", at=NOON, via=Via.WEB)
    front.store.save_labels([mine])
    ours = {name: value.replace("OURS", program.base) for name, value in headers.items()}

    answer = program.ask("/api/articles/1/labels", method, data=b'{"labels": {"drug_policy": null}}', headers=ours)

    assert answer.status_code == status
    assert (front.store.labels() == [mine]) is (status >= 400)


def test_a_page_elsewhere_is_told_nothing_about_what_it_may_do(programs: Callable[..., Program]) -> None:
    """The question that a browser asks first (CORS) is answered by no permission."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}

    answer = programs("").ask("/api/articles/1/labels", "OPTIONS", headers=asked)

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert answer.status_code == 405


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_trouble_is_told_in_one_shape(ana: Program) -> None:
    """What is unknown, misspelt or out of bounds is refused, never guessed."""
    cases = [
        ("/api/zebra", 404, "GET /api/zebra: not found"),
        ("/api/", 404, "not found"),
        ("/api/stories/", 404, "not found"),
        ("/api/stories/99", 404, "there is no story 99"),
        ("/api/articles/9223372036854775807", 404, "there is no article"),
        ("/api/articles/9223372036854775808", 422, "id: "),
        ("/api/stories/zebra", 422, "id: "),
        ("/api/stories?limit=101", 422, "limit: "),
        ("/api/stories?limit=0", 422, "limit: "),
        ("/api/stories?offset=1000001", 422, "offset: "),
        ("/api/stories?topci=drug_policy", 422, "topci: "),
        ("/api/stories?topic=zebra", 422, "there is no topic zebra: there are drug_policy, bilateral_security"),
        ("/api/stories?topic=", 422, "there is no topic"),
        ("/api/stories?since=2026-03-02", 422, "since: write a time as 2026-03-02T12:00:00Z"),
        ("/api/stories?since=1772452800", 422, "since: "),
        ("/api/stories?since=2026-03-02T12:00:00", 422, "since: "),
        ("/api/stories?since=2026-02-30T12:00:00Z", 422, "since: "),
        ("/api/stories?said=zebra", 422, "said: "),
        ("/api/search", 422, "q: "),
        ("/api/search?q=harbour&topic=zebra", 422, "there is no topic zebra"),
    ]  # fmt: skip

    for path, status, said in cases:
        answer = ana.ask(path)
        assert answer.headers["Content-Type"] == "application/json", path
        assert (answer.status_code, list(answer.json())) == (status, ["error"]), path
        assert said in answer.json()["error"], path


def test_a_body_that_is_no_answer_is_told_where_it_is_wrong(ana: Program) -> None:
    """Field by field; "body" where nothing of it can be read."""
    kinds = {"Content-Type": "application/json"}
    bodies = [b"", b'{"a', b'{"labels": {"drug_policy": 7}, "who": 1}']

    told = [ana.ask("/api/articles/1/labels", "POST", data=body, headers=kinds).json()["error"] for body in bodies]

    assert told[0].startswith("body: ")
    assert told[1].startswith("body: ")
    assert told[2].startswith("labels.drug_policy: ")
    assert "; who: " in told[2]


def test_a_method_that_is_not_taken_is_answered_by_those_that_are(ana: Program) -> None:
    """All of them, though each has its own place in the program."""
    answer = ana.ask("/api/articles/1/labels", "PUT")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "DELETE, POST")
    assert list(answer.json()) == ["error"]


def test_trouble_with_the_database_is_told(ana: Program, tmp_path: Path) -> None:
    """As JSON, with what is wrong."""
    with sqlite3.connect(tmp_path / "monitor.db") as broken:
        broken.execute("DROP TABLE labels")
    broken.close()

    answer = ana.ask("/api/labels")

    assert answer.status_code == 503
    assert "monitor db check" in answer.json()["error"]


# ── the document ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_document_names_every_way_with_its_answers(ana: Program) -> None:
    """Each has a sentence; each refusal its shape; each parameter its meaning; the topics are those there are."""
    document = ana.read("/api/openapi.json")
    ways = {f"{method} {path}": way for path, ways in document["paths"].items() for method, way in ways.items()}

    assert document["info"]["version"] == __version__
    assert document["servers"] == [{"url": "/api"}]
    assert sorted(ways) == sorted([
        "get /stories", "get /stories/{id}", "get /articles/{id}", "get /search", "get /sources", "get /topics",
        "get /model", "get /labels", "post /articles/{id}/labels", "delete /articles/{id}/labels",
    ])  # fmt: skip
    assert {one["scheme"] for one in document["components"]["securitySchemes"].values()} == {"bearer", "basic"}
    for name, way in ways.items():
        assert way["summary"], name
        assert way["description"], name
        assert {"401", "422", "429", "503"} <= set(way["responses"]), name
        assert all(parameter["description"] for parameter in way.get("parameters", ())), name
        for status, answer in way["responses"].items():
            if status >= "400" and status != "413":
                shape = answer["content"]["application/json"]["schema"]["$ref"]
                assert shape.endswith("/Trouble"), (name, status)
    answer = document["components"]["schemas"]["Answer"]["properties"]["labels"]
    assert answer["propertyNames"] == {"enum": ["drug_policy", "bilateral_security"]}
    assert {"403", "404", "413", "415"} <= set(ways["post /articles/{id}/labels"]["responses"])


def test_where_nobody_signs_in_the_document_asks_for_no_token(programs: Callable[..., Program]) -> None:
    """It says what holds here."""
    document = programs("").read("/api/openapi.json")

    assert "security" not in document
    assert "401" not in document["paths"]["/stories"]["get"]["responses"]
