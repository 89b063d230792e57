"""What distributions require, held against what is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, version

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from sdk.diagnoses.findings import Finding

CORE = "connector-sdk"


def unmet(dist: Distribution, name: str, own_version: str) -> Iterator[Finding]:
    """Yield each requirement of *dist* that the installation does not meet, and a missing one on core."""
    where = f"{name} {own_version}"
    on_core = False
    for line in dist.requires or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            what, advice = f"requirement {line!r} cannot be read", f"pip install --upgrade {name}"
            yield Finding("requirement", "hint", what, where, advice, distribution=name)
            continue
        on_core = on_core or canonicalize_name(requirement.name) == CORE
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield from _unmet(requirement, name, where)
    if not on_core and canonicalize_name(name) != CORE:
        what = f"it does not say which {CORE} it needs"
        major, minor = [*version(CORE).split("."), "0"][:2]
        allowed = f"{CORE}>={major}.{minor},<{major}.{int(minor) + 1}" if minor.isdigit() else CORE
        advice = f'add "{allowed}" to the dependencies in its pyproject.toml'
        yield Finding("no requirement", "hint", what, where, advice, distribution=name)


def _unmet(requirement: Requirement, name: str, where: str) -> Iterator[Finding]:
    wanted = f"{requirement.name}{requirement.specifier}"
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        what = f"it needs {wanted}, which is not installed"
        yield Finding("requirement", "broken", what, where, f"pip install '{wanted}'", distribution=name)
        return
    if not requirement.specifier.contains(found, prereleases=True):
        # An older core is seldom what one wants; a plugin for the installed one is.
        for_core = canonicalize_name(requirement.name) == CORE
        advice = f"pip install --upgrade {name}" if for_core else f"pip install '{wanted}'"
        what = f"it needs {wanted}, but {found} is installed"
        yield Finding("incompatible", "broken", what, where, advice, distribution=name)
