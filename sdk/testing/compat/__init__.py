"""Compare two versions of a plugin: what do users of the old one meet in the new one.

Both play the same recorded samples, each in a process of its own in which no other version is seen. What differs in
tables, columns, types, keys, rows, requests and settings is classed as major, minor or patch (`kinds` holds the
table), and so says which version number the new one needs::

    with TemporaryDirectory() as folder:
        report = compare("sdk-plugin-planets==0.1.0", ".", Path("cassettes"), Path(folder))
    assert report.is_enough
"""

from sdk.testing.compat.comparing import NoSamplesError, compare
from sdk.testing.compat.difference import Difference
from sdk.testing.compat.kinds import Kind, Level
from sdk.testing.compat.report import Report
from sdk.testing.compat.versions import NoVersionError, PluginVersion

__all__ = [
    "Difference",
    "Kind",
    "Level",
    "NoSamplesError",
    "NoVersionError",
    "PluginVersion",
    "Report",
    "compare",
]
