"""Follow a token: the step that the paginators of cursors and links share."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sdk.messages import LAST_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sdk.messages import EndAnswer, Page, Record, Request
    from sdk.paginators.ends import EndRule, Progress
    from sdk.paginators.slots import Slot


def follow(
    page: Page, records: Sequence[Record], end: EndRule, progress: Progress, send: Callable[[Any], Request]
) -> EndAnswer:
    """Return what *send* makes of the token, or `LAST_PAGE` when *end* is reached.

    Raises:
        SelectionError: The end is not reached and there is no token to go on with.
    """
    if end.reached(page, records, progress) or progress.token is None:
        return LAST_PAGE
    return send(progress.token.require())


def follow_cursor(page: Page, records: Sequence[Record], end: EndRule, progress: Progress, slot: Slot) -> EndAnswer:
    """Return the page's request with the token in *slot*, or `LAST_PAGE`.

    The token that was sent, come again with no records, is the end: some APIs repeat it on an empty last page. With
    records it is a loop, which the reader finds; and where the API's own word is that more follows, it is one too.
    """
    answer = follow(page, records, end, progress, lambda token: slot.put(page.request, sendable(token)))
    if answer is LAST_PAGE or records or end.states_more:
        return answer
    return LAST_PAGE if answer.identity == page.request.identity else answer


def sendable(token: Any) -> Any:
    """Return *token* as JSON can hold it: a number beyond 64 bits, decoded as `Decimal`, becomes its digits."""
    return str(token) if isinstance(token, Decimal) else token
