"""What asks for which version number."""

import pytest
from packaging.version import Version

from sdk.testing.compat import kinds
from sdk.testing.compat.kinds import Kind, Level
from sdk.testing.compat.releases import is_enough, next_version


def test_the_table_is_the_code():
    """Whoever reads the table knows every kind, and its class."""
    lines = [line.split("|")[1:3] for line in (kinds.__doc__ or "").splitlines() if line.startswith("| ")]

    assert [tuple(cell.strip() for cell in line) for line in lines[1:]] == [
        (str(kind.level), str(kind)) for kind in Kind
    ]


@pytest.mark.parametrize(
    ("old", "level", "following"),
    [
        ("1.4.2", Level.MAJOR, "2.0.0"),
        ("1.4.2", Level.UNKNOWN, "2.0.0"),
        ("1.4.2", Level.MINOR, "1.5.0"),
        ("1.4.2", Level.PATCH, "1.4.3"),
        ("1.4.2", Level.NONE, "1.4.2"),
        ("0.3.1", Level.MAJOR, "0.4.0"),
        ("0.3.1", Level.MINOR, "0.3.2"),
        ("0.3.1", Level.PATCH, "0.3.2"),
        ("1.4", Level.PATCH, "1.4.1"),
        ("2.0.0rc1", Level.MAJOR, "2.0.0"),
        ("1.4.2.post1", Level.PATCH, "1.4.3"),
    ],
)
def test_the_next_version(old: str, level: Level, following: str):
    """Before 1.0 what breaks bumps the minor number, and a pre-release is followed by its release."""
    assert next_version(Version(old), level) == Version(following)


@pytest.mark.parametrize(
    ("old", "level", "new", "enough"),
    [
        ("1.4.2", Level.MAJOR, "2.0.0", True),
        ("1.4.2", Level.MAJOR, "1.5.0", False),
        ("1.4.2", Level.PATCH, "2.0.0", True),
        ("1.4.2", Level.PATCH, "1.4.2", False),
        ("1.4.2", Level.NONE, "1.4.2", True),
        ("1.4.2", Level.NONE, "1.4.1", False),
        ("1.4.2", Level.MAJOR, "2.0.0rc1", True),
        ("2.0.0rc1", Level.MAJOR, "2.0.0rc1", False),
        ("2.0.0rc1", Level.MAJOR, "2.0.0", True),
        ("0.1.0", Level.MAJOR, "0.2", True),
        ("1!0.1.0", Level.MAJOR, "1!0.1.1", False),
    ],
)
def test_what_is_enough(old: str, level: Level, new: str, enough: bool):  # noqa: FBT001 - a case
    """A pre-release of the right number says as much as its release; an older number never does."""
    assert is_enough(Version(old), level, Version(new)) is enough
