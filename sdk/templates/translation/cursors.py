"""A dictionary's incremental cursor as a window and a cursor of ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from attrs import field, frozen
from dlt.extract import Incremental
from dlt.sources.rest_api import config_setup

from sdk.dialects.documents import Declared
from sdk.dialects.places import Place
from sdk.dialects.reads import cursor_params
from sdk.instants import format_instant, parse_instant
from sdk.templates.translation.code import Call, Name, call
from sdk.templates.translation.drafts import Notes

_NO_CURSOR: Final = "so each run reads the list in full"
_DIGITS: Final = re.compile(r"-?\d+")
_FRACTION: Final = re.compile(r"[.,](\d+)")
# Numbers from here on are milliseconds: as seconds they lie thousands of years ahead.
_MILLISECONDS: Final = 10**11

# What of dlt's cursor says how its own filter works, and its value when nobody said it.
_OF_ITS_FILTER: Final = {"row_order": None, "on_cursor_value_missing": "raise", "range_start": "closed"}


@frozen
class Cursor:
    """The cursor of one endpoint as the dictionary says it.

    Attributes:
        where: Its path in the document.
        bound: dlt's own; `None` without one.
        convert: What is done to its values before they are sent.
        start_param: The parameter for where to begin.
        end_param: The parameter for where to end.
    """

    where: str
    bound: Incremental[Any] | None = None
    convert: Callable[..., Any] | None = field(default=None, eq=False)
    start_param: str | None = None
    end_param: str | None = None

    @classmethod
    def of(cls, one: Declared) -> Cursor:
        """Return the cursor of *one*."""
        given = one.endpoint.get("incremental")
        bound, _, convert = config_setup.setup_incremental_object(dict(one.endpoint["params"]), given)
        start, end = cursor_params(one)
        where = f"{one.where}.endpoint.incremental" if given else f"{one.where}.endpoint.params.{start}"
        return cls(where, bound, convert, start, end)

    def constant(self, place: Place) -> Any:
        """Return the value of *place* where it is the same in each run.

        Raises:
            LookupError: It is where the run begins.
        """
        if self.bound is None or place.name in {"start_value", "last_value"}:
            raise LookupError(str(place))
        if place.name in {"lag", "cursor_path"}:
            return getattr(self.bound, place.name)
        return self.sent(getattr(self.bound, place.name))

    def sent(self, value: Any) -> Any:
        """Return *value* as it is sent."""
        return value if value is None or self.convert is None else self.convert(value)

    def values(self, start_param: str | None, notes: Notes, *, merged: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the arguments of the resource that ask by it, and parameters that are always the same.

        Args:
            start_param: The parameter for where to begin.
            notes: Takes what has no equivalent.
            merged: Rows that come again replace those that are there.
        """
        bound = self.bound
        if bound is None:
            return {}, {}
        if start_param is None:
            notes.add(self.where, f"no parameter says where to begin, {_NO_CURSOR}; dlt drops older records itself")
            return {}, {}
        if bound.last_value_func is not max:
            notes.add(f"{self.where}.last_value_func", f"another order than the largest has none here, {_NO_CURSOR}")
            return {}, {start_param: self.sent(bound.initial_value)}
        self._lesser(notes, merged=merged)
        shape = self._shape(notes)
        if shape is None:
            text = f"initial_value is no number and no timestamp that is known here, {_NO_CURSOR}"
            notes.add(self.where, text)
            return {}, {start_param: self.sent(bound.initial_value)}
        kind, window = shape
        end = self.end_param if kind != "number" and bound.end_value is not None else None
        overlap = self._overlap(kind, merged=merged)
        incremental = call(
            "Incremental", bound.cursor_path, kind=kind if kind != "timestamp" else None, overlap=overlap
        )
        named = {"start_param": start_param, **({"end_param": end} if end else {}), **window.named}
        return {"window": call(window.function, **named), "incremental": incremental}, {}

    def _lesser(self, notes: Notes, *, merged: bool) -> None:
        bound = self.bound
        if bound is None:
            return
        if bound.end_value is not None:
            notes.add(f"{self.where}.end_value", "has no equivalent: each run reads up to now")
        elif self.end_param is not None:
            notes.add(f"{self.where}.end_param", "is not sent, as dlt does without end_value; TimeWindow can send it")
        for name, usual in _OF_ITS_FILTER.items():
            if getattr(bound, name) not in {usual, None}:
                notes.add(f"{self.where}.{name}", "is for dlt's filter of records, which is not used here")
        if not merged:
            notes.add(self.where, "rows at the border of two runs are added again without a primary_key to merge by")

    def _shape(self, notes: Notes) -> tuple[str, Call] | None:
        """Return the kind of the cursor, and the window without its parameters."""
        bound = self.bound
        initial = bound.initial_value if bound is not None else None
        sent = self.sent(initial)
        if self.convert is not None:
            notes.add(f"{self.where}.convert", "has no equivalent; what it makes of initial_value gave the format")
        if isinstance(sent, bool) or isinstance(initial, bool):
            return None
        if initial is None:
            notes.add(f"{self.where}.initial_value", "is not said, so ISO timestamps are taken to be meant")
            return "timestamp", call("TimeWindow")
        if isinstance(sent, int) or (isinstance(sent, str) and _DIGITS.fullmatch(sent)):
            return "number", call("NumberWindow", initial_value=int(sent))
        moment = parse_instant(sent) if isinstance(sent, str | date | datetime) else None
        if moment is None:
            return None
        style = _style(sent)
        window = call(
            "TimeWindow",
            style=style if style != "iso" else None,
            initial_value=sent if isinstance(sent, str) else format_instant(moment, "iso_us"),
        )
        return _kind(initial), window

    def _overlap(self, kind: str, *, merged: bool) -> Any:
        lag = self.bound.lag if self.bound is not None else None
        if kind == "number":
            return int(lag) if lag else None
        if lag:
            return Name(f"timedelta(seconds={lag:g})")
        return None if merged else Name("timedelta(0)")


def _kind(initial: Any) -> str:
    if isinstance(initial, str) and not _DIGITS.fullmatch(initial):
        return "timestamp"
    if isinstance(initial, date | datetime):
        return "timestamp"
    return "epoch_ms" if abs(int(initial)) >= _MILLISECONDS else "epoch_s"


def _style(sent: Any) -> str:
    if isinstance(sent, datetime) or not isinstance(sent, str | date):
        return "iso"
    if isinstance(sent, date) or len(sent) == len("2024-01-31"):
        return "date"
    fraction = _FRACTION.search(sent)
    return "iso" if fraction is None else "iso_ms" if len(fraction[1]) <= len("000") else "iso_us"
