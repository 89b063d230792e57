"""What a diagnosis is made of: findings, each with a place and something to do about it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from attrs import asdict, field, frozen

from sdk.redaction import one_line

Level: TypeAlias = Literal["broken", "hint"]


@frozen
class Finding:
    """One thing that is wrong with an installation, or odd about it.

    Attributes:
        code: What kind of thing, in one word or two, for programs.
        level: `broken` when somebody who uses it fails or gets something else than they think; else a `hint`.
        what: What was found.
        where: The distribution and what it offers, or a file.
        advice: What to do about it: a command to type, where there is one.
        distribution: The distribution that it is about; empty when it is about the environment.
        name: The plugin's name; empty when it is about all of the distribution.
        group: The plugin's entry-point group, likewise.
    """

    code: str
    level: Level
    what: str = field(converter=one_line)
    where: str = field(converter=one_line)
    advice: str = field(converter=one_line)
    distribution: str = field(default="", kw_only=True)
    name: str = field(default="", kw_only=True)
    group: str = field(default="", kw_only=True)

    @property
    def is_broken(self) -> bool:
        """Whether it is more than a hint."""
        return self.level == "broken"

    @property
    def brief(self) -> str:
        """The finding where there is room for a few words only."""
        return "claimed by several: uninstall all but one" if self.code == "duplicate" else self.what

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON data."""
        return asdict(self)
