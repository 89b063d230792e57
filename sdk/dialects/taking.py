"""Run a Python file for the dictionaries that it hands to a source, and nothing more: no source is made of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import dlt
from attrs import field, frozen
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.sources import rest_api

_DOORS: Final = ("rest_api_source", "rest_api_resources", "from_config")

# By its name, since it stands above us: a file imports our functions from there.
_PACKAGE: Final = "sdk"


@frozen
class Taken:
    """What stands in for a source: the dictionary that it would have been made from.

    Whatever the file wants of it fails, so nothing is asked and nothing loaded.
    """

    config: Any = field(repr=False)


@contextmanager
def taking(*, without_secrets: bool) -> Iterator[list[Taken]]:
    """Yield the list of what is handed to dlt's and our functions for sources meanwhile.

    Args:
        without_secrets: A secret or another value of dlt's configuration that is set nowhere is no error, but a text
            that says its name.
    """
    taken: list[Taken] = []

    def take(config: Any, *_args: Any, **_facts: Any) -> Taken:
        taken.append(Taken(config))
        return taken[-1]

    with ExitStack() as stack:
        for module in (rest_api, sys.modules[_PACKAGE]):
            for name in _DOORS:
                if hasattr(module, name):
                    stack.enter_context(_instead(module, name, take))
        for name in ("secrets", "config") if without_secrets else ():
            stack.enter_context(_instead(dlt, name, _Lenient(getattr(dlt, name))))
        yield taken


@contextmanager
def _instead(module: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


@frozen
class _Lenient:
    """dlt's accessor of configuration, which has a text for whatever is set nowhere."""

    accessor: Any = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        try:
            return self.accessor[name]
        except ConfigFieldMissingException:
            return f"<{name}>"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.accessor, name)


def missing(error: BaseException) -> str | None:
    """Return what a file lacks that *error* is about: a value of dlt's configuration, and where it could be set."""
    if not isinstance(error, ConfigFieldMissingException):
        return None
    traces: Mapping[str, Any] = error.traces
    places = [one.key for found in traces.values() for one in found if "Environment" in one.provider]
    names = ", ".join(map(repr, error.fields))
    variables = ", ".join(dict.fromkeys(places)) or "the environment"
    return f"it needs {names}, which is set nowhere: set {variables}, or the same in .dlt/secrets.toml"


__all__ = ["Taken", "missing", "taking"]
