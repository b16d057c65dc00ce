"""Takes entries and the pages their links lead to, gives tests that a page about something else is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract import belongs

FRONT_PAGE = (
    "Weather: rain until Thursday, then sun. The mayor opened a school. Cinema listings for the weekend. Football: the island "
    "lost three to one. Recipes for the first cold evenings. Horoscope. Letters to the editor about parking and dogs."
)


@pytest.mark.parametrize(
    ("title", "teaser", "page"),
    [
        (
            "Peru and Ecuador agree joint patrols against smugglers",
            "Defence ministers signed in Quito.",
            "QUITO. Peruvian and Ecuadorean ministers of defence put their names to joint patrolling of the border on Monday.",
        ),
        (
            "Perú y Ecuador acuerdan patrullas conjuntas contra contrabandistas",
            "Los ministros de Defensa firmaron en Quito.",
            "Las patrullas conjuntas de Perú y Ecuador comenzarán en enero, dijo el ministro tras la firma del acuerdo.",
        ),
        (
            "港の新しい岸壁が土曜日に再開された",
            "工事は二年かかった",
            "土曜日、港では新しい岸壁が二年ぶりに再開され、最初の船が出た。",
        ),
        (
            "Министр объявил о совместном патрулировании границы",
            "",
            "Совместное патрулирование границы начнётся в мае.",
        ),
        ("Quay reopens", "", FRONT_PAGE),  # too few words to tell
    ],
)
def test_a_page_on_the_entrys_subject_belongs(title: str, teaser: str, page: str) -> None:
    """In other words, other forms and other scripts; and in doubt."""
    assert belongs(title, teaser, page)


@pytest.mark.parametrize(
    ("title", "teaser"),
    [
        ("Peru and Ecuador agree joint patrols against smugglers", "Defence ministers signed in Quito."),
        ("港の新しい岸壁が土曜日に再開された", "工事は二年かかった"),
    ],
)
def test_a_page_on_nothing_of_the_kind_does_not(title: str, teaser: str) -> None:
    """The front page, where dead links are sent."""
    assert not belongs(title, teaser, FRONT_PAGE)


@given(st.text(max_size=80), st.text(max_size=80))
def test_an_entry_belongs_to_a_page_that_repeats_it(title: str, teaser: str) -> None:
    """Whatever it says."""
    assert belongs(title, teaser, f"{title}\n{teaser}")
