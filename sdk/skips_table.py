"""The table `_sdk_skips`: what stands there is what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sdk.instants import parse_instant
from sdk.side_tables import SideTable
from sdk.skips import Skip

_COLUMNS: Final[Mapping[str, Any]] = {
    "connector": {"data_type": "text"},
    "resource": {"data_type": "text"},
    "parent_key": {"data_type": "text"},
    "request": {"data_type": "text"},
    "status": {"data_type": "bigint"},
    "reason": {"data_type": "text"},
    "first_seen": {"data_type": "timestamp"},
    "last_seen": {"data_type": "timestamp"},
    # A skip that was repaid is taken out of the table: what stands there is what is missing.
    "repaid": {"data_type": "bool", "hard_delete": True},
}

SKIPS: Final = SideTable("_sdk_skips", ("connector", "resource", "parent_key", "request"), _COLUMNS)


def skip_items(connector: str, seen: datetime, skipped: Sequence[Skip], repaid: Sequence[Skip]) -> Iterator[Any]:
    """Yield what a resource hands dlt for what it *skipped*, and for earlier skips that were *repaid*."""
    found = [_row(connector, seen, one, repaid=False) for one in skipped]
    found += [_row(connector, seen, one, repaid=True) for one in repaid]
    yield from SKIPS.items(found)


def _row(connector: str, seen: datetime, skip: Skip, *, repaid: bool) -> dict[str, Any]:
    return {
        "connector": connector,
        "resource": skip.resource,
        "parent_key": skip.parent_key,
        "request": skip.request,
        "status": skip.status,
        "reason": skip.reason,
        "first_seen": parse_instant(skip.first_seen) or seen,
        "last_seen": seen,
        "repaid": repaid,
    }
