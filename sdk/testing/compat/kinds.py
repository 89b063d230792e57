"""What may differ between two versions of a plugin, and what it asks of the version number.

| class | kind | when |
|---|---|---|
| major | distribution renamed | whoever upgrades the old one does not get the new one |
| major | connector gone | its entry point is not there |
| broken | connector broken | it cannot be imported or declared |
| major | table gone | removed, renamed or hidden |
| major | column gone | nothing arrives in it any more |
| major | type changed | the type that dlt gives the column, declared or inferred |
| major | key changed | tables that exist would hold rows twice, or lose some |
| major | write disposition changed | what happens to rows that are there |
| major | rows lost | the same answers give fewer rows |
| major | values changed | the same answers give other values in a column whose type is the same |
| broken | reading fails | where it did not |
| major | skip silenced | what was visibly skipped is neither read nor shown |
| major | setting gone | removed or renamed; whoever sets it gets an error |
| major | secret renamed | whoever has set it has to set another one |
| major | setting required | a new one without default, or one that lost its default |
| major | setting kind changed | a value that was right may be refused, or a secret show |
| major | choices gone | a value that was right is refused |
| major | default changed | whoever left it alone reads something else |
| minor | connector new | there is one more |
| minor | table new | there is one more |
| minor | column new | the same answers give one more |
| minor | rows new | the same answers give more rows |
| minor | reading works | where it failed, also when what failed is now a visible skip |
| minor | skip new | where nothing came and nothing was said |
| minor | setting new | with a default |
| minor | setting optional | it got a default |
| minor | choices new | more values are right |
| patch | requests changed | others, in another order, more or fewer, with another header or body |
| patch | failure changed | it failed and fails, with another message |
| patch | description changed | a text for people |
| unknown | not compared | the recordings hold no answer; it counts as major until they do |

What is broken no version number makes up for: it has to be mended first.

A changed default is major although it may change no row: a sample is played with the settings that it was recorded
with, so what another default does is not seen in it, and what nobody looked at is not called harmless.
"""

from __future__ import annotations

from enum import Enum, IntEnum


class Level(IntEnum):
    """How much a difference asks of the version number."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    UNKNOWN = 3
    MAJOR = 4
    BROKEN = 5

    def __str__(self) -> str:
        return self.name.lower()


class Kind(Enum):
    """A kind of difference; its value is its class and its words, as the table above says them."""

    DISTRIBUTION_RENAMED = (Level.MAJOR, "distribution renamed")
    CONNECTOR_GONE = (Level.MAJOR, "connector gone")
    CONNECTOR_BROKEN = (Level.BROKEN, "connector broken")
    TABLE_GONE = (Level.MAJOR, "table gone")
    COLUMN_GONE = (Level.MAJOR, "column gone")
    TYPE_CHANGED = (Level.MAJOR, "type changed")
    KEY_CHANGED = (Level.MAJOR, "key changed")
    DISPOSITION_CHANGED = (Level.MAJOR, "write disposition changed")
    ROWS_LOST = (Level.MAJOR, "rows lost")
    VALUES_CHANGED = (Level.MAJOR, "values changed")
    READING_FAILS = (Level.BROKEN, "reading fails")
    SKIP_SILENCED = (Level.MAJOR, "skip silenced")
    SETTING_GONE = (Level.MAJOR, "setting gone")
    SECRET_RENAMED = (Level.MAJOR, "secret renamed")
    SETTING_REQUIRED = (Level.MAJOR, "setting required")
    SETTING_KIND_CHANGED = (Level.MAJOR, "setting kind changed")
    CHOICES_GONE = (Level.MAJOR, "choices gone")
    DEFAULT_CHANGED = (Level.MAJOR, "default changed")
    CONNECTOR_NEW = (Level.MINOR, "connector new")
    TABLE_NEW = (Level.MINOR, "table new")
    COLUMN_NEW = (Level.MINOR, "column new")
    ROWS_NEW = (Level.MINOR, "rows new")
    READING_WORKS = (Level.MINOR, "reading works")
    SKIP_NEW = (Level.MINOR, "skip new")
    SETTING_NEW = (Level.MINOR, "setting new")
    SETTING_OPTIONAL = (Level.MINOR, "setting optional")
    CHOICES_NEW = (Level.MINOR, "choices new")
    REQUESTS_CHANGED = (Level.PATCH, "requests changed")
    FAILURE_CHANGED = (Level.PATCH, "failure changed")
    DESCRIPTION_CHANGED = (Level.PATCH, "description changed")
    NOT_COMPARED = (Level.UNKNOWN, "not compared")

    @property
    def level(self) -> Level:
        """The class of the difference."""
        return self.value[0]

    def __str__(self) -> str:
        return self.value[1]
