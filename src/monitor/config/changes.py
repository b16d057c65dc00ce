"""Takes the files of two moments, gives what has changed between them in words, secrets masked.

What is compared is what may be shown: where only a secret, a comment or the order has changed, that is said instead.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.config.loading import checked
from monitor.config.origins import declared, monitor_settings
from monitor.fetch.masked import MASK

MOST_LINES = 40
MOST_WORDS = 20  #: added to or taken from one list, that are named
LONGEST = 200  #: characters of a value
UNSEEN = "nothing that is shown: a comment, the order, or a secret"
LISTS = ("sources", "topics")
UNTOLD = frozenset({"id", "note"})

Shown = Mapping[str, Mapping[str, Any]]  #: `monitor`, `topics`, `sources`


def shown_settings(files: Mapping[str, bytes | None], environ: Mapping[str, str]) -> Shown:
    """Give every setting of monitor.yaml by its key, and what is written of each topic and source by its id, as JSON knows it.

    Raises:
        ConfigError: as `load`.
    """
    found = checked(files, environ)
    sources = zip(found.settings.sources, found.sources.sources, strict=True)
    return {
        "monitor": monitor_settings(found),
        "topics": {entry.id: dict(_flat(declared(entry, UNTOLD))) for entry in found.topics.topics},
        "sources": {source.id: dict(_flat(declared(entry, UNTOLD))) for source, entry in sources},
    }


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, one in value.items():
        if isinstance(one, Mapping):
            yield from _flat(one, f"{before}{name}.")
        else:
            yield before + name, one


def differences(before: Shown, after: Shown) -> tuple[str, ...]:
    """Give what has changed, a line each: sources and topics that came and went first, then settings by their keys."""
    lines = [f"{kind}: {words}" for kind in LISTS if (words := _members([*before[kind]], [*after[kind]]))]
    lines += _settings("", before["monitor"], after["monitor"])
    for kind in reversed(LISTS):
        for id_ in before[kind]:
            if id_ in after[kind]:
                lines += _settings(f"{kind}.{id_}.", before[kind][id_], after[kind][id_])
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} more"]
    return tuple(lines) or (UNSEEN,)


def first_words(settings: Shown) -> tuple[str, ...]:
    """Give what is said of the first configuration that is noted."""
    return (f"first noted: {', '.join(f'{len(settings[kind])} {kind}' for kind in LISTS)}",)


def paced_anew(before: Shown, after: Shown) -> frozenset[str]:
    """Give the ids of the sources, of both moments, whose interval has changed: their own, or the usual one for want of it."""
    usual = [shown["monitor"].get("fetch.interval") for shown in (before, after)]
    old, new = (
        {id_: written.get("interval", otherwise) for id_, written in shown["sources"].items()}
        for shown, otherwise in zip((before, after), usual, strict=True)
    )
    return frozenset(id_ for id_ in new if id_ in old and new[id_] != old[id_])


def renamed(before: Shown, after: Shown) -> Mapping[str, str]:
    """Give the channels that nothing names any more, each with the one that stands in its place; none where several do, or none."""
    heirs: dict[str, set[str]] = {}
    left = {channel for named in _channels(after).values() for channel in named}
    for place, named in _channels(before).items():
        now_named = _channels(after).get(place, frozenset())
        for gone in named - left:
            heirs.setdefault(gone, set()).update(now_named - named)
    return {gone: next(iter(new)) for gone, new in heirs.items() if len(new) == 1}


def _channels(shown: Shown) -> dict[str, frozenset[str]]:
    """Give the channels that are named, by where; what is masked names none."""
    places = {key: [value] for key, value in shown["monitor"].items() if key.endswith("channel")}
    places |= {
        f"topics.{id_}": [to.get("channel", "") for to in one.get("alert", ())] for id_, one in shown["topics"].items()
    }
    return {place: frozenset(name for name in named if name and MASK not in name) for place, named in places.items()}


def _settings(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    keys = [key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key)]
    return [f"{place}{key}: {_change(before.get(key), after.get(key))}" for key in keys]


def _change(before: Any, after: Any) -> str:
    if isinstance(before, list | None) and isinstance(after, list | None):
        return _members(before or [], after or []) or "in another order"
    return f"{_written(before)} → {_written(after)}"


def _members(before: Sequence[Any], after: Sequence[Any]) -> str:
    """Give what was added and taken away, each once."""
    old, new = ([_written(one) for one in these] for these in (before, after))
    words = [f"+ {one}" for one in new if one not in {*old}] + [f"- {one}" for one in old if one not in {*new}]
    more = [f"… and {len(words) - MOST_WORDS} more"] if len(words) > MOST_WORDS else []
    return ", ".join([*words[:MOST_WORDS], *more])


def _written(value: Any) -> str:
    if value is None:
        return "not set"
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
