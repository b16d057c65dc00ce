"""Takes what a model might write about an invented article, checks what is let through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.summarise.checked import faults

TITLE = "Navy of Peru seizes 2 tonnes of cocaine"
TEXT = (
    "The navy of Peru stopped a fishing boat off Callao on Monday and found 2,150 kilos of cocaine, Defence Minister "
    "Ilona Verrat said. Five crew members from Ecuador were arrested. The find is worth $34.5 million."
)


def wrong(written, language="en"):
    """Give what speaks against a summary of the article."""
    return faults(written, TITLE, TEXT, language)


@pytest.mark.parametrize(
    "written",
    [
        "Peru's navy found 2,150 kilos of cocaine on a fishing boat off Callao.",
        "Sailors seized 2150 kilos of cocaine worth $34.5 million. Five Ecuadorians were held, minister Verrat said.",
        "On Monday five people were arrested after Peruvian sailors found two tonnes of cocaine.",
        "La marina halló 2.150 kilos de cocaína frente a Callao; son cinco los detenidos, de Ecuador.",
    ],
)
def test_what_stands_in_the_article_may_be_said_in_other_words(written):
    """Separators, demonyms of the countries named, and numbers in words are no inventions."""
    assert wrong(written, "es" if "halló" in written else "en") == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("The navy found 2,250 kilos of cocaine.", "2,250"),
        ("The navy found 2,150 kilos; twelve were held.", "twelve"),
        ("The navy of Chile found cocaine.", "Chile"),
        ("The find was praised by Defence Minister Ana Ruiz.", "Ana"),
        ("The boat sailed from Guayaquil.", "Guayaquil"),
        ("It was worth 34.5 billion dollars.", "billion"),
    ],
)
def test_a_number_or_name_that_is_not_in_the_article_is_refused(written, told):
    """And named."""
    assert f"not in the article: {told}" in wrong(written)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", "nothing was written"),
        ("  \n", "nothing was written"),
        ("cocaine " * 61, "more than 60 words"),
        ("It was found. It was weighed. It was shown. It was burnt.", "more than 3 sentences"),
        ("Cocaine was found, see https://evil.example/", "mark-up or a link"),
        ("**Cocaine** was found.", "mark-up or a link"),
        ("<!channel> cocaine was found.", "mark-up or a link"),
    ],
)
def test_what_is_no_summary_is_refused(written, told):
    """Nothing, too much, mark-up, and links that would be shown to the team."""
    assert told in wrong(written)


@settings(max_examples=100)
@given(number=st.integers(10, 10**9))
def test_any_figure_that_is_not_there_is_found(number):
    """Whatever its separators."""
    allowed = {"2150", "345", "2"}
    for shown in (f"{number}", f"{number:,}"):
        assert bool(wrong(f"The navy found {shown} kilos.")) is (str(number) not in allowed)
