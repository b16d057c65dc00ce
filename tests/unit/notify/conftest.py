"""Takes nothing, gives builders of invented stories for the tests of this room."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.notify import Alert
from monitor.stories import Facts
from monitor.types import Contribution, Reason, Route, Story, StoryArticle, Summary, Topic, Verdict

NOW = datetime(2026, 3, 4, 18, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    """Give a Wednesday evening in March."""
    return NOW


@pytest.fixture(scope="session")
def make_article() -> Callable[..., StoryArticle]:
    """Give a builder of a story's article."""

    def build(number: int = 1, **changes: Any) -> StoryArticle:
        standard: dict[str, Any] = {
            "entry_id": number,
            "outlet": f"Outlet {number}",
            "title": f"Naloxone to be sold in every pharmacy, part {number}",
            "text": "",
            "link": f"https://outlet-{number}.example/news?id={number}&from=feed",
            "published": NOW - timedelta(hours=3),
            "seen_at": NOW,
            "topics": ("drug_policy",),
        }
        return StoryArticle(**(standard | changes))

    return build


@pytest.fixture(scope="session")
def make_alert(make_article: Callable[..., StoryArticle]) -> Callable[..., Alert]:
    """Give a builder of an alert about a story with this many articles."""

    def build(articles: int = 1, **changes: Any) -> Alert:
        verdict = Verdict(
            topic="drug_policy",
            probability=0.94,
            threshold=0.4,
            flagged=True,
            reason=Reason.SCORE,
            model="v1",
            contributions=tuple(
                Contribution(feature=feature, value=value)
                for feature, value in (
                    ("cues in one sentence: drug × policy", 2.9),
                    ("word: naloxone", 2.1),
                    ("word: football", -1.5),
                    ("keyword in title: overdose*", 1.2),
                    ("word: spray", 0.9),
                    ("word: law", 0.1),
                )
            ),
        )
        standard: dict[str, Any] = {
            "story": Story(id=1, articles=tuple(make_article(number) for number in range(1, articles + 1))),
            "topics": (Topic(id="drug_policy", name="Drug policy", routes=(Route(channel="#drug-policy"),)),),
            "verdicts": (verdict,),
            "summary": Summary(sentences=("The chamber voted 71 to 22.", "Sales begin in July.")),
            "facts": Facts(
                countries=("Ghana", "Togo"), agencies=("UNODC",), substances=("tramadol",), dates=("12 March",)
            ),
        }
        return Alert(**(standard | changes))

    return build
