"""Whatever was packed comes out whole, however it is cut into pieces; what was cut short is seen to be."""

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.fetcher.body import PIECE, UNPACK

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def words(count: int, seed: int) -> bytes:
    """Give text that packs about as well as news does."""
    chance = random.Random(seed)
    return " ".join(f"word{chance.randrange(3000)}" for _ in range(count)).encode()


@pytest.mark.parametrize("coding", PACK)
@settings(max_examples=40)
@given(count=st.integers(0, 40_000), seed=st.integers(0, 99), size=st.sampled_from([1_000, 16_384, PIECE]))
def test_a_packed_body_comes_out_whole(coding: str, count: int, seed: int, size: int) -> None:
    """Also where much more comes out of a piece than one step gives."""
    body = words(count, seed)
    packed = PACK[coding](body)
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]

    unpacked = b"".join(UNPACK[coding](iter(pieces)))

    assert unpacked == body
