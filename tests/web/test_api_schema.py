"""The API against its own OpenAPI document: Schemathesis asks every way with what it allows and with what it does not."""

import itertools
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.conftest import NOON

from monitor.bootstrap import Front
from monitor.web import serve
from monitor.web.people import People

from .conftest import TOKEN


@pytest.mark.usefixtures("room")
def test_the_api_does_what_its_document_says(front: Front, tmp_path: Path) -> None:
    """All checks on all ways: statuses, shapes, refusals, methods, who may; and what was changed by one way seen by the others."""
    minutes = itertools.count(step=6)  # of guessing, which it does as well, the door gets tired for five
    with serve.page(
        front, People(f"ana:{TOKEN}", "root"), lambda: NOON + timedelta(minutes=next(minutes)), "127.0.0.1", 0
    ) as port:
        run = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{port}/api/openapi.json",
                "--header", f"Authorization: Bearer {TOKEN}", "--checks", "all", "--max-examples", "12", "--workers", "1",
                "--seed", "1", "--generation-database", "none", "--continue-on-failure", "--no-color",
            ],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip

    assert run.returncode == 0, run.stdout
    assert "10 selected / 10 total" in run.stdout
    assert "No issues found" in run.stdout
