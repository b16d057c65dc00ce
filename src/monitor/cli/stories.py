"""Takes a person's word on stories, gives the list of them, one in full, two made one, one made two."""

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.types import Story

Who = Annotated[
    str | None, typer.Option(envvar="MONITOR_WHO", metavar="NAME", help="Who says so (default: your login).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Facts as JSON lines, one per story.")]


def register(app: typer.Typer) -> None:
    """Add the group `stories`."""
    group = typer.Typer(
        no_args_is_help=True, help="Look at stories, merge and split them by hand; later articles obey."
    )
    group.command("list", epilog="Examples: monitor stories list · monitor stories list --days 7 --json")(list_)
    group.command(epilog="Example: monitor stories show 1204")(show)
    group.command(epilog="Example: monitor stories merge 1204 1219")(merge)
    group.command(epilog="Example: monitor stories split 1204 1210 1211")(split)
    app.add_typer(group, name="stories")


def list_(
    ctx: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3650, help="With an article of the last so many days.")] = 3,
    as_json: AsJson = False,
) -> None:
    """List stories, those with the most outlets first."""
    from monitor import bootstrap

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        found = archive.store.open_stories(bootstrap.now() - timedelta(days=days))
    if not found and not as_json:
        print(f"No story has an article of the last {days} days.")
    for facts in sorted(map(facts_of, found), key=lambda facts: (-facts["voices"], -facts["story"])):
        if as_json:
            print(json.dumps(facts, ensure_ascii=False))
        else:
            outlets = f"{len(facts['outlets'])} outlet{'s' if len(facts['outlets']) > 1 else ''}"
            print(f"{facts['story']:>8}  {outlets:>11}  {facts['last'][:16]}  {facts['headline']}")


def show(
    ctx: typer.Context,
    story: Annotated[int, typer.Argument(help="Its number, as `list` and `why` give it.")],
    as_json: AsJson = False,
) -> None:
    """Show a story's articles with their numbers, and which are the same text in several papers."""
    from monitor import bootstrap
    from monitor.errors import UsageError

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        found = archive.store.stories([story])
    if not found:
        raise UsageError(f"there is no story {story}: `monitor stories list` names them")
    facts = facts_of(found[0])
    print(json.dumps(facts, ensure_ascii=False) if as_json else in_words(facts))


def merge(
    ctx: typer.Context,
    stories: Annotated[list[int], typer.Argument(metavar="STORY…", help="Two or more.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Make one story of several. The message of one is edited to tell all, the others say where they went."""
    from monitor import bootstrap
    from monitor.jobs import regroup

    with bootstrap.open_editor(ctx.obj.config_dir, os.environ) as editor:
        facts = facts_of(regroup.merge(editor, stories, who or bootstrap.login()))
    print(json.dumps(facts, ensure_ascii=False) if as_json else in_words(facts))


def split(
    ctx: typer.Context,
    story: Annotated[int, typer.Argument()],
    articles: Annotated[list[int], typer.Argument(metavar="ARTICLE…", help="Their numbers, as `show` gives them.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Take articles out of a story into one of their own. Nobody is told again; the message drops them."""
    from monitor import bootstrap
    from monitor.jobs import regroup

    with bootstrap.open_editor(ctx.obj.config_dir, os.environ) as editor:
        parts = regroup.split(editor, story, articles, who or bootstrap.login())
    for part in map(facts_of, parts):
        print(json.dumps(part, ensure_ascii=False) if as_json else in_words(part))


def facts_of(story: "Story") -> dict[str, Any]:
    """Give a story as facts; `voices` counts outlets that have a text of their own."""
    from monitor.stories import copies
    from monitor.summarise import headline

    copy_of = copies(story.articles)
    own = [article for article in story.articles if article.entry_id not in copy_of]
    return {
        "story": story.id,
        "headline": headline(story).title,
        "topics": list(story.topics),
        "outlets": sorted({article.outlet for article in story.articles}),
        "voices": len({article.outlet for article in own}),
        "first": story.articles[0].at.isoformat(),
        "last": story.updated_at.isoformat(),
        "articles": [
            {
                "article": article.entry_id,
                "outlet": article.outlet,
                "title": article.title,
                "url": article.link,
                "at": article.at.isoformat(),
                "copy_of": copy_of.get(article.entry_id),
            }
            for article in story.articles
        ],
    }


def in_words(facts: Mapping[str, Any]) -> str:
    """Give a story as lines for a person."""
    lines = [f"Story {facts['story']}: {facts['headline']}", f"  {', '.join(facts['topics'])}"]
    for one in facts["articles"]:
        copy = f"  (wire copy of {one['copy_of']})" if one["copy_of"] else ""
        lines.append(f"  {one['article']:>8}  {one['at'][:16]}  {one['outlet']}: {one['title']}{copy}")
    return "\n".join(lines)
