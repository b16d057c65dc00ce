"""Takes a store and the shipped model, checks the command that tells the week, in the terminal and in a channel."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.cli import Options
from monitor.cli.asking import report
from monitor.errors import UsageError
from monitor.types import DeliveryState

TOPICS = "topics: [{id: drug_policy, keywords: {include: [fentanyl]}, alert: {channel: '#desk'}}]"


@pytest.fixture
def command(config: Path) -> Callable[..., Result]:
    """Give `report` as the command line calls it, on the database at `url`."""
    (config / "topics.yaml").write_text(TOPICS, encoding="utf-8")
    app = typer.Typer()
    report.register(app)
    app.command("other")(lambda: None)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["report", *words], obj=Options(config_dir=config))

    return call


def test_the_week_goes_to_its_channel_once_with_a_picture(
    command: Callable[..., Result], config: Path, room: Any
) -> None:
    """Posted twice it is told once; the terminal hears the same facts."""
    (config / "monitor.yaml").write_text("report: {channel: '#team'}", encoding="utf-8")
    article = room.articles()[0]
    room.store.save_judgements(room.worker, [room.judged(article)], now=room.now)

    facts = json.loads(command("--post", "--json").stdout)
    again = command("--post")

    (row,) = room.store.outbox([DeliveryState.PENDING])
    assert (row.channel, row.subject.split(":")[0]) == ("#team", "report")
    assert row.message.picture is not None
    assert row.message.picture.png.startswith(b"\x89PNG")
    assert (facts["sources"]["declared"], facts["labels"], facts["model_days"]) == (0, 0, None)
    assert again.exit_code == 0
    assert "was told in #team already" in again.stderr


def test_without_a_channel_posting_is_refused_with_what_to_do(command: Callable[..., Result]) -> None:
    """The terminal is told all the same when nothing is to be posted."""
    assert command().exit_code == 0
    refused = command("--post")

    assert isinstance(refused.exception, UsageError)
    assert "report.channel is empty" in str(refused.exception)
