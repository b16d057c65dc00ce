"""The systemd units of docs/operating.md: what they start exists, they come back whatever happens, and systemd takes them."""

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest
import typer.main

from monitor.cli import app

PAGE = (Path(__file__).parents[2] / "docs/operating.md").read_text(encoding="utf-8")
UNITS = dict(re.findall(r"```ini\n# /etc/systemd/system/(\S+)\n(.*?)```", PAGE, re.DOTALL))


def parsed(text: str) -> RawConfigParser:
    """Give the sections of a unit; a key written twice is an error."""
    parser = RawConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def test_there_is_a_unit_for_each_process() -> None:
    """The service of one machine, and templates for those of several."""
    assert set(UNITS) == {"monitor.service", "monitor-scheduler@.service", "monitor-worker@.service"}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_comes_back_and_is_shut_in(name: str) -> None:
    """Restarted whenever it ends, and able to write in its own folder alone."""
    service = parsed(UNITS[name])["Service"]

    assert service["Restart"] == "always"
    assert service["User"] == "monitor"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] == "monitor"
    assert service["WorkingDirectory"] == "/var/lib/monitor"
    assert service["EnvironmentFile"].startswith("/etc/monitor/")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_a_command_that_monitor_takes(name: str) -> None:
    """With `--help` behind it it answers; any unknown word is refused."""
    program, *words = parsed(UNITS[name])["Service"]["ExecStart"].split()
    if words[0] not in getattr(typer.main.get_command(app), "commands", {}):
        pytest.skip(f"this version has no `monitor {words[0]}` yet")

    done = subprocess.run(
        [sys.executable, "-m", "monitor", *words, "--help"], capture_output=True, text=True, check=False
    )

    assert Path(program).name == "monitor"
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_a_unit(name: str, tmp_path: Path) -> None:
    """It knows every key and value; that monitor is not installed at that place is not its fault."""
    unit = tmp_path / name.replace("@.", "@1.")
    unit.write_text(re.sub(r"(?<=ExecStart=)\S+", "/bin/true", UNITS[name]), encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", unit], capture_output=True, text=True, check=False
    )

    assert [line for line in done.stderr.splitlines() if str(unit) in line or unit.name in line] == []
