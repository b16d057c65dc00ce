"""Takes a look at something that happens elsewhere, gives what it sees once there is something to see."""

import time
from collections.abc import Callable
from typing import Any


def eventually(look: Callable[[], Any], seconds: float = 60, what: str = "") -> Any:
    """Look until there is something, and give it; where there never is, say what was waited for."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"never came within {seconds:g} s: {what or look}"
        time.sleep(0.02)
    return found
