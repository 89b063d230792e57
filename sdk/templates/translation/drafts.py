"""What a dictionary becomes: the declaration as code, and what is told of it."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from attrs import define, field, frozen

from sdk.mistakes import RESERVED
from sdk.redaction import one_line

_TAKEN: Final = RESERVED | {"base_url", "start_date"}

Kind: TypeAlias = Literal["text", "secret", "timestamp"]


@frozen
class SettingRow:
    """A setting, as the README shows it."""

    name: str
    kind: Kind
    default: str
    meaning: str


@frozen
class TableRow:
    """A table, as the README shows it."""

    name: str
    key: str
    incremental: str


@define
class Notes:
    """What a dictionary says and the declaration does not, each with its path in the document."""

    found: list[str] = field(factory=list)

    def add(self, path: str, text: str) -> None:
        """Note *text* on what stands at *path*, once."""
        note = one_line(f"{path}: {text}")
        if note not in self.found:
            self.found.append(note)


@define
class Settings:
    """The settings that the declaration leaves open.

    Attributes:
        rows: By their names.
        values: The value in the dictionary of each, to know it again; it is written nowhere.
    """

    rows: dict[str, SettingRow] = field(factory=dict)
    values: dict[str, Any] = field(factory=dict, repr=False)

    def name(self, wanted: str, value: Any, owner: str = "") -> str:
        """Return the name of the setting for *value*: *wanted*, with *owner* before it where that is another value."""
        if not wanted or wanted in _TAKEN:
            wanted = f"sent_{wanted}" if wanted else "secret"
        for name in (wanted, f"{owner}_{wanted}" if owner else f"{wanted}_2"):
            if name not in self.values or self.values[name] == value:
                self.values[name] = value
                return name
        number = 2
        while f"{owner}_{wanted}_{number}" in self.values:
            number += 1
        name = f"{owner}_{wanted}_{number}"
        self.values[name] = value
        return name

    def add(self, row: SettingRow) -> None:
        """Keep *row*."""
        self.rows.setdefault(row.name, row)

    @property
    def secrets(self) -> list[str]:
        """Names of the secrets."""
        return [row.name for row in self.rows.values() if row.kind == "secret"]


@frozen
class Draft:
    """A declaration made from a dictionary.

    Attributes:
        source: The module, after its docstring.
        steps: The module with the functions that the dictionary's steps call; empty without any.
        settings: Its settings.
        tables: Its tables.
        notes: What has no equivalent, each with its path in the document.
        first: The resource to look at first.
    """

    source: str
    steps: str
    settings: tuple[SettingRow, ...]
    tables: tuple[TableRow, ...]
    notes: tuple[str, ...]
    first: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets."""
        return tuple(row.name for row in self.settings if row.kind == "secret")

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the settings, secrets among them, that have no default."""
        return tuple(row.name for row in self.settings if row.default == "required")
