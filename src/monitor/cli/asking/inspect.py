"""Takes a URL or nothing, gives what is known: `why` one article was sent or not, and `health` of the whole."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.bootstrap import Archive
    from monitor.types import Ledger


def register(app: typer.Typer) -> None:
    """Add `why` and `health`."""
    app.command(epilog="Example: monitor why https://example.org/news/42")(why)
    app.command(epilog="Examples: monitor health · monitor health --json · monitor health --alive")(health)


def why(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="Address of an article, as published or as shown in a message.")],
    as_json: Annotated[bool, typer.Option("--json", help="Facts as one JSON line per entry.")] = False,
) -> None:
    """Tell for any article what was seen, read, decided and sent, and what stopped it."""
    from monitor import bootstrap

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        ledgers = _ledgers(archive, url)
        if not ledgers:
            print(f"{url}: never seen. Is its source in sources.yaml, and has it been polled since?", file=sys.stderr)
            raise typer.Exit(1)
        for ledger in ledgers:
            facts = _explain(archive, ledger)
            print(json.dumps(facts, ensure_ascii=False) if as_json else _in_words(facts))


def _explain(archive: "Archive", ledger: "Ledger") -> dict[str, Any]:
    from monitor.cli.asking.reasons import alike, judge_of
    from monitor.jobs.asking.why import explain

    judge = judge_of(archive, ledger)
    return {**explain(archive.store, ledger, judge), "alike": alike(archive, ledger, judge)}


def _ledgers(archive: "Archive", url: str) -> "list[Ledger]":
    from monitor.parse import canonical_url

    return archive.store.ledgers(url) or archive.store.ledgers(canonical_url(url) or url)


def _in_words(facts: dict[str, Any]) -> str:
    lines = [
        facts["title"] or "(no title)",
        f"  {facts['outcome']}",
        "",
        f"  link       {facts['link'] or '(none)'}",
        f"  seen       {facts['seen']} from {facts['outlet']} ({facts['source']}); published {facts['published'] or 'undated'}",
        f"  text       {facts['text']['origin']}, {facts['text']['characters']} characters"
        + (f" ({facts['text']['note']})" if facts["text"]["note"] else ""),
        f"  language   {facts['language'] or 'not determined'}",
    ]
    for topic, verdict in facts["topics"].items():
        mark = "ON TOPIC" if verdict["flagged"] else "no"
        lines.append(
            f"  {topic}: {mark} (probability {verdict['probability']:.3f}, threshold {verdict['threshold']:.3f},"
            f" {verdict['reason']}{': ' + verdict['keyword'] if verdict['keyword'] else ''}, model {verdict['model']})"
        )
        if verdict["groups"]:
            lines.append("      " + ", ".join(f"{name} {total:+.2f}" for name, total in verdict["groups"].items()))
        lines += [f"      {c['contribution']:+.2f}  {c['feature']}" for c in verdict["why"][:8]]
        if verdict["passage"]:
            lines.append(f"      passage: {verdict['passage']}")
    if facts["alike"]:
        lines.append("  most like   (invented items with their labels)")
        lines += [f"      {one['similarity']:.2f}  {one['title']}: {_labels(one['labels'])}" for one in facts["alike"]]
    words = {True: "yes", False: "no", None: "unsure"}
    lines += [
        f"  label      {one['who']}: {words[one['value']]} to {one['topic']} ({one['via']}, {one['when'][:16]})"
        for one in facts["labels"]
    ]
    if facts["story"]:
        lines.append(f"  story      {facts['story']['id']}, {len(facts['story']['articles'])} articles")
        lines += [f"      {a['outlet']}: {a['title']}" for a in facts["story"]["articles"]]
    lines += [
        f"  message    {m['kind']} to {m['channel']}: {m['state']}" + (f" ({m['error']})" if m["error"] else "")
        for m in facts["messages"]
    ]
    return "\n".join(lines)


def _labels(labels: dict[str, bool]) -> str:
    return ", ".join(topic for topic, label in labels.items() if label) or "neither"


def health(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Facts as one JSON object.")] = False,
    alive: Annotated[
        bool, typer.Option("--alive", help="Tell only whether the service runs: what a container's health check asks.")
    ] = False,
) -> None:
    """Tell what is sick: failing and silent sources, deliveries that are refused or unknown, work that waits.

    Exit codes: 0 nothing needs a person (with --alive: the service runs), 1 something does (it does not).
    """
    from monitor import bootstrap
    from monitor.jobs.watch.health import examine
    from monitor.jobs.watch.presence import running

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        if alive:
            workers = running(archive.store, bootstrap.now())
            print(f"{len(workers)} running: {', '.join(workers)}" if workers else "The service does not run.")
            raise typer.Exit(0 if workers else 1)
        facts = examine(archive.store, archive.settings.sources, bootstrap.now()).facts()
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        for word, value in facts["counts"].items():
            print(f"{word:24} {value}")
        for problem in facts["problems"]:
            print(f"! {problem}")
    raise typer.Exit(1 if facts["problems"] else 0)
