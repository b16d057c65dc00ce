"""Takes a person's word on stories, gives the list of them, one in full, two made one, one made two."""

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.types import Settings, Story

Who = Annotated[
    str | None, typer.Option(envvar="MONITOR_WHO", metavar="NAME", help="Who says so (default: your login).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Facts as JSON lines, one per story.")]


TAGS = ("countries", "agencies", "substances", "dates")


def register(app: typer.Typer) -> None:
    """Add the group `stories`."""
    group = typer.Typer(
        no_args_is_help=True, help="Look at stories, merge and split them by hand; later articles obey."
    )
    group.command(
        "list", epilog="Examples: monitor stories list · monitor stories list --days 30 --tag Peru --tag cocaine"
    )(list_)
    group.command(epilog="Example: monitor stories show 1204")(show)
    group.command(epilog="Example: monitor stories merge 1204 1219")(merge)
    group.command(epilog="Example: monitor stories split 1204 1210 1211")(split)
    app.add_typer(group, name="stories")


def list_(
    ctx: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3650, help="With an article of the last so many days.")] = 3,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD", help="That name this country, agency or substance; all of them, if repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List stories, those with the most voices first: outlets that have a text of their own."""
    from monitor import bootstrap

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        found = archive.store.open_stories(bootstrap.now() - timedelta(days=days))
        every = [as_facts(story, archive.settings) for story in found]
    chosen = [facts for facts in every if all(_named(word, facts) for word in tag or ())]
    if not chosen and not as_json:
        named = f" that names {' and '.join(tag)}" if tag else ""
        print(f"No story{named} has an article of the last {days} days.")
    for facts in sorted(chosen, key=lambda facts: (-facts["voices"], -facts["story"])):
        if as_json:
            print(json.dumps(facts, ensure_ascii=False))
        else:
            outlets = f"{len(facts['outlets'])} outlet{'s' if len(facts['outlets']) > 1 else ''}"
            print(f"{facts['story']:>8}  {facts['state']:6}  {outlets:>11}  {facts['last'][:16]}  {facts['headline']}")


def show(
    ctx: typer.Context,
    story: Annotated[int, typer.Argument(help="Its number, as `list` and `why` give it.")],
    as_json: AsJson = False,
) -> None:
    """Show a story: what it is about, its articles with their numbers, which are copies of a text, what each added."""
    from monitor import bootstrap
    from monitor.errors import UsageError

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        found = archive.store.stories([story])
        if not found:
            raise UsageError(f"there is no story {story}: `monitor stories list` names them")
        _print(as_facts(found[0], archive.settings), as_json)


def merge(
    ctx: typer.Context,
    stories: Annotated[list[int], typer.Argument(metavar="STORY…", help="Two or more.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Make one story of several. The message of one is edited to tell all, the others say where they went."""
    from monitor import bootstrap
    from monitor.jobs.people import regroup

    with bootstrap.open_editor(ctx.obj.config_dir, os.environ) as editor:
        whole = regroup.merge(editor, stories, who or bootstrap.login())
        _print(as_facts(whole, editor.settings), as_json)


def split(
    ctx: typer.Context,
    story: Annotated[int, typer.Argument(help="Its number.")],
    articles: Annotated[list[int], typer.Argument(metavar="ARTICLE…", help="Their numbers, as `show` gives them.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Take articles out of a story into one of their own. Nobody is told again; the message drops them."""
    from monitor import bootstrap
    from monitor.jobs.people import regroup

    with bootstrap.open_editor(ctx.obj.config_dir, os.environ) as editor:
        for part in regroup.split(editor, story, articles, who or bootstrap.login()):
            _print(as_facts(part, editor.settings), as_json)


def as_facts(story: "Story", settings: "Settings") -> dict[str, Any]:
    """Give a story as facts; `voices` counts outlets that have a text of their own, `adds` is what an article told anew."""
    from monitor import bootstrap
    from monitor.stories import copies, facts_of, news, state
    from monitor.summarise import headline

    copy_of = copies(story.articles)
    tags = facts_of((article.title, article.text, article.language) for article in story.articles)
    return {
        "story": story.id,
        "headline": headline(story).title,
        "state": state(story, bootstrap.now(), settings.alerts.story_window).value,
        "topics": list(story.topics),
        "outlets": sorted({article.outlet for article in story.articles}),
        "voices": len({article.outlet for article in story.articles if article.entry_id not in copy_of}),
        "first": story.articles[0].at.isoformat(),
        "last": story.updated_at.isoformat(),
        **{kind: list(getattr(tags, kind)) for kind in TAGS},
        "articles": [
            {
                "article": article.entry_id,
                "outlet": article.outlet,
                "title": article.title,
                "url": article.link,
                "at": article.at.isoformat(),
                "copy_of": copy_of.get(article.entry_id),
                "adds": list(news(story.articles[:number], article)),
            }
            for number, article in enumerate(story.articles)
        ],
    }


def _named(word: str, facts: Mapping[str, Any]) -> bool:
    return any(word.casefold() == tag.casefold() for kind in TAGS for tag in facts[kind])


def _print(facts: Mapping[str, Any], as_json: bool) -> None:
    print(json.dumps(facts, ensure_ascii=False) if as_json else _in_words(facts))


def _in_words(facts: Mapping[str, Any]) -> str:
    lines = [f"Story {facts['story']} ({facts['state']}): {facts['headline']}", f"  {', '.join(facts['topics'])}"]
    lines += [f"  {kind}: {', '.join(facts[kind])}" for kind in TAGS if facts[kind]]
    for one in facts["articles"]:
        note = f"wire copy of {one['copy_of']}" if one["copy_of"] else ", ".join(one["adds"])
        lines.append(
            f"  {one['article']:>8}  {one['at'][:16]}  {one['outlet']}: {one['title']}{f'  ({note})' if note else ''}"
        )
    return "\n".join(lines)
