"""Ask beside what a connector asks: the page before its first, the page after its last, and a second of one page.

A recording of a wrong connector cannot show what that connector never asked for. Where a list is addressed by a
number, the neighbours of what was read tell whether the first page was the first, and the last the last. Where a list
is declared to come in one page, the usual ways to ask for a second one tell whether it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from attrs import frozen

from sdk.errors import ReadError, ResponseError
from sdk.messages import LAST_PAGE, Record, Request
from sdk.paginators import Paginator, SinglePagePaginator
from sdk.paginators.slots import Slot
from sdk.reader import Reader
from sdk.resource import Resource
from sdk.testing.sampling import Sample, SampledPage

BEFORE: Final = "before the first page"
AFTER: Final = "after the last page"
SECOND: Final = "the second page"

_REFUSALS: Final = frozenset(range(300, 600))
_SUCCESS: Final = range(200, 300)
# No API cuts a list into pages of fewer.
_A_FEW: Final = 4
_AT_MOST: Final = 3


@frozen
class Probe:
    """A request that a connector did not make.

    Attributes:
        kind: `before the first page`, `after the last page` or `the second page`.
        request: What to ask.
    """

    kind: str
    request: Request


@frozen
class Probed:
    """What a probe found.

    Attributes:
        kind: The probe's.
        request: What was asked.
        status: HTTP status of the answer; 0 when there was none.
        records: What the connector's own selector finds there; empty too where the status or the body is no page.
    """

    kind: str
    request: Request
    status: int
    records: list[Record]


def probes(sample: Sample, paginator: Paginator) -> tuple[Probe, ...]:
    """Return what to ask beside the first list of *sample*: at most one page before it, and one after it.

    There is nothing to ask where no number addresses the pages, before page or offset 0, and after a list that was
    not read to its end. A list that is declared to be one page is asked for a second, by page and by offset.
    """
    pages = _first_list(sample)
    if not pages:
        return ()
    if isinstance(paginator, SinglePagePaginator):
        return tuple(_second(pages))
    place = _place(pages, paginator)
    return () if place is None else tuple(_neighbours(pages, place, paginator.page_size))[:_AT_MOST]


def ask(reader: Reader, resource: Resource, probe: Probe) -> Probed:
    """Return what *probe* finds; whatever is answered is an answer."""
    try:
        page = reader.client.fetch(resource, probe.request, _REFUSALS)
    except ReadError as error:
        status = error.status if isinstance(error, ResponseError) else None
        return Probed(probe.kind, probe.request, status or 0, [])
    records: list[Record] = []
    if page.status in _SUCCESS:
        try:
            records = reader.hooks.select_records(reader.connector, resource, page)
        except Exception:  # noqa: BLE001 - a plugin's own selector, and a page that its author never saw
            records = []
    return Probed(probe.kind, probe.request, page.status, records)


@frozen
class _Place:
    """Where the number of a page stands, and whether it counts records rather than pages."""

    slot: Slot
    counts_records: bool

    def number(self, page: SampledPage) -> int | None:
        try:
            return self.slot.number(page.page.request)
        except ReadError:
            return None


def _first_list(sample: Sample) -> list[SampledPage]:
    own = [one for one in sample.pages if one.resource == sample.resource]
    found = own[:1]
    for one in own[1:]:
        if one.page.request != found[-1].following:
            break
        found.append(one)
    return found


def _place(pages: Sequence[SampledPage], paginator: Paginator) -> _Place | None:
    """Return where the paginator writes its number, or else where one counted up from page to page."""
    for what in ("page", "offset"):
        slot = Slot(getattr(paginator, f"{what}_param", None), getattr(paginator, f"{what}_body_path", None))
        if slot.param is not None or slot.body_path is not None:
            return _Place(slot, counts_records=what == "offset")
    # A cursor may well be a number, but its neighbours say nothing.
    cursor = getattr(paginator, "cursor_param", None)
    counted = (one for pair in pairwise(pages) for one in _counted(*pair) if one.slot.param != cursor)
    return next(counted, None)


def _counted(page: SampledPage, following: SampledPage) -> Iterator[_Place]:
    """Yield the parameters that went up by one, or by as many records as *page* has."""
    asked = page.page.request.identity[2]
    for name in dict.fromkeys(name for name, _ in asked):
        place = _Place(Slot(name, None), counts_records=False)
        begin, end = place.number(page), place.number(following)
        step = 0 if begin is None or end is None else end - begin
        if step == 1:
            yield place
        elif step > 1 and step == len(page.records):
            yield _Place(place.slot, counts_records=True)


def _neighbours(pages: Sequence[SampledPage], place: _Place, limit: int | None) -> Iterator[Probe]:
    first, last = pages[0], pages[-1]
    asked = {_identity(one.page.request) for one in pages}
    size = (limit or len(first.records) or 1) if place.counts_records else 1
    number = place.number(first)
    wanted: list[tuple[str, SampledPage, int]] = []
    if number is not None and number > 0:
        wanted.append((BEFORE, first, max(0, number - size)))
    number = place.number(last)
    if number is not None and last.following is LAST_PAGE:
        wanted.append((AFTER, last, number + (len(last.records) if place.counts_records else 1)))
    for kind, page, beside in wanted:
        request = place.slot.put(page.page.request, beside)
        if _identity(request) not in asked:
            yield Probe(kind, request)


def _second(pages: Sequence[SampledPage]) -> Iterator[Probe]:
    [first, *more] = pages
    request = first.page.request
    if more or first.following is not LAST_PAGE or len(first.records) <= _A_FEW or request.method != "GET":
        return
    for name, step, default in (("page", 1, 1), ("offset", len(first.records), 0)):
        asked = request.param(name)
        begin = int(asked) if asked is not None and asked.isdecimal() else default
        yield Probe(SECOND, request.with_params({name: str(begin + step)}))


def _identity(request: Request) -> Any:
    method, url, params, body = request.identity
    return method, url, tuple(sorted(params)), body
