"""Find what is broken, doubled, incompatible or misnamed in an installation, and what to do about each.

Metadata is read first, then each plugin is imported in a process of its own with a time limit. `sdk doctor` shows it::

    from sdk.diagnoses import diagnose

    assert not diagnose().is_broken
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen
from packaging.utils import canonicalize_name

from sdk.diagnoses.findings import Finding
from sdk.diagnoses.offers import GROUPS, found_in_metadata, found_on_the_path, offers
from sdk.diagnoses.processes import examine
from sdk.diagnoses.surroundings import found_around, versions
from sdk.errors import SettingError, UnknownConnectorError
from sdk.opening import OVERRIDES
from sdk.plugins import CONNECTORS, Installed, unknown
from sdk.plugins import OVERRIDES as OVERRIDES_GROUP
from sdk.settings import environment_name, resolve


@frozen
class Diagnosis:
    """What was found.

    Attributes:
        versions: Of Python and of what core stands on.
        plugins: What was examined.
        findings: What is wrong or odd; what is broken first.
    """

    versions: dict[str, str]
    plugins: tuple[Installed, ...]
    findings: tuple[Finding, ...]

    @property
    def is_broken(self) -> bool:
        """Whether there is more than hints."""
        return any(one.is_broken for one in self.findings)

    def of(self, plugin: Installed) -> list[Finding]:
        """Return the findings about a plugin, or about all of its distribution."""
        place = plugin.name, plugin.entry_point.group
        own = canonicalize_name(plugin.distribution)
        return [
            one
            for one in self.findings
            if (not one.distribution or canonicalize_name(one.distribution) == own)
            and ((one.name, one.group) == place or (one.distribution and not one.name))
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the diagnosis as plain JSON data."""
        plugins = [
            {
                "group": one.entry_point.group,
                "name": one.name,
                "distribution": one.distribution,
                "version": one.version,
                "is_broken": any(finding.is_broken for finding in self.of(one)),
            }
            for one in self.plugins
        ]
        findings = [one.to_dict() for one in self.findings]
        return {"is_broken": self.is_broken, "versions": self.versions, "plugins": plugins, "findings": findings}


def diagnose(name: str | None = None, *, seconds: float = 30.0) -> Diagnosis:
    """Return what is wrong with the installation, or with what is called *name* in it.

    Args:
        name: A connector, another plugin, or a distribution; default: everything.
        seconds: How long all plugins of one distribution may take to be imported.

    Raises:
        UnknownConnectorError: Nothing is called *name*.
    """
    known = offers()
    chosen = known if name is None else tuple(one for one in known if name in {one.name, one.distribution})
    if name is not None and not chosen:
        raise UnknownConnectorError(unknown(name, sorted({one.name for one in known}), "plugin"))
    switched_on: dict[str, Sequence[str]] = {}
    findings = [*found_around(), *found_in_metadata(chosen)]
    findings += [one for one in found_on_the_path() if name is None or _concerns(one, chosen)]
    for connector in sorted({one.name for one in chosen if one.entry_point.group == CONNECTORS}):
        findings += _configured(connector, known, switched_on)
    findings += examine(chosen, seconds, switched_on)
    return Diagnosis(versions(), chosen, tuple(sorted(findings, key=lambda one: not one.is_broken)))


def _concerns(finding: Finding, plugins: Sequence[Installed]) -> bool:
    names = {canonicalize_name(one.distribution) for one in plugins}
    return not finding.distribution or canonicalize_name(finding.distribution) in names


def _configured(connector: str, known: Sequence[Installed], into: dict[str, Sequence[str]]) -> Iterator[Finding]:
    """Yield what is wrong with the overrides that are switched on for a connector, and note the others."""
    where = f"the setting sources.{connector}.overrides"
    try:
        chosen: list[str] = resolve(connector, [OVERRIDES], {})["overrides"]
    except (SettingError, ImportError) as error:
        yield Finding("overrides", "broken", str(error), where, f"set {environment_name(connector, 'overrides')} again")
        return
    offered = [one.name for one in known if one.entry_point.group == OVERRIDES_GROUP]
    for name in chosen:
        if name not in offered:
            what = f"override {name!r} is switched on for connector {connector!r} and is not installed"
            advice = f"pip install the distribution that offers it, or take it out of {where}"
            yield Finding("overrides", "broken", what, where, advice, name=connector, group=CONNECTORS)
    into[connector] = [name for name in chosen if name in offered]


__all__ = ["GROUPS", "Diagnosis", "Finding", "diagnose"]
