"""The distribution that a connector comes in: its metadata, its README, its modules."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from attrs import frozen
from packaging.utils import canonicalize_name

from sdk import plugins


@frozen
class Published:
    """What is published of a connector.

    Attributes:
        distribution: Its distribution, as it is installed.
        module: The module that its entry point names.
        root: The author's own folder, where `pyproject.toml` is if this is their repository.
    """

    distribution: Distribution
    module: str
    root: Path

    @classmethod
    def of(cls, name: str, root: Path) -> Published:
        """Return what is published of the connector *name*.

        Raises:
            PluginError: It is not installed, or twice.
        """
        found = plugins.find(name)
        assert found.entry_point.dist is not None, "plugins.find finds none without a distribution"
        return cls(found.entry_point.dist, found.entry_point.module, root)

    @property
    def name(self) -> str:
        """The distribution's name, as an index writes it."""
        return canonicalize_name(str(self.distribution.metadata["Name"] or ""))

    @property
    def version(self) -> str:
        """The distribution's version, empty when it has none."""
        return str(self.distribution.metadata["Version"] or "")

    @property
    def readme(self) -> str:
        """The README: the author's file where it can be found, for what is installed may be older than that."""
        for folder in self._folders():
            if (found := folder / "README.md").is_file():
                return found.read_text(encoding="utf-8")
        metadata = self.distribution.metadata
        return str(metadata["Description"] or metadata.get_payload() or "")  # type: ignore[attr-defined] # an email message

    def modules(self) -> Iterator[Path]:
        """Yield the files of the plugin's own modules."""
        spec = find_spec(self.module.partition(".")[0])
        if spec is None:
            return
        if spec.submodule_search_locations is None:
            yield Path(str(spec.origin))
            return
        for folder in spec.submodule_search_locations:
            yield from sorted(Path(folder).rglob("*.py"))

    def _folders(self) -> Iterator[Path]:
        """Yield the folders that may hold the author's own files."""
        direct = self.distribution.read_text("direct_url.json")
        url = urlsplit(json.loads(direct)["url"]) if direct else None
        if url is not None and url.scheme == "file":
            yield Path(url2pathname(url.path))
        project = self.root / "pyproject.toml"
        if project.is_file():
            named = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}).get("name", "")
            if canonicalize_name(named) == self.name:
                yield self.root
