"""Takes words and addresses from the web, checks that they come out harmless and otherwise unchanged."""

import pytest

from monitor.notify.mrkdwn import clean, link, plain, safe_url


@pytest.mark.parametrize(
    ("words", "cleaned"),
    [
        ("two\n lines\tand \x1b[2Jmore", "two lines and [2Jmore"),
        ("in\u200bvis\u00adible \u202eturned\u202c", "invisible turned"),
        ("na\u200dlox\u200cone", "naloxone"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}", "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}"),
        ("half \ud83d a pair", "half \N{REPLACEMENT CHARACTER} a pair"),
        ("  Crème brûlée, 禁毒, наркополитика  ", "Crème brûlée, 禁毒, наркополитика"),
    ],
)
def test_what_hides_or_acts_goes_and_all_writing_stays(words: str, cleaned: str) -> None:
    """Joiners stay where scripts and emoji need them."""
    assert clean(words) == cleaned


def test_only_three_characters_are_escaped() -> None:
    """Slack asks for no more; an escape in the original stays readable as it was."""
    assert plain('R&D <b>"x"</b> &amp; *y*', 200) == 'R&amp;D &lt;b&gt;"x"&lt;/b&gt; &amp;amp; *y*'


@pytest.mark.parametrize("limit", range(1, 12))
def test_a_cut_never_falls_within_an_escape(limit: int) -> None:
    """What is left are whole escapes and an ellipsis."""
    cut = plain("&" * 5, limit)

    assert len(cut) <= limit
    assert cut.replace("&amp;", "") == "…"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1&z=2#top", "https://a.example/x?y=1&z=2#top"),
        ("https://a.example/a b|c<d>e", "https://a.example/a%20b%7Cc%3Cd%3Ee"),
        ("https://a.example\\@evil.example/", "https://a.example%5C@evil.example/"),
        ("https://пример.example/путь", "https://пример.example/путь"),
        ("https://a.example/\u202egpj", "https://a.example/%E2%80%AEgpj"),
        ("javascript:alert(1)", None),
        ("ftp://a.example/", None),
        ("//a.example/", None),
        ("https:///nowhere", None),
        ("https://[::1", None),
        ("", None),
        (None, None),
        ("https://a.example/" + "a" * 3_000, None),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, safe: str | None) -> None:
    """What could end a link early is percent-encoded."""
    assert safe_url(url) == safe


def test_a_label_loses_what_would_end_its_link() -> None:
    """The separator and the brackets go; the rest stays."""
    assert link("https://a.example/?a&b", "Law | <b> R&D", 500, 100) == "<https://a.example/?a&amp;b|Law b R&amp;D>"


def test_a_link_that_does_not_fit_leaves_its_label() -> None:
    """Words are worth more than an address."""
    assert link("https://a.example/" + "a" * 100, "Law | passed", 60, 50) == "Law | passed"
