"""What every paginator is: a frozen value that turns one request into the next.

A new paginator is a frozen subclass with `next_request`, in a module of its own. It keeps no state between pages:
what it needs to know is in the page's own request, whose parameters it wrote itself. Where those cannot carry it,
`Request.with_state` can: that is never sent, and part of the checkpoint.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

from attrs import Attribute, field, frozen, validators

from sdk.checks import is_text
from sdk.paginators.checks import is_body_path, is_limit
from sdk.paginators.ends import EndRule
from sdk.paginators.slots import Slot
from sdk.placeholders import Setting

if TYPE_CHECKING:
    from sdk.messages import EndAnswer, Page, Record, Request
    from sdk.paginators.ends import Announced, Need


@frozen(kw_only=True)
class Paginator(ABC):
    """Turn the request for a page into the request for the page after it.

    Attributes:
        limit: The page size to ask for; a `Setting` leaves it to the user. Without one the API decides.
        limit_param: The query parameter for it, or
        limit_body_path: the dotted path in the JSON body.
    """

    offers: ClassVar[frozenset[Need]] = frozenset()
    """What it can tell an end rule besides its limit, see `EndRule.needs`."""

    limit: int | Setting | None = field(default=None, validator=validators.optional(is_limit))
    limit_body_path: str | None = field(default=None, validator=validators.optional(is_body_path))
    limit_param: str | None = field(default=None, validator=validators.optional(is_text))

    def __attrs_post_init__(self) -> None:
        places = [place for place in (self.limit_param, self.limit_body_path) if place is not None]
        # A limit that is not sent would be one that only we believe in: every page would look short.
        if len(places) != (self.limit is not None):
            raise ValueError(
                f"{type(self).__name__}: limit goes with either limit_param or limit_body_path, where it is sent"
            )

    @abstractmethod
    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request for the page after *page*, or `LAST_PAGE`.

        Args:
            page: The page just read.
            records: The records selected from it.

        Raises:
            ReadError: The page does not tell, or contradicts itself.
        """

    def first_request(self, request: Request) -> Request:
        """Return a partition's *request* as the one for its first page."""
        size = self.page_size
        return request if size is None else Slot(self.limit_param, self.limit_body_path).put(request, size)

    def stops_at(self, page: Page) -> bool:  # noqa: ARG002 - for the paginators that are told where to stop
        """Return whether the list ends with *page* because it was declared so, whatever the page says of others."""
        return False

    def announced(self, page: Page) -> Announced | None:
        """Return how much *page* says there is in all, by what the end rule goes by; `None` when it knows no total.

        Raises:
            SelectionError: The total that was declared is not there.
        """
        end = getattr(self, "end", None)
        return end.announced(page) if isinstance(end, EndRule) else None

    def remaining_requests(
        self,
        page: Page,  # noqa: ARG002 - for the paginators that can count
        records: Sequence[Record],  # noqa: ARG002
    ) -> Sequence[Request] | None:
        """Return every further request, foreseen from the first page, or `None` when that cannot be told.

        It is a forecast, so that pages can be fetched ahead. `next_request` still decides: a page fetched ahead
        counts only if the page before it asks for just that request.
        """
        return None

    @property
    def page_size(self) -> int | None:
        """The limit as a number.

        Raises:
            TypeError: It is a setting without a value: the declaration is used unfilled.
        """
        if isinstance(self.limit, Setting):
            raise TypeError(f"setting {self.limit.name!r} has no value yet: use the connector that sdk.load fills in")
        return self.limit


def is_end(instance: Paginator, attribute: Attribute[Any], value: Any) -> None:
    """Accept an end rule that gets from the paginator what it needs; for the `end` of every paginator."""
    where = f"{type(instance).__name__}: {attribute.name}"
    if not isinstance(value, EndRule):
        raise ValueError(f"{where} must be an end rule such as EmptyPage(), not {value!r}")  # noqa: TRY004 - collected
    lacking = value.needs - instance.offers - ({"limit"} if instance.limit is not None else set())
    if "limit" in lacking:
        raise ValueError(f"{where}={value} goes by the page size: give limit, and limit_param or limit_body_path")
    if lacking:
        raise ValueError(
            f"{where}={value} goes by {' and '.join(sorted(lacking))}, of which this paginator knows nothing"
        )


@frozen
class NumberedRequests(Sequence["Request"]):
    """Hold requests that differ in one number; each is made when asked for.

    An API that claims a billion pages costs nothing until somebody wants them.
    """

    numbers: range
    request: Callable[[int], Request]

    @overload
    def __getitem__(self, index: int) -> Request: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return NumberedRequests(self.numbers[index], self.request)
        return self.request(self.numbers[index])

    def __len__(self) -> int:
        return len(self.numbers)
