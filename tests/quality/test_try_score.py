"""`try score` and `models`: the contract of the command line, with the shipped model and no configuration."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app

RUN = CliRunner()


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without configuration."""
    monkeypatch.chdir(tmp_path)


def test_every_item_gets_every_topic_a_number_and_a_boolean(tmp_path: Path) -> None:
    """One line per input line, in order; a bad one gives an error and exit code 1, the others are still scored."""
    lines = [
        json.dumps(
            {
                "id": "a",
                "title": "Fentanyl law passes parliament",
                "text": "The drug bill funds naloxone and treatment, ministers said.",
            }
        ),
        "{broken",
        json.dumps(
            {"id": 3, "title": "Der Minister unterschrieb", "text": "Beide Länder sind zufrieden.", "lang": "de"}
        ),
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), "utf-8")

    result = RUN.invoke(app, ["try", "score", "in.jsonl", "--json"])

    first, second, third = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert (first["id"], first["language"], first["judged"]) == ("a", "en", True)
    assert set(first["topics"]) == {"drug_policy", "bilateral_security"}
    assert first["topics"]["drug_policy"]["flagged"] is True
    assert first["topics"]["drug_policy"]["why"][0].keys() == {"feature", "contribution"}
    assert "error" in second
    assert (third["id"], third["judged"]) == (3, False)
    assert all(facts["flagged"] is False and facts["probability"] == 0 for facts in third["topics"].values())


def test_a_file_that_is_not_there_is_wrong_usage() -> None:
    """It is named, and nothing is scored."""
    result = RUN.invoke(app, ["try", "score", "nowhere.jsonl"])

    assert result.exit_code != 0
    assert "nowhere.jsonl" in str(result.exception)


def test_the_models_are_listed_with_the_one_in_use_marked() -> None:
    """As facts for programs, one line each."""
    result = RUN.invoke(app, ["models", "list", "--json"])

    found = {row["version"]: row["current"] for row in map(json.loads, result.stdout.splitlines())}
    assert found == {"seed-2": False, "shipped-2": True}


def test_a_card_can_be_read_in_a_terminal() -> None:
    """Counts, figures, thresholds and the words that weigh most."""
    result = RUN.invoke(app, ["models", "show"])

    assert result.exit_code == 0
    assert all(word in result.stdout for word in ("shipped-2", "bilateral_security", "AP ", "recall", "threshold"))


def test_the_card_of_an_unknown_version_is_one_clear_line() -> None:
    """With the way out."""
    result = RUN.invoke(app, ["models", "show", "shipped-99"])

    assert result.exit_code != 0
    assert "models list" in str(result.exception)
