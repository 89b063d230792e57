"""Let a process see one version of a plugin, and no other that is installed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, DistributionFinder, distributions
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import field, frozen
from packaging.utils import canonicalize_name

from sdk.plugins import CONNECTORS, SIMULATORS


@frozen
class Sight:
    """Find what Python finds on its path, but of some modules and connectors only those of one version.

    It takes the place of Python's own finder, so that metadata and modules are both seen through it.

    Attributes:
        home: The folder with the version's metadata.
        paths: The folders with its modules.
        distribution: Name of its distribution.
        connectors: Names of the connectors of which no other distribution is seen.
        modules: Top-level modules that are looked for in *paths* alone.
    """

    home: str
    paths: tuple[str, ...]
    distribution: str
    connectors: frozenset[str]
    modules: frozenset[str]
    _seen: dict[tuple[str | None, tuple[str, ...]], list[Distribution]] = field(factory=dict, init=False)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is."""
        if path is not None or fullname not in self.modules:
            return PathFinder.find_spec(fullname, path, target)
        found = PathFinder.find_spec(fullname, list(self.paths), target)
        if found is None:
            # Not `None`: the finders of editable installations would be asked next.
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return found

    def find_distributions(self, context: DistributionFinder.Context | None = None) -> Iterator[Distribution]:
        """Yield the distributions whose metadata is on the path."""
        asked = context or DistributionFinder.Context()
        place = asked.name, tuple(asked.path)
        if place not in self._seen:
            found = PathFinder.find_distributions(asked)
            self._seen[place] = [dist for dist in found if _place(dist) == Path(self.home) or not self._hides(dist)]
        # Every load of a connector asks, and to tell what is hidden all metadata has to be read.
        yield from self._seen[place]

    def invalidate_caches(self) -> None:
        """Forget what was looked up."""
        self._seen.clear()
        PathFinder.invalidate_caches()

    def _hides(self, dist: Distribution) -> bool:
        return _offers(dist, self.distribution, self.connectors)


def see_only(home: str, paths: Sequence[str], distribution: str, connectors: Iterable[str]) -> None:
    """Let this process see one version of a plugin; there is no way back."""
    wanted = frozenset(connectors)
    others = [dist for dist in distributions() if _offers(dist, distribution, wanted)]
    modules = frozenset(name for dist in others for name in _modules(dist))
    sys.path[:0] = paths
    finders: list[Any] = sys.meta_path
    finders[finders.index(PathFinder)] = Sight(home, tuple(paths), distribution, wanted, modules)


def _place(dist: Distribution) -> Path:
    return Path(str(dist.locate_file("")))


def _offers(dist: Distribution, distribution: str, connectors: frozenset[str]) -> bool:
    """Return whether it is that distribution, or offers one of the connectors under another name."""
    name = dist.metadata["Name"]
    if name is not None and canonicalize_name(name) == canonicalize_name(distribution):
        return True
    return any(point.group in {CONNECTORS, SIMULATORS} and point.name in connectors for point in dist.entry_points)


def _modules(dist: Distribution) -> Iterator[str]:
    """Yield the names of a distribution's top-level modules."""
    for point in dist.entry_points:
        yield point.module.partition(".")[0]
    files = [str(file) for file in dist.files or ()]
    if folder := _editable(dist):
        files = [f"{one.name}/" if one.is_dir() else one.name for top in (folder, folder / "src") for one in _in(top)]
    for file in files:
        name, inside, _ = file.partition("/")
        if not inside and not name.endswith(".py"):
            continue
        name = name.removesuffix(".py")
        if name.isidentifier():
            yield name


def _editable(dist: Distribution) -> Path | None:
    """Return the folder that an editable installation leads to."""
    said = json.loads(dist.read_text("direct_url.json") or "{}")
    if not said.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlsplit(said["url"]).path))


def _in(folder: Path) -> list[Path]:
    """Return what can be imported from a project's folder."""
    if not folder.is_dir():
        return []
    return [one for one in folder.iterdir() if one.suffix == ".py" or (one / "__init__.py").is_file()]
