"""Takes the text found on a page, gives tests of the lines that are the article's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract.lines import article_lines, is_page_talk

QUAY = "The old quay opened again on Saturday after two years of work, and the first ferry left before dawn."
WALL = "Engineers had replaced forty piles and the whole of the western wall, which a storm had undercut."
FARES = "The harbour board said that the works had cost a little less than planned and that fares would not rise."


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for our morning newsletter.",
        "Want more? Subscribe to the harbour letter and get it in your inbox every Friday.",
        "Suscríbete a nuestro boletín diario",
        "Inscreva-se no canal do jornal no WhatsApp",
        "Abonnez-vous à notre newsletter du soir",
        "Follow us on Twitter and Facebook.",
        "Follow the reporter: follow her @quaywatch",
        "Like the Outlet on Facebook",
        "Síguenos en Facebook",
        "Email Ann Quay at ann@outlet.example",
        "Have a tip? Tell the newsroom.",
        "Additional reporting by Ann Quay",
        "Ann Quay contributed to this report.",
        "© 2026 Outlet. No copying.",
        "Copyright 2026 Outlet. All rights reserved.",
        "Todos los derechos reservados",
        "Updated at 1:23 p.m.",
        "Publicado 18/11/2026 07:12",
        "Tags: harbour, ferries",
        "Advertisement",
        "Comentarios",
        "Read more: Harbour board names officer",
        "Related: Nine ferries in pictures",
        "Leia também: Porto elege diretora",
        "Lire aussi : Le port élit sa directrice",
        "Most read in world news",
        "Noticias relacionadas",
        "Click here to get the Outlet app",
    ],
)
def test_what_a_page_says_of_itself_is_no_line_of_the_article(line: str) -> None:
    """Invitations, bylines of others, dates, labels, announcements."""
    assert article_lines(f"{QUAY}\n{line}\n{WALL}", []) == f"{QUAY}\n{WALL}"


@pytest.mark.parametrize(
    "line",
    [
        "Follow-up talks on the quay are planned for Monday, the board wrote on Facebook.",
        "Contact with the ferry was lost at noon, the navy said on Twitter.",
        "Get tough on ferry operators, members told the minister.",
        "Published in 1998, the report had warned of the wall.",
        "Posted to Quay 9, he saw it.",
        "Related companies must repay the grant, the court ruled.",
        "Comments by the minister angered the fishermen.",
        "More than 300 people read the notice at the gate.",
        "Register of ships: forty are missing, the clerk said.",
        "Like many dealers, he offered the pills on Instagram.",
        "Receive forty kilos and two are yours, read the message in his inbox, the court was told.",
        "Siga o dinheiro, disse o ministro no Instagram.",
        "Reporting by the ministry shows forty deaths.",
        "The newsletter that warned of the storm had twelve readers.",
    ],
)
def test_a_sentence_that_begins_alike_stays(line: str) -> None:
    """What it says is news, in whatever words."""
    assert not is_page_talk(line)


def test_a_long_paragraph_stays_whatever_it_invites_to() -> None:
    """An article about newsletters is not emptied."""
    paragraph = f"Sign up for a newsletter, and you will get three. {QUAY} {WALL} {FARES}"

    assert article_lines(paragraph, []) == paragraph


def test_where_page_talk_is_most_of_the_text_nothing_is_dropped() -> None:
    """It is the subject then; what is no article at all is told elsewhere."""
    text = "Follow us on Twitter.\nSign up for our newsletter.\nShort."

    assert article_lines(text, []) == text


def test_titles_are_dropped_however_they_are_written() -> None:
    """A heading that differs in case or stops from the stated title is the title all the same."""
    assert article_lines(f"QUAY REOPENS!\n{QUAY}\nQuay reopens", ["Quay reopens"]) == QUAY


def test_a_teaser_printed_again_is_given_once_and_a_refrain_each_time() -> None:
    """Nearby repetitions are the page's doing, those further apart the author's."""
    text = f"{QUAY}\n{WALL}\n{QUAY}\n{FARES}\nYes.\nYes.\nNo.\nPerhaps.\n{WALL}"

    assert article_lines(text, []).split("\n") == [QUAY, WALL, FARES, "Yes.", "No.", "Perhaps.", WALL]


def test_of_a_whole_page_with_its_menus_the_prose_is_kept() -> None:
    """Where the article has no element of its own, all text of the page is found; menus have short lines, many of them."""
    menu = [f"Section {number}" for number in range(40)]
    address = (
        "Outlet, Quay Street 11, 89259 Harbourtown, telephone 047 2106, open from nine to five, except on holidays"
    )

    found = article_lines("\n".join([*menu, QUAY, "Really.", WALL, FARES, *menu[:5], address]), [])

    assert found.split("\n") == [QUAY, "Really.", WALL, FARES]


@given(st.text("Sign up newsletter.\n Tags:", max_size=200), st.lists(st.text(max_size=10), max_size=2))
def test_lines_are_never_invented_and_seldom_all_lost(text: str, titles: list[str]) -> None:
    """Every line given stood in the text."""
    found = article_lines(text, titles)

    given_lines = {" ".join(line.split()) for line in text.splitlines()}
    assert set(found.split("\n")) <= given_lines | {""}
