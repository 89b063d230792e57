"""Serve what an author needs to test a connector: no account, no network, no waiting.

`ConnectorSuite` is the whole test file of a plugin, and `check_connector` says the same without pytest::

    from sdk.testing import ConnectorSuite


    class TestPlanets(ConnectorSuite):
        connector = "planets"

The fixtures are those of `sdk.testing.pytest_plugin`; simulators are described with `sdk.testing.simulator`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdk.testing.suite.checking import check_connector
    from sdk.testing.suite.conformance import ConnectorSuite
    from sdk.testing.suite.findings import Finding

# A simulator is imported in every `--demo`, where neither pytest nor vcrpy need be installed.
_LAZY = {
    "ConnectorSuite": "sdk.testing.suite.conformance",
    "Finding": "sdk.testing.suite.findings",
    "check_connector": "sdk.testing.suite.checking",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'sdk.testing' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = ["ConnectorSuite", "Finding", "check_connector"]
