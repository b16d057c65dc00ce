"""Takes other settings or another model, gives what they would have made of the stored stream: alerts gained, lost, kept."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.bootstrap import Archive
    from monitor.jobs.asking.replay import Replayed, Setting, Topicwise
    from monitor.types import Settings, Topic

SHOWN = 10  # articles told per topic and kind
LISTS = {"": "include", "always:": "always", "never:": "never"}


def register(app: typer.Typer) -> None:
    """Add `replay`."""
    app.command(
        epilog="Examples: monitor replay --since 30d --keyword drug_policy:+medetomidine · monitor replay --config draft/config"
        " · monitor replay --model seed-2 --html replay.html"
    )(replay)


def replay(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(metavar="30d", help="How far back.")] = "30d",
    config: Annotated[
        Path | None, typer.Option("--config", metavar="DIR", help="Judge by the topics of this folder.")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="VERSION", help="Judge by this version of the model.")] = None,
    keyword: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOPIC:±WORD",
            help="Add or take away a keyword; TOPIC:always:+WORD and TOPIC:never:+WORD for the rules. May be repeated.",
        ),
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="TOPIC=RULE", help="Another threshold: a number, auto, precision:0.8, per_day:10."),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page to send around.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Facts as one JSON object.")] = False,
) -> None:
    """Judge the stored articles again by other settings, and tell which would be flagged otherwise. Writes nothing.

    Compared with the settings in force. Where nothing else is asked for, these are compared with what was decided at the time.
    """
    from monitor import bootstrap
    from monitor.config import duration
    from monitor.jobs.asking.replay import replay as run

    try:
        begin = bootstrap.now() - duration(since)
    except ValueError as error:
        raise UsageError(f"--since: {error}") from error
    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        changed = _changed(archive.settings, config, keyword or (), threshold or ())
        other = bool(config or model or keyword or threshold)
        settings = (
            _setting(archive, archive.settings, None) if other else _as_it_was(archive),
            _setting(archive, changed, model),
        )
        topics = [*dict.fromkeys(topic.id for topic in (*archive.settings.topics, *changed.topics))]
        with _watched(archive, begin, shown=not as_json) as watch:
            found = run(archive.store, settings, topics, begin, watch)
    what = _in_brief(config, model, keyword or (), threshold or ())
    facts = {"since": begin.isoformat(), "change": what, **_facts(found)}
    if html:
        _write(html, facts)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
    elif not html:
        print("\n".join(_in_words(found, what)))


def _setting(archive: "Archive", settings: "Settings", model: str | None) -> "Setting":
    from monitor import bootstrap
    from monitor.classify import Judge
    from monitor.jobs.asking.replay import Setting

    loaded = archive.models.load(model)
    stream = bootstrap.stream_of(archive.store, loaded.version, settings.topics)
    return Setting(
        judge=Judge(loaded, settings.topics, stream), sources={source.id: source for source in settings.sources}
    )


def _as_it_was(archive: "Archive") -> "Setting":
    from monitor.jobs.asking.replay import Setting

    return Setting(judge=None, sources={source.id: source for source in archive.settings.sources})


def _changed(
    settings: "Settings", config: Path | None, keywords: "Sequence[str]", thresholds: "Sequence[str]"
) -> "Settings":
    from monitor.config import load

    if config:
        settings = load(config, os.environ)
    topics = {topic.id: topic for topic in settings.topics}
    for written in keywords:
        name, _, rest = written.partition(":")
        topics[name] = _with_keyword(_known(topics, name, "--keyword"), rest)
    for written in thresholds:
        name, _, rest = written.partition("=")
        topics[name] = _with_threshold(_known(topics, name, "--threshold"), rest)
    return replace(settings, topics=tuple(topics.values()))


def _known(topics: "dict[str, Topic]", name: str, option: str) -> "Topic":
    if name not in topics:
        raise UsageError(f"{option}: unknown topic {name!r}: there are {', '.join(topics) or 'none'}")
    return topics[name]


def _with_keyword(topic: "Topic", written: str) -> "Topic":
    from monitor.config import keyword_problem

    start = next((start for start in ("always:", "never:") if written.startswith(start)), "")
    sign, word = written.removeprefix(start)[:1], written.removeprefix(start)[1:].strip()
    if sign not in {"+", "-", "−"} or not word:
        raise UsageError(f"--keyword: write TOPIC:+WORD or TOPIC:-WORD, not {topic.id}:{written}")
    kind = LISTS[start]
    words: tuple[str, ...] = getattr(topic, kind)
    if sign == "+":
        if problem := keyword_problem(word):
            raise UsageError(f"--keyword: {word!r} {problem}")
        changed: dict[str, Any] = {kind: (*words, word)}
        return replace(topic, **changed)
    if word not in words:
        raise UsageError(f"--keyword: {topic.id} has no {kind} keyword {word!r}")
    changed = {kind: tuple(one for one in words if one != word)}
    return replace(topic, **changed)


def _with_threshold(topic: "Topic", written: str) -> "Topic":
    from monitor.config.quantities import threshold

    kind, colon, number = written.partition(":")
    try:
        value: Any = {kind: float(number)} if colon else ("auto" if kind == "auto" else float(kind))
        return replace(topic, threshold=threshold(value))
    except ValueError as error:
        raise UsageError(f"--threshold: {topic.id}={written}: {error}") from error


@contextmanager
def _watched(archive: "Archive", since: datetime, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Give what is told of the progress: on a terminal only where it is `shown`, elsewhere always, in plain lines."""
    if sys.stderr.isatty() and not shown:
        yield lambda _: None
        return
    total = archive.store.volume(since)[0]
    if not sys.stderr.isatty():
        from monitor.cli.progress import lines

        tell = lines()
        yield lambda done: tell(f"judging again: {done:,} of {total:,}")
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("judging again", total=total)
        yield lambda done: bars.update(task, completed=done)


def _in_brief(config: Path | None, model: str | None, keywords: "Sequence[str]", thresholds: "Sequence[str]") -> str:
    parts = [f"the topics of {config}"] if config else []
    parts += [f"model {model}"] if model else []
    parts += [f"keyword {one}" for one in keywords]
    parts += [f"threshold {one}" for one in thresholds]
    return ", ".join(parts) or "the settings in force, against what was decided at the time"


def _facts(found: "Replayed") -> dict[str, Any]:
    return {"judged": found.articles, "topics": {topic: one.facts() for topic, one in found.topics.items()}}


def _in_words(found: "Replayed", what: str) -> Iterator[str]:
    from monitor.notify.mrkdwn import clean

    yield f"{found.articles:,} articles judged by {what}"
    for topic, one in found.topics.items():
        days = max(1, len(one.days))
        yield f"{topic}: {len(one.gained)} gained, {len(one.lost)} lost, {one.kept} kept{_rate(one, days)}"
        for mark, changes in (("+", one.gained), ("−", one.lost)):
            for change in changes[:SHOWN]:
                scores = f"{_score(change.before)} → {_score(change.after)}"
                yield f"  {mark} {scores}  {clean(change.outlet)}: {clean(change.title)}"
            if len(changes) > SHOWN:
                yield f"  {mark} … and {len(changes) - SHOWN} more (all of them with --json or --html)"


def _rate(one: "Topicwise", days: int) -> str:
    before, after = ((one.kept + len(changes)) / days for changes in (one.lost, one.gained))
    return f"; {before:.1f} a day → {after:.1f}" if one.days else ""


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _write(path: Path, facts: dict[str, Any]) -> None:
    from monitor.cli.trying.replay_page import page

    try:
        path.write_text(page(facts), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): name a file in a folder that is there") from error
    print(f"written  {path}", file=sys.stderr)
