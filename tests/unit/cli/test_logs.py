"""Log lines as programs read them: JSON, with the job they belong to, and without secrets."""

import json
import subprocess
import sys

SCRIPT = """
import structlog
from structlog.contextvars import bound_contextvars
from monitor.cli.logs import start_logging

start_logging()
with bound_contextvars(job="poll", source="gazette", worker="desk/1"):
    structlog.get_logger("x").warning("store.waiting", reason="postgresql://ana:hush@db/monitor")
structlog.get_logger("x").info("tick")
"""


def test_a_line_of_a_job_names_source_and_worker() -> None:
    """Also where whoever logs knows nothing of them; outside of a job nothing is added."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)

    inside, outside = map(json.loads, done.stderr.splitlines())
    assert (inside["event"], inside["job"], inside["source"], inside["worker"]) == (
        "store.waiting",
        "poll",
        "gazette",
        "desk/1",
    )
    assert "hush" not in done.stderr
    assert outside.keys() == {"event", "level", "timestamp"}
