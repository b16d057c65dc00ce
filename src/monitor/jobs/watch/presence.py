"""Takes the workers in the store, gives the dead their burial, so that what they had claimed is free again.

On this machine a dead process is known at once by its pid and creation time; of other machines only the silence is known.
"""

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

import psutil

from monitor.ports import Workers
from monitor.types import Worker

SILENCE = timedelta(seconds=50)  #: promised: across machines claims are free within 60 s; beats come every second or so
BEAT = timedelta(seconds=5)


def this_worker(now: datetime, part: str = "") -> Worker:
    """Give the value that names this process, or a part of it that claims for itself."""
    pid = os.getpid()
    started = psutil.Process(pid).create_time()
    host = socket.gethostname()
    return Worker(
        id=f"{host}/{pid}/{started:.2f}{part and f'/{part}'}", host=host, pid=pid, started=started, seen_at=now
    )


def dead(workers: Sequence[Worker], me: Worker, now: datetime) -> list[str]:
    """Give the ids of workers that are gone."""
    return [
        w.id for w in workers if w.id != me.id and (now - w.seen_at > SILENCE or (w.host == me.host and not alive(w)))
    ]


def alive(worker: Worker) -> bool:
    """Tell whether a process of this machine still runs; a pid given out anew has another creation time."""
    try:
        process = psutil.Process(worker.pid)
        return abs(process.create_time() - worker.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def running(store: Workers, now: datetime) -> list[str]:
    """Give the ids of the workers that have given a sign of life of late."""
    return [worker.id for worker in store.workers() if now - worker.seen_at <= SILENCE]


def living(store: Workers, now: datetime) -> list[Worker]:
    """Give the workers that run, as far as can be told from here."""
    workers = store.workers()
    gone = dead(workers, this_worker(now), now)
    return [worker for worker in workers if worker.id not in gone]


def beat(store: Workers, me: Worker, now: datetime) -> None:
    """Renew this worker's place and bury the dead. Every loop of an engine calls it."""
    store.join(me_now := Worker(id=me.id, host=me.host, pid=me.pid, started=me.started, seen_at=now))
    if gone := dead(store.workers(), me_now, now):
        store.bury(gone)
