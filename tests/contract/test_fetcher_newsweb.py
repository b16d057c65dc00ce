"""Takes the news web with all its faults of transport, gives that each ends in its own word while healthy sites do not notice."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.fetcher import HttpFetcher
from monitor.types import Fetched, FetchOutcome, FetchRequest, FetchSettings, Gone, NotModified, TryLater

EXPECTED = {
    "http500": "http-500", "http403": "http-403", "http404": "http-404", "flapping": "http-500",
    "rate429": "http-429 later", "rate429_date": "http-429 later", "unavail503": "http-503 later", "gone410": "gone",
    "moved301": "ok moved", "moved308": "ok moved", "temp302": "ok",
    "reset_mid_body": "error", "reset_before_headers": "error", "short_body": "error", "truncated_gzip": "error",
    "corrupt_gzip": "error", "header_bomb": "error", "redirect_loop": "error", "redirect_long": "error",
    "gzip_bomb": "too-large", "endless_body": "too-large", "huge_feed": "too-large",
    "slow_loris": "timeout", "slow_headers": "timeout", "hang": "timeout",
    "redirect_file": "refused-address", "redirect_private": "refused-address",
    "redirect_private_obfuscated": "refused-address",
}  # fmt: skip
HEALTHY = 20
DEADLINE = 6.0
MOST_MEGABYTES = 300


@pytest.fixture
def newsweb(start_tool: Callable[..., Any]) -> Any:
    """Give a news web on which each of the first sites has one fault."""
    options = (
        f"--sites {len(EXPECTED) + HEALTHY} --hosts 100 --seed 1 --bomb-mb 256 --kinds rss2 --validators both".split()
    )
    faults = [part for n, fault in enumerate(EXPECTED) for part in ("--fault", f"{fault}=s{n:04}")]
    return start_tool("newsweb.py", *options, *faults)


def word(outcome: FetchOutcome) -> str:
    """Give an outcome in a word or two."""
    match outcome:
        case Fetched():
            return "ok moved" if outcome.permanent_url else "ok"
        case NotModified():
            return "not-modified"
        case Gone():
            return "gone"
        case TryLater():
            return outcome.result + (" later" if outcome.retry_after else "")


def test_each_fault_ends_in_its_own_word(newsweb: Any) -> None:
    """All sites at once: the right words, in time, in little memory, and the trap hears nothing."""
    urls = [f"http://127.0.0.{2 + n % 100}:{newsweb.port}/s{n:04}/feed.xml" for n in range(len(EXPECTED) + HEALTHY)]

    child = subprocess.run([sys.executable, __file__, *urls], capture_output=True, text=True, timeout=100, check=True)

    told = json.loads(child.stdout)
    assert told["words"] == [*EXPECTED.values(), *["ok"] * HEALTHY]
    assert told["seconds"] < 60  # nothing hangs: the slow ones would go on for minutes without the deadline
    assert told["megabytes"] < MOST_MEGABYTES
    log = newsweb.control("log?limit=10000")
    assert len(log) >= len(urls)
    assert not [line for line in log if line["host"] == "127.0.0.254"]


def peak_megabytes() -> float:
    """Give the most memory this process had; `ru_maxrss` would count what its parent had before it started us."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def main() -> None:
    """Fetch the addresses given, in a process of its own so that its memory can be told; print what came of it."""
    fetcher = HttpFetcher(
        FetchSettings(
            allow_networks=("127.0.0.0/25",), delay=timedelta(0), deadline=timedelta(seconds=DEADLINE), workers=16
        )
    )
    started = time.monotonic()
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda url: fetcher.fetch(FetchRequest(url=url), datetime.now(UTC)), sys.argv[1:]))
    told = {
        "words": [word(outcome) for outcome in outcomes],
        "seconds": time.monotonic() - started,
        "megabytes": peak_megabytes(),
    }
    sys.stdout.write(json.dumps(told))
    fetcher.close()


if __name__ == "__main__":
    main()
