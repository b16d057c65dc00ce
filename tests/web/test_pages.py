"""The page over real HTTP: who is let in, what is shown, and that words from the web stay words."""

import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from slack_sdk import WebClient
from starlette.datastructures import URL
from starlette.requests import Request
from tests.contract.conftest import NOON

from monitor.adapters.answers.callbacks import Callbacks
from monitor.bootstrap import Front, open_front
from monitor.errors import ConfigError
from monitor.types import Command, Pressed, Reply
from monitor.web import serve
from monitor.web.people import People

from .conftest import TOKEN, Browser

SLACKS = ("/slack/actions", "/slack/commands", "/slack/zebra", "/slack/actions/")


def test_the_inbox_leads_to_story_and_article(page: Browser) -> None:
    """Stories with their outlets and topics; then the articles; then the whole case."""
    _, inbox, _ = page.get("/")
    _, story, _ = page.get("/stories/1")
    _, article, _ = page.get("/articles/1")

    assert inbox.count('href="/stories/') == 2
    assert "Drug policy" in inbox
    assert "Harbour council signs accord" in story
    assert "Accord signed at the harbour" in story
    assert story.count('href="/articles/') == 2
    assert "(wire copy)" not in story
    assert "On topic" in article
    assert "likely 75 %" in article


def test_lists_are_narrowed_and_what_is_not_there_is_said(page: Browser) -> None:
    """By topic, source and days; nonsense is passed over."""
    assert "No story fits." in page.get("/?topic=bilateral_security")[1]
    assert "No story fits." in page.get("/?source=zebra")[1]
    assert page.get("/?topic=drug_policy&source=gazette&days=30")[1].count('href="/stories/') == 2
    assert page.get("/?topic=zebra&days=-1&page=x&source=%00")[0] == 200
    assert page.get("/stories/99")[0] == 404
    assert page.get("/articles/99")[0] == 404
    assert page.get("/stories/zebra")[0] == 404


def test_a_search_shows_what_it_finds(page: Browser) -> None:
    """Its words stand in the box again; nothing found is said."""
    found = page.get("/search?q=harbour+accord")[1]
    nothing = page.get("/search?q=%22%3E%3Czebra%3E")[1]

    assert found.count('href="/articles/') == 2
    assert 'value="harbour accord"' in found
    assert "Nothing is found." in nothing
    assert "<zebra>" not in nothing


@pytest.mark.parametrize("path", ["/", "/stories/3", "/articles/3", "/search?q=alert"])
def test_words_from_the_web_stay_words(page: Browser, path: str) -> None:
    """No element, no attribute, no template, no address of another kind."""
    _, shown, answer = page.get(path)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert shown.count("<script") == 1  # ours
    assert "<img" not in shown
    assert "javascript:" not in shown
    assert "{{ 7*7 }}" in shown
    assert "\u202e" not in shown
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_with_tokens_nobody_comes_in_without_one(open_page: Callable[[str], str]) -> None:
    """The door stands before every page; a wrong token stays outside; a good one leads where one wanted to go, and out again."""
    browser = Browser(open_page(f"ana:{TOKEN}"))

    _, door, _ = browser.get("/stories/1")
    wrong, said, _ = browser.get("/sign-in", {"token": "a-wrong-token-0123456789"})
    _, inside, answer = browser.get("/sign-in?to=/stories/1", {"token": TOKEN})
    form = inside.split('name="form_token" value="')[1].split('"')[0]
    forged, _, _ = browser.get("/sign-out", {"form_token": "forged"})
    still, _, _ = browser.get("/stories/1")
    browser.get("/sign-out", {"form_token": form})
    _, outside, _ = browser.get("/stories/1")

    assert "Your token" in door
    assert "Harbour" not in door
    assert (wrong, forged, still) == (403, 403, 200)
    assert "nobody&#39;s token" in said
    assert "Harbour council signs accord" in inside
    assert answer.url.endswith("/stories/1")
    assert "Your token" in outside


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\r\nX: y"]
)
def test_the_door_leads_nowhere_else(open_page: Callable[[str], str], to: str) -> None:
    """Whatever address it is given."""
    browser = Browser(open_page(f"ana:{TOKEN}"))

    _, _, answer = browser.get(f"/sign-in?{urlencode({'to': to})}", {"token": TOKEN})

    assert answer.url == f"{browser.base}/"


def test_who_guesses_is_kept_waiting(open_page: Callable[[str], str]) -> None:
    """After five tries; who has a token is not shut out by them."""
    browser = Browser(open_page(f"ana:{TOKEN}"))

    statuses = [browser.get("/sign-in", {"token": f"guess-{number}"})[0] for number in range(6)]

    assert statuses == [403] * 5 + [429]
    assert browser.get("/sign-in", {"token": TOKEN})[0] == 200


def test_behind_a_proxy_each_is_counted_for_oneself(open_page: Callable[[str], str]) -> None:
    """By the address that the proxy names."""
    base = open_page(f"ana:{TOKEN}")

    def guess(address: str) -> int:
        return Browser(base, {"X-Forwarded-For": address}).get("/sign-in", {"token": "guess"})[0]

    assert [guess("192.0.2.1") for _ in range(6)] == [403] * 5 + [429]
    assert guess("192.0.2.2") == 403


@pytest.mark.parametrize(
    ("proxies", "believed"),
    [("", True), ('["::1"]', False), ("[]", False), ("[127.0.0.0/8]", True), ("[192.0.2.7, 127.0.0.1]", True)],
)
def test_only_the_proxies_that_are_named_are_believed(folder: Path, proxies: str, believed: bool) -> None:
    """Who asks, and that it was by https, which makes the cookie one for https alone; this machine, where none is named."""
    if proxies:
        with (folder / "monitor.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"web: {{proxies: {proxies}}}\n")
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}

    with (
        open_front(folder, {}) as front,
        serve.page(front, People(f"ana:{TOKEN}", "root"), lambda: NOON, "127.0.0.1", 0) as port,
    ):
        cookie = signed_in(f"http://127.0.0.1:{port}", **told).headers["Set-Cookie"]
        for _ in range(5):
            requests.post(f"http://127.0.0.1:{port}/sign-in", {"token": "guess"}, headers=told, timeout=30)
        other = requests.post(f"http://127.0.0.1:{port}/sign-in", {"token": "guess"}, timeout=30)

    assert ("Secure" in cookie) is believed
    assert other.status_code == (403 if believed else 429)


def signed_in(base: str, **headers: str) -> requests.Response:
    """Give the answer to who signs in."""
    form = {"token": TOKEN}
    return requests.post(f"{base}/sign-in", form, headers=headers, allow_redirects=False, timeout=30)


def test_who_signs_out_ends_every_copy_of_the_cookie(open_page: Callable[[str], str]) -> None:
    """And no other session of the same person."""
    base = open_page(f"ana:{TOKEN}")
    copies, other = (dict(signed_in(base).cookies) for _ in range(2))

    def inbox(cookies: dict[str, str]) -> requests.Response:
        return requests.get(f"{base}/", cookies=cookies, allow_redirects=False, timeout=30)

    form = {"form_token": inbox(copies).text.split('name="form_token" value="')[1].split('"')[0]}
    requests.post(f"{base}/sign-out", form, cookies=copies, allow_redirects=False, timeout=30)

    assert (inbox(copies).status_code, inbox(other).status_code) == (303, 200)


def test_a_cookie_is_for_the_page_alone(open_page: Callable[[str], str]) -> None:
    """No script reads it, no other site sends it."""
    cookie = signed_in(open_page(f"ana:{TOKEN}")).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie


def test_where_nobody_signs_in_the_page_answers_to_this_machines_names_alone(open_page: Callable[[str], str]) -> None:
    """A name of somebody else's that leads here (DNS rebinding) gets nothing."""
    base = open_page("")

    assert Browser(base, {"Host": "evil.example"}).get("/")[0] == 421
    assert Browser(base, {"Host": "localhost:8000"}).get("/")[0] == 200


def ask(base: str, path: str, *hosts: str) -> tuple[int, str]:
    """Ask by these names, letter by letter; give status and what was answered."""
    lines = [f"GET {path} HTTP/1.1", *(f"Host: {one}" for one in hosts), "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", int(base.rpartition(":")[2])), timeout=30) as line:
        line.sendall("\r\n".join(lines).encode("latin-1"))
        with line.makefile("rb") as answer:
            said = answer.read().decode("utf-8", "replace")
    return int(said.split(" ")[1]), said


@pytest.mark.parametrize("hosts", [
    ("a{b.evil.example:8080",), ('x"y.evil.example',), ("evil.example:99999",), ("evil.example:",), ("[::1].evil.example",),
    ("localhost@evil.example",), ("evil.example/localhost",), ("localhost:80:80",), ("localhost:8000000",), ("::1",), ("",),
    ("loc\u00e4lhost",), ("localhost", "evil.example"), ("evil.example", "localhost"), ("localhost.evil.example",),
])  # fmt: skip
def test_a_name_that_is_not_plainly_this_machines_is_nobodys(
    open_page: Callable[[str], str], hosts: tuple[str, ...]
) -> None:
    """A browser takes more for a name than a server can read; two names are none."""
    status, said = ask(open_page(""), "/", *hosts)

    assert status in {400, 421}
    assert "Harbour" not in said


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:65535", "[::1]", "[::1]:8000"])
def test_each_name_of_this_machine_is_answered(open_page: Callable[[str], str], host: str) -> None:
    """With a port or without."""
    assert ask(open_page(""), "/", host)[0] == 200


@pytest.mark.parametrize("forged", ["/static/x", "/sign-in", "/slack/actions"])
def test_who_may_come_in_does_not_hang_on_the_name_by_which_is_asked(
    open_page: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, forged: str
) -> None:
    """The whole address, which an older Starlette makes of that name, may say another path than the one that is served."""
    base = open_page(f"ana:{TOKEN}")
    monkeypatch.setattr(Request, "url", property(lambda _: URL(f"http://x{forged}?/")))

    assert ask(base, "/stories/1", "x")[0] == 303


class Nobody:
    """Hears nothing."""

    def now(self) -> datetime:
        return NOON

    def reachable(self) -> None:
        """Do nothing."""

    def press(self, pressed: Pressed) -> Reply | None:
        raise AssertionError(pressed)

    def command(self, asked: Command) -> Reply:
        raise AssertionError(asked)


def test_where_slack_does_not_come_nothing_is_let_past(front: Front, open_page: Callable[[str], str]) -> None:
    """Its addresses are exempt only where its requests are taken, and only these two."""
    base = open_page("")
    taking = Callbacks(Nobody(), WebClient(token="xoxb-none"), "a-signing-secret")

    with serve.page(front, People("", "root"), lambda: NOON, "127.0.0.1", 0, taking) as port:
        slack = [ask(f":{port}", path, "hooks.example")[0] for path in SLACKS]

    assert [ask(base, path, "hooks.example")[0] for path in SLACKS] == [421] * 4
    assert slack == [405, 405, 421, 421]  # each is for POST alone


def test_what_is_not_there_below_slacks_address_shows_nobody_and_takes_nothing(page: Browser) -> None:
    """Neither frame nor what was to be told: whoever asks there has no session."""
    token = page.get("/")[1].split('name="form_token" value="')[1].split('"')[0]
    answer = {"form_token": token, "action": "relevant"}
    requests.post(f"{page.base}/articles/1/answer", answer, allow_redirects=False, timeout=30)

    status, said, _ = page.get("/slack/zebra")

    assert status == 404
    assert "Settings" not in said
    assert "Stored: yes" not in said
    assert "Stored: yes to Drug policy." in page.get("/")[1]


@pytest.mark.parametrize(("host", "listed", "refused"), [
    ("127.0.0.1", "", False), ("::1", "", False), ("localhost", "", False), ("0.0.0.0", f"ana:{TOKEN}", False),
    ("0.0.0.0", "", True), ("::", "", True), ("192.0.2.7", "", True), ("monitor.example", "", True),
])  # fmt: skip
def test_without_tokens_it_listens_on_this_machine_alone(host: str, listed: str, refused: bool) -> None:
    """The refusal says what to do."""
    if not refused:
        serve.refuse_openness(host, People(listed, "root"))
        return
    with pytest.raises(ConfigError, match="set MONITOR_WEB_TOKEN"):
        serve.refuse_openness(host, People(listed, "root"))


def test_an_address_that_is_taken_is_named(open_page: Callable[[str], str]) -> None:
    """Instead of a page that is never there."""
    port = int(open_page("").rpartition(":")[2])

    with (
        pytest.raises(ConfigError, match=f"127.0.0.1:{port} cannot be listened on"),
        serve.served(None, "127.0.0.1", port),
    ):  # type: ignore[arg-type]
        pass


def test_the_sheet_is_small_and_comes_from_here(page: Browser) -> None:
    """First paint takes under 100 kB with everything."""
    _, sheet, answer = page.get("/static/style.css")
    _, inbox, _ = page.get("/")

    assert answer.headers["Content-Type"].startswith("text/css")
    assert len(sheet) + len(inbox) < 100_000
    assert "http" not in sheet
