"""Takes tokens and cookies, good and forged, checks who may come in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.web.people import STAYS, People

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
ANA, BEN = "a-token-of-ana-0123456789", "a-token-of-ben-0123456789"
KNOWN = People(f"ana:{ANA},\nben : {BEN}", "root")


def test_a_token_says_whose_it_is():
    """With blanks around it, as it was copied; anything else is nobody's."""
    assert [KNOWN.by_token(token) for token in (ANA, f" {BEN}\n", "ana", "", ANA[:-1], f"{ANA}x", "é\ud800")] == [
        *("ana", "ben"),
        *(None,) * 5,
    ]


def test_a_cookie_holds_for_its_time_and_for_those_who_still_have_a_token():
    """A change of any token ends all sessions."""
    cookie = KNOWN.cookie("ana", NOW)

    assert KNOWN.by_cookie(cookie, NOW) == "ana"
    assert KNOWN.by_cookie(cookie, NOW + STAYS - timedelta(seconds=1)) == "ana"
    assert KNOWN.by_cookie(cookie, NOW + STAYS) is None
    assert People(f"ana:{ANA}", "root").by_cookie(cookie, NOW) is None
    assert People(f"ana:{ANA},ben:{BEN}", "root").by_cookie(cookie, NOW) == "ana"


def test_an_ended_session_is_over_for_every_copy_of_its_cookie_and_no_other():
    """What cannot be a session of ours is no error; what is over anyway is not kept."""
    people = People(f"ana:{ANA}", "root")
    ended, other = people.cookie("ana", NOW), people.cookie("ana", NOW)

    for value in (ended, ended, "", "forged", f"x{other}"):
        people.end(value, NOW)

    assert [people.by_cookie(one, NOW) for one in (ended, other)] == [None, "ana"]
    people.end(other, NOW + STAYS)
    assert people.by_cookie(ended, NOW + STAYS) is None
    assert len(people._ended) == 1


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_no_cookie_of_anybody_elses_making_counts(value):
    """Nor is it ever an error."""
    assert KNOWN.by_cookie(value, NOW) is None


@given(st.integers(0, 200), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_cookie_altered_anywhere_counts_no_more(place, other):
    """Whatever character is put in."""
    cookie = KNOWN.cookie("ana", NOW)
    altered = cookie[: place % len(cookie)] + other + cookie[place % len(cookie) + 1 :]

    assert altered == cookie or KNOWN.by_cookie(altered, NOW) in {None, "ana"}
    assert (
        altered == cookie
        or altered.rpartition(".")[2] == cookie.rpartition(".")[2]
        or KNOWN.by_cookie(altered, NOW) is None
    )


def test_a_form_counts_in_its_own_session_alone():
    """Another's token, another session's, none."""
    mine, other = KNOWN.cookie("ana", NOW), KNOWN.cookie("ben", NOW)
    token = KNOWN.form_token(mine, "ana")

    assert KNOWN.is_ours(token, mine, "ana")
    assert not KNOWN.is_ours(token, other, "ben")
    assert not KNOWN.is_ours("", mine, "ana")
    assert not KNOWN.is_ours("é", mine, "ana")


def test_without_tokens_everybody_is_who_started_it_and_forms_are_still_ours_alone():
    """The key is drawn anew by each process, so that no other page can make a form."""
    one, other = People("", "ana"), People(" ,\n", "ana")

    assert (one.open, one.by_cookie("", NOW)) == (True, "ana")
    assert one.is_ours(one.form_token("", "ana"), "", "ana")
    assert not one.is_ours(other.form_token("", "ana"), "", "ana")


@pytest.mark.parametrize("listed", [ANA, f":{ANA}", "ana:short-secret", f"a|b:{ANA}", f"ana:{ANA},ben"])
def test_what_cannot_be_used_is_refused_without_telling_a_token(listed):
    """No name, no token, one that can be guessed, a name that cannot stand in a cookie."""
    with pytest.raises(ConfigError, match="MONITOR_WEB_TOKEN") as refused:
        People(listed, "root")

    assert ANA not in str(refused.value)
    assert "short-secret" not in str(refused.value)
