"""Takes a response's raw pieces, gives its unpacked body, never holding more than the cap and a piece.

Own unpacking, because urllib3's takes a stream cut in the middle for a whole one. Each coding is a generator from pieces to
pieces of at most `PIECE` bytes (zstd: see there), so that a megabyte which unpacks to a gigabyte is dropped at the cap.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import brotli
import zstandard
from urllib3 import BaseHTTPResponse

from monitor.adapters.fetcher.trouble import Trouble
from monitor.fetch.outcome import failed
from monitor.types import Weight

PIECE = 65_536
ACCEPT_ENCODING = "gzip, deflate, br, zstd"
MOST_CODINGS = 3
GZIP_MAGIC = b"\x1f"  #: its first byte: the second may be in the next piece
#: A zstd block of 4 bytes may hold 128 kB (RFC 8878, section 3.1.1.2), and the decoder has no limit for its output.
ZSTD_PIECE = 128
ZSTD_WINDOW = 8 * 2**20  #: bytes; the most that RFC 9659 allows on the web


class _CutShortError(Exception):
    """The packed stream ended before its end mark."""


def read_body(response: BaseHTTPResponse, cap: int, *, truncate: bool = False) -> bytes:
    """Give the unpacked body of a response.

    Raises:
        Trouble: it is larger than `cap` bytes (and is not to be truncated), ends too early, or is not packed as it says.
    """
    if (response.length_remaining or 0) > cap and not truncate:
        raise _too_large(cap)
    pieces = response.stream(PIECE, decode_content=False)
    codings = response.headers.get("content-encoding", "").lower().split(",")
    try:
        return _collected(_unpacked(_counted(pieces, cap), codings), cap, truncate=truncate)
    except _CutShortError:
        raise Trouble(failed("error", "The document ended too early: its packed form was cut.")) from None
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        detail = f"The document is not packed as its header says, which is {','.join(codings)[:40]!r}."
        raise Trouble(failed("error", detail, weight=Weight.HARD)) from error


def _collected(pieces: Iterable[bytes], cap: int, *, truncate: bool) -> bytes:
    kept = bytearray()  # no list: a document may come in millions of pieces
    for piece in pieces:
        kept += piece
        if len(kept) > cap and not truncate:
            raise _too_large(cap)
        if len(kept) > cap:
            break
    return bytes(kept[:cap])


def _counted(pieces: Iterable[bytes], cap: int) -> Iterator[bytes]:
    """Pass pieces on until they come to more than the cap: a packed stream may go on for ever and unpack to nothing."""
    size = 0
    for piece in pieces:
        size += len(piece)
        yield piece
        if size > cap:
            raise _too_large(cap)


def _too_large(cap: int) -> Trouble:
    return Trouble(failed("too-large", f"The document is larger than {cap:,} bytes, the most that is read."))


def _unpacked(pieces: Iterable[bytes], codings: list[str]) -> Iterable[bytes]:
    """Undo the codings, last first; an unknown one ("utf-8", "none") is a server's slip and means nothing."""
    undone = [UNPACK[name] for name in map(str.strip, reversed(codings)) if name in UNPACK]
    if len(undone) > MOST_CODINGS:
        raise Trouble(failed("error", f"The document is packed {len(undone)} times over.", weight=Weight.HARD))
    for unpack in undone:
        pieces = _unpack(pieces, unpack)
    return pieces


def _unpack(pieces: Iterable[bytes], unpack: Callable[[Iterator[bytes]], Iterator[bytes]]) -> Iterator[bytes]:
    """Unpack, unless there is nothing: an empty body is empty in any coding."""
    rest = iter(pieces)
    first = next(filter(None, rest), b"")
    if first:
        yield from unpack(chain((first,), rest))


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield from _inflate(pieces, zlib.MAX_WBITS | 16)


def _undeflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack "deflate": zlib's form by RFC 9110, the bare one by some servers; the first two bytes tell."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) > 1:
            break
    wrapped = len(head) > 1 and head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    yield from _inflate(chain((head,), pieces), zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)


def _inflate(pieces: Iterable[bytes], form: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(form)
    for piece in pieces:
        packed = piece
        while packed:
            if stream.eof and not packed.startswith(GZIP_MAGIC):
                return  # what follows the end mark is no part of the document
            if stream.eof:
                stream = zlib.decompressobj(form)  # gzip files may follow one another (RFC 1952, section 2.2)
            yield stream.decompress(packed, PIECE)
            packed = stream.unused_data if stream.eof else stream.unconsumed_tail
    yield stream.flush()
    if not stream.eof:
        raise _CutShortError


def _unbrotli(pieces: Iterator[bytes]) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    for piece in pieces:
        unpacked = stream.process(piece, output_buffer_limit=PIECE)
        # Output beyond the limit stays inside also when all input is taken in (`can_accept_more_data`): ask until none comes.
        while unpacked or not stream.can_accept_more_data():
            yield unpacked
            unpacked = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=PIECE)
    if not stream.is_finished():
        raise _CutShortError


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    stream = decoder.decompressobj()
    for packed in (piece[start : start + ZSTD_PIECE] for piece in pieces for start in range(0, len(piece), ZSTD_PIECE)):
        rest = packed
        while rest:
            if stream.eof:
                stream = decoder.decompressobj()
            yield stream.decompress(rest)
            rest = stream.unused_data
    if not stream.eof:
        raise _CutShortError


UNPACK: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
