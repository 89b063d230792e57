"""Faults of the way: connections that break, bodies that are cut, compressed wrongly, too slow or without an end."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any, Final

from attrs import evolve

from sdk.client import Bounds
from sdk.testing.faults import manners
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage, on_page
from sdk.testing.faults.wire import Answer, Asked, Manner

# So short that a stall is found at once, and long enough for an honest answer on a machine that is busy.
_IMPATIENT: Final = Bounds(connect=5.0, read=0.4, page=1.5, size=8 * 2**20)
_BOMB: Final = 300 * 2**20


def _sent(manner: Manner) -> Play:
    return lambda stage, asked: stage.good(asked).sent(manner)


def _encoded(coding: str, encode: Callable[[bytes], bytes]) -> Play:
    def answer(stage: Stage, asked: Asked) -> Answer:
        good = stage.good(asked)
        return evolve(good, body=encode(good.content), headers={**good.headers, "Content-Encoding": coding})

    return answer


def _corrupt(content: bytes) -> bytes:
    packed = bytearray(gzip.compress(content))
    for at in range(len(packed) // 3, len(packed) // 3 + 8):
        packed[at] ^= 0xFF
    return bytes(packed)


def _cut(content: bytes) -> bytes:
    packed = gzip.compress(content)
    return packed[: len(packed) // 2]


def _without_checksum(content: bytes) -> bytes:
    return gzip.compress(content)[:-8]


def _bomb(_: bytes, wbits: int = 31) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    piece = b" " * 2**20
    packed = [packer.compress(piece) for _ in range(_BOMB // len(piece))]
    return b"".join([*packed, packer.compress(b'{"items": []}'), packer.flush()])


def _deflate_bomb(content: bytes) -> bytes:
    return _bomb(content, 15)


def _nested_bomb(content: bytes) -> bytes:
    return gzip.compress(_bomb(content))


def _half_json(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    return evolve(good, body=good.content[: len(good.content) // 2])


def _two_documents(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    return evolve(good, body=good.content + b"\n" + json.dumps({"error": "timeout"}).encode())


def _once(name: str, play: Play, what: str, must: Must = "all rows", **facts: Any) -> Fault:
    return Fault(
        name=f"{name}_once",
        group="transport",
        must=must,
        what=f"{what}, once",
        play=on_page(play, times=1),
        fits_any=True,
        **facts,
    )


def _always(name: str, play: Play, what: str, **facts: Any) -> Fault:
    # Five attempts, each as long as patience lasts.
    facts = {"slow": facts.get("bounds") is _IMPATIENT, **facts}
    return Fault(
        name=f"{name}_always",
        group="transport",
        must="raise",
        what=f"{what}, each time",
        play=on_page(play),
        fits_any=True,
        **facts,
    )


def _both(name: str, play: Play, what: str, must: Must = "all rows", **facts: Any) -> tuple[Fault, Fault]:
    return _once(name, play, what, must, **facts), _always(name, play, what, **facts)


def _good(name: str, play: Play, what: str, must: Must = "all rows", **facts: Any) -> Fault:
    return Fault(name=name, group="transport", must=must, what=what, play=on_page(play), fits_any=True, **facts)


FAULTS: Final[tuple[Fault, ...]] = (
    *_both("reset_before", _sent(manners.resets), "the connection is reset before the first byte"),
    *_both("reset_mid", _sent(manners.half_then_resets), "the connection is reset in the middle of a body"),
    *_both("hang_up", _sent(manners.hangs_up), "the connection is closed before the first byte"),
    *_both("short_body", _sent(manners.half), "the body is shorter than its announced length"),
    *_both(
        "long_body",
        _sent(manners.announced_too_short),
        "the announced length is shorter than the body",
        must="all rows or raise",
    ),
    *_both("short_json", _half_json, "the body is cut and its length agrees", must="all rows or raise"),
    *_both(
        "unannounced_cut", _sent(manners.half_unannounced), "a body without a length is cut", must="all rows or raise"
    ),
    *_both("two_documents", _two_documents, "an error is appended to the body", must="all rows or raise"),
    *_both("chunked_cut", _sent(manners.chunked_half), "the second of two chunks never comes"),
    *_both(
        "chunked_wrong", _sent(manners.chunked_wrongly), "the size of a chunk is no number", must="all rows or raise"
    ),
    _once(
        "chunked_no_end",
        _sent(manners.chunked_without_end),
        "the chunk that says that this was all never comes",
        must="all rows or raise",
    ),
    *_both("gzip_corrupt", _encoded("gzip", _corrupt), "a compressed body is damaged", must="all rows or raise"),
    *_both("gzip_cut", _encoded("gzip", _cut), "a compressed body is cut", must="all rows or raise"),
    _once(
        "gzip_no_checksum",
        _encoded("gzip", _without_checksum),
        "a compressed body lacks its checksum",
        must="all rows or raise",
    ),
    *_both("gzip_plain", _encoded("gzip", bytes), "a plain body is called compressed", must="all rows or raise"),
    _good("gzip_bomb", _encoded("gzip", _bomb), "300 kB inflate to 300 MB", must="all rows or raise"),
    _good(
        "gzip_bomb_nested",
        _encoded("gzip, gzip", _nested_bomb),
        "a bomb in a bomb",
        must="all rows or raise",
        slow=True,
    ),
    _good(
        "deflate_bomb",
        _encoded("deflate", _deflate_bomb),
        "the same in another way",
        must="all rows or raise",
        slow=True,
    ),
    _good("gzip", _encoded("gzip", gzip.compress), "the body is compressed although nothing is wrong"),
    _good("deflate", _encoded("deflate", zlib.compress), "the body is compressed in another way"),
    _good(
        "unknown_encoding",
        _encoded("br", lambda content: b"\x8b" + content),
        "the body is compressed in a way that nobody asked for",
        must="raise",
    ),
    *_both("stall", _sent(manners.stalls), "nothing comes", bounds=_IMPATIENT),
    *_both("stall_mid", _sent(manners.half_then_stalls), "nothing more comes after half a body", bounds=_IMPATIENT),
    _good("drip", _sent(manners.drips), "a byte comes at a time", must="all rows or raise", bounds=_IMPATIENT),
    _good(
        "drip_headers",
        _sent(manners.drips_headers),
        "a header comes at a time",
        must="raise",
        bounds=_IMPATIENT,
        slow=True,
    ),
    _good("infinite_body", _sent(manners.endless), "the body has no end", must="raise"),
    _good("infinite_chunks", _sent(manners.endless_chunks), "the chunks have no end", must="raise"),
    _good("infinite_headers", _sent(manners.endless_headers), "the headers have no end", must="raise"),
    _good("infinite_header", _sent(manners.endless_header), "one header has no end", must="raise"),
    _good("interim", _sent(manners.interim), "interim answers come first", must="all rows or raise"),
    _good(
        "infinite_interim",
        _sent(manners.interim_only),
        "interim answers come without an end",
        must="raise",
        bounds=_IMPATIENT,
    ),
    *_both("no_http", _sent(manners.no_http), "the body comes without what makes it HTTP", must="all rows or raise"),
    _good("chunked", _sent(manners.chunked), "the body comes in chunks"),
    _good("unannounced", _sent(manners.unannounced), "the body's length is not announced"),
    _good("in_pieces", _sent(manners.in_pieces), "packets are tiny"),
    _good("closes_behind", _sent(manners.closes_behind), "the connection is closed behind each answer, unannounced"),
    _good(
        "rubbish_behind",
        _sent(manners.with_rubbish_behind),
        "behind the body stands what looks like the next answer",
        must="all rows or raise",
    ),
)
