"""Takes the audit's sample and its answers, gives precision and recall per topic, and what to answer to know them better."""

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.bootstrap import Archive

SHOWN = 10  # misses told per topic


def register(app: typer.Typer) -> None:
    """Add `audit`."""
    app.command(epilog="Examples: monitor audit · monitor audit --since 2026-W40 --json")(audit)


def audit(
    ctx: typer.Context,
    since: Annotated[
        str, typer.Option(metavar="2026-W40", help="Count only what was drawn in and after this week (default: all).")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Facts as one JSON object.")] = False,
) -> None:
    """Estimate how much of what is on topic was flagged (recall), and how much of what was flagged is on topic (precision).

    From random samples of each week's articles, flagged or not, that people answered about in `monitor label`; last week's
    sample is drawn where that was not done yet.
    """
    from monitor import bootstrap

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        facts = examine(archive, since)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        print("\n".join(in_words(facts)))


def examine(archive: "Archive", since: str = "") -> dict[str, Any]:
    """Give what the audit says, as plain data."""
    from monitor import bootstrap
    from monitor.jobs.people import labelling

    topics, store = archive.settings.topics, archive.store
    labelling.draw_week(store, topics, archive.settings.learning.audit, bootstrap.now())
    answered = {(label.entry_id, label.topic) for label in store.labels()}
    drawn = store.draws(since)
    estimates = labelling.estimates(store, topics, since)
    misses = labelling.misses(store, topics, since)
    return {
        "topics": {
            topic.id: {
                "drawn": sum(one.topic == topic.id for one in drawn),
                "open": sum(one.topic == topic.id and (one.entry_id, topic.id) not in answered for one in drawn),
                "weeks": len({one.week for one in drawn if one.topic == topic.id}),
                "estimate": asdict(estimates[topic.id]) if topic.id in estimates else None,
                "misses": [
                    {
                        "title": one.article.entry.title,
                        "link": one.article.entry.link,
                        "outlet": one.article.entry.outlet,
                    }
                    for one in misses[topic.id]
                ],
            }
            for topic in topics
        }
    }


def in_words(facts: dict[str, Any]) -> list[str]:
    """Give the facts as lines for people."""
    from monitor.notify.mrkdwn import clean

    lines = []
    for topic, one in facts["topics"].items():
        estimate = one["estimate"]
        if not estimate:
            lines.append(
                f"{topic}: nothing drawn yet: a sample needs a whole week, Monday to Sunday, of judged articles"
            )
            continue
        lines.append(
            f"{topic}: {estimate['answered']} of {one['drawn']} answered, drawn from {estimate['articles']:,} articles in"
            f" {one['weeks']} {'week' if one['weeks'] == 1 else 'weeks'}"
        )
        if not estimate["answered"]:
            lines.append(f"  no estimate before the first answers: {one['open']} wait in `monitor label`")
            continue
        for name in ("recall", "precision"):
            middle, low, high = estimate[name]
            lines.append(f"  {name:<10} {middle:.2f}, between {low:.2f} and {high:.2f} (95 %)")
        middle, low, high = estimate["missed"]
        lines.append(f"  missed     about {middle:.0f} articles, between {low:.0f} and {high:.0f}")
        if estimate["wanted"]:
            more = f"  about {estimate['wanted']:,} more answers would narrow recall to ± 5 points"
            lines.append(f"{more}; {one['open']} wait in `monitor label`")
        lines += [f"  missed: {clean(miss['outlet'])}: {clean(miss['title'])}" for miss in one["misses"][:SHOWN]]
    return lines
