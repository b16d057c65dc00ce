"""Takes lines of plain words, checks that they call nobody and otherwise stay as they are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify.plain import calling_nobody

PIECES = ["@", "<", ">", "!", "#", "&", "everyone", "here", "U1", "users/all", "https://a.example/", " ", "ж", "-"]


@pytest.mark.parametrize(
    ("line", "calm"),
    [
        ("@everyone", "@\u2060everyone"),
        ("x@here, @все", "x@\u2060here, @\u2060все"),
        ("<!channel> <@U1> <@&7> <#C1>", "<\u2060!channel> <\u2060@\u2060U1> <\u2060@&7> <\u2060#C1>"),
        ("<users/all>", "<\u2060users/all>"),
        ("5 @ 3, a < b, <b>", "5 @ 3, a < b, <b>"),
        ("see (https://a.example/@desk/1) by @desk", "see (https://a.example/%40desk/1) by @\u2060desk"),
        ("https://@everyone", "https://%40everyone"),
    ],
)
def test_what_would_call_somebody_is_parted(line: str, calm: str) -> None:
    """By a joiner that nobody sees; addresses lead where they led."""
    assert calling_nobody(line) == calm


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_line_calls_anybody_and_all_its_words_stay(line: str) -> None:
    """Whatever it is made of; done twice, it is done once."""
    calm = calling_nobody(line)

    assert not re.search(r"@\w|<[!@#]|<users/", calm)
    assert calm.replace("\u2060", "").replace("%40", "@") == line
    assert calling_nobody(calm) == calm
