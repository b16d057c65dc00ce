"""Takes the notifiers, checks their contract on both and Slack's part of it against a strict fake, with the real slack_sdk."""

import json
import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.adapters.notifier.console import ConsoleNotifier
from monitor.adapters.notifier.slack import SlackNotifier, client
from monitor.adapters.notifier.slack_calls import trouble
from monitor.adapters.notifier.slack_check import inspect, post_test
from monitor.cli import app
from monitor.errors import ConfigError
from monitor.notify import Alert, render
from monitor.ports import Notifier
from monitor.stories import Facts
from monitor.types import (
    Absent,
    DeliveryKind,
    Message,
    MessageRef,
    Picture,
    Refused,
    Sent,
    Story,
    StoryArticle,
    Summary,
    Throttled,
    Topic,
    Uncertain,
    Unreachable,
)

TOKEN = "xoxb-fake-bot"
POST, EDIT, REPLY = DeliveryKind.POST, DeliveryKind.EDIT, DeliveryKind.REPLY
NOWHERE = MessageRef(channel="C0ALERTS", ts="1234567890.000001")


class Fake:
    """A fake Slack in a process of its own, without rate limits."""

    def __init__(self, tool: Any) -> None:
        self.base_url = f"http://127.0.0.1:{tool.port}/api/"
        self.get = tool.control  #: asks the control port

    def post(self, path: str, **data: Any) -> None:
        """Tell the control port."""
        self.get(path, data)

    def fault(self, kind: str, method: str = "chat.postMessage", **rule: Any) -> None:
        """Let the next call of a method fail in this way."""
        self.post("faults", rules=[{"method": method, "kind": kind, **rule}])

    def messages(self) -> list[dict[str, Any]]:
        """Give what stands in all channels."""
        return list(self.get("messages")["messages"])


@pytest.fixture(scope="module")
def running_fake(start_shared_tool: Callable[..., Any]) -> Fake:
    """Give a fake Slack that runs for all tests of this file."""
    return Fake(start_shared_tool("fakeslack.py", "--rate", "0", "--no-tiers", control_offset=1))


@pytest.fixture
def fake(running_fake: Fake) -> Fake:
    """Give a fake Slack without messages and faults."""
    running_fake.post("reset")
    return running_fake


@pytest.fixture
def slack(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> SlackNotifier:
    """Give the notifier, less patient than in earnest."""
    monkeypatch.setattr("monitor.adapters.notifier.slack.TIMEOUT", 1)
    return SlackNotifier(TOKEN, fake.base_url)


@pytest.fixture(params=["slack", "console"])
def notifier(request: pytest.FixtureRequest) -> Notifier:
    """Give each notifier in turn."""
    if request.param == "console":
        return ConsoleNotifier(StringIO())
    return request.getfixturevalue("slack")  # type: ignore[no-any-return]


def message(text: str = "Headline", key: str = "k1") -> Message:
    """Give a small message."""
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return Message(
        text=text, blocks=(block,), metadata={"event_type": "monitor_alert", "event_payload": {"delivery": key}}
    )


def soon() -> datetime:
    """Give the present, by which the fake stamps its messages."""
    return datetime.now(UTC)


# ── the contract, on every notifier ──────────────────────────────────────────────────────────────────────────────────
def test_a_post_an_edit_and_a_reply_arrive(notifier: Notifier) -> None:
    """Each says where the message stands; an edit leaves it there."""
    posted = notifier.send("#alerts", POST, message(), None)
    assert isinstance(posted, Sent)

    edited = notifier.send("#alerts", EDIT, message("Headline, edited"), posted.ref)
    replied = notifier.send("#alerts", REPLY, message("More"), posted.ref)

    assert edited == posted
    assert isinstance(replied, Sent)


def test_no_notifier_raises_where_its_channel_is_closed(notifier: Notifier, fake: Fake) -> None:
    """Trouble is a value."""
    fake.post("channel", id="C0ALERTS", archived=True)
    if isinstance(notifier, ConsoleNotifier):
        notifier._stream.close()

    outcome = notifier.send("#alerts", POST, message(), None)

    assert isinstance(outcome, Refused | Unreachable)


# ── Slack ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_was_posted_edited_and_replied_stands_in_slack(slack: SlackNotifier, fake: Fake) -> None:
    """The edit changes the message, the reply hangs on it, both keep text and blocks together."""
    posted = slack.send("#alerts", POST, message(), None)
    assert isinstance(posted, Sent)
    slack.send("#alerts", EDIT, message("Headline, edited"), posted.ref)
    slack.send("#alerts", REPLY, message("More", key="k2"), posted.ref)

    head, reply = fake.messages()

    assert (head["ts"], head["channel"], head["text"]) == (posted.ref.ts, "C0ALERTS", "Headline, edited")
    assert (reply["text"], reply["thread_ts"]) == ("More", posted.ref.ts)


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [
        ("http", 0),
        ("html", 0),
        ("timeout", 0),
        ("drop_before", 0),
        ("drop_after", 1),
        ("http_after", 1),
        ("truncated_json", 1),
        ("not_json", 1),
        ("empty", 1),
    ],
)
def test_a_lost_answer_is_uncertain_and_never_sent_twice(
    slack: SlackNotifier, fake: Fake, kind: str, arrived: int
) -> None:
    """Whether it arrived or not, one call was made, and the lookup tells which it was."""
    since = soon()
    fake.fault(kind)

    outcome = slack.send("#alerts", POST, message(), None)

    assert isinstance(outcome, Uncertain)
    assert fake.get("calls?name=chat.postMessage")["count"] == 1
    assert len(fake.messages()) == arrived
    assert isinstance(slack.find("#alerts", "k1", since, None), Sent if arrived else Absent)


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable"])
def test_an_error_after_which_part_may_be_done_is_uncertain(slack: SlackNotifier, fake: Fake, error: str) -> None:
    """Slack says of these that the call may have succeeded."""
    fake.fault("error", error=error)

    assert isinstance(slack.send("#alerts", POST, message(), None), Uncertain)


def test_a_rate_limit_gives_slacks_own_waiting_time(slack: SlackNotifier, fake: Fake) -> None:
    """Retry-After is passed on."""
    fake.fault("ratelimited", retry_after=7)

    assert slack.send("#alerts", POST, message(), None) == Throttled(retry_after=timedelta(seconds=7))


def test_during_an_outage_a_message_has_certainly_not_arrived(slack: SlackNotifier, fake: Fake) -> None:
    """A refused connection and an unknown name come before anything is sent."""
    fake.post("outage", seconds=0.5)

    refused = slack.send("#alerts", POST, message(), None)
    unknown = SlackNotifier(TOKEN, "http://slack.invalid/api/").send("#alerts", POST, message(), None)

    assert (type(refused), type(unknown)) == (Unreachable, Unreachable)
    time.sleep(0.7)  # until the fake listens again, for the tests that follow


@pytest.mark.parametrize(
    ("status", "data", "kind"),
    [
        (404, "<html>", Refused),
        (302, None, Refused),
        (407, {"ok": False}, Refused),
        (200, {"ok": False, "error": "some_error_of_tomorrow"}, Refused),
        (200, {"ok": False, "error": "rate_limited"}, Throttled),
        (200, {"ok": False, "error": "Received a response in a non-JSON format"}, Uncertain),
        (200, None, Uncertain),
        (503, {"ok": False, "error": "not_in_channel"}, Uncertain),
        (429, "", Throttled),
    ],
)
def test_every_answer_is_some_kind_of_trouble(status: int, data: object, kind: type) -> None:
    """A page of another server is refused with a hint; what cannot be read after a success is uncertain."""
    assert isinstance(trouble(status, {"Retry-After": "soon"}, data), kind)


def test_slack_is_told_to_draw_no_previews() -> None:
    """Previews are decided at the first post only, and would double the length of each alert."""
    asked: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = b'{"ok": true, "channel": "C0ALERTS", "ts": "1.000001"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.handle_request, daemon=True).start()
        SlackNotifier(TOKEN, f"http://127.0.0.1:{server.server_port}/api/").send("#alerts", POST, message(), None)

    assert [(each["unfurl_links"], each["unfurl_media"]) for each in asked] == [(False, False)]


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("#nowhere", "channel_not_found"),
        ("#outside", "/invite"),
        ("#old-news", "archived"),
        ("#secret", "channel_not_found"),
    ],
)
def test_a_closed_channel_is_refused_with_what_to_do(slack: SlackNotifier, channel: str, words: str) -> None:
    """A person can mend it, so it is not the message's fault."""
    outcome = slack.send(channel, POST, message(), None)

    assert isinstance(outcome, Refused)
    assert words in outcome.detail
    assert not outcome.message_fault


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (
            Message(text="x", blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}},)),
            "invalid_blocks",
        ),
        (
            Message(text="x", blocks=tuple({"type": "markdown", "text": "x" * 11_999} for _ in "ab")),
            "msg_blocks_too_long",
        ),
        (Message(text=""), "no_text"),
        (Message(text="x", metadata={"event_type": "", "event_payload": {}}), "invalid_metadata_schema"),
    ],
)
def test_a_broken_message_is_its_own_fault(slack: SlackNotifier, broken: Message, code: str) -> None:
    """It would block its channel for ever, so the outbox gives it up."""
    outcome = slack.send("#alerts", POST, broken, None)

    assert isinstance(outcome, Refused)
    assert outcome.detail.startswith(code)
    assert outcome.message_fault


def test_an_edit_or_reply_without_its_message_is_its_own_fault(slack: SlackNotifier) -> None:
    """Deleted by somebody, or never known."""
    outcomes = [slack.send("#alerts", kind, message(), ref) for kind in (EDIT, REPLY) for ref in (NOWHERE, None)]

    assert all(isinstance(outcome, Refused) and outcome.message_fault for outcome in outcomes)


def test_a_reply_is_found_in_its_thread_and_not_in_the_channel(slack: SlackNotifier) -> None:
    """Replies do not stand in the channel's history."""
    since = soon()
    posted = slack.send("#alerts", POST, message(), None)
    assert isinstance(posted, Sent)
    replied = slack.send("#alerts", REPLY, message("More", key="k2"), posted.ref)

    assert slack.find("#alerts", "k2", since, posted.ref) == replied
    assert slack.find("#alerts", "k2", since, None) == Absent()


def test_a_message_is_found_among_hundreds_by_its_key_alone(slack: SlackNotifier, fake: Fake) -> None:
    """Same words, other keys; over two pages of history; by the channel's name or id."""
    since = soon()
    sent = [slack.send("#alerts", POST, message(key=f"k{number}"), None) for number in range(205)]

    assert slack.find("#alerts", "k0", since, None) == sent[0]
    assert slack.find("C0ALERTS", "k204", since, None) == sent[204]
    assert fake.get("calls?name=conversations.history")["count"] == 3


def test_more_history_than_is_looked_through_is_not_called_absence(
    slack: SlackNotifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the last page nothing is certain, so nothing may be posted again."""
    monkeypatch.setattr("monitor.adapters.notifier.slack.PAGE", 2)
    monkeypatch.setattr("monitor.adapters.notifier.slack.MOST_PAGES", 2)
    for number in range(5):
        slack.send("#alerts", POST, message(key=f"k{number}"), None)

    assert isinstance(slack.find("#alerts", "k0", soon(), None), Refused)


def test_a_private_channel_is_found_by_its_name(slack: SlackNotifier) -> None:
    """Where the token may list private channels."""
    sent = slack.send("#desk", POST, message(), None)

    assert slack.find("#desk", "k1", soon(), None) == sent


def test_a_token_that_may_not_read_history_says_so(slack: SlackNotifier, fake: Fake) -> None:
    """The outbox then prefers silence over a second message."""
    found = SlackNotifier("xoxb-fake-readonly", fake.base_url).find("C0ALERTS", "k1", soon(), None)

    assert isinstance(found, Refused)
    assert found.detail.startswith("missing_scope")
    assert "channels:history" in found.detail


def test_a_lookup_whose_answer_is_lost_is_only_to_be_asked_again(slack: SlackNotifier, fake: Fake) -> None:
    """Reading changes nothing; a limit passes its waiting time on."""
    fake.fault("truncated_json", "conversations.history")
    fake.fault("ratelimited", "conversations.history", retry_after=9)

    assert isinstance(slack.find("C0ALERTS", "k1", soon(), None), Unreachable)
    assert slack.find("C0ALERTS", "k1", soon(), None) == Throttled(retry_after=timedelta(seconds=9))


@pytest.mark.parametrize("token", ["xoxb-never-heard-of", "xoxb-fake-bot"])
def test_the_token_stands_in_no_outcome_no_log_and_no_representation(
    fake: Fake, token: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even at debug level."""
    caplog.set_level(logging.DEBUG)
    notifier = SlackNotifier(token, fake.base_url)
    fake.fault("not_json", times=2)

    said = [repr(notifier), repr(notifier.send("#alerts", POST, message(), None))]
    said += [repr(SlackNotifier(token, "http://slack.invalid/api/").find("#alerts", "k", soon(), None))]

    assert token not in "".join([*said, caplog.text, *capfd.readouterr()])


@pytest.mark.parametrize("token", ["", "xoxb-with a blank", "xoxb-with\nbreak", "xoxb-naïve"])
def test_a_token_that_cannot_be_sent_is_a_mistake_in_the_configuration(token: str) -> None:
    """Refused before http.client would quote it."""
    with pytest.raises(ConfigError) as caught:
        SlackNotifier(token)

    assert not token or token not in str(caught.value)


# ── hostile words ────────────────────────────────────────────────────────────────────────────────────────────────────
PIECES = [
    *("<!channel>", "<!subteam^S1|x>", "<@U0ANNA>", "<#C0ALERTS|a>", "<http://evil.example|click>", "&lt;!here&gt;"),
    *(">", "<", "&", "|", "*", "`", "\n", "\x00", "\x1b]8;;http://evil.example\x07", "\u202e", "\u200b", "\ud800"),
    *("שלום", "مرحبا", "\U0001f6a8", "naloxone ", "court ", "x" * 400, "&" * 700, "<" * 800),
]


def hostile_alert(seed: int) -> Alert:
    """Give an alert made of what feeds should not send."""
    chance = random.Random(seed)

    def words(most: int = 9) -> str:
        return "".join(chance.choices(PIECES, k=chance.randint(0, most)))

    articles = tuple(
        StoryArticle(
            entry_id=number,
            outlet=words(3),
            title=words(),
            text="",
            link=chance.choice(["https://outlet.example/", "javascript:", "https://outlet.example/?q="]) + words(4),
            published=None,
            seen_at=soon(),
            topics=("t",),
        )
        for number in range(chance.choice([1, 3, 90]))
    )
    return Alert(
        story=Story(id=seed, articles=articles),
        topics=(Topic(id="t", name=words(3)),),
        summary=Summary(sentences=(words(), words()), outlet=words(2)),
        facts=Facts(countries=(words(3),), agencies=(words(2),)),
        menu=tuple(Topic(id=f"t{number}", name=words(3)) for number in range(chance.choice([1, 2, 30]))),
        answers=tuple((words(2), words(2)) for _ in range(chance.choice([0, 1, 9]))),
        differ=chance.random() < 0.5,
        muted=words(3),
    )


def test_three_hundred_hostile_alerts_make_no_invalid_request_and_no_injection(
    slack: SlackNotifier, fake: Fake
) -> None:
    """Slack takes every one, and renders no broadcast, no mention and no link but to the outlets."""
    alerts = [render(hostile_alert(seed), key=f"k{seed}", now=soon(), zone=UTC) for seed in range(300)]

    outcomes = [slack.send("#alerts", POST, alert, None) for alert in alerts]

    assert [outcome for outcome in outcomes if not isinstance(outcome, Sent)] == []
    assert fake.get("calls")["by_status"] == {"chat.postMessage 200": 300}
    renders = [each["renders"] for each in fake.messages()]
    assert [found for found in renders if found["broadcasts"] or found["mentions"]] == []
    links = [link for found in renders for link in found["links"]]
    assert len(links) > 300
    assert [link for link in links if not link.startswith("https://outlet.example/")] == []


def test_the_largest_alert_can_be_edited_too(slack: SlackNotifier) -> None:
    """`chat.update` takes less text than a post."""
    large = next(alert for alert in map(hostile_alert, range(300)) if len(alert.story.articles) == 90)
    posted = slack.send("#alerts", POST, message(), None)
    assert isinstance(posted, Sent)

    assert slack.send("#alerts", EDIT, render(large, key="k", now=soon(), zone=UTC), posted.ref) == posted


def test_where_slack_takes_no_picture_the_words_arrive_all_the_same(slack: SlackNotifier, fake: Fake) -> None:
    """The token lacks `files:write`, or the method fails: the message stands, once."""
    pictured = Message(text="the week", picture=Picture(png=b"\x89PNG", alt="bars"))

    sent = slack.send("#alerts", POST, pictured, None)

    assert isinstance(sent, Sent)
    assert [one["text"] for one in fake.messages()] == ["the week"]


# ── slack check ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_check_names_each_channel_that_alerts_would_not_reach(fake: Fake) -> None:
    """Reachable ones are ok; archived, foreign and unknown ones fail, each with what to do."""
    slack = client(TOKEN, fake.base_url)

    findings = {
        each.what: each
        for each in inspect(slack, ["#alerts", "C0DIGEST", "#desk", "#outside", "#old-news", "#nowhere"])
    }

    levels = {what: each.level for what, each in findings.items() if what.startswith(("#", "C0"))}
    assert levels == {
        "#alerts": "ok",
        "C0DIGEST": "ok",
        "#desk": "ok",
        "#outside": "failed",
        "#old-news": "failed",
        "#nowhere": "failed",
    }
    assert "/invite" in findings["#outside"].detail
    assert fake.messages() == []


def test_a_check_names_each_missing_scope_and_what_it_is_for(fake: Fake) -> None:
    """Without `chat:write` nothing arrives; without history only lost answers stay unknown."""
    findings = {each.what: each for each in inspect(client("xoxb-fake-readonly", fake.base_url), ["#alerts"])}

    assert findings["chat:write"].level == "failed"
    assert findings["channels:history"].level == "warning"
    assert "reinstall" in findings["channels:history"].detail


def test_a_check_of_a_wrong_token_stops_there(fake: Fake) -> None:
    """One finding, which says where the right one is."""
    findings = list(inspect(client("xoxb-wrong", fake.base_url), ["#alerts"]))

    assert [(each.what, each.level) for each in findings] == [("token", "failed")]
    assert "SLACK_BOT_TOKEN" in findings[0].detail


def test_a_test_message_is_posted_and_found_again(slack: SlackNotifier, fake: Fake) -> None:
    """As an alert would be whose answer was lost."""
    finding = post_test(slack, "#alerts", soon())

    assert finding.level == "ok"
    assert len(fake.messages()) == 1


@pytest.fixture
def command(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Give `monitor slack check` over a configuration that points at the fake."""
    (tmp_path / "monitor.yaml").write_text(f'slack: {{base_url: "{fake.base_url}"}}\n')
    (tmp_path / "sources.yaml").write_text("sources: []\n")
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1-fake-app")

    def run(channel: str, *options: str) -> tuple[int, str]:
        topic = f'{{id: drug_policy, name: Drug policy, keywords: {{include: [naloxone]}}, alert: {{channel: "{channel}"}}}}'
        (tmp_path / "topics.yaml").write_text(f"topics:\n  - {topic}\n")
        result = CliRunner().invoke(app, ["--config", str(tmp_path), "slack", "check", *options])
        return result.exit_code, result.stdout

    return run


def test_the_command_ends_with_0_where_alerts_will_arrive(command: Callable[..., tuple[int, str]], fake: Fake) -> None:
    """With `--post` a message stands in the channel; with `--json` each finding is a line of facts."""
    code, output = command("#alerts", "--json", "--post")

    assert code == 0
    findings = {facts["what"]: facts["level"] for facts in map(json.loads, output.splitlines())}
    # The fake's token has neither scope: alerts arrive all the same.
    assert {what for what, level in findings.items() if level != "ok"} == {"commands", "files:write"}
    assert findings["Socket Mode"] == "ok"
    assert len(fake.messages()) == 1


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "no SLACK_APP_TOKEN: messages have no buttons"),
        ("xapp-1-fake-noscope", "missing_scope"),
        ("xapp-1-wrong", "invalid_auth"),
    ],
)
def test_a_socket_that_cannot_be_had_is_a_warning_that_says_where_to_go(
    command: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch, token: str, said: str
) -> None:
    """Alerts arrive without it; nobody hears the answers."""
    monkeypatch.setenv("SLACK_APP_TOKEN", token)

    code, output = command("#alerts")

    (line,) = [line for line in output.splitlines() if "Socket Mode" in line]
    assert code == 0
    assert line.startswith("warning")
    assert said in line
    assert "App-Level Tokens" in line


def test_channels_for_the_engineer_and_the_week_are_looked_at_too(
    command: Callable[..., tuple[int, str]], tmp_path: Path, fake: Fake
) -> None:
    """They are named in monitor.yaml, not in topics.yaml."""
    settings = f'slack: {{base_url: "{fake.base_url}"}}\nalerts: {{ops_channel: "#old-news"}}\nreport: {{channel: "#outside"}}\n'
    (tmp_path / "monitor.yaml").write_text(settings)

    code, output = command("#alerts")

    assert code == 1
    assert "#old-news: is archived" in output
    assert "#outside: the app is not a member" in output


def test_the_command_ends_with_1_where_a_channel_is_closed_and_posts_nothing(
    command: Callable[..., tuple[int, str]], fake: Fake
) -> None:
    """A test message is only posted where all else is well."""
    code, output = command("#outside", "--post")

    assert code == 1
    assert "#outside: the app is not a member" in output
    assert fake.messages() == []
