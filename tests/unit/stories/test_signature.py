"""Takes invented titles and texts, checks what of them is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories import signature
from monitor.stories.signature import stem_of


@pytest.mark.parametrize(
    ("written", "stem"),
    [
        ("Seizures", "seizur"),
        ("seized", "seiz"),
        ("Ministry’s", "ministry"),
        ("parties", "party"),
        ("1,200", "1200"),
        ("Perú", "peru"),
    ],
)
def test_forms_of_a_word_are_compared_under_one_stem(written, stem):
    """Case, accents, possessives, plurals and common endings make no difference."""
    assert stem_of(written) == stem


def test_names_are_capitalised_inside_a_sentence():
    """A capital at the start of a sentence makes no name, one in its middle does."""
    found = signature("", "Officers met in Lomanda. Talks went on. Then Minister Okrestu left.")

    assert {"lomanda", "okrestu"} <= found.names
    assert not {"officer", "talk", "then"} & found.names


def test_title_case_makes_no_names():
    """A word that the text writes in lower case is no name, however the headline writes it."""
    found = signature("Navy Seizes Cocaine Off Lomanda", "The navy seizes more cocaine each year off Lomanda.")

    assert found.title_names == {"lomanda"}


def test_figures_of_the_title_are_kept_apart():
    """Figures of the title serve to tell one report from the next of its kind."""
    assert signature("Day 12: 3.5 tonnes found", "It was 9 pm.").title_numbers == {"12", "3.5"}


def test_the_title_counts_twice():
    """A word of the title weighs as much as one that the text holds twice."""
    found = signature("Harbour", "harbour quay")

    assert (found.counts["harbour"], found.counts["quay"]) == (3, 1)


@given(title=st.text(max_size=80), text=st.text(max_size=400))
def test_any_text_has_a_signature(title, text):
    """No text is refused, and names and figures are among the words counted."""
    found = signature(title, text)

    assert found.names | found.title_numbers <= found.counts.keys() == set(found.stems)
