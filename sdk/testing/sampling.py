"""Read a small sample of a resource, and keep what each page said.

A sample is read as a run reads, by the same reader and with the same hooks: it only stops after a few pages of a
list, and follows a few parents. Recording, the conformance suite, mutations and comparisons of versions all look at
samples, so that each sees what the others saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import define, field, frozen, validators

from sdk.errors import SDKError
from sdk.extraction import Extraction
from sdk.hookspecs import hookimpl
from sdk.messages import LAST_PAGE, EndAnswer, Page, Record, Request
from sdk.opening import open_connector
from sdk.resource import Resource
from sdk.skips import Skip


@frozen
class SampleSize:
    """How much of a resource a sample reads.

    Attributes:
        pages: Pages of each list.
        parents: Parent records whose children are read, of each parent resource.
    """

    pages: int = field(default=3, validator=validators.ge(1))
    parents: int = field(default=3, validator=validators.ge(1))


@frozen
class SampledPage:
    """A page as the connector took it.

    Attributes:
        resource: The resource that was read: the wanted one, or a parent or part of it.
        page: What was asked and answered.
        records: What was selected from it.
        following: What the connector would ask next, or `LAST_PAGE`.
        cut: The sample ends here although the connector would go on.
    """

    resource: str
    page: Page
    records: list[Record]
    following: EndAnswer
    cut: bool


@frozen
class Sample:
    """What a sample holds.

    Attributes:
        resource: Name of the resource.
        records: Its records, as `sdk.read` hands them on.
        pages: Every page that was read for it, in order.
        skips: What was skipped.
        state: The state that the next run continues from.
        failure: What broke the reading; what came before it is here.
    """

    resource: str
    records: list[Record]
    pages: list[SampledPage]
    skips: list[Skip]
    state: dict[str, Any]
    failure: SDKError | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every list was read to the end that the connector saw."""
        return self.failure is None and not any(one.cut for one in self.pages)


def sample(  # noqa: PLR0913 - what `sdk.read` takes, and how much of it
    name: str,
    resource: str,
    settings: Mapping[str, Any],
    *,
    size: SampleSize | None = None,
    plugins: Sequence[object] = (),
    clock: Callable[[], datetime] | None = None,
    state: Mapping[str, Any] | None = None,
) -> Sample:
    """Return a sample of one resource of the connector *name*.

    Args:
        name: The connector's name.
        resource: The resource's name.
        settings: The connector's settings and secrets, as `sdk.read` takes them.
        size: How much to read.
        plugins: Objects with hook implementations, asked before all others.
        clock: Returns the start of the run.
        state: The state of an earlier sample, to continue from there.

    Raises:
        PluginError: The connector is unknown, doubled or broken.
        SettingError: A setting is missing or of the wrong kind, or there is no such resource.
    """
    observer = _Observer(size or SampleSize())
    # One request in flight: what is asked then depends on the API alone.
    settings = {"in_flight": 1, **settings}
    opened = open_connector(name, settings, extra_plugins=[*plugins, observer], clock=clock)
    [wanted] = opened.names([resource])
    kept = dict(state or {})
    reader = opened.reader()
    records: list[Record] = []
    skips: list[Skip] = []
    failure: SDKError | None = None
    try:
        extraction = Extraction(reader, [wanted], run_start=opened.clock(), since=opened.since, states={wanted: kept})
        for batch in extraction.batches(wanted):
            records.extend(batch or ())
    except SDKError as error:
        failure = error
    else:
        skips, _ = extraction.settled(wanted)
    finally:
        reader.client.close()
    return Sample(wanted, records, observer.pages, skips, kept, failure)


def sampling(size: SampleSize) -> object:
    """Return a plugin that ends what is read where a sample of *size* ends; one for each reading."""
    return _Observer(size)


@define
class _Observer:
    """A plugin that notes each page, and answers "no more" where the sample ends."""

    size: SampleSize
    pages: list[SampledPage] = field(factory=list)
    _depth: dict[Any, int] = field(factory=dict)
    _parents: Counter[tuple[str, str]] = field(factory=Counter)

    @hookimpl(wrapper=True)
    def sdk_paginate(
        self, resource: Resource, page: Page, records: list[Record]
    ) -> Generator[None, EndAnswer, EndAnswer]:
        """Go on for as many pages as the sample has."""
        following = yield
        depth = self._depth.pop(_identity(page.request), 1)
        cut = following is not LAST_PAGE and depth >= self.size.pages
        self.pages.append(SampledPage(resource.name, page, records, following, cut))
        if following is LAST_PAGE or cut:
            return LAST_PAGE
        self._depth[_identity(following)] = depth + 1
        return following

    @hookimpl(wrapper=True)
    def sdk_expand_path(self, resource: Resource, parent_resource: Resource) -> Generator[None, list[str], list[str]]:
        """Follow as many parents as the sample has."""
        paths = yield
        place = resource.name, parent_resource.name
        if not paths or self._parents[place] >= self.size.parents:
            return []
        self._parents[place] += 1
        return paths


def _identity(request: Request) -> Any:
    return request.identity, repr(sorted(request.state.items()))
