"""Read one partition, page by page: ask, check, select, stamp, hand on, ask for the next.

Reading a partition depends on nothing outside it. What a page's status and body mean is decided here; how and when a
question is sent is not: `steps` yields what to ask and is sent the page, so that one thread or many may do it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from attrs import define, field

from sdk.capping import CappedError, CapWatch
from sdk.client import Client
from sdk.connector import Connector
from sdk.courses import Ask, Batch, Course, Key, Steps
from sdk.errors import ReadError
from sdk.guards import ProgressGuard
from sdk.keys import texts_of
from sdk.messages import LAST_PAGE, EndAnswer, Page, Partition, Record, Request
from sdk.paginators.hints import flagged_more
from sdk.paginators.single_page import SinglePagePaginator
from sdk.paginators.totals import RETURNS, announced, no_such_page
from sdk.partitioner import Partitioner
from sdk.plugins import Hooks
from sdk.resource import Resource
from sdk.skips import Skip
from sdk.tally import Arrivals, Tallies
from sdk.windows import Incremental

_NOT_MODIFIED: Final = 304

VALIDATORS: Final[Mapping[str, str]] = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
"""The request headers that ask whether something changed, and the response headers that they repeat."""


@define
class Reader:
    """Read partitions of one connector.

    Attributes:
        connector: The connector, its settings filled in.
        hooks: The hooks of this load.
        client: Sends the requests.
        validators: What tells whether a list of one page changed, by resource and scope: `ETag` and `Last-Modified`.
    """

    connector: Connector
    hooks: Hooks
    client: Client
    validators: dict[tuple[str, str], dict[str, str]] = field(factory=dict)

    @property
    def partitioner(self) -> Partitioner:
        """What names its partitions."""
        return Partitioner(self.connector, self.hooks, self.client)

    @property
    def tallies(self) -> Tallies:
        """Where rows and pages are counted."""
        return self.client.tallies

    def batches(self, partition: Partition) -> Iterator[Batch | Skip]:
        """Yield the records of *partition*, one list for each page, or the `Skip` that stands for all of them.

        Raises:
            ReadError: Going on would lose rows.
        """
        steps = self.steps(partition)
        try:
            item = next(steps)
            while True:
                if isinstance(item, Ask):
                    item = self._answer(steps, item)
                else:
                    yield item
                    item = next(steps)
        except StopIteration:
            return
        finally:
            steps.close()

    def _answer(self, steps: Steps, ask: Ask) -> Ask | Batch | Skip:
        try:
            page = self.client.fetch(ask.resource, ask.request, ask.also)
        except ReadError as error:
            return steps.throw(error)
        return steps.send(page)

    def steps(self, partition: Partition, course: Course | None = None) -> Steps:
        """Yield each `Ask`, which is to be sent its page or the error in its place, and between them what came.

        An interval that holds more than the API will list is cut in two until it does not. *course* says at each `Ask`
        how far the reading has come.

        Raises:
            ReadError: Going on would lose rows.
        """
        course = course or Course([partition])
        work = [(partition, frozenset[Key]())]
        while work:
            course.pieces, course.request = [one for one, _ in reversed(work)], None
            piece, known = work.pop()
            handed: set[Key] = set()
            try:
                yield from self._pages(piece, known, handed, course)
            except CappedError as capped:
                work.extend((one, known | handed) for one in reversed(self.partitioner.split(piece, capped.earliest)))
        course.pieces = []

    def _pages(self, partition: Partition, known: frozenset[Key], handed: set[Key], course: Course) -> Steps:
        resource = self.connector.resource(partition.resource)
        tally = self.tallies.of(resource.table)
        begun = partition.position
        guard = ProgressGuard(resource.primary_key, () if begun is None else begun.anchors)
        arrivals = _arrivals(resource, {} if begun is None else begun.arrivals)
        caps = CapWatch(resource, self._incremental(resource), partition.interval, known, handed)
        if begun is not None:
            caps.earliest = begun.earliest
        request: EndAnswer = self._first(resource, partition)
        also = caps.statuses | _answers(resource)
        ahead: Sequence[Request] = ()
        first = True
        while request is not LAST_PAGE:
            try:
                guard.before(request)
                past = no_such_page(request)
                answer = yield Ask(resource, request, also | past, ahead)
                assert answer is not None, "a question is sent its page"
                page = answer
                # Where a request went past the total, the total said so before.
                if page.status in past | resource.empty_statuses | {_NOT_MODIFIED}:
                    break
                skip = self._skip(resource, partition, page, first=first and begun is None)
                if skip is not None:
                    tally.add(skips=1)
                    yield skip
                    return
                caps.check(page, partial(self._select, resource))
                if page.status in also:
                    raise self.client.refused(resource, page)
                selected = self._select(resource, page)
                guard.after(selected, again=RETURNS in request.state)
                arrivals.take(announced(self.connector.paginator_of(resource), page), selected)
                records = caps.fresh(self._finished(resource, partition, selected))
            except ReadError as error:
                raise error.located(self.connector.name, resource.name, self.client.relative(request)) from None
            tally.add(pages=1)
            course.moved = True
            yield records
            request = self._next(resource, page, selected)
            if request is not LAST_PAGE:
                course.request, course.anchors, course.earliest = request, guard.anchors, caps.earliest
                course.arrivals = arrivals.to_dict()
            if resource.conditional:
                self._note_validators(partition, page, only=first and request is LAST_PAGE)
            ahead = self._foreseen(resource, page, selected) if first else ahead[1:]
            first = False
        self._settle(resource, partition, page, arrivals)

    def _skip(self, resource: Resource, partition: Partition, page: Page, *, first: bool) -> Skip | None:
        """Return the skip that *page* is declared to mean for all of *partition*, or for what follows it."""
        if first and page.status in resource.skip_statuses:
            return Skip.of(partition, page, self.client.base_url)
        if resource.cut_off is not None and resource.cut_off.reached(page):
            return Skip.of(partition, page, self.client.base_url, meaning="the API lists no more than this")
        return None

    def _settle(self, resource: Resource, partition: Partition, last: Page, arrivals: Arrivals) -> None:
        """Count what the list announced and did not bring, unless it was told to end before.

        Whoever declares a single page says that it is all there is, which a total may well contradict. Of a list that
        goes on from an earlier run somebody may not know what came before.
        """
        paginator = self.connector.paginator_of(resource)
        told = paginator.stops_at(last) and not isinstance(paginator, SinglePagePaginator)
        unknown = partition.position is not None and not partition.position.arrivals
        if not (resource.single or told or unknown) and self.hooks.is_core_alone("sdk_paginate"):
            self.tallies.of(resource.table).settle(arrivals, self.client.relative(partition.request))

    def _first(self, resource: Resource, partition: Partition) -> Request:
        """Return the request to begin with: the first page's, or that of the page where an earlier run stopped."""
        if partition.position is not None:
            return partition.position.request
        return self.connector.paginator_of(resource).first_request(partition.request)

    def _note_validators(self, partition: Partition, page: Page, *, only: bool) -> None:
        """Remember what tells whether the list changed, if its *only* page says it all."""
        found = {name: page.headers[said] for name, said in VALIDATORS.items() if only and said in page.headers}
        self.validators[partition.resource, partition.scope(self.client.base_url)] = found

    def _foreseen(self, resource: Resource, page: Page, selected: Batch) -> Sequence[Request]:
        """Return the requests that will follow the first page, unless a plugin has a say in that."""
        if not self.hooks.is_core_alone("sdk_paginate"):
            return ()
        try:
            return self.connector.paginator_of(resource).remaining_requests(page, selected) or ()
        except ReadError:
            return ()  # a forecast only: the page itself is judged in its turn

    def _incremental(self, resource: Resource) -> Incremental | None:
        """Return what reads a record's cursor: a part keeps none of its own, and its records are the whole's."""
        return resource.incremental or self.connector.resource(resource.table).incremental

    def _select(self, resource: Resource, page: Page) -> Batch:
        return self.hooks.select_records(self.connector, resource, page)

    def _finished(self, resource: Resource, partition: Partition, selected: Batch) -> Batch:
        """Return the records to hand on: filtered, mapped, stamped, each with its key."""
        records = selected if resource.filter is None else [one for one in selected if resource.filter(one)]
        if resource.map is not None:
            records = [resource.map(one) for one in records]
        if partition.stamp and resource.part_of is None:
            records = [{**one, **partition.stamp} for one in records]
        for name in resource.primary_key:
            missing = [one.get(name) for one in records].count(None)
            if missing:
                raise ReadError(
                    f"{missing} of {len(records)} records of a page have no {name!r}, which is the primary key"
                )
        if resource.write_disposition == "merge":
            _check_key(resource, records)
        return records

    def _next(self, resource: Resource, page: Page, selected: Batch) -> EndAnswer:
        try:
            following = self.hooks.paginate(self.connector, resource, page, selected)
            if following is LAST_PAGE and selected:
                self._check_end(resource, page)
        except ReadError as error:
            raise error.located(self.connector.name, resource.name, self.client.relative(page.request)) from None
        else:
            return following if following is LAST_PAGE else following.without_credentials(page.request)

    def _check_end(self, resource: Resource, page: Page) -> None:
        """Raise when the body contradicts the end, unless one page is all that is wanted or a plugin has a say."""
        one = resource.single or self.connector.paginator_of(resource).stops_at(page)
        if not one and self.hooks.is_core_alone("sdk_paginate") and flagged_more(page):
            raise ReadError(
                "the list ends here by its end rule, but a flag in the body says that more follows; "
                "declare end=HasMore(...), or another paginator"
            )


def _arrivals(resource: Resource, before: Mapping[str, Any]) -> Arrivals:
    """Return what counts the records of a list from *before* on; where a key is no promise, as in `append`, all."""
    return Arrivals(resource.primary_key if resource.write_disposition == "merge" else (), **before)


def _answers(resource: Resource) -> frozenset[int]:
    cut_off = resource.cut_off.statuses if resource.cut_off is not None else frozenset()
    unchanged = {_NOT_MODIFIED} if resource.conditional else frozenset()
    return resource.skip_statuses | resource.empty_statuses | cut_off | unchanged


def _check_key(resource: Resource, records: Batch) -> None:
    """Raise when two different records of one page share their key: a merge would keep one of them."""
    keys = texts_of(resource.primary_key, records)
    if keys is None or len(set(keys)) == len(keys):
        return
    by_key: dict[Any, Record] = {}
    if any(by_key.setdefault(key, one) != one for key, one in zip(keys, records, strict=True)):
        names = " and ".join(map(repr, resource.primary_key))
        raise ReadError(
            f"two different records of one page have the same {names}, which is the primary key; a merge would "
            "keep one of them: declare what tells them apart, or write_disposition='append'"
        )
