"""Takes a fresh interpreter, checks what a run loads in which every source answers that nothing changed."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("heavy", ["numpy", "scipy", "sklearn", "matplotlib", "slack_sdk", "trafilatura", "alembic"])
def test_putting_the_parts_together_loads_nothing_heavy(heavy: str) -> None:
    """Each is imported where it is used; a run without news starts in under a second because of it."""
    code = f"import sys, monitor.bootstrap, monitor.jobs.work; sys.exit({heavy!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
