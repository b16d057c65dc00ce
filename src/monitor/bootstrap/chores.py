"""Takes settings, gives what a service does by the calendar, each as commands of ours in a process of its own."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path

from monitor.adapters.engine.chores import Chores
from monitor.types import Settings, Weekly


def chores(folder: Path, settings: Settings, environ: Mapping[str, str]) -> list[Chores]:
    """Give what a service does by the calendar: learn, tell the week where it is wanted, drop what is old."""
    each = (
        _weekly(folder, settings, environ),
        _reporting(folder, settings, environ),
        _pruning(folder, settings, environ),
    )
    return [one for one in each if one]


def _weekly(folder: Path, settings: Settings, environ: Mapping[str, str]) -> Chores:
    """Give what the service does once a week: draw the audit's sample and tell new words; learn, unless that is off."""
    learning = settings.learning
    return Chores(
        weekly=learning.train or Weekly(day=0, at=time(3)),
        timezone=settings.timezone,
        folder=folder,
        commands=[["report", "--json"], *([["train", "--json"]] if learning.train else [])],
        environ=environ,
    )


def _reporting(folder: Path, settings: Settings, environ: Mapping[str, str]) -> Chores | None:
    """Give what tells the week to a channel; None where no channel or no time is named."""
    if not settings.report.channel or settings.report.at is None:
        return None
    return Chores(
        weekly=settings.report.at,
        timezone=settings.timezone,
        folder=folder,
        commands=[["report", "--post", "--json"]],
        environ=environ,
    )


def _pruning(folder: Path, settings: Settings, environ: Mapping[str, str]) -> Chores:
    """Give what drops every day what is older than it is to be kept."""
    commands = [["db", "prune", "--json"]]
    return Chores(weekly=None, timezone=settings.timezone, folder=folder, commands=commands, environ=environ)
