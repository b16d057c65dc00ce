"""Takes words and addresses from the web, checks that they come out harmless and otherwise unchanged."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify.mrkdwn import MOST_IN_TALL_SCRIPTS, MOST_MARKS, clean, link, plain, safe_url

#: What cannot be seen wherever it stands.
UNSEEN = [
    *"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u200b\u200e\u202e\u2060\u2066\u2800\u3164\ufeff\uffa0",
    *"\U000e0041\U000e0100\U000e01ef",
]


@pytest.mark.parametrize(
    ("words", "cleaned"),
    [
        ("two\n lines\tand \x1b[2Jmore", "two lines and [2Jmore"),
        ("in\u200bvis\u00adible \u202eturned\u202c", "invisible turned"),
        ("na\u200dlox\u200cone", "naloxone"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}", "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}"),
        ("a\u3164b\uffa0c\u115fd\u17b4e\u180bf\U000e0100g", "abcdefg"),
        ("one\u2800\u2800two", "one two"),
        ("na\ufe0flox\ufe00one 1\ufe0f2", "naloxone 12"),
        ("❤\ufe0f 🕊\ufe0f ☎\ufe0e ™\ufe0f 1\ufe0f\u20e3", "❤\ufe0f 🕊\ufe0f ☎\ufe0e ™\ufe0f 1\ufe0f\u20e3"),
        ("❤\ufe0f\ufe0f", "❤\ufe0f"),
        ("Z" + "\u0335\u0321\u0301\u0302\u0303" * 9 + "algo", "Z\u0335\u0321\u0301algo"),
        ("ก" + "\u0e47" * 30, "ก" + "\u0e47" * 3),
        ("ho\u0323\u0302\u0301 ש\u05c1\u05bc\u05b8 مُّٰ लज्जाँ น้ำ", "ho\u0323\u0302\u0301 ש\u05c1\u05bc\u05b8 مُّٰ लज्जाँ น้ำ"),
        ("လျှော့ချ བསྒྲུབས", "လျှော့ချ བསྒྲུབས"),
        ("🕊\ufe0f🕊\ufe0f🕊\ufe0f — “…”", "🕊\ufe0f🕊\ufe0f🕊\ufe0f — “…”"),
        ("half \ud83d a pair", "half \N{REPLACEMENT CHARACTER} a pair"),
        ("  Crème brûlée, 禁毒, наркополитика  ", "Crème brûlée, 禁毒, наркополитика"),
    ],
)
def test_what_hides_or_acts_goes_and_all_writing_stays(words: str, cleaned: str) -> None:
    """Joiners, variation selectors and marks stay where scripts and emoji need them."""
    assert clean(words) == cleaned


@given(st.lists(st.sampled_from([*UNSEEN, *"\u200d\ufe0e\ufe0f \t"]), max_size=12).map("".join))
def test_what_cannot_be_seen_is_nothing(words: str) -> None:
    """A headline that is there has something to be clicked on."""
    assert clean(words) == ""
    assert clean(f"a{words}b").replace(" ", "") == "ab"


@given(
    st.lists(
        st.sampled_from([*UNSEEN, *"a\u0301\u0323\u0489\u20dd\u05b0\u0e47\u103d\u1037", "❤\ufe0f", "é"]), max_size=60
    )
    .map("".join)
    .flatmap(lambda words: st.text(max_size=5).map(lambda more: words + more))
)
def test_no_pile_of_marks_is_higher_than_a_script_needs(words: str) -> None:
    """Whatever they are and whatever hides between them; what can be seen of a letter and its first marks stays."""
    cleaned = clean(words)

    kinds = "".join("m" if category(sign).startswith("M") else "-" for sign in cleaned)
    tall = "".join("t" if "\u0f00" <= sign <= "\u109f" else kind for sign, kind in zip(cleaned, kinds, strict=True))
    assert "m" * (MOST_IN_TALL_SCRIPTS + 1) not in kinds
    assert "m" * (MOST_MARKS + 1) not in tall
    assert not set(cleaned) & set(UNSEEN)


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
