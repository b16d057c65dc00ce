"""Takes databases of SQLite in use, damaged and empty, checks that `db backup` and `db restore` never leave half a file."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from monitor.adapters.store import open_store
from monitor.adapters.store.upkeep.check import examine
from monitor.bootstrap import now
from monitor.errors import StoreBusy, StoreError, UsageError
from monitor.jobs.watch.presence import this_worker

from .conftest import Command


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Give the URL of a database of SQLite: of the other kind there are no files."""
    return f"sqlite:///{tmp_path}/monitor.db"


@pytest.fixture
def file(url: str) -> Path:
    """Give its file."""
    return Path(url.removeprefix("sqlite:///"))


def titles(url: str) -> list[str]:
    """Give the titles in a database."""
    with closing(open_store(url)) as store:
        return [one.article.entry.title for one in store.judgements(range(100))]


def test_a_backup_taken_while_the_store_is_written_to_is_sound_and_alone(
    url: str, room: Any, command: Command, tmp_path: Path
) -> None:
    """What was stored before is in it, what comes after is not; it is one file without companions."""
    room.entries(room.new(1))
    with room.store._database.write() as connection:  # somebody is writing
        connection.exec_driver_sql("UPDATE entries SET title = 'half-way'")
        done = command("db", "backup", tmp_path / "copy.db")
    room.entries(room.new(2))

    assert done.exit_code == 0
    copy = f"sqlite:///{tmp_path}/copy.db"
    assert examine(copy).problems == ()
    assert titles(copy) == ["Harbour council meets, day 1"]


def test_in_a_folder_each_backup_has_the_time_in_its_name(
    url: str, room: Any, command: Command, tmp_path: Path
) -> None:
    """Nothing else is left there."""
    folder = tmp_path / "backups"
    folder.mkdir()

    made = json.loads(command("db", "backup", folder, "--json").stdout)

    assert [str(one) for one in folder.iterdir()] == [made["file"]]
    assert made["bytes"] == Path(made["file"]).stat().st_size


def test_a_backup_that_cannot_be_made_leaves_the_old_one(
    url: str, file: Path, room: Any, command: Command, tmp_path: Path
) -> None:
    """Here the database is damaged."""
    room.entries(*(room.new(number, content="word " * 500) for number in range(200)))
    room.store.close()
    assert command("db", "backup", tmp_path / "copy.db").exit_code == 0
    old = (tmp_path / "copy.db").read_bytes()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = bytearray(file.read_bytes())
    for page in range(20, 60):
        damaged[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(damaged)

    done = command("db", "backup", tmp_path / "copy.db")

    assert isinstance(done.exception, StoreError)
    assert (tmp_path / "copy.db").read_bytes() == old
    assert sorted(one.name for one in tmp_path.glob(".copy*")) == []


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.adapters.store.upkeep.files import back_up
def die(*_):
    os.kill(os.getpid(), 9)
database, target, step = sys.argv[1:]
if step == "the name":
    Path.replace = die
back_up(Path(database), Path(target), datetime.now(UTC), die if step == "amid" else lambda *_: None)
"""


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("step", ["amid", "the name"])
def test_a_backup_killed_half_way_leaves_the_name_as_it_was(
    url: str, file: Path, room: Any, command: Command, tmp_path: Path, step: str, old: bool
) -> None:
    """Killed amid copying and before the last step: no file has the name, or the older backup has; the next one is made."""
    room.entries(*(room.new(number, content="word " * 2_000) for number in range(1_000)))
    target = tmp_path / "copy.db"
    if old:
        target.write_bytes(b"an older backup")

    killed = subprocess.run([sys.executable, "-c", KILLED, str(file), str(target), step], check=False)
    half = [one.name for one in tmp_path.glob(".copy.db.*")]
    left = target.read_bytes() if target.exists() else None
    later = command("db", "backup", target)

    assert (killed.returncode, len(half) > 0) == (-SIGKILL, True)
    assert left == (b"an older backup" if old else None)
    assert later.exit_code == 0
    assert examine(f"sqlite:///{target}").problems == ()


def test_a_restored_database_is_the_backup_and_the_old_one_lies_beside(
    url: str, file: Path, room: Any, command: Command, tmp_path: Path
) -> None:
    """By force, because what is there holds articles."""
    room.entries(room.new(1))
    command("db", "backup", tmp_path / "copy.db")
    room.entries(room.new(2))
    room.store.bury([room.worker.id])
    room.store.close()

    refused = command("db", "restore", tmp_path / "copy.db")
    done = command("db", "restore", tmp_path / "copy.db", "--force", "--json")

    assert isinstance(refused.exception, UsageError)
    assert "holds articles" in str(refused.exception)
    kept = json.loads(done.stdout)["kept"]
    assert len(titles(url)) == 1
    assert len(titles(f"sqlite:///{kept}")) == 2


def test_nothing_is_restored_under_the_feet_of_a_program(url: str, room: Any, command: Command, tmp_path: Path) -> None:
    """Told by its worker; and by force too, as long as the file is open somewhere: it would go on writing to the old one."""
    room.entries(room.new(1))
    command("db", "backup", tmp_path / "copy.db")
    room.store.join(this_worker(now()))

    refused = command("db", "restore", tmp_path / "copy.db")
    forced = command("db", "restore", tmp_path / "copy.db", "--force")

    assert "in use on" in str(refused.exception)
    assert isinstance(forced.exception, StoreBusy)
    assert len(titles(url)) == 1


def test_a_damaged_database_is_replaced_by_force(
    url: str, file: Path, room: Any, command: Command, tmp_path: Path
) -> None:
    """It is what a backup is for; the damaged file is kept too."""
    room.entries(room.new(1))
    command("db", "backup", tmp_path / "copy.db")
    room.store.close()
    file.write_bytes(b"no database at all" * 500)

    done = command("db", "restore", tmp_path / "copy.db", "--force")

    assert done.exit_code == 0, done.exception
    assert len(titles(url)) == 1


@pytest.mark.parametrize("made", ["nothing", "text", "another", "newer", "torn"])
def test_what_is_no_sound_backup_is_refused_and_the_database_stays(
    made: str, url: str, room: Any, command: Command, tmp_path: Path
) -> None:
    """A text, another program's database, one of a newer version, one that was cut off."""
    room.entries(room.new(1))
    backup = tmp_path / "copy.db"
    command("db", "backup", backup)
    room.store.close()
    if made == "nothing":
        backup.unlink()
    elif made == "text":
        backup.write_text("a page of text\n" * 500)
    elif made == "torn":
        backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    elif made == "another":
        backup.unlink()
        with closing(sqlite3.connect(backup)) as connection:
            connection.execute("CREATE TABLE tea (name)")
    else:
        with closing(sqlite3.connect(backup)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")

    done = command("db", "restore", backup, "--force")

    assert isinstance(done.exception, UsageError if made == "nothing" else StoreError), done.exception
    assert len(titles(url)) == 1


def test_for_postgresql_the_commands_to_use_are_told(
    config: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exit code 2, and without the password."""
    monkeypatch.setenv("MONITOR_DATABASE_URL", "postgresql://ana:secret@db.example/monitor")

    backup, restore = command("db", "backup", "x.dump"), command("db", "restore", "x.dump")

    assert "pg_dump --dbname='postgresql://ana:" in str(backup.exception)
    assert "pg_restore" in str(restore.exception)
    for told in (backup, restore):
        assert isinstance(told.exception, UsageError)
        assert "secret" not in str(told.exception)
