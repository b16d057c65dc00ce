"""Takes what is to be done, gives the tasks that carry it from the scheduler to the workers over PostgreSQL.

A task says where to look, never what there is: the store's claims are the truth. So a task that is lost, or carried out twice, or
comes late, does no harm; the scheduler sees what still waits a second later. `lock` keeps two workers from one host, one channel,
one judging; `queueing_lock` keeps the queue from filling with the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from monitor.adapters.store.connect import connection_parameters

QUEUES = ("deliver", "judge", "read", "poll", "learn")  #: what is nearer to the reader goes first
PRIORITY = {queue: -number for number, queue in enumerate(QUEUES)}
AT_ONCE = (
    10  #: sources or pages of one host in a task: then others have their turn, and a worker that stops is soon done
)
HEARTBEAT = 5.0  #: seconds
SILENCE = 20.0  #: seconds without a heartbeat after which what a worker carried is given to others

LOST = (ConnectorException, psycopg.Error)  #: what is raised while PostgreSQL is away

T = TypeVar("T")


def app_on(url: str) -> App:
    """Give Procrastinate over a database, without tasks; to be opened in the event loop that uses it.

    Raises:
        StoreError: the address is none of PostgreSQL, or cannot be understood.
    """
    return App(connector=PsycopgConnector(kwargs=connection_parameters(url), min_size=1, max_size=8, timeout=10.0))


def poll(lane: str, sources: Sequence[str]) -> Job:
    """Give the task of polling some sources of a host."""
    return _job("poll", "poll", lock=f"host:{lane}", queueing_lock=f"poll:{lane}", sources=list(sources))


def sort_out() -> Job:
    """Give the task of looking through new entries; it makes those of reading pages."""
    return _job("sort_out", "read", lock="sort_out", queueing_lock="sort_out")


def pages(lane: str, entries: Sequence[int]) -> Job:
    """Give the task of reading some pages of a host."""
    return _job("pages", "read", lock=f"host:{lane}", entries=list(entries))


def look_again() -> Job:
    """Give the task of claiming what is to be looked at again; it makes those of looking."""
    return _job("look_again", "read", lock="look_again", queueing_lock="look_again")


def look(lane: str, entries: Sequence[int]) -> Job:
    """Give the task of looking at some pages of a host again."""
    return _job("look", "read", lock=f"host:{lane}", entries=list(entries))


def judge() -> Job:
    """Give the task of judging."""
    return _job("judge", "judge", lock="judge", queueing_lock="judge")


def deliver(channel: str) -> Job:
    """Give the task of emptying a channel's outbox."""
    return _job("deliver", "deliver", lock=f"channel:{channel}", queueing_lock=f"deliver:{channel}", channel=channel)


def chores(number: int) -> Job:
    """Give the task of what is done once a week or a day."""
    name = f"chores:{number}"
    return _job("do_chores", "learn", lock=name, queueing_lock=name, number=number)


def _job(task: str, queue: str, *, lock: str, queueing_lock: str | None = None, **args: Any) -> Job:
    return Job(
        queue=queue,
        priority=PRIORITY[queue],
        lock=lock,
        queueing_lock=queueing_lock,
        task_name=task,
        task_kwargs=args,
    )


def defer_with(connection: "psycopg.Connection[Any]", jobs: Sequence[Job]) -> None:
    """Put tasks into the queue as part of a transaction that is under way; none of them has a `queueing_lock`."""
    if jobs:
        JobManager(SyncPsycopgConnector()).batch_defer_jobs(list(jobs), connection=connection)


async def defer(app: App, jobs: Sequence[Job]) -> None:
    """Put tasks into the queue, those that wait there already left out."""
    if not jobs:
        return
    try:
        await app.job_manager.batch_defer_jobs_async(list(jobs))
    except AlreadyEnqueued:  # by one that led before us: none of them was stored
        for job in jobs:
            try:
                await app.job_manager.defer_job_async(job)
            except AlreadyEnqueued:
                continue


def by_lane(items: Iterable[T], lane: Callable[[T], str]) -> Mapping[str, list[T]]:
    """Give the items of each host."""
    found: dict[str, list[T]] = defaultdict(list)
    for item in items:
        found[lane(item)].append(item)
    return found


def portions(items: Iterable[T]) -> Iterator[list[T]]:
    """Give as many at a time as one task takes."""
    left = iter(items)
    while some := list(islice(left, AT_ONCE)):
        yield some
