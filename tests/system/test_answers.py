"""The service on the invented newsroom, with people in a strict Slack who answer: over its sockets, as it stands."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.waiting import eventually

from monitor.cli.demo.newsroom import Newsroom

from .killing import WAITING, rows

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-fake-bot", "SLACK_APP_TOKEN": "xapp-1-fake-app"}
MAIN_STORY = "working group"
UNPOLLED = "select 1 from sources where last_poll_at is null"


class Team:
    """The people in Slack, and what they see."""

    def __init__(self, slack: Any, place: Any) -> None:
        self.slack = slack
        self.place = place

    def messages(self) -> list[dict[str, Any]]:
        """Give the alerts that stand in the channels."""
        return [row for row in self.slack.posted() if _is_alert(row)]

    def main_story(self) -> dict[str, Any]:
        """Give the message about the main event, as it stands now."""
        return next(row for row in self.messages() if MAIN_STORY in row["text"].lower())

    def click(self, message: dict[str, Any], action: str, *, user: str = "U0ANNA", menu: str = "") -> dict[str, Any]:
        """Press a button, or choose from the menu the item that `menu` stands in."""
        body = {"channel": message["channel"], "ts": message["ts"], "action_id": action, "user": user, "via": "socket"}
        if menu:
            body["selected"] = next(value for value in _options(message) if menu in value)
        return dict(self.slack.control("click", body))

    def command(self, text: str) -> dict[str, Any]:
        """Write `/monitor …` and give the answer."""
        return dict(self.slack.control("slash", {"command": "/monitor", "text": text})["ack_payload"])

    def window(self, number: int = 0) -> dict[str, Any]:
        """Give a window that was opened."""
        eventually(lambda: self.slack.control("calls?name=views.open")["count"] > number)
        nowhere = {"via": "http", "url": "http://127.0.0.1:9/"}
        return dict(self.slack.control("submit_view", {"view_id": f"V{number:08d}", **nowhere})["payload"]["view"])

    def labels(self) -> list[dict[str, Any]]:
        """Give the stored labels."""
        done = self.place.run("labels", "export")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def _is_alert(row: dict[str, Any]) -> bool:
    return row.get("metadata", {}).get("event_type") == "monitor_alert"


@pytest.fixture
def team(newsroom: Newsroom, fake_slack: Any, desk: Callable[..., Any]) -> Iterator[Team]:
    """Give a team whose service runs, has told its stories, and hears them."""
    place = desk([(s.id, s.url) for s in newsroom.sources()], slack={"base_url": fake_slack.base_url})
    with served(place):
        one = Team(fake_slack, place)
        eventually(lambda: fake_slack.control("info")["connections"])
        eventually(one.messages)
        eventually(lambda: [m for m in one.messages() if MAIN_STORY in m["text"].lower()])
        eventually(
            lambda: not rows(place, f"{WAITING} union all {UNPOLLED}")
        )  # else the message changes under their hands
        yield one


@contextmanager
def served(place: Any, tokens: dict[str, str] = TOKENS) -> Iterator[subprocess.Popen[str]]:
    """Run the service, and end it as an operator does."""
    with (place.folder / "log").open("w") as log:
        process = subprocess.Popen(
            place.command("run"), cwd=place.folder, env=place.environ(**tokens), stdout=log, stderr=log, text=True
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def test_an_answer_becomes_a_label_and_stands_in_the_message(team: Team) -> None:
    """Two people, one of whom changes their mind: the message shows what each says, and the labels are theirs."""
    told = team.main_story()

    team.click(told, "relevant", user="U0ANNA")
    eventually(lambda: "anna: relevant" in json.dumps(team.main_story()))
    team.click(told, "not_relevant", user="U0BEN")
    differing = eventually(lambda: "Answers differ" in json.dumps(team.main_story()) and team.main_story())
    team.click(told, "relevant", user="U0BEN")
    agreed = eventually(lambda: "Answers differ" not in json.dumps(team.main_story()) and team.main_story())

    assert "ben: not relevant" in json.dumps(differing)
    assert "ben: relevant" in json.dumps(agreed)
    labels = team.labels()
    topic = told["metadata"]["event_payload"]["topics"][0]
    assert sorted((one["who"], one["name"], one["labels"]) for one in labels) == [
        ("U0ANNA", "anna", {topic: True}),
        ("U0BEN", "ben", {topic: True}),
    ]
    assert team.slack.bad_calls() == []


def test_the_menu_names_the_right_topic_mutes_and_says_why(team: Team) -> None:
    """Each item does what it says."""
    told = team.main_story()

    team.click(told, "menu", menu=":bilateral_security", user="U0CARA")
    eventually(lambda: "cara: Bilateral security" in json.dumps(team.main_story()))
    team.click(told, "menu", menu="why:")
    view = team.window()
    team.click(told, "menu", menu="mute_story:")
    muted = eventually(lambda: "Muted by anna" in json.dumps(team.main_story()))
    team.click(told, "menu", menu="mute_source:")

    assert view["title"]["text"] == "Why this alert?"
    assert muted
    assert "source" in json.dumps(team.command("mute"))


def test_the_command_searches_explains_counts_and_asks(team: Team) -> None:
    """Each word of `/monitor` answers the one who wrote it, and nobody else."""
    link = team.main_story()["blocks"][0]["text"]["text"].split("<")[1].split("|")[0]

    found = team.command("search trafficking")
    why = team.command(f"why <{link}>")
    week = team.command("stats")
    asked = team.command("label 3")
    helped = team.command("dance")

    assert "latest articles with “trafficking”" in found["text"]
    assert "on topic" in json.dumps(why["blocks"])
    assert "articles judged" in week["text"]
    assert asked["text"].startswith("Which topic is this about?")
    assert [button["text"]["text"] for button in asked["blocks"][-1]["elements"]] == [
        *("Drug policy", "Bilateral security cooperation", "All of them", "None", "Unsure", "Skip")
    ]
    assert "is none of these" in helped["text"]
    assert {answer["response_type"] for answer in (found, why, week, asked, helped)} == {"ephemeral"}
    assert [row for row in team.slack.posted() if not _is_alert(row)] == []  # alerts may still come in meanwhile


def test_each_click_is_one_label_though_the_socket_breaks_all_the_time(team: Team) -> None:
    """Whoever sees no answer clicks again, and Slack may tell twice: a person has one label per message and topic."""
    told = [message for message in team.messages() if message["blocks"][-1]["type"] == "actions"][:6]
    breaks = ["drop", "close", "refresh_requested", "garbage", "unknown_type", "warning"]
    clicks = [(message, user) for message in told for user in ("U0ANNA", "U0BEN")]

    for number, (message, user) in enumerate(clicks):
        while not team.click(message, "relevant", user=user)["acks"]:
            time.sleep(0.2)
        team.slack.control("socket", {"action": breaks[number % len(breaks)]})

    labels = team.labels()
    assert len(labels) == len({(one["url"], one["who"]) for one in labels})
    given = sum(len(one["labels"]) for one in labels)
    assert given == sum(len(message["metadata"]["event_payload"]["topics"]) for message, _ in clicks)


def test_over_http_only_what_slack_has_signed_counts(
    newsroom: Newsroom, fake_slack: Any, desk: Callable[..., Any], free_tcp_port: int
) -> None:
    """A good signature is a label; a wrong one, an old one and none are refused and change nothing."""
    place = desk(
        [(s.id, s.url) for s in newsroom.sources()],
        slack={"base_url": fake_slack.base_url, "answers": "http"},
        web={"port": free_tcp_port},
    )
    address = f"http://127.0.0.1:{free_tcp_port}/slack/actions"
    tokens = {"SLACK_BOT_TOKEN": TOKENS["SLACK_BOT_TOKEN"], "SLACK_SIGNING_SECRET": "fake-signing-secret"}
    with served(place, tokens):
        team = Team(fake_slack, place)
        eventually(lambda: [m for m in team.messages() if MAIN_STORY in m["text"].lower()])
        told = team.main_story()
        body = {"channel": told["channel"], "ts": told["ts"], "action_id": "relevant", "via": "http", "url": address}

        refused = [
            fake_slack.control("click", {**body, "signature": how})["status"] for how in ("bad", "stale", "none")
        ]
        before = team.labels()
        accepted = fake_slack.control("click", {**body, "signature": "good"})["status"]
        why = next(value for value in _options(told) if value.startswith("why:"))
        opened = fake_slack.control("click", {**body, "action_id": "menu", "selected": why})["status"]

        assert refused == [401, 401, 401]
        assert before == []
        assert (accepted, opened) == (200, 200)
        assert eventually(lambda: "anna: relevant" in json.dumps(team.main_story()))
        assert team.window()["title"]["text"] == "Why this alert?"
        assert len(team.labels()) == 1


def _options(message: dict[str, Any]) -> list[str]:
    groups = message["blocks"][-1]["elements"][-1]["option_groups"]
    return [option["value"] for group in groups for option in group["options"]]
