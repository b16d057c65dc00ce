"""Takes nothing, gives fixtures every level of tests may use."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, and nothing about the behaviour.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real data and tools that lies beside the repository; skip where there is none."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared folder beside the repository: real data and tools are not at hand")
    return SHARED


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Tool:
    """A program of ../shared/tools running on its own port, steered through its `_control` endpoints."""

    def __init__(self, program: Path, *args: str, control_offset: int = 0) -> None:
        for _ in range(5):  # somebody may have taken the port, or the one after it, before the program does
            self.port = free_port()
            self._control = f"http://127.0.0.1:{self.port + control_offset}/_control/"
            self._process = subprocess.Popen(
                [sys.executable, program, "--port", str(self.port), *args],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if self._answers():
                return
            self.close()
        raise RuntimeError(f"{program.name} did not start")

    def _answers(self) -> bool:
        for _ in range(400):
            try:
                self.control("info")
            except OSError:
                if self._process.poll() is not None:
                    return False
                time.sleep(0.05)
            else:
                return True
        return False

    def control(self, name: str, body: dict[str, Any] | None = None) -> Any:
        """Ask or tell the tool something."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self._control + name, data=data), timeout=30) as answer:
            return json.load(answer)

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()


def _starter(tools: Path) -> Iterator[Callable[..., Tool]]:
    with ExitStack() as running:
        yield lambda name, *args, **options: running.enter_context(closing(Tool(tools / name, *args, **options)))


@pytest.fixture
def start_tool(shared: Path) -> Iterator[Callable[..., Tool]]:
    """Give what starts a program of ../shared/tools with the given arguments, until the test ends."""
    yield from _starter(shared / "tools")


@pytest.fixture(scope="module")
def start_shared_tool(shared: Path) -> Iterator[Callable[..., Tool]]:
    """Give what starts a program of ../shared/tools for all tests of a file."""
    yield from _starter(shared / "tools")
