"""Windows of an API that lists only so much of one: cut in two until everything comes, or an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from attrs import define, field, frozen
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sdk.caps import Cap, CapStatus, CapTotal, CapValue
from sdk.instants import InstantFormat
from sdk.paginators import NextLinkPaginator
from sdk.resource import Resource
from sdk.testing.faults.wire import Answer, Asked, FaultServer
from sdk.windows import Incremental, TimeWindow
from tests.properties.serving import ATTEMPTS, NOW, TROUBLES, Ward, mounted, opened, read

PAGE: Final = 3
BEGIN: Final = NOW - timedelta(days=40)


@frozen(kw_only=True)
class Capped:
    """An API that lists what was created between two moments, and no more than so much of it.

    Attributes:
        rows: When each was created, in seconds since the beginning; many in one second is usual.
        most: How many it lists, and
        says: how it says that there are more.
        until_inclusive: Whether the end itself is listed; the beginning is.
        style: How it takes moments.
        step: The widest window that is declared, in hours.
        newest_first: In which order it lists.
    """

    rows: tuple[int, ...]
    most: int
    says: str
    until_inclusive: bool
    style: InstantFormat
    step: int | None
    newest_first: bool

    def resource(self) -> Resource:
        """Return what is declared."""
        caps: dict[str, Cap] = {
            "a total": CapTotal("total", self.most),
            "a status": CapStatus(422, "message", "too many"),
            "a value": CapValue("state", "incomplete"),
        }
        window = TimeWindow(
            start_param="since",
            end_param="until",
            style=self.style,
            step=None if self.step is None else timedelta(hours=self.step),
            initial_value=BEGIN,
            cap=caps[self.says],
            shortest=timedelta(seconds=1),
        )
        return Resource(
            "rows", data_selector="rows", paginator=NextLinkPaginator(), window=window, incremental=Incremental("at")
        )

    @property
    def can_be_read(self) -> bool:
        """Whether no two seconds that touch hold more than is listed: none shorter is asked for."""
        return all(sum(1 for other in self.rows if one <= other <= one + 1) <= self.most for one in {*self.rows})

    def moment(self, text: str) -> float:
        """Return what a parameter says, in seconds since the beginning."""
        if self.style in {"epoch_s", "epoch_ms"}:
            found = datetime.fromtimestamp(int(text) / (1000 if self.style == "epoch_ms" else 1), UTC)
        else:
            found = datetime.fromisoformat(text)
        return (found - BEGIN).total_seconds()


@define
class Api:
    """Serves it, and counts what it sent."""

    capped: Capped
    sent: Counter[int] = field(factory=Counter)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        capped = self.capped
        since, until = capped.moment(asked.query["since"]), capped.moment(asked.query["until"])
        found = [
            (at, key)
            for key, at in enumerate(capped.rows)
            if since <= at and (at <= until if capped.until_inclusive else at < until)
        ]
        found.sort(reverse=capped.newest_first)
        place = int(asked.query.get("after", 0))
        many = len(found) > capped.most
        # An error comes with the page on which the limit lies; the others are told from the first one on.
        if many and capped.says == "a status" and place + PAGE > capped.most:
            return Answer({"message": "Too many records"}, 422)
        listed = found[: capped.most][place : place + PAGE]
        self.sent.update(key for _, key in listed)
        more = place + PAGE < (len(found) if capped.says == "a status" else min(len(found), capped.most))
        query = "".join(
            f"&{name}={value.replace('+', '%2B')}" for name, value in asked.query.items() if name != "after"
        )
        return Answer(
            {
                "rows": [
                    {"id": key, "at": f"{BEGIN + timedelta(seconds=at):%Y-%m-%dT%H:%M:%SZ}"} for at, key in listed
                ],
                "total": len(found),
                "state": "incomplete" if many else "complete",
                "next": f"?after={place + PAGE}{query}" if more else None,
            }
        )


_LAST: Final = int((NOW - BEGIN).total_seconds()) - 1
_seconds = st.integers(0, _LAST)


@st.composite
def capped(draw: st.DrawFn) -> Capped:
    """Return any such API: rows at random, and crowds of them at few moments."""
    crowds = draw(st.lists(st.tuples(_seconds, st.integers(1, 9), st.integers(0, 3)), max_size=4))
    crowded = [min(at + number * apart, _LAST) for at, many, apart in crowds for number in range(many)]
    return Capped(
        rows=(*draw(st.lists(_seconds, max_size=12)), *crowded),
        most=draw(st.integers(1, 9)),
        says=draw(st.sampled_from(["a total", "a status", "a value"])),
        until_inclusive=draw(st.booleans()),
        style=draw(st.sampled_from(["iso", "iso_ms", "iso_us", "epoch_s", "epoch_ms"])),
        step=draw(st.sampled_from([None, 24, 700])),
        newest_first=draw(st.booleans()),
    )


def cuts_until_all_came(
    server: FaultServer, waits: object, capped: Capped, troubles: Sequence[Sequence[str]], in_flight: int
) -> None:
    """Everything comes unless a moment holds too much, which is an error."""
    api = Api(capped)
    ward = Ward(api, troubles)
    with mounted(server, ward) as base_url:
        came = read(opened(base_url, capped.resource(), in_flight=in_flight), "rows")

    event("an error" if came.failure else "all rows")
    loaded: Any = Counter(one["id"] for one in came.records)
    assert loaded <= api.sent
    if came.failure is None:
        assert loaded.keys() == set(range(len(capped.rows)))
    else:
        assert not capped.can_be_read, came.failure
    # Each cut halves a window of at most 40 days, down to a second: 22 times, for each row that lies alone.
    windows = 1 if capped.step is None else 40 * 24 // capped.step + 1
    assert ward.asked.total() <= ward.played + (windows + 44 * len(capped.rows)) * (1 + capped.most // PAGE)


FEW: Final = settings(max_examples=60, deadline=None)
MANY: Final = settings(max_examples=500, deadline=None, derandomize=False)
troubles = st.lists(st.lists(st.sampled_from(sorted(TROUBLES)), max_size=ATTEMPTS - 1), min_size=1, max_size=5)
_drawn = given(capped(), troubles, st.sampled_from([1, 8]))

test_windows_are_cut_until_all_came = FEW(_drawn(cuts_until_all_came))
test_many_windows_are_cut_until_all_came = pytest.mark.slow(MANY(_drawn(cuts_until_all_came)))
