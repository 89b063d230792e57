"""The error of a run that loaded what it could, and not everything."""

from __future__ import annotations

from collections.abc import Sequence

from sdk.errors import LoadError
from sdk.failures import Failure
from sdk.reports import RunReport


class IncompleteError(LoadError):
    """Something could not be read; all else is loaded.

    Attributes:
        report: What happened, with what is missing in `failures`.
    """

    def __init__(self, message: str, report: RunReport) -> None:
        self.report = report
        super().__init__(message)


def missing_rows(connector: str, failures: Sequence[Failure]) -> str:
    """Return what is missing, in one line."""
    by_resource: dict[str, list[Failure]] = {}
    for one in failures:
        by_resource.setdefault(one.resource, []).append(one)
    several = [
        found[0].error if len(found) == 1 else f"{len(found)} times in {name}, first: {found[0].error}"
        for name, found in by_resource.items()
    ]
    names = ", ".join(by_resource)
    found = f"{connector}: rows are missing in {names}: {'; '.join(several)}"
    return f"{found}; all else is loaded, and the next run asks for what is missing"
