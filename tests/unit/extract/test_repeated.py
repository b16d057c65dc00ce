"""Takes pages of one source, gives tests of what is recognised as the site's rather than the article's."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.extract import without_repeated

ABOUT = "Harbour Works is a leading builder of quays, headquartered in Harbourtown, with 1,300 staff in 15 countries."
LETTER = "The morning letter brings you the tide table and the talk of the town before breakfast, every day but Sunday."


def article(number: int, *more: str) -> str:
    """Give the text of an article of its own."""
    own = [
        f"On day {number} the board met in hall {number} and agreed on quay {number}, line {line}." for line in range(6)
    ]
    return "\n".join([*own, *more])


def test_a_line_on_page_after_page_is_left_out() -> None:
    """It is handed back apart, so that it can be stored and known again."""
    others = [article(number, ABOUT, LETTER) for number in range(5)]

    kept, repeated = without_repeated(article(9, ABOUT, LETTER), others)

    assert (kept, repeated) == (article(9), f"{ABOUT}\n{LETTER}")


def test_it_is_known_however_many_pages_went_before() -> None:
    """Other pages are compared as they were read, so what was left out of them counts."""
    stored: list[str] = []
    kept = []
    for number in range(40):
        text, repeated = without_repeated(article(number, ABOUT), stored[:20])
        stored.insert(0, f"{text}\n{repeated}")
        kept.append(ABOUT in text)

    assert kept == [True] * 3 + [False] * 37


def test_the_background_of_a_running_story_stays() -> None:
    """Three of twenty pages tell again how it began; that is what the article is about."""
    background = "The quay was closed in 2024 after a storm had undercut its western wall and drowned two fishermen."
    others = [article(number, background) for number in range(3)] + [article(number) for number in range(3, 20)]

    assert without_repeated(article(30, background), others) == (article(30, background), "")


def test_earlier_versions_of_the_same_article_do_not_count() -> None:
    """An article that is updated five times in an hour keeps its paragraphs."""
    versions = [article(1, f"Update {number}: the minister has arrived in the hall.") for number in range(5)]

    assert without_repeated(versions[0], versions[1:]) == (versions[0], "")


def test_titles_quotations_and_short_lines_stay() -> None:
    """A refrain is somebody's words."""
    said = "“We will not rest until every ferry on this coast is on time,” the minister said again."
    lines = [said, "Yes, she said.", "Harbour board names its officer after a long debate"]
    others = [article(number, *lines) for number in range(5)]

    assert without_repeated(article(9, *lines), others, lines[2:]) == (article(9, *lines), "")


def test_where_most_would_go_all_stays() -> None:
    """A page of tables and phrases is of its own kind."""
    others = [f"{ABOUT}\n{article(number)}" for number in range(5)]

    assert without_repeated(f"{ABOUT}\nShort news.", others) == (f"{ABOUT}\nShort news.", "")


@given(st.lists(st.sampled_from([ABOUT, LETTER, "Yes.", article(1)]), max_size=5), st.integers(0, 6))
def test_lines_are_parted_never_lost(lines: list[str], pages: int) -> None:
    """Every line is on one side."""
    text = "\n".join(lines)

    kept, repeated = without_repeated(text, [article(number, ABOUT, LETTER) for number in range(pages)])

    assert sorted([*kept.splitlines(), *repeated.splitlines()]) == sorted(text.splitlines())
