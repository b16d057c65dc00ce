"""Takes a look at something that happens elsewhere, gives what it sees once there is something to see."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0  #: seconds
PAUSE = 0.05  #: seconds between two looks


def eventually(look: Callable[[], Any], seconds: float = PATIENCE, told: Callable[[], object] = str) -> Any:
    """Look until there is something, and give it; `told`: what is said where there never is."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing within {seconds:g} s: {told() or found!r}"
        time.sleep(PAUSE)
    return found
