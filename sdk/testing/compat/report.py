"""What a comparison of two versions says."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from packaging.version import Version

from sdk.testing.compat.difference import Difference
from sdk.testing.compat.kinds import Level
from sdk.testing.compat.releases import is_enough, next_version
from sdk.testing.compat.versions import PluginVersion


@frozen
class Report:
    """Two versions of a plugin, and what differs between them.

    Attributes:
        old: The older one.
        new: The newer one.
        differences: What differs, what asks for most first.
        compared: Rows that were compared, by the resource's place.
        allow_unrecorded: What cannot be compared counts for nothing, instead of as what breaks.
    """

    old: PluginVersion
    new: PluginVersion
    differences: tuple[Difference, ...]
    compared: dict[str, int]
    allow_unrecorded: bool = False

    @property
    def level(self) -> Level:
        """The class of the whole."""
        levels = [one.level for one in self.differences if one.level is not Level.UNKNOWN or not self.allow_unrecorded]
        found = max(levels, default=Level.NONE)
        return Level.MAJOR if found is Level.UNKNOWN else found

    @property
    def connectors(self) -> tuple[str, ...]:
        """Names of the connectors that either has."""
        return tuple(dict.fromkeys((*self.old.connectors, *self.new.connectors)))

    @property
    def is_broken(self) -> bool:
        """Whether the newer version does not work where the older one did."""
        return self.level is Level.BROKEN

    @property
    def next_version(self) -> Version | None:
        """The lowest version number that says so; none does of a version that is broken."""
        return None if self.is_broken else next_version(self.old.number, self.level)

    @property
    def is_enough(self) -> bool:
        """Whether the newer version's number says so."""
        return not self.is_broken and is_enough(self.old.number, self.level, self.new.number)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole as plain JSON data."""
        return {
            "old": _version(self.old),
            "new": _version(self.new),
            "class": str(self.level),
            "next_version": None if self.next_version is None else str(self.next_version),
            "enough": self.is_enough,
            "rows_compared": dict(self.compared),
            "differences": [_difference(one) for one in self.differences],
        }


def _version(one: PluginVersion) -> dict[str, str]:
    return {"given": one.given, "distribution": one.distribution, "version": str(one.number)}


def _difference(one: Difference) -> dict[str, str]:
    return {
        "class": str(one.level),
        "kind": str(one.kind),
        "connector": one.connector,
        "resource": one.resource,
        "what": one.what,
        "was": one.was,
        "is": one.now,
    }
