"""Read a resource for a recording: a run, the run that continues from it, and what lies beside their pages."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from copy import deepcopy
from typing import Any

from attrs import define, frozen

from sdk.errors import SDKError
from sdk.hookspecs import hookimpl
from sdk.opening import open_connector
from sdk.testing.openings import Access, Movable, Opening
from sdk.testing.probes import Probed, ask, probes
from sdk.testing.sampling import Sample, sample
from sdk.testing.unrecorded import UnrecordedRequestError


class NotRecordedError(UnrecordedRequestError, SDKError):
    """Report a request that a recording holds no answer for; what was read before it is kept beside it."""


@frozen
class Reading:
    """Reads one resource as often as a recording needs it.

    Attributes:
        connector: The connector's name.
        resource: The resource's name.
        plugins: Objects with hook implementations, asked before all others.
        bound: How many requests one run may take.
        beyond: What the next one raises.
    """

    connector: str
    resource: str
    plugins: tuple[object, ...]
    bound: int
    beyond: type[Exception]

    def run(self, access: Access, opening: Opening, before: Sample | None = None) -> Sample:
        """Return the sample that continues from the one *before*; an empty one when that failed."""
        state = deepcopy(before.state) if before is not None else {}
        if before is not None and before.failure is not None:
            return Sample(self.resource, [], [], [], state)
        return sample(
            self.connector,
            self.resource,
            access.keywords,
            size=opening.size,
            plugins=self._around(),
            clock=lambda: opening.clock,
            state=state,
        )

    def probed(self, access: Access, opening: Opening, found: Sample) -> tuple[Probed, ...]:
        """Return what is beside the first list of *found*; what a recording does not tell is left out."""
        around = self._around()
        opened = open_connector(self.connector, access.keywords, extra_plugins=around, clock=lambda: opening.clock)
        reader = opened.reader()
        answers: list[Probed] = []
        try:
            resource = reader.connector.resource(self.resource)
            for probe in probes(found, reader.connector.paginator_of(resource)):
                with suppress(NotRecordedError):
                    answers.append(ask(reader, resource, probe))
        finally:
            reader.client.close()
        return tuple(answers)

    def _around(self) -> list[object]:
        where = f"{self.connector}.{self.resource}"
        too_many = f"{where}: a sample takes more than {self.bound} requests; ask for less, or from a later start_date"
        return [*self.plugins, Movable(), _Bound(self.bound, self.beyond(too_many))]


@define(eq=False)
class _Bound:
    """A plugin that ends a reading that has no end."""

    limit: int
    error: Exception
    sent: int = 0

    @hookimpl(wrapper=True)
    def sdk_authenticate(self) -> Generator[None, Any, Any]:
        """Count each request that is sent."""
        self.sent += 1
        if self.sent > self.limit:
            raise self.error
        return (yield)
