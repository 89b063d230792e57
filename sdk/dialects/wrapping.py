"""A paginator around another one, which decides all that it has no word in itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from sdk.paginators.paginator import Paginator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Page, Request
    from sdk.paginators.ends import Announced


@frozen
class WrappingPaginator(Paginator):
    """Do as another paginator does; what is built on this says only what it does otherwise.

    Attributes:
        inner: The other one.
    """

    inner: Paginator

    def first_request(self, request: Request) -> Request:
        """Return the first request of *inner*."""
        return self.inner.first_request(request)

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the next request of *inner*."""
        return self.inner.next_request(page, records)

    def announced(self, page: Page) -> Announced | None:
        """Return what *inner* knows."""
        return self.inner.announced(page)

    def stops_at(self, page: Page) -> bool:
        """Return what *inner* says."""
        return self.inner.stops_at(page)

    def remaining_requests(self, page: Page, records: Sequence[Any]) -> Sequence[Request] | None:
        """Return what *inner* foresees."""
        return self.inner.remaining_requests(page, records)
