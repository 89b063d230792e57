"""Lists that come in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from sdk.messages import LAST_PAGE
from sdk.paginators.paginator import Paginator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Page, Record


@frozen
class SinglePagePaginator(Paginator):
    """Ask once, for APIs that document the whole list in one answer.

    It is the declarer's word that nothing follows; nobody checks it.
    """

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:  # noqa: ARG002
        """Return `LAST_PAGE`."""
        return LAST_PAGE

    def stops_at(self, page: Page) -> bool:  # noqa: ARG002
        """Return true."""
        return True
