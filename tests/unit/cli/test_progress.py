"""Progress in plain lines, for logs and for the page."""

import time

import pytest

from monitor.cli import progress


def test_of_one_task_only_now_and_then_a_line_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first at once, later ones after a while; another task at once. Nothing goes to stdout."""
    monkeypatch.setattr(progress, "EVERY", 0.2)
    tell = progress.lines()

    tell("reading labels")
    for done in range(3):
        tell(f"learning: {done} of 9 fits")
    time.sleep(0.25)
    tell("learning: 8 of 9 fits")
    tell("testing")

    said = capsys.readouterr()
    assert said.err.splitlines() == ["reading labels", "learning: 0 of 9 fits", "learning: 8 of 9 fits", "testing"]
    assert said.out == ""
