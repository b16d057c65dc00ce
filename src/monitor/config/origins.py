"""Takes the bytes of the files and the environment, gives every setting, as it is written, and where it comes from.

Nothing that lets one in is among them: passwords and tokens in addresses are masked; headers, and what stands for a channel and is
no name, are masked whole; of the environment only what is set is told.
"""

import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML

from monitor.config import quantities
from monitor.config.document import Document
from monitor.config.loading import Checked, checked
from monitor.config.models import Section, TopicEntry
from monitor.fetch.masked import MASK, without_password, without_secrets
from monitor.notify.channels import KINDS, variable
from monitor.types import ThresholdRule

DEFAULT = "default"
MOST_SOURCES = 200  #: that are listed one by one

_OVERRIDE = "MONITOR_DATABASE_URL"
#: What else the program looks for in its environment.
_VARIABLES = {
    "MONITOR_CONFIG": "Folder of the configuration, where --config is not given.",
    _OVERRIDE: "Database, instead of `database` in monitor.yaml.",
    "MONITOR_WEB_TOKEN": "Who may see the page: name:token for each person.",
    "MONITOR_LLM_KEY": "Key of the language model's service.",
    "MONITOR_WHO": "Who answers on the command line, instead of the login.",
    "SLACK_BOT_TOKEN": "Sends to Slack; without it alerts go to the terminal.",
    "SLACK_APP_TOKEN": "Takes answers over Socket Mode.",
    "SLACK_SIGNING_SECRET": "Tells signed requests of Slack from forged ones.",
}
_CHANNEL = re.compile(rf"(?:(?:{'|'.join(KINDS)}):|[#@])?[\w.-]+")
_UNBROKEN = 10**9  #: characters on a line


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One setting in force."""

    key: str
    value: str  #: as it is written in YAML
    origin: str  #: `file:line`, `$VARIABLE` or `default`
    about: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Settings that belong together."""

    name: str
    about: str
    settings: tuple[Setting, ...]


def origins(files: Mapping[str, bytes | None], environ: Mapping[str, str]) -> list[Group]:
    """Give all settings, in the order of the files' models.

    Raises:
        ConfigError: as `load`.
    """
    found = checked(files, environ)
    return [*_monitor(found, environ), _topics(found), _sources(found), _environment(found, environ)]


# ── monitor.yaml ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _monitor(found: Checked, environ: Mapping[str, str]) -> Iterator[Group]:
    document, fields = found.documents["monitor"], type(found.monitor).model_fields
    rows = list(_settings(found.monitor, (), document))
    if _given(environ, _OVERRIDE):
        rows = [replace(row, origin=f"${_OVERRIDE}") if row.key == "database" else row for row in rows]
    yield Group(
        name="general", about="Of the whole service.", settings=tuple(row for row in rows if "." not in row.key)
    )
    for name, field in fields.items():
        if own := tuple(row for row in rows if row.key.startswith(f"{name}.")):
            yield Group(name=name, about=field.description or "", settings=own)


def _settings(section: Section, path: tuple[str, ...], document: Document) -> Iterator[Setting]:
    """Give the keys of a section and of those within it; a section that is absent, and need not be there, is one key."""
    for name, field in type(section).model_fields.items():
        value, place = getattr(section, name), (*path, name)
        if isinstance(value, Section):
            yield from _settings(value, place, document)
        else:
            yield Setting(
                key=".".join(place),
                value=_yaml(_plain(name, value, field)),
                origin=_place(document, place) if name in section.model_fields_set else DEFAULT,
                about=field.description or "",
            )


def monitor_settings(found: Checked) -> dict[str, Any]:
    """Give the settings of monitor.yaml in force, by key, without secrets."""
    return dict(_values(found.monitor, ""))


def _values(section: Section, before: str) -> Iterator[tuple[str, Any]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _values(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", _plain(name, value, field)


# ── topics.yaml, sources.yaml ────────────────────────────────────────────────────────────────────────────────────────
def _topics(found: Checked) -> Group:
    entries, document = found.topics.topics, found.documents["topics"]
    rows = [
        Setting(
            key=f"topics.{entry.id}",
            value=_yaml(declared(entry, {"id"}) | _counted(entry)),
            origin=_place(document, ("topics", number)),
        )
        for number, entry in enumerate(entries)
    ]
    group = _listed("topics", found.topics, document, str(len(entries)), rows)
    return replace(group, about=f"{group.about} Of their keywords only the number is told.")


def _counted(entry: TopicEntry) -> dict[str, Any]:
    """Give how many keywords there are of each kind: the lists themselves are long."""
    counts = {name: len(words) for name, words in entry.keywords if words}
    return {"keywords": counts} if counts else {}


def _sources(found: Checked) -> Group:
    entries, document = found.sources.sources, found.documents["sources"]
    rows = [
        Setting(
            key=f"sources.{source.id}",
            value=_yaml(declared(entry, {"id", "note"})),
            origin=_place(document, ("sources", number)),
        )
        for number, (source, entry) in enumerate(
            zip(found.settings.sources[:MOST_SOURCES], entries[:MOST_SOURCES], strict=True)
        )
    ]
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(entry.kind for entry in entries).most_common())
    count = f"{len(entries)} ({kinds})" if kinds else "0"
    if len(entries) > MOST_SOURCES:
        count += f"; the first {MOST_SOURCES} follow"
    return _listed("sources", found.sources, document, count, rows)


def _listed(name: str, section: Section, document: Document, count: str, rows: Sequence[Setting]) -> Group:
    origin = _place(document, (name,)) if name in section.model_fields_set else DEFAULT
    about = type(section).model_fields[name].description or ""
    return Group(name=name, about=about, settings=(Setting(key=name, value=count, origin=origin), *rows))


# ── environment ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _environment(found: Checked, environ: Mapping[str, str]) -> Group:
    known = _VARIABLES | dict(_of_channels(found))
    rows = [
        Setting(key=name, value="set", origin=f"${name}", about=about)
        if _given(environ, name)
        else Setting(key=name, value="not set", origin=DEFAULT, about=about)
        for name, about in known.items()
    ]
    return Group(
        name="environment", about="As this process sees it; what they hold is not shown.", settings=tuple(rows)
    )


def _of_channels(found: Checked) -> Iterator[tuple[str, str]]:
    """Give the variables of channels that are ways of their own; a channel that holds an address leads to none."""
    settings = found.settings
    routes = [route.channel for topic in settings.topics for route in topic.routes]
    for channel in (*routes, settings.report.channel, settings.alerts.ops_channel):
        if _channel(channel) == channel and (name := variable(channel)):
            yield name, f"Address of the channel {channel}."
            if channel.startswith("webhook:"):
                yield f"{name}_SECRET", f"What requests to the channel {channel} are signed with."


def _given(environ: Mapping[str, str], name: str) -> bool:
    return bool(environ.get(name, "").strip())


# ── values as they are written, without secrets ──────────────────────────────────────────────────────────────────────
def _channel(name: str) -> str:
    """Give the name of a channel; anything else may be its address, which is a secret whole."""
    kind, colon, _ = name.partition(":")
    if not name or _CHANNEL.fullmatch(name):
        return without_secrets(name)
    return f"{kind}{colon}{MASK}" if kind in KINDS else MASK


def _threshold(rule: ThresholdRule) -> Any:
    return {"auto": "auto", "number": rule.value}.get(rule.kind, {rule.kind: rule.value})


_SHOWN: Mapping[str, Callable[[str], str]] = {
    "database": without_password,
    "channel": _channel,
    "ops_channel": _channel,
}
#: How a value is written, by what reads it (a size is a number, `off` is None), or by its type.
_AS_READ: Mapping[Any, Callable[[Any], str]] = {
    quantities.size: quantities.size_text,
    quantities.weekly: quantities.weekly_text,
    quantities.age: quantities.age_text,
}
_AS_TYPED: Mapping[type, Callable[[Any], Any]] = {
    timedelta: quantities.duration_text,
    time: "{:%H:%M}".format,
    ThresholdRule: _threshold,
}


def _plain(name: str, value: Any, field: FieldInfo | None = None) -> Any:
    """Give a value as YAML knows it; `name` is its key's."""
    for one in field.metadata if field else ():
        if isinstance(one, BeforeValidator) and one.func in _AS_READ:
            return _AS_READ[one.func](value)
    if isinstance(value, str):
        return _SHOWN.get(name, without_secrets)(str(value))
    if isinstance(value, Section):
        return declared(value)
    if isinstance(value, dict):  # headers
        return dict.fromkeys(value, MASK)
    if isinstance(value, tuple):
        return [_plain(name, one) for one in value]
    written = _AS_TYPED.get(type(value))
    return written(value) if written else value


def declared(section: Section, without: Collection[str] = ()) -> dict[str, Any]:
    """Give the keys that are written in a section, without secrets."""
    return {
        name: _plain(name, getattr(section, name), field)
        for name, field in type(section).model_fields.items()
        if name in section.model_fields_set and name not in without
    }


def _yaml(value: Any) -> str:
    yaml, stream = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style = True
    yaml.width = _UNBROKEN
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # declared as None
    yaml.dump(value, stream)
    return stream.getvalue().removesuffix("...\n").rstrip("\n")


def _place(document: Document, path: tuple[str | int, ...]) -> str:
    return f"{document.name}:{document.place(path)[0]}"
