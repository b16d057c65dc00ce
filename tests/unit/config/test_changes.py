"""What has changed between two configurations, in words, and without secrets."""

from typing import Any

import pytest

from monitor.config.changes import UNSEEN, differences, first_words, paced_anew, renamed, shown_settings

MONITOR = "alerts: {max_per_hour: 30}\n"
SOURCES = "sources: [{id: un.org, url: 'https://un.example/feed'}, {id: old, url: 'https://old.example/feed'}]\n"
TOPICS = "topics: [{id: drug_policy, keywords: {include: [opium, heroin]}}]\n"


def shown(monitor: str = MONITOR, sources: str = SOURCES, topics: str = TOPICS, **environ: str) -> Any:
    """Give the settings of these files."""
    files = {"monitor": monitor.encode(), "sources": sources.encode(), "topics": topics.encode()}
    return shown_settings(files, environ)


def test_each_kind_of_change_is_a_line_that_names_its_setting() -> None:
    """Sources that come and go, words of a list, a number: as somebody would tell a colleague."""
    before = shown()
    after = shown(
        "alerts: {max_per_hour: 20}\n",
        "sources: [{id: un.org, url: 'https://un.example/feed', interval: 2h}, {id: unodc, url: 'https://u.example/feed'}]",
        "topics: [{id: drug_policy, keywords: {include: [opium, xylazine]}}]",
    )

    assert differences(before, after) == (
        "sources: + unodc, - old",
        "alerts.max_per_hour: 30 → 20",
        "topics.drug_policy.keywords.include: + xylazine, - heroin",
        "sources.un.org.interval: not set → 2h",
    )
    assert first_words(before) == ("first noted: 2 sources, 1 topics",)


def test_no_secret_is_told_and_a_change_of_one_is_said_to_be_unseen() -> None:
    """Passwords in addresses, tokens in headers, the database's URL."""
    hush = "zq-hush-0123456789"
    source = "sources: [{{id: a, url: 'https://ana:{0}@a.example/feed?key={0}', headers: {{Authorization: '{0}'}}}}]"

    before, after = (
        shown(sources=source.format(secret), MONITOR_DATABASE_URL=f"postgresql://ana:{secret}@db/monitor")
        for secret in (hush, f"{hush}-new")
    )

    assert hush not in repr(before)
    assert differences(before, after) == (UNSEEN,)


def test_a_thousand_changes_are_a_few_lines() -> None:
    """However long the list that somebody pasted."""
    many = "sources: [" + ", ".join(f"{{id: s{n}, url: 'https://s{n}.example/'}}" for n in range(100)) + "]"
    slower = many.replace("'}", "', interval: 2h}")

    [added] = [line for line in differences(shown(), shown(sources=many)) if line.startswith("sources:")]
    changed = differences(shown(sources=many), shown(sources=slower))

    assert added.endswith("… and 82 more")
    assert (len(changed), changed[-1]) == (41, "… and 60 more")


def test_sources_whose_interval_changed_are_named() -> None:
    """By their own key or by the usual one; a source that is new, or that says itself what it had, is not among them."""
    own = "sources: [{id: un.org, url: 'https://un.example/feed', interval: 2h}, {id: old, url: 'https://old.example/feed'}]"
    usual = f"{MONITOR}fetch: {{interval: 30m}}\n"

    assert paced_anew(shown(), shown()) == frozenset()
    assert paced_anew(shown(), shown(sources=own)) == {"un.org"}
    assert paced_anew(shown(), shown(usual)) == {"un.org", "old"}
    assert paced_anew(shown(sources=own), shown(usual, own)) == {"old"}
    assert paced_anew(shown(sources="sources: []"), shown()) == frozenset()


def test_a_channel_that_stands_in_another_s_place_is_its_heir() -> None:
    """In a topic or for those who run it; not where the old one is still named, where two would do, or where none does."""

    def named(*channels: str, ops: str = "") -> Any:
        to = ", ".join(f"{{channel: '{one}'}}" for one in channels)
        others = "{id: ports, keywords: {include: [port]}, alert: [{channel: '#ports'}]}"
        topic = f"{{id: drugs, keywords: {{include: [opium]}}, alert: [{to}]}}"
        return shown(f"alerts: {{ops_channel: '{ops}'}}\n", topics=f"topics: [{topic}, {others}]")

    assert renamed(named("#old"), named("#new")) == {"#old": "#new"}
    assert renamed(named("#old", "#kept"), named("#kept", "#new")) == {"#old": "#new"}
    assert renamed(named("#old", ops="#ops"), named("#old", ops="#desk")) == {"#ops": "#desk"}
    assert renamed(named("#old"), named("#ports")) == {"#old": "#ports"}
    assert renamed(named("#ports"), named("#new")) == {}
    assert renamed(named("#old"), named("#one", "#two")) == {}
    assert renamed(named("#old"), named()) == {}
    assert renamed(named("#old"), named("#old", "#new")) == {}
    assert renamed(named("#old", ops="#old"), named("#new", ops="#ops")) == {}


@pytest.mark.parametrize("alert", ["{mode: digest}", "[{}]", "{channel: 'webhook:https://hook.example/secret'}"])
def test_what_names_no_channel_is_no_heir_and_has_none(alert: str) -> None:
    """Left out, or an address that is masked."""
    named, other = (
        shown(topics=f"topics: [{{id: drugs, keywords: {{include: [opium]}}, alert: {to}}}]")
        for to in ("{channel: '#old'}", alert)
    )

    assert renamed(named, other) == {}
    assert renamed(other, named) == {}
