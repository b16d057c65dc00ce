"""Which version is in use, and which was before: a pointer that moves whole, and a history that outlives crashes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.model_files import ModelFiles
from monitor.config import shipped
from monitor.errors import ModelError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    """Give an empty folder beside the shipped models."""
    return ModelFiles(tmp_path / "models", shipped("models"))


def test_a_rollback_returns_step_by_step_to_the_shipped_model(files: ModelFiles) -> None:
    """Each goes one further back, and proves that what it returns to loads; then there is nothing left."""
    files.promote("seed-2", "promoted", NOON)
    files.promote("shipped-2", "promoted", NOON)
    files.promote("seed-2", "promoted", NOON)

    back = [files.rollback(NOON) for _ in range(3)]

    assert back == ["shipped-2", "seed-2", "shipped-2"]
    with pytest.raises(ModelError, match="no model was current before shipped-2"):
        files.rollback(NOON)


def test_a_rollback_to_a_version_that_is_gone_leaves_the_model_in_use(files: ModelFiles, tmp_path: Path) -> None:
    """In words that say what to do."""
    files.promote("seed-2", "promoted", NOON)
    (tmp_path / "models/history.jsonl").write_text(
        json.dumps({"at": "", "version": "seed-2", "before": "lost", "how": "promoted"}) + "\n", "utf-8"
    )

    with pytest.raises(ModelError, match="no model 'lost'"):
        files.rollback(NOON)

    assert files.current() == "seed-2"


def test_a_line_that_a_crash_cut_short_is_passed_over(files: ModelFiles, tmp_path: Path) -> None:
    """And the next one begins on a line of its own."""
    files.promote("seed-2", "promoted", NOON)
    with (tmp_path / "models/history.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"at": "2026-03-02T12:00:00", "ver')

    files.promote("shipped-2", "promoted", NOON)

    assert [change.version for change in files.history()] == ["seed-2", "shipped-2"]
    assert files.previous() == "seed-2"


def test_a_change_that_was_noted_and_not_made_never_was(files: ModelFiles, tmp_path: Path) -> None:
    """The process ended between the note and the pointer."""
    files.promote("seed-2", "promoted", NOON)
    with (tmp_path / "models/history.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": "", "version": "never", "before": "seed-2", "how": "trained"}) + "\n")

    assert files.previous() == "shipped-2"
    files.promote("shipped-2", "promoted", NOON)
    assert [change.version for change in files.history()] == ["seed-2", "shipped-2"]


@settings(max_examples=25)
@given(steps=st.lists(st.sampled_from(["seed-2", "shipped-2", "back"]), max_size=12))
def test_rolling_back_undoes_what_was_done(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    """Whatever was promoted and rolled back, it goes as with a stack."""
    files = ModelFiles(tmp_path_factory.mktemp("m"), shipped("models"))
    stack = [files.current()]
    for number, step in enumerate(steps):
        now = NOON + timedelta(minutes=number)
        if step != "back":
            files.promote(step, "promoted", now)
            stack += [step] if step != stack[-1] else []
        elif len(stack) > 1:
            stack.pop()
            assert files.rollback(now) == stack[-1]
        else:
            with pytest.raises(ModelError):
                files.rollback(now)
        assert files.current() == stack[-1]


def test_names_of_new_versions_are_never_taken(files: ModelFiles, tmp_path: Path) -> None:
    """The day and a number."""
    taken = tmp_path / "models" / "20260302-1"
    taken.mkdir(parents=True)
    (taken / "model.json").write_text("{}")

    assert files.next_version(NOON.date()) == "20260302-2"


def test_without_a_folder_there_is_no_history(files: ModelFiles) -> None:
    """The shipped model is in use, and none was before it."""
    assert (files.history(), files.previous(), files.current()) == ([], None, "shipped-2")
