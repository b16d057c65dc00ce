"""Takes a store and the shipped model, checks the command that tells the week, in the terminal and in a channel."""

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import UsageError
from monitor.types import DeliveryState

from .conftest import Command

TOPICS = "topics: [{id: drug_policy, keywords: {include: [fentanyl]}, alert: {channel: '#desk'}}]"


@pytest.fixture
def config(config: Path) -> Path:
    """Give a configuration with a topic that the shipped model knows."""
    (config / "topics.yaml").write_text(TOPICS, encoding="utf-8")
    return config


def test_the_week_goes_to_its_channel_once_with_a_picture(command: Command, config: Path, room: Any) -> None:
    """Posted twice it is told once; the terminal hears the same facts."""
    (config / "monitor.yaml").write_text("report: {channel: '#team'}", encoding="utf-8")
    article = room.articles()[0]
    room.store.save_judgements(room.worker, [room.judged(article)], now=room.now)

    facts = json.loads(command("report", "--post", "--json").stdout)
    again = command("report", "--post")

    (row,) = room.store.outbox([DeliveryState.PENDING])
    assert (row.channel, row.subject.split(":")[0]) == ("#team", "report")
    assert row.message.picture is not None
    assert row.message.picture.png.startswith(b"\x89PNG")
    assert (facts["sources"]["declared"], facts["labels"], facts["model_days"]) == (0, 0, None)
    assert again.exit_code == 0
    assert "was told in #team already" in again.stderr


def test_without_a_channel_posting_is_refused_with_what_to_do(command: Command) -> None:
    """The terminal is told all the same when nothing is to be posted."""
    assert command("report").exit_code == 0
    refused = command("report", "--post")

    assert isinstance(refused.exception, UsageError)
    assert "report.channel is empty" in str(refused.exception)
