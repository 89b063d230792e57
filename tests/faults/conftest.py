"""Two hosts for all faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdk.testing.faults import Ground, ground


@pytest.fixture(scope="session")
def on() -> Iterator[Ground]:
    """Return the two hosts on which faults are played."""
    with ground() as made:
        yield made
