"""What installed distributions offer, and what is wrong with that already from their metadata: nothing is imported.

`sdk list` and `sdk doctor` both go by this, so that they agree.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions, entry_points
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from sdk.diagnoses.findings import Finding
from sdk.diagnoses.requirements import unmet
from sdk.plugins import CONNECTORS, OVERRIDES, SIMULATORS, Installed, installed
from sdk.resource import NAME

GROUPS: Final[Mapping[str, str]] = {
    CONNECTORS: "connector",
    OVERRIDES: "override",
    SIMULATORS: "simulator",
    "sdk.auth": "auth scheme",
    "sdk.paginators": "paginator",
}

# In these two the name is the connector's, which names a section of the settings and a dlt source.
_STRICT: Final = frozenset({CONNECTORS, SIMULATORS})
_PREFIXES: Final = {CONNECTORS: "sdk-plugin-", OVERRIDES: "sdk-override-"}
_OURS: Final = re.compile(r"[~s]dk_(plugin|override)_|[~c]onnector_sdk-")


def offers() -> tuple[Installed, ...]:
    """Return everything that installed distributions offer, group by group."""
    return tuple(one for group in GROUPS for one in installed(group))


def offer(plugin: Installed) -> str:
    """Return what a plugin is, in words."""
    return f"{plugin.distribution} {plugin.version}, {GROUPS[plugin.entry_point.group]} {plugin.name!r}"


def found_in_metadata(plugins: Iterable[Installed]) -> Iterator[Finding]:
    """Yield what is wrong with *plugins*, as far as metadata tells."""
    everything = offers()
    distributions_seen = set()
    for plugin in plugins:
        yield from _claimed(plugin, everything)
        yield from _named(plugin)
        yield from _alone(plugin, everything)
        dist = plugin.entry_point.dist
        if dist is not None and plugin.distribution not in distributions_seen:
            distributions_seen.add(plugin.distribution)
            yield from _misnamed(plugin, everything)
            yield from unmet(dist, plugin.distribution, plugin.version)


def found_on_the_path() -> Iterator[Finding]:
    """Yield what is wrong with the metadata on the path, whoever it belongs to."""
    yield from _leftovers()
    yield from _twice()
    yield from _nothing_offered()
    yield from _unknown_groups()


def _finding(plugin: Installed, code: str, what: str, advice: str, *, hint: bool = False) -> Finding:
    place = {"distribution": plugin.distribution, "name": plugin.name, "group": plugin.entry_point.group}
    return Finding(code, "hint" if hint else "broken", what, offer(plugin), advice, **place)


def _claimed(plugin: Installed, everything: Iterable[Installed]) -> Iterator[Finding]:
    others = sorted(
        one.distribution
        for one in everything
        if (one.name, one.entry_point.group) == (plugin.name, plugin.entry_point.group) and one != plugin
    )
    if others:
        kind = GROUPS[plugin.entry_point.group]
        what = f"claimed by several: {kind} {plugin.name!r} is offered by {' and '.join(others)}, too"
        yield _finding(plugin, "duplicate", what, f"pip uninstall {others[0]}, or this one: uninstall all but one")


def _named(plugin: Installed) -> Iterator[Finding]:
    if not NAME.fullmatch(plugin.name):
        better = re.sub(r"[^a-z0-9_]+", "_", plugin.name.lower()).lstrip("_0123456789").rstrip("_") or "name"
        what = f"entry point {plugin.name!r} is not snake_case"
        strict = plugin.entry_point.group in _STRICT
        yield _finding(plugin, "entry name", what, f"call it {better!r} in its pyproject.toml", hint=not strict)


def _alone(plugin: Installed, everything: Iterable[Installed]) -> Iterator[Finding]:
    if plugin.entry_point.group == SIMULATORS:
        connectors = [one.name for one in everything if one.entry_point.group == CONNECTORS]
        if plugin.name not in connectors:
            nearest = difflib.get_close_matches(plugin.name, connectors, n=1)
            meant = f"; its connector may be {nearest[0]!r}" if nearest else ""
            advice = f"give it its connector's name in its pyproject.toml{meant}"
            yield _finding(plugin, "simulator alone", f"no connector is called {plugin.name!r}", advice, hint=True)


def _misnamed(plugin: Installed, everything: Iterable[Installed]) -> Iterator[Finding]:
    own = [one for one in everything if one.distribution == plugin.distribution and one.entry_point.group in _PREFIXES]
    expected = [f"{_PREFIXES[one.entry_point.group]}{one.name.replace('_', '-')}" for one in own]
    if expected and canonicalize_name(plugin.distribution) not in expected:
        kind = GROUPS[own[0].entry_point.group]
        what = f"distribution {plugin.distribution!r} does not carry the name of its {kind}"
        advice = f"whoever looks for it types pip install {expected[0]}; call it so if it is public"
        yield _finding(own[0], "misnamed", what, advice, hint=True)


def _leftovers() -> Iterator[Finding]:
    for folder in dict.fromkeys(Path(one) for one in sys.path if one):
        for info in sorted(folder.glob("*.dist-info")) if folder.is_dir() else ():
            broken_off = info.name.startswith("~") or not (info / "METADATA").is_file()
            if broken_off and (_OURS.match(info.name) or _groups_in(info)):
                what = "metadata that an interrupted install or uninstall left behind; what it offers is still listed"
                yield Finding("leftover", "broken", what, str(info), f"rm -r '{info}', and install it again if wanted")


def _groups_in(info: Path) -> bool:
    try:
        text = (info / "entry_points.txt").read_text()
    except (OSError, UnicodeDecodeError):
        return False
    return any(f"[{group}]" in text for group in GROUPS)


def _twice() -> Iterator[Finding]:
    versions: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for dist in distributions():
        name = dist.metadata["Name"]
        if name and (_offers_something(dist) or canonicalize_name(name) == "connector-sdk"):
            versions[canonicalize_name(name)].setdefault(str(dist.version), str(dist.locate_file("")))
    for name, places in versions.items():
        if len(places) > 1:
            (first, folder), *others = places.items()
            found = " and ".join(f"{version} in {place}" for version, place in others)
            same = any(place == folder for _, place in others)
            yield Finding(
                "two versions",
                "broken" if same else "hint",
                f"{name} is on the path in several versions: {first} in {folder} is used, but there is {found}",
                folder,
                f"pip uninstall {name} until it is gone, then pip install {name}",
                distribution=name,
            )


def _offers_something(dist: Distribution) -> bool:
    return any(point.group in GROUPS for point in dist.entry_points)


def _nothing_offered() -> Iterator[Finding]:
    for dist in distributions():
        name = canonicalize_name(dist.metadata["Name"] or "")
        for group, prefix in _PREFIXES.items():
            if name.startswith(prefix) and not _offers_something(dist):
                what = f"{name} offers nothing: it has no entry point in {group!r}"
                called = name.removeprefix(prefix).replace("-", "_")
                advice = f'add [project.entry-points."{group}"] with {called} = "its_module" to its pyproject.toml'
                yield Finding("nothing offered", "hint", what, f"{name} {dist.version}", advice, distribution=name)


def _unknown_groups() -> Iterator[Finding]:
    for group in sorted(entry_points().groups):
        if group.startswith("sdk.") and group not in GROUPS:
            nearest = difflib.get_close_matches(group, GROUPS, n=1, cutoff=0)[0]
            for point in entry_points(group=group):
                name = str(point.dist.metadata["Name"]) if point.dist else "somebody"
                what = f"{point.name!r} is offered in the group {group!r}, which nobody asks"
                advice = f"call the group {nearest!r} in its pyproject.toml"
                yield Finding("unknown group", "hint", what, name, advice, distribution=name, name=point.name)
