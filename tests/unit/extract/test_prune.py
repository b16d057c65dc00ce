"""Takes trees of pages, gives tests of what is dropped from them before the article is looked for."""

import pytest
from lxml import html

from monitor.extract.prune import prune

PARAGRAPH = (
    "<p>The old quay opened again on Saturday after two years of work, and the first ferry left before dawn.</p>"
)
LINK = "<a href='/1'>How the harbour board found its officer</a>"


def left(promotion: str) -> str:
    """Give what is left of something that stands after a paragraph."""
    tree = html.document_fromstring(f"<html><body><article>{PARAGRAPH}{promotion}</article></body></html>")

    prune(tree)

    article = tree.find(".//article")
    return "".join(html.tostring(element, encoding="unicode") for element in article[1:])


@pytest.mark.parametrize(
    "promotion",
    [
        f"<p>{LINK}</p>",
        f"<p><b>See more:</b> {LINK}</p>",
        f"<p>Leia também: {LINK}</p>",
        f"<p>{LINK} [VIDEO] | {LINK}</p>",
        f"<ul><li>Officers: {LINK}</li><li>{LINK} in pictures</li><li>{LINK}</li></ul>",
        "<div class='print-footer'><p>To order copies write to the licensing department.</p></div>",
        "<span class='rollover-block'>More on Ann Quay: nine articles</span>",
    ],
)
def test_what_leads_elsewhere_or_is_not_shown_is_dropped(promotion: str) -> None:
    """Links to other articles, and what only a printer or a hovering mouse is shown."""
    assert left(promotion) in {"", "<ul></ul>"}


@pytest.mark.parametrize(
    "part",
    [
        PARAGRAPH.replace("the first ferry", "<a href='/1'>the first ferry of the Coast Line</a>"),
        "<p><a href='/1'>Read on</a></p>",
        "<p>The board named three reasons: weather, wages and <a href='/1'>the price of the piles and the wall</a>, it said.</p>",
        f"<ul><li>{LINK} and what it was paid to do</li><li>A wall</li><li>A pier</li></ul>",
        f"<ul><li>Why: {LINK} at last</li><li>A wall: {LINK} again</li><li>By whom: {LINK} too</li></ul>{PARAGRAPH}",
        f"<div class='tooltip-enabled'><p>{'The quay is long and old and dear to the town. ' * 8}</p></div>",
    ],
)
def test_what_belongs_to_the_article_stays(part: str) -> None:
    """Links within sentences, lists that the text goes on from, prose whatever its container is called."""
    before = html.fromstring(f"<div>{part}</div>").text_content()

    assert html.fromstring(f"<div>{left(part)}</div>").text_content() == before


def test_what_follows_a_dropped_element_stays() -> None:
    """The rest of a sentence is not lost with a box that opens within it."""
    assert "said Ann, and left" in left("<p>So <span class='rollover-block'>Ann Quay</span>said Ann, and left.</p>")


def test_the_text_goes_on_soon_after_a_list_or_not_at_all() -> None:
    """Twenty paragraphs are looked at, so that a page of nothing but lists takes no longer than others of its length."""
    promotion = f"<ul>{f'<li>Why: {LINK} at last</li>' * 3}</ul>"
    captions = "<p>A pier.</p>"

    assert "harbour board" in left(promotion + 10 * captions + PARAGRAPH)
    assert "harbour board" not in left(promotion + 30 * captions + PARAGRAPH)
