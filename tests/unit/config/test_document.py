"""Takes bytes that are meant to be YAML, and expects data with places, or the place of the mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.document import read_document


def read(text: str | bytes) -> object:
    """Give the data of a file that has no problems."""
    document = read_document("f.yaml", text if isinstance(text, bytes) else text.encode())
    assert document.problems == []
    return document.data


def problems(text: str | bytes) -> list[str]:
    """Give the problems of a file."""
    return [
        str(problem) for problem in read_document("f.yaml", text if isinstance(text, bytes) else text.encode()).problems
    ]


def test_scalars_are_read_as_yaml_1_2() -> None:
    """Times, dates and the word `no` are text; numbers, true, false and null are what they look like."""
    text = "a: 12:30\nb: no\nc: 2026-01-02\nd: 7\ne: 0.5\nf: true\ng: ~\nh: '7'\ni: 0x1F\nj: 010\nk: off\nl: 1e3"

    data = read(text)

    texts = {"a": "12:30", "b": "no", "c": "2026-01-02", "h": "7", "k": "off"}
    assert data == texts | {"d": 7, "e": 0.5, "f": True, "g": None, "i": 31, "j": 10, "l": 1000.0}


@pytest.mark.parametrize("text", ["", "   \n", "# only a remark\n", "---\n", "\ufeff", "null"])
def test_an_empty_file_has_no_data(text: str) -> None:
    """Nothing, blanks, remarks, a byte order mark: all mean that nothing is set."""
    assert read(text) == {}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    """A file saved by a Windows editor reads the same, and its places are right."""
    document = read_document("f.yaml", "\ufeffa: 1\r\nb:\r\n  c: 2\r\n".encode())

    assert document.data == {"a": 1, "b": {"c": 2}}
    assert document.place(("b", "c")) == (3, 3)


def test_odd_line_ends_do_not_shift_places() -> None:
    """A line separator inside a text is no new line to YAML; a lone carriage return is."""
    document = read_document("f.yaml", "a: x\u2028y\rb: 1\nc: 2".encode())

    assert document.place(("c",)) == (3, 1)
    assert document.line(("c",)) == "c: 2"


def test_a_place_is_that_of_the_key_or_the_item() -> None:
    """Lines and columns count from 1; what is not there has the place of what is nearest above it."""
    document = read_document("f.yaml", "ключ: 1\ns:\n  - {id: x, url: y}\n  - z\n".encode())

    assert [
        document.place(path) for path in [("s",), ("s", 0), ("s", 0, "url"), ("s", 1), ("s", 0, "gone"), ("s", 9), ()]
    ] == [
        *((2, 1), (3, 5), (3, 13), (4, 5)),
        *((3, 5), (2, 1), (1, 1)),
    ]


def test_a_key_that_stands_twice_is_refused_each_time() -> None:
    """All repetitions are told, also in nested blocks, each at the second key."""
    assert problems("a: 1\nb: {c: 1, c: 2}\na: 2\n") == [
        "f.yaml:3:1: key 'a' stands here twice (first in line 1): remove one",
        "f.yaml:2:11: key 'c' stands here twice (first in line 2): remove one",
    ]


def test_blocks_may_be_shared() -> None:
    """An alias repeats a block; `<<` takes in its keys, and a key of one's own wins."""
    data = read("a: &x {k: 1, l: 2}\nb: *x\nc: {<<: *x, l: 3}\nd: {<<: [*x, {m: 4}]}\n")

    assert data == {"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 2}, "c": {"k": 1, "l": 3}, "d": {"k": 1, "l": 2, "m": 4}}


def test_a_merge_of_what_is_no_block_is_refused() -> None:
    """`<<` with a word or a number beside it is a mistake with a place."""
    assert problems("a: {<<: 5}") == [
        "f.yaml:1:5: `<<` takes in other keys: write `<<: *name`, with `&name` at the block to take in"
    ]


def test_an_alias_of_itself_does_no_harm() -> None:
    """Rings end, in aliases and in merges."""
    assert problems("a: &x [*x]\nb: &y {<<: *y, k: 1}\n") == []


def test_aliases_of_aliases_cost_nothing() -> None:
    """A file that would unfold to ten to the power of thirty entries is read at once."""
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 31))
    merges = "\n".join(f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}]}}" for n in range(1, 31))

    assert problems(f"a0: &a0 [x]\n{levels}\nm0: &m0 {{k: 1}}\n{merges}\n") == []


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a:\n\tb: 1\n", "f.yaml:2:1:", "spaces, not with tabs"),
        ("a: b: c\n", "f.yaml:1:5:", "in quotes"),
        ("a: [1, 2\n", "f.yaml:2:1:", "line before"),
        ('a: "x\n', "f.yaml:2:1:", "close the quote"),
        ("a: *x\n", "f.yaml:1:4:", "define it first"),
        ("a: **x**\n", "f.yaml:1:4:", "in quotes"),
        ('a: "\\d"\n', "f.yaml:1:6:", "single quotes"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1:", "join"),
        ("a: {channel: #x, b: 1}\nc: 2\n", "f.yaml:2:2:", "read as a comment"),
        ("a: @x\n", "f.yaml:1:4:", "quotes"),
        ("[" * 60 + "]" * 60, "f.yaml:1:41:", "fewer brackets"),
        ("? [a]\n: 1\n", "f.yaml:1:3:", "a key must be a word"),
        ("a: 1\nb: \x07\n", "f.yaml:2:4:", "U+0007"),
        ('a: "\\ud800"', "f.yaml:1:4:", "cannot be stored"),
        ('a: "\\U00110000"', "f.yaml:1:1:", "check quotes"),
        (b"a: 1\nb: \xff\n", "f.yaml:2:4:", "UTF-8"),
        ("a: 1".encode("utf-16"), "f.yaml:1:1:", "UTF-8"),
    ],
)
def test_broken_yaml_is_told_with_its_place_and_a_way_out(text: str | bytes, place: str, hint: str) -> None:
    """Each kind of broken file has one problem, one line long, with what to do."""
    (problem,) = problems(text)

    assert problem.startswith(place)
    assert hint in problem
    assert "\n" not in problem


@given(
    st.text(alphabet=st.sampled_from(" \n\t:-[]{}#&*!|>'\"%@`,?<abc019.~\\\ufeffé"), max_size=40) | st.text(max_size=40)
)
def test_no_text_makes_reading_fail(text: str) -> None:
    """Whatever a file holds, there are data or a problem on one line."""
    document = read_document("f.yaml", text.encode("utf-8", "surrogatepass"))

    assert all("\n" not in str(problem) for problem in document.problems)


@given(st.binary(max_size=40))
def test_no_bytes_make_reading_fail(raw: bytes) -> None:
    """The same for a file that is no text at all."""
    assert read_document("f.yaml", raw).name == "f.yaml"
