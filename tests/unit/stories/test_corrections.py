"""Takes two versions of an invented article, checks what is a correction worth a word and what is polish."""

import pytest

from monitor.stories.corrections import correction
from monitor.types import Corrected

TEXT = (
    "The navy of Peru stopped a fishing boat off Callao on Monday and found two tonnes of cocaine under the catch. Four men were"
    " taken ashore and will be heard by a judge on Wednesday, the defence minister said in the evening. It is the largest find of"
    " the year so far, and the third since the coast guard was given new radars by its northern neighbour last autumn."
)
OTHER = (
    "Farmers in the highlands say that the price of coca leaves has fallen by half within a year, and that buyers come no more to"
    " the weekly market. Many have begun to plant coffee with help from a fund that the regional government set up in spring. The"
    " mayor of the district hopes for a road on which the harvest can be brought to the coast before it spoils in the rain."
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Peru navy seizes 2 tonnes of cocaine", "Peru navy seizes 2.3 tonnes of cocaine off Callao"),
        ("Peru navy seizes 12 kilos", "Peru navy seizes 21 kilos"),
        ("Minister Quispe resigns over cocaine find", "Minister Paredes resigns over cocaine find"),
        ("Four held over cocaine off Callao", "Coast guard denies that anybody was arrested"),
    ],
)
def test_another_figure_another_name_another_story_are_corrections(before, after):
    """Who read the first would be wrong now."""
    assert correction((before, TEXT), (after, TEXT)) is Corrected.CHANGED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Peru navy seizes 2 tonnes of cocaine", "Peru: navy seizes two tonnes of cocaine"),
        ("Peru navy seizes 2 tonnes of cocaine", "Peru navy seizes 2 tonnes of cocaine in largest find of year"),
        ("Peru navy seizes $13.8bn of cocaine", "Peru navy seizes $13.8 billion of cocaine"),
        ("Four held over cocaine", "Four held over cocaine off Callao, minister says"),
        ("Live: 2 tonnes seized off Peru", "Live: 3 tonnes seized off Peru, 9 held"),
        ("", ""),
    ],
)
def test_polish_is_nobodys_business(before, after):
    """The same in other words, more of it, and pages that roll."""
    assert correction((before, TEXT), (after, TEXT + " More was not known.")) is None


@pytest.mark.parametrize(
    "after",
    [
        "RETRACTED: Peru navy seizes 2 tonnes of cocaine",
        "Correction: Peru navy seizes 2 tonnes of cocaine",
        "Rectificatif : 2 tonnes de cocaïne saisies",
        "Fe de erratas: dos toneladas de cocaína",
        "Errata: duas toneladas de cocaína",
    ],
)
def test_an_outlet_that_says_so_itself_is_believed(after):
    """In four languages; once, since what said so before says nothing new."""
    told = ("Peru navy seizes 2 tonnes of cocaine", TEXT)

    assert correction(told, (after, TEXT)) is Corrected.RETRACTED
    assert correction((after, TEXT), (after, TEXT)) is None


def test_a_text_that_is_another_one_is_a_correction():
    """Under the same headline; a teaser that grew into a text is none."""
    title = "Cocaine and coffee in Peru"

    assert correction((title, TEXT), (title, OTHER)) is Corrected.CHANGED
    assert correction((title, TEXT[:100]), (title, TEXT)) is None
