"""Check that paging makes progress.

Nothing that a paginator or an API does may end in an endless loop, and nothing that merely looks odd once may end a
run: an empty page in the middle, or one page sent twice, happens with honest APIs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson
from attrs import define, field

from sdk.errors import PaginationLoopError
from sdk.messages import Record, Request

# An API that filters after paging sends empty pages; one whose token never ends sends nothing else.
_EMPTY_PAGES_IN_A_ROW = 20
# The last page may come a second time before an API says "none"; a third time it ignores the parameter.
_SAME_PAGE = 3
# Where pages are asked for a second time on purpose, as often as a paginator ever goes back.
_SAME_PAGE_AGAIN = _SAME_PAGE + 20
_ANCHORS = 64


@define
class ProgressGuard:
    """Watch the pages of one partition.

    Attributes:
        key: The fields that tell one record from another.
        anchors: Digests of some requests that an earlier run sent, and this one must not meet again.
    """

    key: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    _asked: set[bytes] = field(init=False)
    _count: int = field(default=0, init=False)
    _seen: Counter[bytes] = field(factory=Counter, init=False)
    _empty: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._asked = {bytes.fromhex(one) for one in self.anchors}

    def before(self, request: Request) -> None:
        """Note that *request* is about to be sent.

        Raises:
            PaginationLoopError: It was sent before.
        """
        digest = _digest(repr((request.identity, sorted(request.state.items()))).encode())
        if digest in self._asked:
            raise PaginationLoopError(
                f"paging asks {len(self._asked)} pages and then the same one again; check the paginator's parameter"
            )
        self._asked.add(digest)
        self._count += 1
        # Of a circle however large, one of these is met: few enough to be remembered from run to run.
        if self._count & (self._count - 1) == 0:
            self.anchors = (*self.anchors, digest.hex())[-_ANCHORS:]

    def after(self, records: Sequence[Record], *, again: bool = False) -> None:
        """Note the records of a page; *again* where pages were asked for a second time on purpose.

        Raises:
            PaginationLoopError: The same records came too often, or nothing came too often.
        """
        self._empty = 0 if records else self._empty + 1
        if self._empty > _EMPTY_PAGES_IN_A_ROW:
            raise PaginationLoopError(f"{self._empty} empty pages in a row and the API names yet another")
        if not records:
            return
        keys = [[record.get(name) for record in records] for name in self.key]
        digest = _digest(_written(keys or records) + (b"again" if again else b""))
        self._seen[digest] += 1
        most = _SAME_PAGE_AGAIN if again else _SAME_PAGE
        if self._seen[digest] >= most:
            raise PaginationLoopError(
                f"the same {len(records)} records came {most} times; the API ignores the page parameter"
            )


def _written(records: Sequence[Any]) -> bytes:
    try:
        return orjson.dumps(records, default=str)
    except TypeError:
        return repr(records).encode(errors="surrogatepass")  # it reads deeper than it writes


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
