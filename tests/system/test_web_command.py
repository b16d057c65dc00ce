"""`monitor web` as an operator starts and stops it, beside the invented newsroom's stories."""

import subprocess
import urllib.request
from collections.abc import Callable
from typing import Any

from monitor.cli.demo.newsroom import Newsroom


def test_the_page_shows_what_a_run_has_told_and_ends_when_asked(newsroom: Newsroom, desk: Callable[..., Any]) -> None:
    """It says where it is; stories with their outlets stand there; a termination is its end, without complaint."""
    place = desk([(s.id, s.url) for s in newsroom.sources()])
    place.once()

    page = subprocess.Popen(
        place.command("web", "--port", "0"),
        cwd=place.folder,
        env=place.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert page.stdout is not None
    address = page.stdout.readline().strip()
    with urllib.request.urlopen(address, timeout=30) as answer:
        inbox = answer.read().decode()
    page.terminate()
    _, complaint = page.communicate(timeout=30)

    assert "Joint statement: establishment of the India-United States Joint Working Group" in inbox
    assert "and 4 more" in inbox
    assert page.returncode == 0
    assert "Traceback" not in complaint


def test_who_would_open_it_to_everybody_is_refused(desk: Callable[..., Any]) -> None:
    """Before anything listens."""
    place = desk([])

    refused = place.run("web", "--host", "0.0.0.0")

    assert refused.returncode == 2
    assert "set MONITOR_WEB_TOKEN" in refused.stderr
