"""The libraries that carry the requests: no version with a hole that touches credentials or memory."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

# The last version with a known hole, and which.
HOLES: Final = {
    "requests": {"2.32.3": "CVE-2024-47081: .netrc of another host", "2.31.0": "CVE-2024-35195: verify=False sticks"},
    "urllib3": {
        "2.6.2": "CVE-2026-21441: redirects are inflated unread",
        "2.5.0": "CVE-2025-66418, CVE-2025-66471: endless decompression",
        "2.4.0": "CVE-2025-50181: redirects that were switched off",
    },
    "jinja2": {"3.1.4": "CVE-2024-56201: out of the sandbox"},
}


@pytest.mark.parametrize("name", HOLES)
def test_a_floor_above_each_known_hole(name):
    """Whoever has an older version is told when this library is installed."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    [declared] = [one for one in map(Requirement, project["dependencies"]) if one.name == name]

    assert [hole for last, hole in HOLES[name].items() if declared.specifier.contains(Version(last))] == []
