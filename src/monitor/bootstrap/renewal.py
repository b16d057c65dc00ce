"""Takes a house that runs, gives it the configuration and the model that have come into force since."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from socket import gethostname
from typing import TYPE_CHECKING

from monitor.adapters.model_files import ModelFiles
from monitor.bootstrap.parts import login, now, opener
from monitor.config import LiveConfig
from monitor.config.changes import differences, first_words, paced_anew, renamed, shown_settings
from monitor.config.live import RELOADED, digest_of
from monitor.errors import ModelError
from monitor.jobs.context import Context
from monitor.ports import Store
from monitor.types import ConfigChange, Settings

if TYPE_CHECKING:
    from monitor.classify import Model


#: What is refused by a channel is tried again every ten minutes: so long after a renaming something may still come to the old name.
STRAGGLERS, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Renewal:
    """What changes while a house runs: the configuration and the model, each taken over between two batches of work."""

    def __init__(
        self,
        *,
        live: LiveConfig,
        files: ModelFiles,
        version: str,
        store: Store,
        environ: Mapping[str, str],
        backfill: timedelta | None,
    ) -> None:
        self._live, self._files, self._version, self._store = live, files, version, store
        self._environ, self._backfill = environ, backfill
        self._complaint = self._mistake = self._noted = ""
        self._renamed: Mapping[str, str] = {}
        self._moved_at = self._move_until = now()

    def trouble(self) -> Mapping[str, str]:
        """Give what stands in the way of a change, in words, by what it is about."""
        mistake = self._mistake and f"the old configuration stays in force: {self._mistake}"
        return {kind: words for kind, words in (("model", self._complaint), ("configuration", mistake)) if words}

    def note(self) -> None:
        """Write down what has changed in the configuration since it was last noted, be it before this start."""
        if (digest := digest_of(self._live.files)) != self._noted:
            # Of the latest change alone: an earlier one may have been taken back by it.
            self._renamed = _note_config(self._store, self._live, self._environ)
            self._moved_at, self._move_until = now(), now() + STRAGGLERS
            self._noted = digest

    def _readdress(self) -> None:
        """Move what came to a renamed channel after all: it was being sent, or decided by who had the old name still."""
        at = now()
        if self._renamed and at - self._moved_at >= MINUTE:
            self._store.readdress(self._renamed, at)
            self._moved_at = at
            self._renamed = self._renamed if at < self._move_until else {}

    def __call__(self, ctx: Context) -> tuple[Context, list[str]]:
        """Give the context that is in force now, and what is to be told of the change."""
        lines, told = self._live.refresh(), self._complaint
        if lines:
            self._mistake = "" if lines == [RELOADED] else "; ".join(lines)
        if ctx.declares:
            self.note()
            self._readdress()
        changed = with_backfill(self._live.current, self._backfill)
        model, self._complaint = _new_model(self._files, self._version)
        if self._complaint and self._complaint != told:
            lines = [*lines, self._complaint]
        if model:
            self._version = model.version
        if model or changed != ctx.settings:
            version = self._version
            judge = opener(lambda: model or self._files.load(version), changed.topics, self._store)
            ctx = ctx.with_settings(changed, judge)
        return ctx, lines


def _note_config(store: Store, live: LiveConfig, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Write down what has changed in the configuration since it was last noted; give the channels that have another name now.

    Another interval acts from the last poll on; what waits for a channel goes to the one that has taken its place.
    """
    digest = digest_of(live.files)
    noted, before = store.noted_config()
    if noted == digest:
        return {}
    settings = shown_settings(live.files, environ)
    summary = differences(before, settings) if noted else first_words(settings)
    who = f"{login()}@{gethostname()}"
    moved = renamed(before, settings) if noted else {}
    if noted:
        anew = paced_anew(before, settings)
        store.hasten({source.id: source.interval for source in live.current.sources if source.id in anew})
        store.readdress(moved, now())
    store.note_config(ConfigChange(at=now(), digest=digest, who=who, summary=summary), settings)
    return moved


def _new_model(files: ModelFiles, used: str) -> "tuple[Model | None, str]":
    """Give the model that has become the current one; where it cannot be loaded, the reason: no service ends over a bad pointer."""
    try:
        return (None if files.current() == used else files.load()), ""
    except ModelError as trouble:
        return None, f"{trouble}; {used} stays in use"


def with_backfill(settings: Settings, backfill: timedelta | None) -> Settings:
    """Give the settings with how far back a first poll may alert, where the command line says so."""
    if backfill is None:
        return settings
    return replace(settings, alerts=replace(settings.alerts, first_run_window=backfill))
