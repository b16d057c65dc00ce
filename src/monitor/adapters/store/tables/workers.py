"""Takes workers, gives their registration, their burial and named locks.

Claims and locks are foreign keys to a worker's row: deleting the row frees them all, and none can be left to a worker nobody knows.
"""

from collections.abc import Collection
from dataclasses import asdict

from sqlalchemy import Connection, delete, select, update

from monitor.adapters.store.connect import insert_new
from monitor.adapters.store.schema import locks, workers
from monitor.types import Worker


def listed(connection: Connection) -> list[Worker]:
    """Give every registered worker."""
    return [Worker(**row._mapping) for row in connection.execute(select(workers).order_by(workers.c.id))]  # noqa: SLF001 - public in SQLAlchemy


def join(connection: Connection, worker: Worker) -> None:
    """Register a worker, or renew its `seen_at`."""
    ensure(connection, worker)
    connection.execute(update(workers).where(workers.c.id == worker.id).values(seen_at=worker.seen_at))


def ensure(connection: Connection, worker: Worker) -> None:
    """Register a worker that is about to claim, unless it is: one that was buried by mistake is known again."""
    insert_new(connection, workers, [asdict(worker)])


def bury(connection: Connection, ids: Collection[str]) -> None:
    """Forget workers; their claims and locks go with them."""
    connection.execute(delete(workers).where(workers.c.id.in_(ids)))


def lock(connection: Connection, name: str, worker: Worker) -> bool:
    """Take the named lock or find it taken."""
    ensure(connection, worker)
    insert_new(connection, locks, [{"name": name, "worker_id": worker.id}])
    return holder(connection, name) == worker.id


def unlock(connection: Connection, name: str, worker: Worker) -> None:
    """Give the named lock back, if this worker has it."""
    connection.execute(delete(locks).where(locks.c.name == name, locks.c.worker_id == worker.id))


def holder(connection: Connection, name: str) -> str | None:
    """Give who has the named lock; it cannot change hands before this transaction ends."""
    return connection.execute(select(locks.c.worker_id).where(locks.c.name == name).with_for_update()).scalar()
