"""Each guard of core switched off by itself: the faults that it is there for turn red, or it would prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import orjson
import pytest
from attrs import frozen

from sdk import transport
from sdk.bodies import decode
from sdk.paginators.ends import MissingToken
from sdk.reader import Reader
from sdk.selectors import Selector
from sdk.testing.faults import FAULTS, hold, scripted
from sdk.testing.faults.loading import Loading

NAMED: Final = {fault.name: fault for fault in FAULTS}
Patch = pytest.MonkeyPatch


@frozen
class Guard:
    """A guard, how it is switched off, and the faults of which at least these are not held without it."""

    name: str
    off: Callable[[Patch], None]
    faults: tuple[str, ...]
    sampled: bool = False


def replacing(target: str, value: Any) -> Callable[[Patch], None]:
    """Return what puts *value* in the place of *target*."""
    return lambda patch: patch.setattr(target, value)


def giving(*, value: Any) -> Callable[..., Any]:
    """Return a function that returns *value*, whatever it is given."""
    return lambda *_, **__: value


nothing: Final = giving(value=None)


def _lenient_selection(patch: Patch) -> None:
    """Take a list that is not there for an empty one."""
    select = Selector.select

    def lenient(self: Selector, body: Any) -> list[Any]:
        return select(self, body) if self.finds(body) else []

    patch.setattr("sdk.selectors.Selector.select", lenient)
    patch.setattr("sdk.attempt.Attempt._check_records", nothing)


def _absent_is_the_end(patch: Patch) -> None:
    """Take a token that is not there for the end, as `MissingToken` does."""
    patch.setattr("sdk.paginators.ends.NullToken.reached", lambda _, *given: MissingToken().reached(*given))
    patch.setattr("sdk.reader.flagged_more", giving(value=False))


def _unbounded(patch: Patch) -> None:
    """Read bodies of any size."""
    read = transport.body
    patch.setattr("sdk.transport.body", lambda response, _, seconds: read(response, 2**40, seconds))


def _json_of_anything(patch: Patch) -> None:
    """Take what is no JSON for an empty page."""

    def lenient(content: bytes, charset: str | None = None) -> Any:
        try:
            return decode(content, charset)
        except ValueError:
            return {"items": []}

    patch.setattr("sdk.attempt.decode", lenient)


def _last_key_wins(patch: Patch) -> None:
    """Decode as most libraries do."""
    patch.setattr("sdk.attempt.decode", lambda content, _: orjson.loads(content))


def _redirects_anywhere(patch: Patch) -> None:
    """Follow redirects and links to wherever they lead."""
    patch.setattr("sdk.origin.Origin.allows", giving(value=True))


def _plain_paths(patch: Patch) -> None:
    """Write parents' values into paths as they are."""
    patch.setattr("sdk.paths.quote", lambda text, **_: text)


def _totals_are_right(patch: Patch) -> None:
    """Believe a total, whatever came and whatever a flag says."""
    patch.setattr("sdk.paginators.totals.is_doubtful", giving(value=False))
    patch.setattr("sdk.reader.flagged_more", giving(value=False))


def _own_waits(patch: Patch) -> None:
    """Wait as long as the policy says, whatever the server says."""
    patch.setattr("sdk.retry.RetryPolicy.named_wait", nothing)


def _any_key(patch: Patch) -> None:
    """Take records whatever their keys are."""
    finished = Reader._finished

    def careless(self: Reader, resource: Any, partition: Any, selected: Any) -> Any:
        facts = {name: getattr(resource, name) for name in ("filter", "map", "part_of")}
        return finished(self, SimpleNamespace(primary_key=(), write_disposition="append", **facts), partition, selected)  # type: ignore[arg-type] # what it reads of one

    patch.setattr(Reader, "_finished", careless)


GUARDS: Final = (
    Guard(
        "the token that was sent before",
        replacing("sdk.guards.ProgressGuard.before", nothing),
        ("cursor_repeats_new_rows",),
        sampled=True,
    ),
    Guard("the same records again", replacing("sdk.guards._SAME_PAGE", 10**9), ("page_param_ignored",), sampled=True),
    Guard("empty pages in a row", replacing("sdk.guards._EMPTY_PAGES_IN_A_ROW", 10**9), ("cursor_empty_forever",)),
    Guard("the selector's key", _lenient_selection, ("selector_gone", "s200_message_once"), sampled=True),
    Guard("the declared token's key", _absent_is_the_end, ("cursor_missing_mid", "cursor_renamed"), sampled=True),
    Guard(
        "error keys in a body",
        replacing("sdk.resource.Resource.named_error", nothing),
        ("s200_error_items", "s200_partial"),
    ),
    Guard(
        "the origin of links and redirects",
        _redirects_anywhere,
        ("link_other_port", "redirect_other_host_307_header"),
        sampled=True,
    ),
    Guard("the size of a body", _unbounded, ("gzip_bomb",)),
    Guard("JSON and nothing else", _json_of_anything, ("short_json_always", "s200_html"), sampled=True),
    Guard("two values under one key", _last_key_wins, ("dup_keys",)),
    Guard("numbers beyond 64 bits", _last_key_wins, ("id_over_64",)),
    Guard(
        "statuses that are pages",
        replacing("sdk.attempt._PAGES", frozenset({*range(200, 300)})),
        ("s206_rows", "s202_empty"),
    ),
    Guard("a key in each record", _any_key, ("id_missing", "dup_ids_differ")),
    Guard("one record under one key", replacing("sdk.reader._check_key", nothing), ("dup_ids_differ",), sampled=True),
    Guard(
        "totals that fall",
        replacing("sdk.paginators.totals.fallen", giving(value=0)),
        ("drift_delete", "drift_delete_offset"),
    ),
    Guard(
        "totals that are too low",
        _totals_are_right,
        ("total_too_low_offset",),
    ),
    Guard(
        "a flag that more follows",
        replacing("sdk.reader.Reader._check_end", nothing),
        ("cursor_null_undeclared",),
        sampled=True,
    ),
    Guard(
        "the bound on waits",
        replacing("sdk.retry.RetryPolicy.is_refusal", giving(value=False)),
        ("s429_huge", "s403_ratelimit_once"),
    ),
    Guard("waits that servers name", _own_waits, ("s429_seconds",), sampled=True),
    Guard("the bound on redirects", replacing("sdk.exchange._REDIRECTS_AT_MOST", 200), ("redirect_loop",)),
    Guard("encoded paths", _plain_paths, ("pc_reserved_chars",)),
    Guard("redaction", replacing("sdk.redaction.redact", lambda text: text), ("s401_always_query",)),
    Guard(
        "a 401 that a new token cures",
        replacing("sdk.attempt.Attempt._refresh", giving(value=False)),
        ("token_revoked_once",),
        sampled=True,
    ),
)


def cases() -> list[Any]:
    """Return each guard with each of its faults; a sample is not slow."""
    return [
        pytest.param(guard, fault, id=f"{guard.name}-{fault}", marks=[] if guard.sampled else [pytest.mark.slow])
        for guard in GUARDS
        for fault in guard.faults
    ]


@pytest.mark.parametrize(("guard", "fault"), cases())
def test_without_it_a_fault_is_not_held(guard: Guard, fault: str, on, request, monkeypatch):
    """With the guard it is, as the matrix says."""
    played = NAMED[fault]
    reading = Loading(request.getfixturevalue("dlt_home")) if played.in_pipeline else None
    guard.off(monkeypatch)

    outcome = hold(scripted(played), played, on=on, reading=reading)

    assert not outcome.held, f"{guard.name}: {outcome}"
