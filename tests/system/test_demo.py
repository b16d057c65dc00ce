"""The demo is what a newcomer sees first: the real pipeline, offline, with the reason of every alert."""

import subprocess
import sys
from pathlib import Path


def test_the_demo_shows_stories_told_with_their_reason_and_growing(tmp_path: Path) -> None:
    """The founding example is one message on both topics; the broken feed and the hostile title do no harm."""
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "demo", "--plain"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    first, second = done.stdout.split("Second round")
    founding = next(message for message in first.split("#alerts") if "Joint Working Group" in message)
    assert done.returncode == 0, done.stderr
    assert "Drug policy" in founding
    assert "Bilateral security cooperation" in founding
    assert "Why" in founding
    assert "Also in 4 outlets" in founding
    assert "Also in 5 outlets" in second
    assert "gazette: not-a-feed" in second
    assert not any(control in done.stdout for control in ("\x1b", "\u202e", "<!channel>"))
    assert list(tmp_path.iterdir()) == []
