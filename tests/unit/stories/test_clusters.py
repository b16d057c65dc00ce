"""Takes numbers and links between them, checks which are grouped."""

import math
from itertools import combinations, pairwise, product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.stories.clusters import GROWN, MEAN_OF_TEASERS, MEAN_OF_TEXTS, NO_LINK, grouped

NEAR = 0.3


def groups(links, *, full=0.0, members=range(1, 7), **more):
    """Group six members, all of them teasers or all of them full texts."""
    return [tuple(one) for one in grouped(dict.fromkeys(members, full), links, at=NEAR, **more)]


def test_members_without_links_stay_alone():
    """Nothing in common, nothing grouped; a link below what is asked for is nothing."""
    assert groups([(1, 2, 0.29)], members=[1, 2, 3]) == [(1,), (2,), (3,)]


def test_the_nearest_are_put_together_first():
    """Of two groups that a member could join, it joins the nearer, whichever came first."""
    links = [(1, 3, 0.35), (2, 3, 0.6), (1, 2, 0.0)]

    assert groups(links, full=1.0, members=[1, 2, 3]) == [(1,), (2, 3)]


def test_among_full_texts_one_link_does_not_chain():
    """What A has with B and B with C makes a story of teasers, and not of full texts, whose other links would show it."""
    chain = [(1, 2, 0.5), (2, 3, 0.5), (3, 4, 0.5)]

    assert groups(chain, full=0.0, members=[1, 2, 3, 4]) == [(1, 2, 3, 4)]
    assert groups(chain, full=1.0, members=[1, 2, 3, 4]) == [(1, 2), (3, 4)]


def test_the_larger_both_groups_the_nearer_they_have_to_be():
    """One article takes a link that two groups of three each do not."""
    inside = [(1, 2, 0.9), (1, 3, 0.9), (2, 3, 0.9)]
    other = [(4, 5, 0.9), (4, 6, 0.9), (5, 6, 0.9)]
    bridge = (3, 4, 0.45)

    assert groups([*inside, bridge], members=[1, 2, 3, 4]) == [(1, 2, 3, 4)]
    assert groups([*inside, *other, bridge]) == [(1, 2, 3), (4, 5, 6)]


def test_what_was_said_holds_against_any_link():
    """Pairs put together are, without a link; pairs put apart are not, by whatever way they would meet."""
    links = [(1, 2, 0.9), (2, 3, 0.9), (1, 3, 0.9)]

    assert groups(links, members=[1, 2, 3, 4], together=[(3, 4)]) == [(1, 2, 3, 4)]
    found = groups(links, members=[1, 2, 3], apart=[(1, 3)])
    assert not any({1, 3} <= set(one) for one in found)
    assert groups([], members=[1, 2], apart=[(1, 2)], together=[(1, 2)]) == [(1,), (2,)]


def test_what_was_said_of_others_is_passed_over():
    """Rulings about articles outside the window do no harm."""
    assert groups([(1, 2, 0.9)], members=[1, 2], apart=[(1, 77)]) == [(1, 2)]


LINKS = st.dictionaries(
    st.tuples(st.integers(1, 8), st.integers(1, 8)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(-0.2, 1.0),
    max_size=20,
)


@settings(max_examples=150)
@given(links=LINKS, full=st.floats(0, 1), apart=st.sets(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=4))
def test_groups_part_the_members_and_the_order_of_links_does_not_matter(links, full, apart):
    """Each member is in one group, no ruled pair is in one, and the links may come in any order."""
    rows = [(one, other, near) for (one, other), near in links.items()]
    ruled = [pair for pair in apart if pair[0] != pair[1]]

    found = groups(rows, full=full, members=range(1, 9), apart=ruled)

    assert sorted(member for group in found for member in group) == list(range(1, 9))
    assert not any(one in group and other in group for one, other in ruled for group in found)
    assert len(set(links.values())) < len(links) or found == groups(
        rows[::-1], full=full, members=range(1, 9), apart=ruled
    )


def plainly(fullness, links):
    """Group as the definition says: look at every two groups, unite the nearest, begin again; nothing where two are as near."""
    link = {frozenset((one, other)): nearness for one, other, nearness in links}
    found = [[member] for member in sorted(fullness)]
    while True:
        between = []
        for one, other in combinations(found, 2):
            given_links = [link[pair] for pair in map(frozenset, product(one, other)) if pair in link]
            if not given_links:
                continue
            pairs = len(one) * len(other)
            mean = (sum(given_links) + NO_LINK * (pairs - len(given_links))) / pairs
            full = min(sum(fullness[member] for member in group) / len(group) for group in (one, other))
            share = MEAN_OF_TEASERS + (MEAN_OF_TEXTS - MEAN_OF_TEASERS) * full
            size = min(len(one), len(other))
            between.append((share * mean + (1 - share) * max(given_links) - GROWN * math.log(size), one, other))
        between.sort(key=lambda each: each[0], reverse=True)
        if any(abs(one[0] - other[0]) < 1e-9 for one, other in pairwise(between)) or (
            any(abs(each[0] - NEAR) < 1e-9 for each in between)
        ):
            return None
        if not between or between[0][0] < NEAR:
            return sorted(sorted(group) for group in found)
        nearest = between[0]
        found = [group for group in found if group not in nearest[1:]] + [nearest[1] + nearest[2]]


@given(
    st.lists(st.floats(0, 1), min_size=9, max_size=9),
    st.dictionaries(
        st.sampled_from(list(combinations(range(9), 2))),
        st.integers(-99_991, 999_983).map(lambda n: n / 1_000_003),
        max_size=36,
    ),
)
@settings(max_examples=300)
def test_shortcuts_change_nothing(fullness, links):
    """What is left out of sight because it is nowhere near would not have been grouped either."""
    drawn = [(one, other, nearness) for (one, other), nearness in links.items()]
    expected = plainly(dict(enumerate(fullness)), drawn)
    assume(expected is not None)

    found = grouped(dict(enumerate(fullness)), drawn, at=NEAR)

    assert sorted(map(list, found)) == expected
