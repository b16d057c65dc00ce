"""Takes a config folder and the environment, gives a house ready to run: the only place where adapters are chosen."""

from monitor.bootstrap.archive import (
    Archive,
    choices,
    judge_of,
    nothing_done,
    open_archive,
    open_classroom,
    open_editor,
    open_web,
    try_sources,
)
from monitor.bootstrap.cluster import refuse_unready_cluster, upgrade_cluster
from monitor.bootstrap.front import Front, open_front
from monitor.bootstrap.house import House, open_house
from monitor.bootstrap.parts import answers_come, login, model_files, notifier, now, stream_of, writer

__all__ = [
    "Archive",
    "Front",
    "House",
    "answers_come",
    "choices",
    "judge_of",
    "login",
    "model_files",
    "nothing_done",
    "notifier",
    "now",
    "open_archive",
    "open_classroom",
    "open_editor",
    "open_front",
    "open_house",
    "open_web",
    "refuse_unready_cluster",
    "stream_of",
    "try_sources",
    "upgrade_cluster",
    "writer",
]
