"""Takes invented sentences, checks which tags are read off them."""

import pytest

from monitor.classify.lexicon import languages, lexicon
from monitor.stories import Facts, facts_of


def tags(text, title="", language="en"):
    """Give the facts of one article."""
    return facts_of([(title, text, language)])


def test_countries_are_found_by_name_people_and_capital_and_shown_in_english():
    """The most often named comes first, and one in the title counts more."""
    found = tags("Togolese officers met in Accra. Ghana will train them.", title="Togo asks for help")

    assert found.countries == ("Togo", "Ghana")
    assert tags("El presidente de Perú viajó a Quito.", language="es").countries == ("Peru", "Ecuador")
    assert tags("The EU and NATO spoke in Tbilisi.").countries == ("EU", "NATO", "Georgia")


@pytest.mark.parametrize(
    ("text", "agencies"),
    [
        ("The DEA and the Drug Enforcement Administration are one.", ("DEA",)),
        ("UNODC said so; the ONUDC of French texts is the same.", ("UNODC",)),
        ("The word dea is Italian, and ice is frozen water.", ()),
        ("Europol called; INTERPOL answered.", ("Europol", "Interpol")),
    ],
)
def test_agencies_are_found_as_they_are_written(text, agencies):
    """Abbreviations count in capitals alone."""
    assert tags(text).agencies == agencies


@pytest.mark.parametrize(
    ("text", "substances"),
    [
        ("Cocaine, cocaína and cocaïne", ("cocaine",)),
        ("Fentanyl precursors and crystal meth", ("precursors", "methamphetamine")),
        ("He met his opioid counsellor; opiates were named", ("opioids",)),
        ("The cocoa harvest in Coca-Cola bottles", ("coca",)),
        ("Methodical work", ()),
    ],
)
def test_substances_are_found_in_four_languages(text, substances):
    """Each under one name."""
    assert set(tags(text).substances) == set(substances)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("on 12 March 2026 and 12 March", ("12 March 2026", "12 March")),
        ("March 14, 2026; the 3rd of May", ("14 March 2026", "3 May")),
        ("el 3 de mayo de 2026, le 1er juin", ("3 May 2026", "1 June")),
        ("32 March, 12 marching bands, may 2026", ()),
    ],
)
def test_dates_are_days_with_their_month(text, dates):
    """As they stand in the text, without a guess at the year."""
    assert tags(text).dates == dates


@pytest.mark.parametrize("language", languages())
def test_every_country_of_every_language_can_be_shown(language):
    """One that only a single lexicon knows would otherwise stop judging where it is named."""
    for name, code in lexicon(language).countries.items():
        if code != "-":
            assert tags(name, language=language).countries, name


def test_nothing_is_made_of_nothing():
    """And a language without a lexicon has no countries, but agencies and substances all the same."""
    assert tags("") == Facts()
    assert facts_of([]) == Facts()
    assert tags("Die DEA fand fentanyl in Deutschland", language="de") == Facts(
        agencies=("DEA",), substances=("fentanyl",)
    )
