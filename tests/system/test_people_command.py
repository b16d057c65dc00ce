"""`monitor people` from outside: list, export, erase, with what it asks before and what it cannot reach."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def monitor(tmp_path: Path) -> list[str]:
    """Give the command over a store with answers of two people."""
    (tmp_path / "monitor.yaml").write_text(f"database: sqlite:///{tmp_path}/monitor.db\nmodels: {tmp_path}/models\n")
    (tmp_path / "topics.yaml").write_text("topics: [{id: ports}]\n")
    rows = [
        {"title": f"Accord {n}", "text": "A port.", "labels": {"ports": True}, "who": who}
        for n, who in enumerate(("ana", "ana", "ben"))
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = [sys.executable, "-m", "monitor", "--config", str(tmp_path)]
    subprocess.run([*command, "labels", "import", str(tmp_path / "labels.jsonl")], check=True, capture_output=True)
    return command


def test_a_person_is_listed_exported_and_forgotten(monitor: list[str]) -> None:
    """Without a terminal it wants --yes; a dry run changes nothing; the others' answers stay."""

    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [*monitor, "people", *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    assert run("list") == "ana: 2 answers\nben: 1 answers\n"
    exported = [json.loads(line) for line in run("export", "ana").splitlines()]
    assert [(row["kind"], row["topic"], row["title"]) for row in exported] == [
        ("answer", "ports", "Accord 0"),
        ("answer", "ports", "Accord 1"),
    ]
    assert "monitor people list" in run("export", "cara", code=2)
    assert run("erase", "ana", "--dry-run") == "Would forget: 2 answers.\n"
    assert "--yes" in run("erase", "ana", code=2)
    assert "ana: 2 answers" in run("list")
    told = run("erase", "ana", "--yes")
    assert told.startswith("2 answers deleted;")
    assert "backups" in told
    assert run("list") == "ben: 1 answers\n"
    assert json.loads(run("erase", "ben", "--keep-answers", "--yes", "--json"))["instead"] == "former-1"
    assert run("list") == "former-1: 1 answers\n"
