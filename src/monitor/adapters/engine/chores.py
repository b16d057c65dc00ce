"""Takes commands of ours to run once a week or a day, gives what they said: each in a process of its own, ended with ours.

Learning takes a core and much memory for a minute: in the service's own process its threads would wait, and the memory would stay.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import structlog

from monitor.types import Weekly

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

log = structlog.get_logger(__name__)

LONGEST = 3 * 3_600.0  #: seconds one command may take
SETTLED = timedelta(minutes=10)  #: after the start of the service, when the first polls are done
STEP = 0.5  #: seconds between two looks at whether the service is to end


@dataclass(frozen=True, kw_only=True, slots=True)
class Chores:
    """What is done again and again, and when."""

    weekly: Weekly | None  #: None: every day, the first time some minutes after the service has begun
    timezone: str
    folder: Path  #: the configuration
    commands: Sequence[Sequence[str]]  #: words after `monitor --config DIR`; each says JSON
    environ: Mapping[str, str]

    def due(self, now: datetime) -> "BaseTrigger":
        """Give when they are run."""
        from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - APScheduler is the service's alone
        from apscheduler.triggers.interval import IntervalTrigger  # noqa: PLC0415

        if self.weekly is None:  # not at a fixed time: a machine that is off at night would never come to it
            return IntervalTrigger(hours=24, start_date=now + SETTLED, timezone=UTC)
        day, at = self.weekly.day, self.weekly.at
        return CronTrigger(day_of_week=day, hour=at.hour, minute=at.minute, timezone=self.timezone)

    def run(self, stopped: Event) -> None:
        """Run the commands one after the other, and log what each said."""
        for words in self.commands:
            if stopped.is_set():
                return
            code, said, complaint = self._run(words, stopped)
            log.info("weekly" if self.weekly else "daily", command=words[0], exit=code, **_told(said, complaint))

    def _run(self, words: Sequence[str], stopped: Event) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "monitor", "--config", str(self.folder), *words]
        with subprocess.Popen(  # noqa: S603 - our own words
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(self.environ)
        ) as process:
            waited = 0.0
            while True:
                try:
                    said, complaint = process.communicate(timeout=STEP)
                except subprocess.TimeoutExpired:
                    waited += STEP
                    if stopped.is_set() or waited > LONGEST:
                        process.kill()
                else:
                    return process.returncode, said, complaint


def _told(said: str, complaint: str) -> dict[str, Any]:
    try:
        facts = json.loads(said)
    except ValueError:
        return {"said": complaint.strip()[-500:]}
    brief = ("version", "promoted", "refusals", "judged", "flagged", "answers", "new_words", "dropped")
    return {name: facts[name] for name in brief if name in facts}
