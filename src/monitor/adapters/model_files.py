"""Takes a folder of model versions, gives models and cards; writes a version whole or not at all.

Layout: `<version>/{model.npz, model.json, card.json}`, `current`, a file that holds a version's name, and `history.jsonl`, a line
for every change of it. Arrays are read without pickle; model.json carries the digest of model.npz and of itself, both checked at
every load. A version, once written, never changes. A folder without `current` falls back to another one: the model shipped with
the package.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.adapters.model_history import ROLLBACK, Change, before, changes, note
from monitor.errors import ModelError

if TYPE_CHECKING:
    from monitor.classify import Model

FORMAT = 2
HISTORY = "history.jsonl"
DRAFT = ".draft-"
STALE = 3_600.0  # seconds after which nobody is writing a draft any more
WAY_OUT = "choose another with `monitor models list`, or remove `current` to use the shipped one"
_OURS = re.compile(r"[0-9]{8}-[0-9]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ModelFiles:
    """The model versions of a folder, and those shipped with the package."""

    def __init__(self, folder: Path, shipped: Path | None = None) -> None:
        self.folder = folder
        self._folders = (folder,) if shipped is None or shipped == folder else (folder, shipped)

    def current(self) -> str:
        """Give the version in use.

        Raises:
            ModelError: no folder has a pointer, or it names nothing.
        """
        for folder in self._folders:
            pointer = folder / "current"
            if pointer.is_file():
                return _checked_name(_text(pointer).strip(), pointer)
        raise ModelError(
            f"no model in {self.folder}: there is no file `current`; run `monitor train`, or reinstall the package"
        )

    def versions(self) -> list[str]:
        """Give all versions, the shipped ones included, sorted."""
        names = {path.parent.name for folder in self._folders for path in folder.glob("*/model.json")}
        return sorted(name for name in names if _NAME.fullmatch(name))

    def load(self, version: str | None = None) -> "Model":
        """Give a version's model, by default the current one.

        Raises:
            ModelError: it is missing, damaged, altered, or of a format this program does not read.
        """
        from monitor.adapters.model_arrays import unpacked  # noqa: PLC0415 - numpy, which a run without news does without

        return unpacked(*self._sound(version or self.current()))

    def check(self, version: str | None = None) -> str:
        """Give the name of a version, by default the current one, whose files are there and as they were written.

        Raises:
            ModelError: as `load`.
        """
        name = version or self.current()
        self._sound(name)
        return name

    def _sound(self, name: str) -> tuple[dict[str, Any], bytes]:
        folder = self._find(name)
        plain = _json(folder / "model.json", name)
        if plain.get("format") != FORMAT:
            known = f"model {name} has format {plain.get('format')}, this program reads {FORMAT}"
            raise ModelError(f"{known}: {_of_another_format(plain.get('format'))}")
        if plain.get("seal") != _seal(plain) or plain["version"] != name:
            raise ModelError(f"model {name} was altered: model.json does not match its own digest or folder; {WAY_OUT}")
        try:
            packed = (folder / "model.npz").read_bytes()
        except OSError as error:
            raise ModelError(f"model {name} cannot be read: {error}; {WAY_OUT}") from error
        if hashlib.sha256(packed).hexdigest() != plain["digest"]:
            raise ModelError(f"model {name} was altered: model.npz does not match its digest; {WAY_OUT}")
        return plain, packed

    def card(self, version: str | None = None) -> Mapping[str, Any]:
        """Give a version's card.

        Raises:
            ModelError: it is missing or unreadable.
        """
        name = version or self.current()
        return _json(self._find(name) / "card.json", name)

    def save(self, model: "Model", card: Mapping[str, Any]) -> Path:
        """Write a new version; give its folder. Writing the same again changes nothing.

        Raises:
            ModelError: another model has that name already, or it cannot be written.
        """
        from monitor.adapters.model_arrays import packed, plain_of  # noqa: PLC0415 - as in `load`

        target = self.folder / _checked_name(model.version, self.folder)
        plain, arrays = {"format": FORMAT, **plain_of(model)}, packed(model)
        plain["digest"] = hashlib.sha256(arrays).hexdigest()
        plain["seal"] = _seal(plain)
        if target.exists():
            if _json(target / "model.json", model.version).get("seal") == plain["seal"]:
                return target
            raise ModelError(
                f"there is another model {model.version} in {self.folder}: versions never change, use a new name"
            )
        files = {"model.npz": arrays, "model.json": _dump(plain), "card.json": _dump(card)}
        try:
            _write_folder(target, files)
        except OSError as error:
            raise ModelError(f"model {model.version} cannot be written to {self.folder}: {error.strerror}") from error
        return target

    def point(self, version: str) -> None:
        """Make a version the current one, after proving that it loads.

        Raises:
            ModelError: it does not load, or the pointer cannot be written.
        """
        self.load(version)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / ".current.draft"
            _write(draft, (version + "\n").encode())
            draft.replace(self.folder / "current")
        except OSError as error:
            raise ModelError(f"{self.folder / 'current'} cannot be written: {error.strerror}") from error

    def promote(self, version: str, how: str, at: datetime) -> str:
        """Make a version the current one and note it in the history; give the one that was current before.

        Raises:
            ModelError: as `point`.
        """
        left = self.current()
        note(self.folder / HISTORY, Change(at=at.isoformat(), version=version, before=left, how=how))
        self.point(version)
        return left

    def rollback(self, at: datetime) -> str:
        """Return to the version that was current before, after proving that it loads; give its name.

        Raises:
            ModelError: nothing was current before, or it does not load any more.
        """
        version = self.previous()
        if version is None:
            raise ModelError(
                f"no model was current before {self.current()}: choose one with `monitor models promote VERSION`"
            )
        self.promote(version, ROLLBACK, at)
        return version

    def previous(self) -> str | None:
        """Give the version that `rollback` returns to; None where there is none."""
        return before(self.history())

    def history(self) -> list[Change]:
        """Give every change of the current version, oldest first."""
        return changes(self.folder / HISTORY, self.current())

    def next_version(self, day: date) -> str:
        """Give a name for a new version: the day, and how many there were of it."""
        taken = set(self.versions())
        return next(name for name in (f"{day:%Y%m%d}-{number}" for number in count(1)) if name not in taken)

    def prune(self, keep: int) -> list[str]:
        """Delete our own oldest versions beyond so many; never the current one, the one before it, or one a kept model refines.

        Ours are those that `next_version` named. Gives the names of those deleted.

        Raises:
            ModelError: one of them cannot be deleted, or it cannot be told which is in use.
        """
        try:
            mine = [name for name in self._own() if _OURS.fullmatch(name)]
            kept = {self.current(), self.previous(), *mine[:keep]}
            kept |= {self._refined(name) for name in kept if name and (self.folder / name).is_dir()}
            gone = [name for name in mine if name not in kept]
            for name in gone:
                # Out of sight first: a crash amid deleting must not leave half a version.
                doomed = self.folder / f"{DRAFT}{name}"
                (self.folder / name).rename(doomed)
                shutil.rmtree(doomed, ignore_errors=True)
        except OSError as error:
            raise ModelError(f"old models in {self.folder} cannot be deleted: {error.strerror}") from error
        return gone

    def _refined(self, version: str) -> str | None:
        """Give what a version refines; None also where its card is damaged, which is no reason to keep all others for ever."""
        try:
            return self.card(version).get("refines")
        except ModelError:
            return None

    def _own(self) -> list[str]:
        """Give the versions of the folder, the latest written first."""
        paths = [path for path in self.folder.glob("*/model.json") if _NAME.fullmatch(path.parent.name)]
        return [path.parent.name for path in sorted(paths, key=lambda one: (-one.stat().st_mtime_ns, one.parent.name))]

    def shipped(self) -> str:
        """Give the version that travels with the package, or the current one where there is no such folder."""
        pointer = self._folders[-1] / "current"
        return _checked_name(_text(pointer).strip(), pointer) if pointer.is_file() else self.current()

    def _find(self, version: str) -> Path:
        _checked_name(version, self.folder)
        for folder in self._folders:
            if (folder / version / "model.json").is_file():
                return folder / version
        raise ModelError(f"there is no model {version!r} in {self.folder}: {WAY_OUT}")


def _of_another_format(found: object) -> str:
    if isinstance(found, int) and found < FORMAT:
        from monitor.adapters.model_arrays import OF_ANOTHER_VERSION  # noqa: PLC0415 - as in `load`

        return OF_ANOTHER_VERSION
    return f"update the program, or {WAY_OUT}"


def _write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder that is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f"{DRAFT}*"):  # by a process that was killed
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=target.parent))
    try:
        for name, content in files.items():
            _write(draft / name, content)
        draft.chmod(0o755)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there also if the power fails next."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _seal(plain: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in plain.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _dump(plain: Mapping[str, Any]) -> bytes:
    return (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode()


def _json(path: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"model {name} cannot be read: {path.name}: {error}; {WAY_OUT}") from error
    if not isinstance(found, dict):
        raise ModelError(f"model {name} cannot be read: {path.name} holds no object; {WAY_OUT}")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error


def _checked_name(name: str, where: Path) -> str:
    if not _NAME.fullmatch(name):
        raise ModelError(f"{where}: {name!r} is no name of a model version; {WAY_OUT}")
    return name
