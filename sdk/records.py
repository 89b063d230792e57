"""Read records without a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sdk.extraction import Extraction
from sdk.messages import Record
from sdk.opening import Opened, open_connector
from sdk.skips import Skip


class Records(Iterator[Record]):
    """The records of one resource, read page by page as they are taken."""

    def __init__(self, opened: Opened, resource: str) -> None:
        [self._name] = opened.names([resource])
        self._extraction = Extraction(
            opened.reader(),
            [self._name],
            run_start=opened.clock(),
            since=opened.since,
            in_flight=opened.connector.in_flight,
            max_skips=opened.max_skips,
        )
        self._records = (record for batch in self._extraction.batches(self._name) for record in batch or ())

    @property
    def skips(self) -> list[Skip]:
        """What was skipped so far: resource, parent's key, request, status and reason of each."""
        return self._extraction.skips(self._name)

    def __iter__(self) -> Records:
        return self

    def __next__(self) -> Record:
        return next(self._records)


def read(
    name: str,
    resource: str,
    *,
    plugins: Sequence[object] = (),
    clock: Callable[[], datetime] | None = None,
    **settings: Any,
) -> Records:
    """Return an iterator over the records of one resource, read lazily, page by page, without a pipeline.

    Everything is read, from `start_date` on when it is given: there is no state to continue from. Values are the
    API's own; the parent's key is stamped on a child's records. dlt is imported only when a setting, `start_date`
    and `overrides` among them, is not passed as keyword.

    Args:
        name: The connector's name.
        resource: The resource's name.
        plugins: Objects with hook implementations, asked before all others.
        clock: Returns the start of the run; default: the time of day.
        **settings: The connector's settings and secrets.

    Raises:
        PluginError: The connector is unknown, doubled or broken.
        SettingError: A setting is missing or of the wrong kind, or there is no such resource.
        ReadError: While iterating: going on would lose rows.

    .. versionadded:: 0.1
    """
    return Records(open_connector(name, settings, extra_plugins=plugins, clock=clock), resource)
