"""One run of the whole command on the invented newsroom, over HTTP, into a strict Slack."""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from monitor.cli.demo.newsroom import Newsroom
from monitor.cli.demo.outlets import articles

TOKEN = "xoxb-fake-bot"


def test_on_topic_stories_reach_slack_once_each_and_a_second_run_adds_nothing(
    newsroom: Newsroom, fake_slack: Any, desk: Callable[..., Any]
) -> None:
    """Outlets on one event are one message; polling again posts nothing again."""
    place = desk([(s.id, s.url) for s in newsroom.sources()], slack={"base_url": fake_slack.base_url})

    first = place.once(SLACK_BOT_TOKEN=TOKEN)
    second = place.once(SLACK_BOT_TOKEN=TOKEN)

    posted = fake_slack.posted()
    assert first["alerts"] == first["delivered"] == len(posted) > 0
    assert (second["alerts"], second["delivered"], second["articles"]) == (0, 0, 0)
    assert first["sources"]["gazette"]["result"] == "not-a-feed"
    assert fake_slack.bad_calls() == []
    keys = [message["metadata"]["event_payload"]["delivery"] for message in posted]
    assert len(set(keys)) == len(keys)


def test_a_later_outlet_grows_the_message_instead_of_posting_another(
    newsroom: Newsroom, fake_slack: Any, desk: Callable[..., Any]
) -> None:
    """The sixth outlet on the main event is edited into its message."""
    place = desk([(s.id, s.url) for s in newsroom.sources()], slack={"base_url": fake_slack.base_url})
    place.once(SLACK_BOT_TOKEN=TOKEN)
    before = fake_slack.posted()
    late = next(a for a in articles() if a.edition == 2 and a.event == "working-group")

    newsroom.publish_update()
    place.once(SLACK_BOT_TOKEN=TOKEN)

    after = fake_slack.posted()
    assert not any(late.title in json.dumps(message, ensure_ascii=False) for message in before)
    grown = [message for message in after if late.title in json.dumps(message, ensure_ascii=False)]
    assert {message["ts"] for message in grown} <= {message["ts"] for message in before}
    assert grown


def test_a_dry_run_is_never_sent_later(newsroom: Newsroom, fake_slack: Any, desk: Callable[..., Any]) -> None:
    """What a dry run decided is recorded as held, and the next real run leaves it so."""
    place = desk([(s.id, s.url) for s in newsroom.sources()], slack={"base_url": fake_slack.base_url})

    dry = place.once("--dry-run", SLACK_BOT_TOKEN=TOKEN)
    wet = place.once(SLACK_BOT_TOKEN=TOKEN)

    assert dry["held"] == dry["alerts"] > 0
    assert wet["delivered"] == 0
    assert fake_slack.posted() == []


def test_why_explains_a_sent_and_an_unsent_article(newsroom: Newsroom, desk: Callable[..., Any]) -> None:
    """Any article's whole ledger is at hand: score, words, story, message, or what stopped it."""
    place = desk([(s.id, s.url) for s in newsroom.sources()])
    place.once()
    sent = next(a for a in articles() if a.event == "working-group" and a.edition == 1)
    unsent = next(a for a in articles() if not a.topics and a.edition == 1)

    told = json.loads(place.run("why", newsroom.base_url + sent.path, "--json").stdout)
    quiet = json.loads(place.run("why", newsroom.base_url + unsent.path, "--json").stdout)

    assert all(verdict["flagged"] and verdict["why"] for verdict in told["topics"].values())
    assert [message["state"] for message in told["messages"] if message["kind"] == "post"] == ["sent"] * 2
    assert len(told["story"]["articles"]) > 1
    assert not any(verdict["flagged"] for verdict in quiet["topics"].values())
    assert all(verdict["why"] for verdict in quiet["topics"].values())
    assert quiet["outcome"].startswith("not sent: ")


def test_a_wrong_token_loses_nothing_and_the_next_run_delivers(
    newsroom: Newsroom, fake_slack: Any, desk: Callable[..., Any]
) -> None:
    """A refusal is one line and exit code 1; with the right token everything is delivered."""
    place = desk([(s.id, s.url) for s in newsroom.sources()], slack={"base_url": fake_slack.base_url})

    wrong = place.run("run", "--once", "--all", "--json", SLACK_BOT_TOKEN="xoxb-wrong")
    right = place.once(SLACK_BOT_TOKEN=TOKEN)

    facts = json.loads(wrong.stdout.splitlines()[-1])
    assert wrong.returncode == 1
    assert facts["failed"] > 0
    assert facts["delivered"] == 0
    assert "xoxb-wrong" not in wrong.stderr + wrong.stdout
    assert right["delivered"] == facts["alerts"]
    assert len(fake_slack.posted()) == facts["alerts"]


@pytest.mark.parametrize("flags", [(), ("--json",)])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_ends_the_run_and_the_next_run_tells(
    flags: tuple[str, ...], unbuffered: str, newsroom: Newsroom, desk: Callable[..., Any]
) -> None:
    """`monitor run --once | head` waits for nobody, says that it has not told, and loses nothing."""
    place = desk([(s.id, s.url) for s in newsroom.sources()])
    reading, writing = os.pipe()
    os.close(reading)

    unread = subprocess.run(
        place.command("run", "--once", "--all", *flags),
        cwd=place.folder,
        env=place.environ(PYTHONUNBUFFERED=unbuffered),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=100,
        check=False,
    )
    os.close(writing)
    waits = json.loads(place.run("health", "--json").stdout)["counts"]
    told = place.once()

    assert unread.returncode == 1
    assert "nobody reads here any more" in unread.stderr
    assert "Traceback" not in unread.stderr
    assert "Exception ignored" not in unread.stderr
    assert told["delivered"] == waits["deliveries_refused"] + waits["deliveries_pending"] > 0
