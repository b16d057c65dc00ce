"""Takes a desk, a news web and a Slack, gives what kill tests need: the service in a block, what is stored, what was told."""

import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

TOKEN = "xoxb-fake-bot"
#: Settings under which all happens at once, and everything on topic is told.
HASTY: dict[str, Any] = {
    "fetch": {"allow_networks": ["127.0.0.0/8"], "interval": "2s", "min_interval": "1s", "delay": "0s"},
    "alerts": {"max_per_hour": 1000, "first_run": {"window": "72h", "max": 1000}},
}
WAITING = (
    "select 1 from entries where stage != 'done' union all"
    " select 1 from deliveries where state in ('pending', 'sending', 'refused')"
)


@contextmanager
def service(place: Any) -> Iterator[subprocess.Popen[str]]:
    """Run the service; whatever happens, it does not outlive the block."""
    with (place.folder / "service.log").open("a") as log:
        process = subprocess.Popen(
            place.command("run"), cwd=place.folder, env=place.environ(SLACK_BOT_TOKEN=TOKEN), stderr=log, text=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def rows(place: Any, question: str) -> list[Any]:
    """Ask the database; nothing where a service was killed before it had made its tables."""
    database = place.folder / "data/monitor.db"
    if not database.exists():
        return []
    with closing(sqlite3.connect(database)) as connection:
        if not connection.execute("select 1 from sqlite_master where name = 'alembic_version'").fetchone():
            return []
        return connection.execute(question).fetchall()


def stored(place: Any) -> Counter[tuple[str, str]]:
    """Count the stored entries by source and published link."""
    return Counter(rows(place, "select source_id, link from entries"))


def published(web: Any) -> set[tuple[str, str]]:
    """Give what the news web published: site and link."""
    return {(row["site"], row["link"]) for row in web.control("truth")}


def told(slack: Any) -> Counter[tuple[str, str]]:
    """Count the posts of each story in each channel."""
    return Counter((row["channel"], str(row["metadata"]["event_payload"]["story"])) for row in slack.posted())


def wait_until_done(place: Any, web: Any) -> None:
    """Wait until all that was published is stored and nothing waits to be read, judged or sent."""
    for _ in range(1_000):
        time.sleep(0.3)
        if set(stored(place)) >= published(web) and not rows(place, WAITING):
            return
    raise AssertionError(f"{len(rows(place, WAITING))} wait; missing {len(published(web) - set(stored(place)))}")
