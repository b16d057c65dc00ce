"""Takes numbers as headlines write them, checks which are figures of what happened and which of them repeat what was told."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.stories.figures import figures_of, new_figures


def values(text):
    """Give the figures of a text as plain numbers."""
    return [float(figure.value) for figure in figures_of(text)]


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("Pharmacies to pay $13.8bn", 13.8e9),
        ("Pharmacies to pay $13.8 Billion", 13.8e9),
        ("Pharmacies to pay 13,800 million", 13.8e9),
        ("Les pharmacies paieront 13,8 milliards", 13.8e9),
        ("Farmacias pagarán 13.800 millones", 13.8e9),
        ("Farmácias pagam 13,8 bilhões", 13.8e9),
        ("Aid of $20B agreed", 20e9),
        ("Navy finds 30kg of heroin", 30),
        ("Navy finds 30-kilo load of heroin", 30),
        ("Overdose deaths up 1,280%", 1280),
        ("Police hold 49 over cocaine ring", 49),
        ("Port seizes 2 million pills", 2e6),
        ("Saisie de 2\u00a0500 kilos de cannabis", 2500),
        ("Smuggler gets 30 years in prison", 30),
    ],
)
def test_a_figure_is_read_however_it_is_written(title, value):
    """Separators, units of scale and currencies of four languages."""
    assert values(title) == [value]


@pytest.mark.parametrize(
    "title",
    [
        "Talks to resume on 12 March",
        "Talks resume Nov. 11 in Lima",
        "Report on drug deaths in 2025 out",
        "Maryland becomes 20th state to legalise cannabis",
        "Day 270 of the invasion: the front moves",
        "Man aged 42 held over cocaine",
        "Pilot Juan Soto, 56, held over cocaine",
        "A 42-year-old pilot held over cocaine",
        "F-16 jets and G20 sherpas in COVID-19 talks",
        "Peru beat Chile 10-7",
        "Clinic opens 24/7",
        "Ban lifted after 36 years",
        "Watch at 10pm or 10:30",
        "7 takeaways from the drug summit",
        "Formula 1 sponsor named in cocaine case",
        "Los 7 datos de la cumbre",
    ],
)
def test_dates_ages_scores_and_names_are_no_figures(title):
    """What is a number but does not say how much or how many."""
    assert values(title) == []


@pytest.mark.parametrize(
    "told",
    [
        "The deal is worth $13.8 billion.",
        "The deal is worth 13.82 billion dollars.",
        "Some 13,800 million will be paid.",
    ],
)
def test_the_same_amount_in_another_form_is_not_new(told):
    """Written out, in another unit, or more precisely."""
    assert new_figures("Pharmacies to pay $13.8bn", [told]) == []


def test_numbers_in_words_count_as_told():
    """What the first account wrote out is no news in digits."""
    told = ["Fifty were arrested, twenty-four of them in Lima; three million pills were found."]

    assert new_figures("Police hold 50, 24 of them in Lima, and find 3 million pills", told) == []


def test_a_count_that_grew_is_new_however_little():
    """From 48 dead to 50 is news, though 50 is 48 rounded."""
    assert [figure.written for figure in new_figures("Overdoses: 50 dead", ["So far 48 are dead."])] == ["50 dead"]


def test_a_figure_is_shown_with_what_it_counts():
    """A bare number says little."""
    written = [figure.written for figure in new_figures("Navy finds 30 tonnes of cocaine worth $1.2bn, a 40% rise", [])]

    assert written == ["30 tonnes", "$1.2bn", "40%"]


@given(value=st.integers(5, 10**12), separator=st.sampled_from([",", ".", "\u00a0"]))
def test_thousands_may_be_parted_by_any_sign(value, separator):
    """A number in groups of three is one number."""
    written = f"{value:,}".replace(",", separator)

    assert [figure.value for figure in figures_of(f"Worth ${written} in all")] == [Decimal(value)]


@given(st.text(alphabet="0123456789,.- $€%kbn\u00a0年٣", max_size=60))
@example("0\u00a0000")
@example("0,000.000")
@example("0.125,50")
@example("٣,000,000")
def test_whatever_stands_there_is_read_without_fault(text):
    """Every figure stands in the text as it is shown."""
    assert all(figure.written in text for figure in figures_of(text))


@pytest.mark.parametrize(
    ("written", "value"),
    [("0.125", "0.125"), ("0,125", "0.125"), ("0.000.000", "0"), ("1.250", "1250"), ("1,250.75", "1250.75")],
)
def test_groups_of_three_are_thousands_but_not_behind_a_lone_zero(written, value):
    """As a reader takes it."""
    assert [figure.value for figure in figures_of(f"${written} each")] == [Decimal(value)]


@pytest.mark.parametrize("huge", [",".join(["100"] * 15), "7" + " billion" * 500])
def test_a_number_longer_than_any_real_one_is_compared_without_fault(huge):
    """A hostile page costs nobody a message."""
    assert [figure.written for figure in new_figures("Police find 1,001 parcels", [huge])] == ["1,001 parcels"]
    assert len(new_figures(f"Worth ${huge}", ["Police find 1,001 parcels"])) == 1
