"""Which of these take long."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of what takes long."""
    config.addinivalue_line("markers", "slow: takes seconds; left out unless marks are chosen with -m")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless somebody chooses marks (`-m slow`)."""
    if config.getoption("markexpr"):
        return
    slow = [one for one in items if one.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [one for one in items if not one.get_closest_marker("slow")]
