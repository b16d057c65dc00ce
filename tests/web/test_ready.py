"""`GET /health/ready` over real HTTP: what makes it say no, what it only warns of, and that it gives nothing away."""

import json
import shutil
import sqlite3
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.bootstrap import front
from monitor.web.programs import ready

from .conftest import TOKEN, Browser, Newsroom, own_model

SECRET = "a-secret-that-stays-one"


@pytest.fixture(autouse=True)
def _looked_at_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no answer hold, and no look at the configuration wait."""
    monkeypatch.setattr(ready, "HELD", 0.0)
    monkeypatch.setattr(front, "LOOKED_AT_AGAIN", 0.0)


def asked(page: Browser) -> tuple[int, dict[str, Any]]:
    """Give status and answer."""
    status, said, _ = page.get("/health/ready")
    return status, json.loads(said)


def test_all_is_well(page: Browser) -> None:
    """A worker has been seen, the database and the model are there."""
    assert asked(page) == (200, {"ready": True})


def test_it_is_open_without_signing_in_and_to_a_question_without_an_answer(open_page: Callable[[str], str]) -> None:
    """Whatever watches processes has no token, and some ask by HEAD."""
    base = open_page(f"ana:{TOKEN}")

    head = urllib.request.Request(f"{base}/health/ready", method="HEAD")
    with urllib.request.urlopen(head, timeout=30) as answer:
        status, said = answer.status, answer.read()

    assert asked(Browser(base)) == (200, {"ready": True})
    assert (status, said) == (200, b"")


def gone(file: Path) -> None:
    """Leave nothing."""


def a_folder(file: Path) -> None:
    """Put a folder in its place."""
    file.mkdir()


def garbage(file: Path) -> None:
    """Put something else in its place."""
    file.write_bytes(SECRET.encode() * 1000)


def empty(file: Path) -> None:
    """Put nothing in its place."""
    file.touch()


def anothers(file: Path) -> None:
    """Put another program's database in its place."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE entries (id INTEGER)")


def at_version(version: str) -> Callable[[Path], None]:
    """Give what puts a database of another version in its place."""

    def put(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
            connection.execute("INSERT INTO alembic_version VALUES (?)", [version])

    return put


@pytest.mark.parametrize(("put", "reason"), [
    (gone, "has no tables"), (empty, "has no tables"), (a_folder, "cannot be used"), (garbage, "cannot be used"),
    (anothers, "cannot be used"), (at_version("0001"), "run `monitor db upgrade`"), (at_version("9999"), "update the program"),
])  # fmt: skip
def test_a_database_that_is_not_the_one_it_was_is_a_reason_until_it_is_back(
    page: Browser, tmp_path: Path, put: Callable[[Path], None], reason: str
) -> None:
    """Although the page still holds connections to what was there; and to look makes no file."""
    file, kept = tmp_path / "monitor.db", tmp_path / "kept"
    kept.mkdir()
    for one in tmp_path.glob("monitor.db*"):
        one.rename(kept / one.name)
    put(file)
    was_there = file.exists()
    status, said = asked(page)
    there = file.exists()
    for one in tmp_path.glob("monitor.db*"):
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    for one in kept.iterdir():
        one.rename(tmp_path / one.name)

    assert status == 503
    assert said["ready"] is False
    [told] = said["reasons"]
    assert reason in told
    assert str(tmp_path) not in told
    assert SECRET not in told
    assert there == was_there
    assert asked(page) == (200, {"ready": True})


@pytest.mark.parametrize("wrong", ["../current", "model.json", "model.npz"])
def test_a_model_that_does_not_load_is_a_reason_until_it_does(page: Browser, folder: Path, wrong: str) -> None:
    """Nothing of what its files hold is told."""
    file = own_model(folder) / wrong
    kept = file.read_bytes()
    file.write_bytes(SECRET.encode())
    broken = asked(page)
    file.write_bytes(kept)

    assert broken == (503, {"ready": False, "reasons": ["the model in use does not load: see `monitor models show`"]})
    assert asked(page) == (200, {"ready": True})


def test_a_model_that_loads_is_loaded_once(page: Browser, folder: Path) -> None:
    """A version never changes once it is written; another one is looked at anew."""
    home = own_model(folder)
    at_first = asked(page)
    (home / "model.npz").write_bytes(b"")
    still = asked(page)
    (home.parent / "current").write_text("another")

    assert at_first == still == (200, {"ready": True})
    assert asked(page)[0] == 503


def test_mistakes_in_the_configuration_are_a_warning_without_what_the_files_hold(page: Browser, folder: Path) -> None:
    """What was in force goes on working."""
    right = (folder / "monitor.yaml").read_text()
    (folder / "monitor.yaml").write_text(f"{SECRET}: 1\n")
    mistaken = asked(page)
    (folder / "monitor.yaml").write_text(right)

    assert mistaken == (200, {"ready": True, "warnings": [ready.MISTAKES]})
    assert asked(page) == (200, {"ready": True})


def test_that_no_service_runs_is_a_warning(page: Browser, room: Newsroom) -> None:
    """The page may run alone."""
    room.store.bury([room.worker.id])

    assert asked(page) == (200, {"ready": True, "warnings": [ready.NO_SERVICE]})


def test_several_reasons_are_told_together(page: Browser, folder: Path, tmp_path: Path) -> None:
    """With the warnings that are known all the same."""
    own_model(folder)
    (tmp_path / "models/current").write_text("no such model")
    (tmp_path / "monitor.db").rename(tmp_path / "kept")
    (folder / "topics.yaml").write_text("topics: 7\n")

    status, said = asked(page)

    assert status == 503
    assert len(said["reasons"]) == 2
    assert said["warnings"] == [ready.MISTAKES]


def test_an_answer_holds_for_a_moment(
    page: Browser, room: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that asking without end opens no connections without end."""
    monkeypatch.setattr(ready, "HELD", 60.0)
    before = asked(page)
    (tmp_path / "monitor.db").rename(tmp_path / "kept")

    assert before == asked(page) == (200, {"ready": True})


def test_what_is_wrong_is_written_down_once(page: Browser, folder: Path) -> None:
    """With all that the answer leaves out; and once more where it comes again."""
    models = own_model(folder).parent
    right = (models / "current").read_text()
    with capture_logs() as logged:
        for version in ("none-such", "none-such", right, "none-such"):
            (models / "current").write_text(version)
            page.get("/health/ready")

    lines = [line for line in logged if line["event"] == "web.not_ready"]
    assert len(lines) == 2
    assert str(models) in lines[0]["reason"]
