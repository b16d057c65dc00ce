"""Takes nothing, gives a store with a few stories, the page before it over real HTTP, and a browser without script."""

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.contract.conftest import NOON, Newsroom

from monitor.adapters.store import SqlStore
from monitor.bootstrap import Front, open_front
from monitor.config import shipped
from monitor.web import serve
from monitor.web.people import People

TOKEN = "a-token-of-ana-0123456789"
HOSTILE = "<script>alert(1)</script> \"'><img src=x onerror=alert(1)> \u202e{{ 7*7 }}"


class Browser:
    """Asks one page after the other, as one person does."""

    def __init__(self, base: str, headers: dict[str, str] | None = None) -> None:
        self.base, self.headers = base, headers or {}
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, Any]:
        """Give status, body and headers; redirects are followed."""
        data = urlencode(form).encode() if form is not None else None
        try:
            with self._opener.open(urllib.request.Request(self.base + path, data, self.headers), timeout=30) as answer:
                return answer.status, answer.read().decode(), answer
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), error

    def send(self, path: str, **fields: str) -> tuple[int, str, Any]:
        """Send a form with the token that the inbox carries."""
        token = self.get("/")[1].split('name="form_token" value="')[1].split('"')[0]
        return self.get(path, {"form_token": token, **fields})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a configuration: the shipped topics, two sources, a database of its own."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "monitor.yaml").write_text(f"database: sqlite:///{tmp_path}/monitor.db\nmodels: {tmp_path}/models\n")
    (config / "sources.yaml").write_text(
        "sources:\n"
        "  - {id: gazette, name: Harbour Gazette, url: 'https://gazette.example/feed'}\n"
        "  - {id: herald, name: Herald, url: 'https://herald.example/feed'}\n"
    )
    (config / "topics.yaml").write_text((shipped("config") / "topics.yaml").read_text())
    return config


def own_model(folder: Path, **card: object) -> Path:
    """Put a version of our own beside the shipped ones, with this card, and make it the current one; give its folder."""
    name = (shipped("models") / "current").read_text().strip()
    models = folder.parent / "models"
    shutil.copytree(shipped("models") / name, models / name)
    (models / "current").write_text(name)
    (models / name / "card.json").write_text(json.dumps(card))
    return models / name


@pytest.fixture
def front(folder: Path) -> Iterator[Front]:
    """Give what the page is given."""
    with open_front(folder, {}) as front:
        yield front


@pytest.fixture
def room(front: Front) -> Newsroom:
    """Give a store with three judged articles: two of one story, one with a hostile headline."""
    assert isinstance(front.store, SqlStore)
    room = Newsroom(front.store)
    titles = ("Harbour council signs accord", "Accord signed at the harbour", HOSTILE)
    read = room.articles(
        *(
            room.new(n, title=title, link=f"https://gazette.example/{n}" if n < 3 else "javascript:alert(1)")
            for n, title in enumerate(titles, 1)
        )
    )
    verdict = room.verdict("drug_policy")
    judged = [room.judged(one, story_id=1 if one.entry.id < 3 else 3, verdicts=(verdict,)) for one in read]
    front.store.save_judgements(room.worker, judged, now=NOON)
    front.store.index(10)
    return room


@pytest.fixture
def open_page(front: Front, room: Newsroom) -> Iterator[Callable[[str], str]]:
    """Give what serves the page to those who are listed."""
    with ExitStack() as running:

        def go(listed: str) -> str:
            pages = serve.page(front, People(listed, "root"), lambda: NOON, "127.0.0.1", 0)
            return f"http://127.0.0.1:{running.enter_context(pages)}"

        yield go


@pytest.fixture
def page(open_page: Callable[[str], str]) -> Browser:
    """Give a browser before a page that asks nobody who they are."""
    return Browser(open_page(""))
