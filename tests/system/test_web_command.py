"""`monitor web` as an operator starts and stops it, beside the invented newsroom's stories."""

import json
import socket
import subprocess
import time
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


def started(place: Any, wanted: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start the service; give it, and the first thing that it logs of this kind."""
    service = subprocess.Popen(
        place.command("run"),
        cwd=place.folder,
        env=place.environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert service.stderr is not None
    for line in service.stderr:
        said = json.loads(line) if line.startswith("{") else {}
        if said.get("event") == wanted:
            return service, said
    raise AssertionError(f"the service ended without {wanted}")


def test_the_service_serves_the_page_while_it_works(newsroom: Newsroom, desk: Callable[..., Any]) -> None:
    """Stories stand on the page as they come, a change of the configuration shows by itself, and all ends together."""
    place = desk([(s.id, s.url) for s in newsroom.sources()], web={"port": 0})
    service, said = started(place, "web.listening")
    address = f"http://127.0.0.1:{said['port']}"

    def page(path: str, words: str) -> str:
        for _ in range(300):
            with urllib.request.urlopen(address + path, timeout=30) as answer:
                shown = str(answer.read().decode())
            if words in shown:
                return shown
            time.sleep(0.2)
        raise AssertionError(f"{path} never said {words!r}")

    page("/", "Joint Working Group")
    (place.config / "topics.yaml").write_text("topics: [{id: drug_policy, name: Substances}]\n")
    page("/", "Substances")
    (place.config / "topics.yaml").write_text("topics: [{id: drug_policy, colour: red}]\n")
    page("/", "topics.yaml:1:")
    service.terminate()
    _, complaint = service.communicate(timeout=30)

    assert service.returncode == 0
    assert "Traceback" not in complaint


def test_a_page_that_cannot_be_served_is_no_reason_not_to_watch(desk: Callable[..., Any]) -> None:
    """The port is taken: that is logged, and the service goes on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = desk([], web={"port": taken.getsockname()[1]})
        service, said = started(place, "web.off")
        alive = service.poll()
        service.terminate()
        service.communicate(timeout=30)

    assert "cannot be listened on" in said["reason"]
    assert alive is None
    assert service.returncode == 0
