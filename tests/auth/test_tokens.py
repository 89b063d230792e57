"""The token that all threads share."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sdk.auth.tokens import Token, TokenCell
from sdk.errors import ReadError, ResponseError
from sdk.redaction import SecretValue


class Fetcher:
    """Fetch `q7-1`, `q7-2`, …, each fresh until a given time."""

    def __init__(self, fresh_until: float = float("inf")) -> None:
        self.fresh_until = fresh_until
        self.count = 0

    def __call__(self) -> Token:
        """Return the next."""
        self.count += 1
        return Token(SecretValue(f"q7-{self.count}"), self.fresh_until)


@pytest.fixture
def cell(lock: Any) -> TokenCell:
    """Return a cell whose lock is watched."""
    made = TokenCell()
    made._lock = lock
    return made


@pytest.mark.parametrize(("lifetime", "margin", "fresh_for"), [(3600, 60, 3540), (100, 60, 90), (3600, 0, 3600)])
def test_margin(lifetime: float, margin: float, fresh_for: float) -> None:
    """A token is replaced a margin ahead of its expiry, for a short-lived one a tenth of its life."""
    made = Token.lasting(SecretValue("q7"), lifetime, since=1000, margin=margin)

    assert Token(SecretValue("q7"), 1000 + fresh_for) == made


def test_fetched_when_needed(clock: Any) -> None:
    """The current token serves until it is no longer fresh."""
    cell, fetch = TokenCell(), Fetcher(fresh_until=clock.now + 10)
    first = [cell.token(fetch).header, cell.token(fetch).header]
    clock.now += 10

    assert ["Bearer q7-1", "Bearer q7-1", "Bearer q7-2"] == [*first, cell.token(fetch).header]


def test_waiting_threads_use_the_new_token(cell: TokenCell, lock: Any, together: Callable[..., list[Any]]) -> None:
    """Twenty threads that all want a token at once cause one fetch."""
    fetch = Fetcher()

    def slow() -> Token:
        lock.wait_for(20)
        return fetch()

    assert ["Bearer q7-1"] * 20 == [token.header for token in together(20, lambda: cell.token(slow))]
    assert 1 == fetch.count


def test_waiting_threads_share_a_failure(cell: TokenCell, lock: Any, together: Callable[..., list[Any]]) -> None:
    """A refusal is not asked for again by those who waited; each gets an error of its own to write into."""
    fetches = []

    def refuse() -> Token:
        lock.wait_for(20)
        fetches.append(1)
        raise ResponseError("refused", status=401)

    errors = together(20, lambda: cell.token(refuse))

    assert [("refused", 401)] * 20 == [(str(error), error.status) for error in errors]
    assert (1, 20) == (len(fetches), len({id(error) for error in errors}))
    assert "Bearer q7-1" == cell.token(Fetcher()).header


def test_a_storm_of_refused_requests(cell: TokenCell, lock: Any, together: Callable[..., list[Any]]) -> None:
    """Twenty requests that carried the same token cause one fetch, and all may be sent again."""
    fetch = Fetcher()
    header = cell.token(fetch).header

    def slow() -> Token:
        lock.wait_for(21)
        return fetch()

    assert [True] * 20 == together(20, lambda: cell.replace(header, slow))
    assert 2 == fetch.count


def test_replacing() -> None:
    """Only the current token is replaced, and the same one again is no reason to try again."""
    cell = TokenCell()
    fetch = Fetcher()
    empty = cell.replace("Bearer q7-old", fetch)
    token = cell.token(fetch)

    assert (True, True, 1) == (empty, cell.replace("Bearer q7-old", fetch), fetch.count)
    assert not cell.replace(token.header, lambda: token)


def test_failed_replacement() -> None:
    """When no other token is to be had the current one stays, and the reason is raised."""
    cell = TokenCell()
    token = cell.token(Fetcher())

    def refuse() -> Token:
        raise ReadError("refused")

    with pytest.raises(ReadError, match=r"^refused$"):
        cell.replace(token.header, refuse)

    assert token == cell.token(refuse)


def test_copies_share_the_token() -> None:
    """A deep copy, as others make of what they are given, must not fetch a token of its own."""
    cell = TokenCell()

    assert cell is copy.deepcopy(cell)
