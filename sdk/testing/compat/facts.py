"""What is known of one version of a plugin: JSON, because it comes from a process of its own."""

from __future__ import annotations

from typing import TypeAlias, TypedDict

Row: TypeAlias = dict[str, str]
"""A row by column; each value as text that is the same only for the same value."""


class SettingFacts(TypedDict):
    """A setting or secret of the declaration."""

    kind: str
    secret: bool
    required: bool
    default: str
    choices: list[str]
    description: str


class Sent(TypedDict):
    """A request as it was sent, with no secret in it."""

    text: str
    headers: dict[str, str]
    body: str


class Run(TypedDict):
    """One run of a resource's sample."""

    rows: list[Row]
    requests: list[Sent]
    skips: list[str]
    failure: str


class Played(TypedDict):
    """What a resource's sample gave."""

    columns: dict[str, str]
    """dlt's types of the columns that arrive, inferred and variant ones too."""
    runs: list[Run]
    unrecorded: list[str]


class TableFacts(TypedDict):
    """A resource that becomes a table."""

    columns: dict[str, str]
    """dlt's types of the declared columns."""
    key: list[str]
    write_disposition: str
    description: str
    recorded: bool
    """There is a cassette."""
    played: Played | None
    unplayed: str
    """Why there is nothing played."""


class ConnectorFacts(TypedDict):
    """A connector; when it is broken, nothing but the failure."""

    failure: str
    description: str
    settings: dict[str, SettingFacts]
    tables: dict[str, TableFacts]
    hidden: list[str]


Facts: TypeAlias = dict[str, ConnectorFacts]
"""The connectors of a version by name."""


class Job(TypedDict):
    """What the process that describes a version is told."""

    home: str
    paths: list[str]
    distribution: str
    connectors: list[str]
    cassettes: str
    answer: str


def broken(failure: str) -> ConnectorFacts:
    """Return what is known of a connector that cannot be declared."""
    return {"failure": failure, "description": "", "settings": {}, "tables": {}, "hidden": []}
