"""Takes settings and environments that work but surprise, and expects to be told."""

from dataclasses import replace

import pytest

from monitor.config import warnings
from monitor.types import FetchSettings, Route, Settings, SlackSettings, Source, SourceKind, Topic

QUIET = Settings(
    fetch=FetchSettings(user_agent="desk (+https://desk.example)"),
    sources=(Source(id="a", name="A", url="https://a.example", language="en"),),
    topics=(Topic(id="t", name="T", include=("treaty",), routes=(Route(channel="#t"),)),),
)
BOT, APP = {"SLACK_BOT_TOKEN": "xoxb-secret"}, {"SLACK_APP_TOKEN": "xapp-secret"}


def answering(way: str) -> Settings:
    """Give settings in which answers come this way."""
    return replace(QUIET, slack=SlackSettings(answers=way))


@pytest.mark.parametrize("environ", [{}, BOT | APP, {"SLACK_BOT_TOKEN": " "}])
def test_nothing_surprising_is_told_of_nothing(environ: dict[str, str]) -> None:
    """A whole configuration with all tokens, or with none, has no warnings."""
    assert warnings(QUIET, environ) == []


@pytest.mark.parametrize(
    ("settings", "environ", "said"),
    [
        (QUIET, BOT, "SLACK_APP_TOKEN is not set: answers are off"),
        (QUIET, APP, "SLACK_APP_TOKEN set, but SLACK_BOT_TOKEN is not: alerts go to the terminal"),
        (answering("http"), BOT, "SLACK_SIGNING_SECRET is not set: answers are off"),
        (QUIET, APP | {"SLACK_BOT_TOKEN": "xoxp-secret"}, "SLACK_BOT_TOKEN does not start with xoxb-"),
        (QUIET, BOT | {"SLACK_APP_TOKEN": "xoxb-secret"}, "SLACK_APP_TOKEN does not start with xapp-"),
        (replace(QUIET, fetch=FetchSettings()), {}, "fetch.user_agent still names example.org"),
        (replace(QUIET, sources=()), {}, "there are no sources"),
        (replace(QUIET, topics=()), {}, "there are no topics"),
        (
            replace(QUIET, topics=(Topic(id="t", name="T", routes=(Route(channel="#t"),)),)),
            {},
            "topic t has no keywords",
        ),
        (replace(QUIET, topics=(replace(QUIET.topics[0], routes=()),)), BOT | APP, "topic t has no alert.channel"),
        (
            replace(QUIET, sources=(replace(QUIET.sources[0], language="hi"),)),
            {},
            "no word lists for language hi: articles of a are",
        ),
        (
            replace(QUIET, sources=(replace(QUIET.sources[0], kind=SourceKind.PAGE),)),
            {},
            "source a is a page without `selector`",
        ),
    ],
)
def test_each_surprise_is_told_once_and_without_secrets(settings: Settings, environ: dict[str, str], said: str) -> None:
    """One sentence per surprise; a token's letters never stand in it."""
    (warning,) = warnings(settings, environ)

    assert warning.startswith(said)
    assert "secret" not in warning


@pytest.mark.parametrize(("way", "environ"), [("off", BOT), ("http", BOT | {"SLACK_SIGNING_SECRET": "s"})])
def test_answers_that_are_set_up_or_not_wanted_are_fine(way: str, environ: dict[str, str]) -> None:
    """No app token is needed where answers come over HTTP or not at all."""
    assert warnings(answering(way), environ) == []


def test_a_channel_whose_address_is_missing_is_named_with_its_variable() -> None:
    """Set, it is no matter for a warning; and it is never repeated."""
    topic = replace(QUIET.topics[0], routes=(Route(channel="webhook:room-1"), Route(channel="#t")))
    settings = replace(QUIET, topics=(topic,))

    (warning,) = warnings(settings, {})

    assert warning.startswith("MONITOR_CHANNEL_ROOM_1 is not set: messages to webhook:room-1 wait")
    assert warnings(settings, {"MONITOR_CHANNEL_ROOM_1": "https://x.example"}) == []


def test_topics_need_no_channel_in_the_terminal() -> None:
    """Without a token alerts go to the terminal, which has no channels."""
    assert warnings(replace(QUIET, topics=(replace(QUIET.topics[0], routes=()),)), {}) == []
