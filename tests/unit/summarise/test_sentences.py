"""Takes invented texts, checks where their sentences end."""

import time

import pytest
import sentencex
from hypothesis import given
from hypothesis import strategies as st

from monitor.summarise import sentences


def test_abbreviations_and_figures_end_no_sentence():
    """A stop after a title or within a figure goes on."""
    assert sentences("Mr. Verrat paid 3.5 million. Dr. Halloun did not.") == [
        "Mr. Verrat paid 3.5 million.",
        "Dr. Halloun did not.",
    ]


def test_a_line_ends_a_sentence():
    """A heading without a stop does not run into the paragraph below."""
    assert sentences("Background\nThe port was closed.") == ["Background", "The port was closed."]


def test_a_wrapped_line_goes_on():
    """A line that breaks off within a sentence is joined to the next by a space."""
    assert sentences("The port was closed\nfor two days. It reopened.") == [
        "The port was closed for two days.",
        "It reopened.",
    ]


class PanicException(BaseException):
    """Stands in for pyo3_runtime.PanicException, which cannot be raised from Python."""


def test_a_panic_in_the_splitter_falls_back(monkeypatch):
    """Where the compiled splitter gives up, stops followed by capitals decide."""

    def panics(*_):
        raise PanicException

    monkeypatch.setattr(sentencex, "segment", panics)

    assert sentences("It rose by 3.5 points. “So what?” Nobody knew.") == [
        "It rose by 3.5 points.",
        "“So what?”",
        "Nobody knew.",
    ]


def test_an_interrupt_is_no_panic(monkeypatch):
    """Only the panic is caught: an interrupt still ends the program."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sentencex, "segment", interrupted)

    with pytest.raises(KeyboardInterrupt):
        sentences("One. Two.")


@given(text=st.text(max_size=300), language=st.sampled_from(["en", "es", "zh", "xx", ""]))
def test_no_text_is_lost(text, language):
    """In whatever language, the sentences hold all of the text but white space, in order."""
    assert "".join("".join(sentences(text, language)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text", ["x" * 2_000_000, "A b. " * 400_000, "\n " * 1_000_000, ".\n" * 1_000_000, "a, " * 700_000]
)
def test_two_megabytes_are_split_in_time(text):
    """The cost grows with the length of the text, whatever it is made of."""
    started = time.process_time()

    sentences(text)

    assert time.process_time() - started < 6
