"""Takes invented articles, checks which of their sentences stand for them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.summarise import summary

TITLE = "Lomanda and Torvenia sign pact on joint patrols"
LEAD = "Lomanda and Torvenia signed a pact on joint naval patrols in the Asker strait on Monday."
DETAIL = "The pact lets ships of both navies board vessels suspected of carrying drugs, officials of Lomanda said."
MONEY = "Torvenia will pay for two patrol boats under the pact, worth 40 million crowns."
COLOUR = "A band played in the rain while guests looked for their umbrellas."
BODY = f"{LEAD} {DETAIL} {COLOUR} {MONEY}"


def told(text, title=TITLE, **more):
    """Give the sentences of a summary."""
    return summary(title, text, outlet="Daily Harbour", **more).sentences


def test_the_lead_and_what_is_central_are_chosen():
    """The sentences that carry the matter stand in the order of the text, the decoration is left out."""
    assert told(BODY) == (LEAD, DETAIL, MONEY)


def test_the_outlet_is_named():
    """A summary says whose sentences it holds, and that they are not a teaser's."""
    found = summary(TITLE, BODY, outlet="Daily Harbour")

    assert (found.outlet, found.teaser_only) == ("Daily Harbour", False)


def test_words_that_carried_the_verdict_draw_their_sentence():
    """A sentence that holds the flagged words is preferred to one that does not."""
    text = f"{LEAD} {COLOUR} {DETAIL} Fentanyl precursors were named in an annex that few delegates had read."

    plain = told(text, max_words=38)
    stressed = told(text, max_words=38, emphasis=["fentanyl", "precursors", "annex"])

    assert not any("Fentanyl" in sentence for sentence in plain)
    assert any("Fentanyl" in sentence for sentence in stressed)


@pytest.mark.parametrize("opening", ["They", "It", "This pact", "But they", "“He"])
def test_a_pronoun_brings_its_sentence_along(opening):
    """A sentence that points back is chosen only after the one before it, though it would be chosen for its matter."""
    matter = "let ships of both navies board vessels suspected of carrying drugs, officials of Lomanda said."
    quoted = "”" if opening.startswith("“") else ""

    standing = told(f"{LEAD} {COLOUR} The navies {matter}")
    pointing = told(f"{LEAD} {COLOUR} {opening} {matter}{quoted}", max_words=38)

    assert f"The navies {matter}" in standing
    assert f"{opening} {matter}{quoted}" not in pointing


@pytest.mark.parametrize(
    "boilerplate",
    [
        "Sign up for our newsletter on the pact of Lomanda and Torvenia.",
        "We use cookies to tell you about the pact of Lomanda and Torvenia.",
        "Image: Ministers of Lomanda and Torvenia sign the pact on patrols.",
        "By Ilona Verrat",
        "Read more about the pact on joint patrols of Lomanda and Torvenia.",
        "Getty Images shows the pact on joint patrols of Lomanda and Torvenia.",
    ],
)
def test_what_the_page_says_of_itself_is_left_out(boilerplate):
    """Invitations, captions and bylines are no part of an article, neither of a long one nor of a teaser."""
    assert boilerplate not in told(f"{boilerplate}\n{BODY}")
    assert told(f"{boilerplate}\n{LEAD}") == (LEAD,)


def test_an_agency_mark_is_cut_off():
    """A dateline that ends in an agency's name is taken off the front, and nothing else is altered."""
    assert told(f"PORT ASKER, March 9 (Reuters) - {BODY}")[0] == LEAD


def test_a_teaser_stays_as_it_is():
    """Two sentences are the teaser of an article, told whole, also where the feed broke the second off."""
    found = summary(TITLE, f"{LEAD} Ministers said that further talks would …", outlet="")

    assert found.sentences == (LEAD, "Ministers said that further talks would …")
    assert found.teaser_only


def test_a_teaser_is_cut_at_a_sentence_end():
    """What does not fit is left away by whole sentences."""
    assert told(f"{LEAD} {DETAIL}", max_words=20) == (LEAD,)


def test_a_teaser_that_repeats_the_title_says_nothing():
    """The headline is not told twice."""
    assert told(TITLE + ".") == ()


def test_no_text_gives_no_sentence():
    """An article that is only a title has an empty summary, marked as a teaser."""
    found = summary(TITLE, "", outlet="")

    assert (found.sentences, found.teaser_only) == ((), True)


def test_no_sentence_is_cut_to_fit():
    """A sentence longer than the summary may be is left out, even where it is the only one."""
    assert told("The pact, " + "which is long, " * 30 + "was signed.") == ()


def test_nothing_is_said_twice():
    """A sentence that stands in the text two times is told once, in a teaser as in an article."""
    assert told(f"{LEAD} {LEAD}") == (LEAD,)
    assert told(f"{BODY} {BODY}") == told(BODY)


PIECES = [
    "the",
    "pact",
    "navy",
    "He",
    "It",
    "Lomanda",
    "(Reuters)",
    "-",
    "Mr.",
    "U.S.",
    "“talks”",
    "3.5",
    "…",
    "!",
    "said",
    "\n",
]
SENTENCE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map(" ".join)
TEXT = st.lists(SENTENCE, max_size=12).map(". ".join) | st.text(max_size=600)


@settings(max_examples=150)
@given(title=st.text(max_size=60), text=TEXT, words=st.integers(0, 80))
def test_every_sentence_stands_in_the_text(title, text, words):
    """Whatever the text, at most three sentences and so many words come back, verbatim but for white space, in order."""
    found = summary(title, text, outlet="", max_words=words).sentences

    assert len(found) <= 3
    assert sum(len(sentence.split()) for sentence in found) <= words
    rest = " ".join(text.split())
    for sentence in found:
        assert " ".join(sentence.split()) in rest
        rest = rest[rest.index(" ".join(sentence.split())) :]


@pytest.mark.parametrize(
    "text", [BODY * 6_000, "x" * 2_000_000, "(" * 2_000_000, "By A" * 500_000, "“" * 2_000_000, "A " * 1_000_000]
)
def test_two_megabytes_take_no_time(text):
    """Only the beginning of a monstrous text is read."""
    started = time.process_time()

    told(text)

    assert time.process_time() - started < 2
