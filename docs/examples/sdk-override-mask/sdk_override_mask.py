"""Replace the values of configured columns by keyed hashes: the same value is the same hash, so that joins survive."""

# ruff: noqa: INP001 - a distribution of one module

import hmac
from collections.abc import Generator
from typing import Any

from attrs import evolve, frozen

from sdk import Connector, Record, Resource, Secret, Setting, hookimpl, reveal


@frozen
class Mask:
    """Which columns to mask, as `resource.column`, and the key of the hashes."""

    maskable: frozenset[str]
    columns: Any
    key: Any

    def __attrs_post_init__(self) -> None:
        # A misspelt name would leave its column as it is, and nobody would see it.
        if not isinstance(self.columns, Setting) and (others := sorted({*self.columns} - self.maskable)):
            raise ValueError(f"masked names {', '.join(others)}, not declared or needed to read other records")

    def masked(self, value: Any) -> Any:
        """Return the hash of a text or a number, and of each one in a list or an object; nothing stays nothing."""
        if isinstance(value, dict):
            return {name: self.masked(one) for name, one in value.items()}
        if value is None or isinstance(value, list):
            return value and [self.masked(one) for one in value]
        digest = hmac.new(reveal(self.key).encode(), str(value).encode(), "sha256").hexdigest()
        return int(digest[:15], 16) if isinstance(value, int) else digest


@hookimpl(wrapper=True)
def sdk_declare_connector() -> Generator[None, Connector, Connector]:
    """Add the two settings to those that the connector asks for."""
    connector = yield
    columns = {f"{one.name}.{column.name}" for one in connector.tables for column in one.columns}
    needed = {f"{place.resource}.{place.field}" for one in connector.resources for place in one.references}
    needed |= {f"{one.table}.{getattr(connector.paginator_of(one), 'record_path', '')}" for one in connector.resources}
    masked = Setting("masked", kind="list", description="columns to mask, each as resource.column")
    key = Secret("mask_key", description="key of the hashes; keep it, or the same value gets another hash")
    return evolve(connector, settings=(*connector.settings, Mask(frozenset(columns - needed), masked, key)))


@hookimpl(wrapper=True)
def sdk_select_records(connector: Connector, resource: Resource) -> Generator[None, list[Record], list[Record]]:
    """Mask what was selected, before anybody else sees it."""
    records = yield
    [mask] = [one for one in connector.settings if isinstance(one, Mask)]
    columns = [column for table, _, column in (one.partition(".") for one in mask.columns) if table == resource.table]
    return [{**record, **{one: mask.masked(record[one]) for one in columns if one in record}} for record in records]
