"""Version numbers: which one a class of differences asks for (semantic versioning)."""

from __future__ import annotations

from packaging.version import Version

from sdk.testing.compat.kinds import Level


def next_version(old: Version, level: Level) -> Version:
    """Return the lowest version number that may follow *old* after differences of the class *level*.

    Before 1.0 what breaks bumps the minor number, and everything else the last. A pre-release promises nothing: what
    follows is its release. What is unknown is taken for what breaks.
    """
    if level is Level.NONE:
        return old
    return Version(f"{old.epoch}!{'.'.join(map(str, _bumped(old, level)))}")


def is_enough(old: Version, level: Level, new: Version) -> bool:
    """Return whether *new* says as much as the class asks; a pre-release of the right number does."""
    if level is Level.NONE:
        return new >= old
    return new > old and Version(new.base_version) >= next_version(old, level)


def _bumped(old: Version, level: Level) -> tuple[int, int, int]:
    major, minor, micro = old.major, old.minor, old.micro
    if old.is_prerelease:
        return major, minor, micro
    if level >= Level.UNKNOWN:
        return (major + 1, 0, 0) if major else (0, minor + 1, 0)
    if level is Level.MINOR and major:
        return major, minor + 1, 0
    return major, minor, micro + 1
