"""A worker that is gone is known to be gone, and one that lives is left alone."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil

from monitor.jobs.watch.presence import SILENCE, alive, dead, this_worker
from monitor.types import Worker

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def other(pid: int, started: float) -> Worker:
    """Give a worker of this machine."""
    return replace(this_worker(START), id=f"other/{pid}", pid=pid, started=started)


def test_a_process_that_ended_is_dead_at_once() -> None:
    """No waiting for a heartbeat on the same machine."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    worker = other(process.pid, psutil.Process(process.pid).create_time())
    living = alive(worker)

    process.kill()
    process.communicate()

    assert living
    assert dead([worker], this_worker(START), START) == [worker.id]


def test_a_pid_given_to_another_process_does_not_count() -> None:
    """The same number with another time of birth is another process."""
    me = this_worker(START)

    assert not alive(other(me.pid, me.started - 1000))


def test_a_silent_worker_elsewhere_is_dead_after_a_while() -> None:
    """Of other machines only the heartbeat is known."""
    me = this_worker(START)
    far = replace(me, id="far/1", host="far", seen_at=START)

    assert dead([far], me, START + SILENCE) == []
    assert dead([far], me, START + SILENCE + timedelta(seconds=1)) == ["far/1"]


def test_a_worker_never_buries_itself() -> None:
    """However long it was stopped, a process that runs is not dead to itself."""
    me = this_worker(START)

    assert dead([me], me, START + timedelta(days=1)) == []
