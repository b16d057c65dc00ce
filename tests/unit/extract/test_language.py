"""Takes texts and stated languages, gives tests of the language that is told."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract import detect, detect_all


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("en-US", "en"),
        ("ES", "es"),
        ("zh_Hant", "zh"),
        (" fr ", "fr"),
        ("fil", "fil"),
        ("eng", "en"),
        ("ger", "de"),
        ("iw", "he"),
    ],
)
def test_a_stated_language_wins(stated: str, code: str) -> None:
    """The source knows best; only the primary subtag is kept, in two letters where there are two."""
    assert detect("Der Minister sprach am Montag mit der Presse.", stated) == code


@pytest.mark.parametrize("stated", [None, "", "und", "English (United States)", "x"])
def test_a_statement_that_says_nothing_is_passed_over(stated: str | None) -> None:
    """Then the text is looked at."""
    assert detect("Der Minister sprach am Montag lange mit der Presse über den Hafen.", stated) == "de"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The minister said that the harbour would be open to ferries from Monday.", "en"),
        ("El ministro dijo que el puerto estará abierto a los barcos desde el lunes.", "es"),
        ("De minister zei dat de haven vanaf maandag weer open is voor veerboten.", "nl"),
        ("Міністр сказав, що порт буде відкрито для поромів з понеділка.", "uk"),
        ("قال الوزير إن الميناء سيفتح أمام العبارات يوم الاثنين.", "ar"),
        ("部長は月曜日から港を再開すると述べた。", "ja"),
        ("", "und"),
        ("12:30 – 5 %", "und"),
    ],
)
def test_the_language_of_a_sentence_is_told(text: str, code: str) -> None:
    """English by its commonest words, others by the identifier, nothing from nothing."""
    assert detect(text) == code


@given(st.text(max_size=60), st.none() | st.text(max_size=8))
def test_telling_never_raises(text: str, stated: str | None) -> None:
    """Whatever comes, a code is given."""
    assert detect(text, stated)


def test_real_articles_are_told_apart(shared: Path) -> None:
    """On labelled English and Spanish articles almost none is mistaken."""
    lines = (shared / "data/topics/dev.jsonl").read_text("utf-8").splitlines()[::5]
    items = [json.loads(line) for line in lines]

    right = sum(
        detect(f"{item['title']}\n{item['text']}") == ("es" if item["id"].startswith("lajornada") else "en")
        for item in items
    )

    assert right / len(items) > 0.99


def test_a_short_title_goes_with_the_other_texts_of_its_outlet() -> None:
    """Where these are English throughout; another outlet's texts, or one in another language, say nothing about it."""
    english = ["The minister said that the harbour would open.", "They could have told us about what they found."] * 2
    title = "Ferry fares frozen"

    alike = detect_all([(text, None, "gazette") for text in [*english, title]])
    others = detect_all([*((text, None, "gazette") for text in english), ("Puerto cerrado el lunes", None, "diario")])
    mixed = detect_all(
        [*((text, None, "gazette") for text in english), (title, None, "gazette"), ("Hafen", "de", "gazette")]
    )

    assert alike == ["en"] * 5
    assert others[-1] == "es"
    assert mixed[-2] == detect(title)
