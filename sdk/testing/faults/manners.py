"""Every manner in which answers go wrong on their way: cut, in chunks, dripping, for ever, or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from sdk.testing.faults.wire import LONGEST_SECONDS, Answer, Line, whole

# No fault needs more, and a test that hangs must not.
_MOST_BYTES: Final = 256 * 2**20
_PIECE: Final = b" " * (1 << 16)


def resets(line: Line, answer: Answer) -> None:
    """Reset the connection before the first byte."""
    del answer
    line.reset()


def hangs_up(line: Line, answer: Answer) -> None:
    """Close the connection before the first byte."""
    del answer
    line.close()


def stalls(line: Line, answer: Answer) -> None:
    """Say nothing at all."""
    del answer
    line.wait()
    line.close()


def half(line: Line, answer: Answer) -> None:
    """Send half of what was announced, and close."""
    line.send(answer.head() + answer.content[: len(answer.content) // 2])
    line.close()


def half_then_resets(line: Line, answer: Answer) -> None:
    """Send half of what was announced, and reset."""
    half(line, answer)
    line.wait(0.05)
    line.reset()


def half_then_stalls(line: Line, answer: Answer) -> None:
    """Send half of what was announced, and then nothing."""
    half(line, answer)
    line.wait()


def half_unannounced(line: Line, answer: Answer) -> None:
    """Send half, with no length that would tell."""
    line.send(answer.head(Content_Length=None, Connection="close") + answer.content[: len(answer.content) // 2])
    line.close()


def unannounced(line: Line, answer: Answer) -> None:
    """Send everything, its length told by the end of the connection only."""
    line.send(answer.head(Content_Length=None, Connection="close") + answer.content)
    line.close()


def announced_too_short(line: Line, answer: Answer) -> None:
    """Send everything, under a length that is too small."""
    line.send(answer.head(Content_Length=str(len(answer.content) // 2)) + answer.content)
    line.close()


def with_rubbish_behind(line: Line, answer: Answer) -> None:
    """Send everything, and behind it bytes that the next answer on this connection would begin with."""
    line.send(answer.head() + answer.content + b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"items":[]}')


def closes_behind(line: Line, answer: Answer) -> None:
    """Send everything, and close although the client was told that the connection stays."""
    whole(line, answer)
    line.close()


def in_pieces(line: Line, answer: Answer) -> None:
    """Send everything, cut into packets of seven bytes."""
    content = answer.head() + answer.content
    for start in range(0, len(content), 7):
        line.send(content[start : start + 7])


def chunked(line: Line, answer: Answer) -> None:
    """Send everything in chunks."""
    content = answer.content
    line.send(answer.head(Content_Length=None, Transfer_Encoding="chunked"))
    for piece in (content[: len(content) // 2], content[len(content) // 2 :]):
        line.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    line.send(b"0\r\n\r\n")


def chunked_half(line: Line, answer: Answer) -> None:
    """Send one chunk of two, and close."""
    content = answer.content[: len(answer.content) // 2]
    line.send(answer.head(Content_Length=None, Transfer_Encoding="chunked"))
    line.send(b"%x\r\n%s\r\n" % (len(content), content))
    line.close()


def chunked_without_end(line: Line, answer: Answer) -> None:
    """Send every chunk but the last empty one, which says that this was all, and close."""
    line.send(answer.head(Content_Length=None, Transfer_Encoding="chunked"))
    line.send(b"%x\r\n%s\r\n" % (len(answer.content), answer.content))
    line.close()


def chunked_wrongly(line: Line, answer: Answer) -> None:
    """Send a chunk whose size is no number."""
    line.send(answer.head(Content_Length=None, Transfer_Encoding="chunked"))
    line.send(b"zz\r\n" + answer.content + b"\r\n0\r\n\r\n")
    line.close()


def drips(line: Line, answer: Answer) -> None:
    """Send a byte at a time, each in time and all of them much too late."""
    line.send(answer.head())
    _repeat(line, lambda: answer.content[:1], pause=0.03)


def drips_headers(line: Line, answer: Answer) -> None:
    """Send a header at a time, each in time, without an end."""
    line.send(answer.head().removesuffix(b"\r\n"))
    _repeat(line, lambda: b"X-More: 1\r\n", pause=0.03)


def endless(line: Line, answer: Answer) -> None:
    """Send a body without an end."""
    line.send(answer.head(Content_Length=None, Connection="close") + answer.content[:-1])
    _repeat(line, lambda: _PIECE)


def endless_chunks(line: Line, answer: Answer) -> None:
    """Send chunks without an end."""
    line.send(answer.head(Content_Length=None, Transfer_Encoding="chunked"))
    _repeat(line, lambda: b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE))


def endless_headers(line: Line, answer: Answer) -> None:
    """Send headers without an end."""
    line.send(answer.head().removesuffix(b"\r\n"))
    _repeat(line, lambda: b"X-More: 1\r\n" * 100)


def endless_header(line: Line, answer: Answer) -> None:
    """Send one header without an end."""
    line.send(answer.head().removesuffix(b"\r\n") + b"X-More: ")
    _repeat(line, lambda: b"1" * 4096)


def interim(line: Line, answer: Answer) -> None:
    """Send interim answers (103, 100) before the real one."""
    line.send(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
    whole(line, answer)


def interim_only(line: Line, answer: Answer) -> None:
    """Send interim answers without an end."""
    del answer
    _repeat(line, lambda: b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01)


def no_http(line: Line, answer: Answer) -> None:
    """Send the body alone, without what makes it HTTP."""
    line.send(answer.content)
    line.close()


def _repeat(line: Line, piece: Callable[[], bytes], pause: float = 0.0) -> None:
    """Send pieces until nobody listens, or a bound is reached."""
    end, sent = time.monotonic() + LONGEST_SECONDS, 0
    while time.monotonic() < end and sent < _MOST_BYTES and line.send(content := piece()):
        sent += len(content)
        if pause and not line.wait(pause):
            break
    line.reset()
