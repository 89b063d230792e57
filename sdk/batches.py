"""Turn pages of records into what dlt loads: rows of the declared types.

This is the one boundary between records and tables. What leaves here loads under dlt's default settings: a value
that does not fit its column is in its variant column, and a number that no integer column holds is text.
"""

from __future__ import annotations

from typing import Any

from sdk.columns import fit_record
from sdk.connector import Connector
from sdk.errors import ReadError
from sdk.messages import Record
from sdk.resource import Resource


def rows(connector: Connector, resource: Resource, records: list[Record]) -> list[dict[str, Any]]:
    """Return *records* as rows of the resource's table.

    Raises:
        ReadError: A key does not fit its declared type: a merge on it would lose or double rows.
    """
    declared = resource.columns_by_name
    found = [fit_record(record, declared) for record in records]
    for name in resource.key:
        misfits = sum(1 for row in found if row.get(name) is None)
        if misfits:
            kind = declared[name].data_type if name in declared else "the table's key"
            raise ReadError(
                f"{misfits} of {len(records)} records of a page have a {name!r} that is no {kind}; "
                "declare another type for this column",
                connector=connector.name,
                resource=resource.name,
            )
    return found


def hints(resource: Resource) -> dict[str, dict[str, Any]]:
    """Return dlt's column hints for the declared columns."""
    return {
        column.name: {
            "name": column.name,
            "data_type": column.data_type,
            "nullable": column.name not in resource.key,
            **({"timezone": True} if column.data_type == "timestamp" else {}),
        }
        for column in resource.columns
    }
