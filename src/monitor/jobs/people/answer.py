"""Takes what somebody pressed or wrote in a channel, stores what it means, gives what goes back to that person.

A label is stored before anything is acknowledged, so that no click is lost; told twice of the same click, the same label stands.
The messages that show it are written by `show`, under the lock of judging: whoever judges at that moment has read the labels
before this one, and would write a message without it.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.feedback.answers import labels_of
from monitor.jobs.asking.why import explain
from monitor.jobs.context import Context
from monitor.jobs.telling import Means, Telling, rules_of
from monitor.notify import Rules, dialogs
from monitor.notify.policy import source_subject, story_of, story_subject
from monitor.parse import canonical_url
from monitor.types import Action, Command, Entry, Ledger, Message, Mute, Pressed, Reply, Topic

SOURCE_MUTED = timedelta(days=7)
STORY_MUTED = timedelta(days=30)  #: longer than any story stays open
WEEK = timedelta(days=7)
FOUND = 10  #: articles of a search that are told
ROUND, LONGEST_ROUND = 10, 100  #: questions
PLAN = 10  #: questions that a round draws from: enough for each kind to have its share
#: What a message shows of what was pressed under it.
SHOWN = frozenset(
    {Action.RELEVANT, Action.NOT_RELEVANT, Action.TOPIC, Action.ALL_TOPICS, Action.UNSURE, Action.MUTE_STORY}
)
RECENT = timedelta(hours=1)  #: of labels that a killed service may not have shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What goes back to whoever wrote a command, and the articles whose messages are to be written anew."""

    message: Message
    entries: frozenset[int] = frozenset()


def press(ctx: Context, pressed: Pressed) -> Reply | None:
    """Store what was pressed; give what goes back, None where nothing does. Safe to call twice.

    Raises:
        StoreBusy, StoreFull, StoreError: nothing was stored.
    """
    what = pressed.press
    ledger = ctx.store.ledger(what.entry)
    if ledger is None:
        return Reply(message=dialogs.say("This article is not stored any more."))
    if what.action is Action.WHY:
        return Reply(message=_case(ctx, ledger), title="Why this alert?")
    if what.action is Action.MUTE_STORY:
        _mute(ctx, pressed, story_subject(what.story), pressed.at + STORY_MUTED)
        return None
    if what.action is Action.MUTE_SOURCE:
        return _mute_source(ctx, pressed, ledger.article.entry)
    known = [topic.id for topic in ctx.settings.topics]
    asked = known if what.left is not None else _told(ctx, pressed) or known
    labels = labels_of(pressed, asked, known, model=ledger.verdicts[0].model if ledger.verdicts else "")
    if labels:
        ctx.store.save_answer(labels)
    return _next(ctx, pressed) if what.left is not None else None


def show(ctx: Context, entries: Collection[int]) -> bool:
    """Write the messages about articles anew, with what people have said; False where somebody judges, to be tried again."""
    if not ctx.store.lock("judge", ctx.worker):
        return False
    try:
        tell_again(ctx, rules_of(ctx.settings, dry_run=ctx.dry_run), entries, ctx.clock())
    finally:
        ctx.store.unlock("judge", ctx.worker)
    return True


def tell_again(means: Means, rules: Rules, entries: Collection[int], now: datetime) -> None:
    """Write the messages about articles anew; called under the lock of judging."""
    ledgers = filter(None, map(means.store.ledger, sorted(entries)))
    stories = {ledger.story.id: ledger.story for ledger in ledgers if ledger.story is not None}
    telling = Telling(means, rules, now)
    telling.follow(stories.values(), {})
    _, refreshes = telling.written()
    if refreshes:
        means.store.save_answer([], [], refreshes)


def unshown(ctx: Context) -> set[int]:
    """Give the articles that were answered about of late: a service that was killed may not have shown it."""
    since = ctx.clock() - RECENT
    return {label.entry_id for label in ctx.store.labels() if label.at >= since}


def command(ctx: Context, asked: Command) -> Done:
    """Do what a command says; a wrong one is answered with what can be said."""
    word, _, rest = asked.words.strip().partition(" ")
    does: dict[str, Callable[[Context, Command, str], Done]] = {
        "search": _search,
        "why": _why,
        "stats": _stats,
        "mute": _mute_by_word,
        "unmute": _unmute,
        "label": _label,
    }
    if word in {"", "help"}:
        return Done(message=dialogs.usage())
    if word not in does:
        return Done(message=dialogs.usage(f"“{word}” is none of these:"))
    return does[word](ctx, asked, rest.strip())


# ── under an alert ───────────────────────────────────────────────────────────────────────────────────────────────────
def _told(ctx: Context, pressed: Pressed) -> list[str]:
    """Give the topics that the message told, as the channel has it."""
    posts = ctx.store.posts([story_subject(pressed.press.story)])
    here = [post for post in posts if post.ref is not None and post.ref.channel == pressed.channel]
    return [topic for post in here for topic in post.message.metadata.get("event_payload", {}).get("topics", ())]


def _mute(ctx: Context, pressed: Pressed | Command, subject: str, until: datetime) -> None:
    person = pressed.person
    ctx.store.save_answer([], [Mute(subject=subject, until=until, who=person.id, name=person.name, at=pressed.at)])


def _mute_source(ctx: Context, pressed: Pressed, entry: Entry) -> Reply:
    _mute(ctx, pressed, source_subject(entry.source_id), pressed.at + SOURCE_MUTED)
    return Reply(
        message=dialogs.say(
            f"{entry.outlet} is muted for a week: what it brings is collected and judged, and not told."
            f" To take it back: /monitor unmute source {entry.source_id}"
        )
    )


def _case(ctx: Context, ledger: Ledger) -> Message:
    judge = ctx.judge
    same = bool(ledger.verdicts) and ledger.verdicts[0].model == judge.model.version
    return dialogs.reasons(explain(ctx.store, ledger, judge if same else None), ctx.settings.topics)


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _search(ctx: Context, asked: Command, words: str) -> Done:  # noqa: ARG001 - one form for all
    if not words:
        return Done(message=dialogs.usage("Search for what?"))
    ids = ctx.store.search(words, FOUND)
    found = {one.article.entry.id: one for one in ctx.store.judgements(ids)}
    return Done(message=dialogs.found(words, [found[id_] for id_ in ids if id_ in found], _zone(ctx)))


def _why(ctx: Context, asked: Command, address: str) -> Done:  # noqa: ARG001
    url = address.strip("<>").partition("|")[0].replace("&amp;", "&")  # Slack writes an address as a link
    ledgers = ctx.store.ledgers(url) or ctx.store.ledgers(canonical_url(url) or url) if url else []
    if not ledgers:
        return Done(
            message=dialogs.say(f"{url or 'Nothing'}: never seen. Is its source watched, and has it been polled since?")
        )
    return Done(message=_case(ctx, ledgers[-1]))


def _stats(ctx: Context, asked: Command, rest: str) -> Done:  # noqa: ARG001
    from monitor.jobs.asking.report import volumes  # noqa: PLC0415 - numpy, and asked for now and then

    return Done(message=dialogs.week(volumes(ctx.store, ctx.clock() - WEEK), ctx.settings.topics))


def _mute_by_word(ctx: Context, asked: Command, rest: str) -> Done:
    if not rest:
        return Done(message=dialogs.muted(ctx.store.mutes(ctx.clock()), _zone(ctx)))
    kind, name, span = (*rest.split(), "", "", "")[:3]
    if problem := _unknown(ctx, kind, name):
        return Done(message=dialogs.usage(problem))
    usual = SOURCE_MUTED if kind == "source" else STORY_MUTED
    days = re.fullmatch(r"([1-9]\d{0,2})d", span)
    if span and not days:
        return Done(message=dialogs.usage(f"For how long? Such as 7d, not “{span}”."))
    until = asked.at + (timedelta(days=int(days[1])) if days else usual)
    return _muted(ctx, asked, _subject(kind, name), until)


def _unmute(ctx: Context, asked: Command, rest: str) -> Done:
    kind, name = (*rest.replace(":", " ").split(), "", "")[:2]
    subject = _subject(kind, name)
    if subject not in {mute.subject for mute in ctx.store.mutes(ctx.clock())}:
        return Done(message=dialogs.usage(f"{kind} {name} is not muted."))
    return _muted(ctx, asked, subject, asked.at)


def _muted(ctx: Context, asked: Command, subject: str, until: datetime) -> Done:
    """Mute until then; a story's message says so, as where it was muted under it."""
    _mute(ctx, asked, subject, until)
    stories = ctx.store.stories([story]) if (story := story_of(subject)) else []
    return Done(
        message=dialogs.muted(ctx.store.mutes(ctx.clock()), _zone(ctx)),
        entries=frozenset(one.articles[0].entry_id for one in stories),
    )


def _subject(kind: str, name: str) -> str:
    """Give the subject as it is stored, however its number was written; "" for what cannot be muted."""
    if kind == "story":
        return story_subject(_number(name))
    return source_subject(name) if kind == "source" else ""


def _unknown(ctx: Context, kind: str, name: str) -> str:
    if kind == "source":
        return "" if name in ctx.sources else f"There is no source “{name}”."
    if kind == "story":
        return "" if ctx.store.stories([_number(name)]) else f"There is no story “{name}”."
    return "What is to be muted: source ID, or story N?"


def _number(name: str) -> int:
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else 0


# ── rounds of questions ──────────────────────────────────────────────────────────────────────────────────────────────
def _label(ctx: Context, asked: Command, count: str) -> Done:
    number = int(count) if count.isascii() and count.isdecimal() and len(count) < 5 else ROUND
    return Done(message=_question(ctx, asked.person.id, min(max(number, 1), LONGEST_ROUND) - 1, ()))


def _next(ctx: Context, pressed: Pressed) -> Reply:
    left = pressed.press.left or 0
    if not left:
        return Reply(message=dialogs.say("Thank you: that was the last question."), instead=True)
    return Reply(message=_question(ctx, pressed.person.id, left - 1, (pressed.press.entry,)), instead=True)


def _question(ctx: Context, who: str, left: int, skipped: Collection[int]) -> Message:
    from monitor.jobs.people import labelling  # noqa: PLC0415 - as for the week

    topics: tuple[Topic, ...] = ctx.settings.topics
    found = labelling.questions(ctx.store, topics, ctx.settings.learning, who, ctx.clock(), count=PLAN, skipped=skipped)
    if not found:
        return dialogs.say(
            "Nothing to ask: no judged article of the last two weeks is left that nobody answered about."
        )
    # Each question is chosen anew: by its place in the round, so that all kinds have their share.
    question, one = found[left % len(found)]
    return dialogs.question(one, question.kind.value, topics, left, _zone(ctx))


def _zone(ctx: Context) -> ZoneInfo:
    return ZoneInfo(ctx.settings.timezone)
