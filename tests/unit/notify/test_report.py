"""Takes the facts of a week, checks what the team is told of them."""

from monitor.notify import render_report
from monitor.types import Picture, Topic

from .test_render import faults, shown

TOPICS = (Topic(id="drugs", name="Drug policy"), Topic(id="security", name="Security"))


def facts(**changes):
    """Give a week of a team that answers."""
    estimate = {"answered": 38, "precision": [0.81, 0.7, 0.9], "recall": [0.634, 0.41, 0.88]}
    standard = {
        "judged": 12_345,
        "flagged": {"drugs": 40, "security": 9},
        "answers": {"drugs": 20, "security": 3},
        "people": 2,
        "labels": 310,
        "model": "2026-03-01-1",
        "model_days": 4,
        "audit": {
            "drugs": {"drawn": 40, "open": 2, "estimate": estimate},
            "security": {"drawn": 40, "open": 40, "estimate": {"answered": 0}},
        },
        "new_words": {"drugs": [{"word": "nitazene", "articles": 7}], "security": []},
        "sources": {"declared": 40, "failing": ["Gazette: answers 404"], "silent": ["Herald: silent for nine days"]},
    }
    return {**standard, **changes}


def test_the_week_is_told_with_what_is_known_how_well():
    """Estimates with their intervals; where there is none, what is missing for one."""
    message = render_report(facts(), TOPICS, week="10 of 2026", key="r1", picture=Picture(png=b"png", alt="bars"))

    assert message.text == "Week 10 of 2026: 12,345 articles judged, 49 on topic"
    assert shown(message).splitlines()[1:] == [
        "*Drug policy*: 40 on topic",
        "• precision 81 % (between 70 and 90), recall 63 % (between 41 and 88)",
        "• new words: nitazene (7)",
        "*Security*: 9 on topic",
        "• precision and recall: 40 of 40 drawn articles wait to be answered (`/monitor label`)",
        "*Answers*: 23 by 2 people, 310 labels in all",
        "*Model*: 2026-03-01-1, trained 4 days ago",
        "*Sources*: 40, 1 failing, 1 silent",
        "• failing: Gazette: answers 404",
        "• silent: Herald: silent for nine days",
    ]
    assert message.picture is not None
    assert faults(message) == []


def test_a_first_quiet_week_is_told_too():
    """Nothing drawn, nothing answered, the model as shipped, all sources well."""
    quiet = facts(
        judged=0, flagged={}, answers={}, people=0, labels=0, model_days=None, audit={}, new_words={},
        sources={"declared": 3, "failing": [], "silent": []},
    )  # fmt: skip

    text = shown(render_report(quiet, TOPICS, week="1 of 2026", key="r1"))

    assert "*Answers*: 0, 0 labels in all" in text
    assert "as shipped" in text
    assert "*Sources*: 3, all well" in text
    assert text.count("nothing drawn yet") == 2


def test_very_many_sick_sources_are_counted():
    """Eight are named."""
    sick = [f"Outlet {number} <!channel>: answers 404" for number in range(200)]

    message = render_report(facts(sources={"declared": 300, "failing": sick, "silent": []}), TOPICS, week="1", key="r1")

    assert faults(message) == []
    assert "and 192 more" in shown(message)
