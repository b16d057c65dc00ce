"""Takes the name of a person, gives everything the store holds of them, and forgets it or leaves it without their name.

A person stands under what identifies them (`who`: a Slack id, a name of the page, a login); a name for people may stand beside it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, update

from monitor.adapters.store.schema import config_changes, deliveries, entries, labels, mutes, rulings
from monitor.adapters.store.tables.outbox import message_of, refresh, row_message
from monitor.notify.nameless import named_in, nameless
from monitor.types import DeliveryKind, Erased, Known, Message, Refresh

#: Where a person stands under `who` as it is; in the log of configuration `who` is `user@host`.
_TABLES: Mapping[str, Table] = {"answers": labels, "rulings": rulings, "mutes": mutes}
_ABOUT = (entries.c.title, entries.c.url)
_PSEUDONYM = "former-"
_PAGE = 500  #: deliveries read at once


def listed(connection: Connection) -> list[Known]:
    """Give everybody who is known, by `who`, with how much there is of each."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, set[str]] = defaultdict(set)
    for kind, table in _TABLES.items():
        name = table.c.get("name")
        columns = [table.c.who, func.count(), *([] if name is None else [func.max(name)])]
        for who, number, *called in connection.execute(select(*columns).group_by(table.c.who)):
            counts[who][kind] = number
            names[who].update(one for one in called if one)
    for who, number in connection.execute(select(config_changes.c.who, func.count()).group_by(config_changes.c.who)):
        counts[who.partition("@")[0]]["config_changes"] += number
    return [Known(who=who, names=tuple(sorted(names[who] - {who})), counts=dict(counts[who])) for who in sorted(counts)]


def held_of(connection: Connection, who: str) -> Iterator[dict[str, Any]]:
    """Give all rows about a person, as facts: answers, rulings, mutes, changes of configuration, messages that name them."""
    answers = select(labels, *_ABOUT).join_from(labels, entries).where(labels.c.who == who)
    for row in connection.execute(answers.order_by(labels.c.at, labels.c.entry_id, labels.c.topic)):
        yield {"kind": "answer", **row._mapping}  # noqa: SLF001 - public in SQLAlchemy
    for kind, table in (("ruling", rulings), ("mute", mutes)):
        for row in connection.execute(select(table).where(table.c.who == who).order_by(table.c.at)):
            yield {"kind": kind, **row._mapping}  # noqa: SLF001
    taken_up = select(*(config_changes.c[name] for name in ("at", "digest", "who", "summary")))
    for row in connection.execute(taken_up.where(_user(who)).order_by(config_changes.c.id)):
        yield {"kind": "config change", **row._mapping}  # noqa: SLF001
    names = _names(connection, who)
    for row in _messages(connection):
        if said := named_in(message_of(row.message), names):
            place = {name: row._mapping[name] for name in ("subject", "channel", "state")}  # noqa: SLF001
            yield {"kind": "message", **place, "at": row.sent_at or row.created_at, "text": said}


def erase(connection: Connection, who: str, now: datetime, key: str, *, keep_answers: bool) -> Erased:
    """Forget a person, as the port `Store` says."""
    instead, names = _free_pseudonym(connection), _names(connection, who)
    messages = _without_name(connection, names, instead, key, now, keep=keep_answers)
    theirs, nobody = labels.c.who == who, {"who": instead, "name": instead}
    forget = update(labels).where(theirs).values(**nobody, reason="") if keep_answers else delete(labels).where(theirs)
    answers = connection.execute(forget).rowcount
    lapsed = connection.execute(delete(mutes).where(mutes.c.who == who, mutes.c.until <= now)).rowcount
    holding = connection.execute(update(mutes).where(mutes.c.who == who).values(nobody)).rowcount
    ruled = connection.execute(update(rulings).where(rulings.c.who == who).values(who=instead)).rowcount
    noted = connection.execute(update(config_changes).where(_user(who)).values(who=instead)).rowcount
    return Erased(
        instead=instead,
        answers=answers,
        rulings=ruled,
        mutes=lapsed + holding,
        config_changes=noted,
        messages=messages,
    )


def _without_name(
    connection: Connection, names: Collection[str], instead: str, key: str, now: datetime, *, keep: bool
) -> int:
    """Take a name out of all stored messages, and have those that stand in a channel edited; give how many rows had it."""
    changed, places = 0, dict[tuple[str, str], Message]()
    for row in _messages(connection):
        message = message_of(row.message)
        without = nameless(message, names, instead, keep=keep)
        if without != message:
            connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(message=row_message(without)))
            changed += 1
            places[row.subject, row.channel] = without
        else:
            places.pop((row.subject, row.channel), None)  # the latest message is what stands there, or soon will
    for number, ((subject, channel), message) in enumerate(places.items()):
        edit = Refresh(key=f"{key}-{number}", subject=subject, channel=channel, message=message, at=now)
        refresh(connection, edit)
    return changed


def _names(connection: Connection, who: str) -> list[str]:
    """Give what a person is called in messages."""
    found = [
        connection.execute(select(table.c.name).where(table.c.who == who).distinct()).scalars()
        for table in (labels, mutes)
    ]
    return sorted({who, *(name for names in found for name in names if name)})


def _messages(connection: Connection) -> Iterator[Any]:
    """Give the deliveries about stories that carry the whole message, oldest first, some at a time."""
    whole = deliveries.c.kind.in_([DeliveryKind.POST.value, DeliveryKind.EDIT.value])
    found = select(deliveries).where(deliveries.c.subject.startswith("story:"), whole).order_by(deliveries.c.id)
    after = 0
    while rows := connection.execute(found.where(deliveries.c.id > after).limit(_PAGE)).all():
        yield from rows
        after = rows[-1].id


def _user(who: str) -> ColumnElement[bool]:
    return config_changes.c.who.startswith(f"{who}@", autoescape=True)


def _free_pseudonym(connection: Connection) -> str:
    """Give a name that nobody has; it is no function of the person's, so that it cannot be guessed back."""
    taken = {
        who
        for table in (*_TABLES.values(), config_changes)
        for who in connection.execute(select(table.c.who)).scalars()
    }
    number = 1
    while f"{_PSEUDONYM}{number}" in taken:
        number += 1
    return f"{_PSEUDONYM}{number}"
