"""Pictures of a model's card: which there are, that they are drawn alike each time, and that each can be read aloud."""

from typing import Any

import pytest

from monitor.errors import UsageError
from monitor.feedback.curves import in_words, picture, picture_names

CARD: dict[str, Any] = {
    "version": "a-1",
    "topics": {
        "harbours": {
            "curves": {
                "precision_recall": [[0.0, 1.0], [0.5, 0.9], [0.8, 0.7], [1.0, 0.1]],
                "reliability": [[0.01, 0.0, 80], [0.96, 0.9, 10]],
                "scores": {"edges": [-2.0, -1.0, 0.0, 1.0], "yes": [1, 0, 3], "no": [1500, 2, 0]},
            }
        },
        "ferries": {},
    },
    "learning_curve": [
        {"labels": 0, "average_precision": {"harbours": 0.8}},
        {"labels": 1200, "average_precision": {"harbours": 0.85}},
    ],
}


def test_there_is_a_picture_for_all_that_the_card_holds() -> None:
    """A topic of an older card has none; a card without any curve has no picture at all."""
    shipped = {name: value for name, value in CARD.items() if name != "learning_curve"}

    assert picture_names(CARD) == ["precision-recall", "reliability", "scores-harbours", "learning-curve"]
    assert picture_names(shipped) == ["precision-recall", "reliability", "scores-harbours"]
    assert picture_names({**CARD, "topics": {"ferries": {}}}) == []


@pytest.mark.parametrize("name", picture_names(CARD))
def test_a_picture_is_drawn_the_same_each_time(name: str) -> None:
    """So that it may be kept, and two of them compared."""
    drawn = picture(CARD, name)

    assert drawn.startswith(b"<?xml")
    assert drawn.rstrip().endswith(b"</svg>")
    assert picture(CARD, name) == drawn
    assert picture(CARD, name, "png").startswith(b"\x89PNG")


def test_a_picture_that_the_card_does_not_hold_is_refused() -> None:
    """By name, with the version."""
    with pytest.raises(UsageError, match="model a-1 has no picture scores-ferries"):
        picture(CARD, "scores-ferries")


def test_each_picture_can_be_read_aloud() -> None:
    """With the figures that somebody would look for in it."""
    told = {name: in_words(CARD, name) for name in picture_names(CARD)}

    assert "harbours precision 0.90 at recall 0.5, precision 0.70 at recall 0.8" in told["precision-recall"]
    assert "0.90 of what was called 0.96 likely" in told["reliability"]
    assert "4 yes, the middle one between log-odds 0 and 1" in told["scores-harbours"]
    assert "1,502 no, the middle one between log-odds -2 and -1" in told["scores-harbours"]
    assert "harbours 0.800 with 0, 0.850 with 1,200" in told["learning-curve"]


def test_a_model_that_finds_little_is_read_aloud_as_well() -> None:
    """Where the curve ends before half is found, and where there is no yes at all."""
    curves = {
        "precision_recall": [[0.0, 0.0], [0.3, 0.2]],
        "reliability": [[0.01, 0.0, 80]],
        "scores": {"edges": [-1.0, 0.0], "yes": [0], "no": [7]},
    }
    card = {"version": "a-1", "topics": {"harbours": {"curves": curves}}}

    assert "finds less than half" in in_words(card, "precision-recall")
    assert "0 yes; 7 no" in in_words(card, "scores-harbours")
