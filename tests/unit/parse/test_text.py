"""Takes HTML as feeds carry it, gives tests of plain text."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.parse import plain
from monitor.parse.text import cut


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("  two \n\t words\u00a0here ", "two words here"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("H<sub>2</sub>O and <b>W</b>ord", "H2O and Word"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Tom &amp;amp; Jerry&amp;#8217;s", "Tom & Jerry’s"),
        ("&lt;p&gt;Fish&lt;/p&gt;", "Fish"),
        ("profit < 5 & rising, 3 > 2", "profit < 5 & rising, 3 > 2"),
        ("a list &lt;int&gt; of numbers", "a list <int> of numbers"),
        ('<a title="x > y" href="#">link</a>!', "link!"),
        ("a<!-- hidden <b>bold</b> -->b", "ab"),
        ("a<script>if (x < y) { p('<b>') }</script>b<STYLE>p{}</STYLE>c", "abc"),
        ("cut off in a tag <a href='x", "cut off in a tag"),
        ("It\x92s \x1b[31mred\x00\u200b", "It’s [31mred"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("\u202eturned\u202c \u2066round\u2069", "turned round"),
        ("&#" + "9" * 5_000 + "; is no letter, &#65; is", "is no letter, A is"),
    ],
)
def test_markup_becomes_the_words_a_reader_sees(markup: str, text: str) -> None:
    """Tags go, entities are decoded, blocks are kept apart, unprintable characters are dropped."""
    assert plain(markup) == text


NAMES = st.sampled_from(["p", "b", "a href='x'", 'img alt="a > b"', "br/", "div class=c", "table", "h1"])
WORDS = st.text("abc é.", max_size=8)


@given(st.lists(st.tuples(NAMES, WORDS)))
def test_no_tag_survives_that_was_given_as_markup(pieces: list[tuple[str, str]]) -> None:
    """Only the words between the tags are left."""
    markup = "".join(f"<{name}>{word}</{name.split()[0]}>" for name, word in pieces)

    assert "<" not in plain(markup)
    assert plain(markup).replace(" ", "") == "".join(word for _, word in pieces).replace(" ", "")


@given(st.text())
def test_plain_text_never_raises_and_holds_nothing_unprintable(text: str) -> None:
    """Whatever comes, a single line without control characters is given."""
    assert not {unicodedata.category(char) for char in plain(text)} & {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("flood", ["<!--", "<", "<a ", "&lt;", "&lt;a ", '<a "', "<script>", "<p>", "&#"])
def test_floods_of_markup_take_linear_time(flood: str) -> None:
    """100 kB of anything is read in an instant."""
    started = time.process_time()

    plain(flood * (100_000 // len(flood)))

    assert time.process_time() - started < 1


def test_a_text_is_cut_between_words() -> None:
    """A word is kept whole where little is lost by it."""
    assert cut("alpha beta gamma", 12) == "alpha beta"
    assert cut("x" * 20, 12) == "x" * 12
    assert cut("short", 12) == "short"
