"""A dictionary's paginators as ours, each with the rule by which its lists end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import frozen
from dlt.sources.helpers.rest_client import paginators as dlts
from dlt.sources.rest_api import config_setup

from sdk.dialects.repairs import Extra
from sdk.templates.translation.code import Call, Joined, call
from sdk.templates.translation.drafts import Notes

_NULL_ENDS: Final = (
    "a null ends a list here, and what is not there is an error; say end=MissingToken() if the API leaves it out"
)
_EMPTY: Final = call("EmptyPage")

_NO_TOTAL_DECLARED: Final = "total"


@frozen
class _Told:
    """What is told of a paginator: where it stands, what of it is said there, and the page size."""

    path: str
    declared: frozenset[str]
    notes: Notes
    size: Mapping[str, Any]


def paginator(given: Any, path: str, notes: Notes, extra: Extra | None = None) -> Call | None:
    """Return *given*, what stands at *path* as `paginator`, as one of ours; `None` where the answers tell."""
    made = config_setup.create_paginator(given)
    if made is None:
        return None
    declared = frozenset(given) if isinstance(given, Mapping) else frozenset()
    make = _MADE.get(type(made))
    if make is None:
        kind = type(made).__name__
        notes.add(path, f"the class {kind} has no equivalent, so the answers must tell how to go on; write a Paginator")
        return None
    return make(made, _Told(path, declared, notes, _size(extra)))


def _size(extra: Extra | None) -> dict[str, Any]:
    if extra is None or extra.size is None:
        return {}
    return {"limit_param": extra.size_param, "limit": extra.size}


def _single(made: Any, told: _Told) -> Call:  # noqa: ARG001 - it has no options
    return call("SinglePagePaginator", **told.size)


def _header_link(made: Any, told: _Told) -> Call:
    key = made.links_next_key
    text = "a page that lost its Link header ends a list; if pages are numbered, too, say page_param and limit"
    told.notes.add(told.path, text)
    return call("HeaderLinkPaginator", links_next_key=key if key != "next" else None, **told.size)


def _next_link(made: Any, told: _Told) -> Call:
    told.notes.add(told.path, _NULL_ENDS)
    path = str(made.next_url_path)
    return call("NextLinkPaginator", next_url_path=path if path != "next" else None, **told.size)


def _header_cursor(made: Any, told: _Told) -> Call:
    return call("HeaderCursorPaginator", made.cursor_key, cursor_param=made.cursor_param, **told.size)


def _cursor(made: Any, told: _Told) -> Call:
    end: Any = None if made.has_more_path is None else call("HasMore", str(made.has_more_path))
    if end is None:
        told.notes.add(told.path, _NULL_ENDS)
    if made.stop_after_empty_page:
        end = Joined((end or call("NullToken"), _EMPTY))
    return call(
        "CursorPaginator",
        str(made.cursor_path),
        cursor_param=made.cursor_param,
        cursor_body_path=made.cursor_body_path,
        end=end,
        **told.size,
    )


def _page_number(made: Any, told: _Told) -> Call:
    is_unsaid = not told.declared & {"base_page", "page"}
    if is_unsaid:
        text = (
            "is not said, and dlt's default is page 0; ask the API for page 0 and page 1, and say base_page instead of "
            "base_unsaid"
        )
        told.notes.add(f"{told.path}.base_page", text)
    elif made.initial_value != made.base_index:
        text = f"lists begin with page {made.initial_value} here, too: what is before is not read"
        told.notes.add(f"{told.path}.page", text)
    _maximum(made, f"{told.path}.maximum_page", told.notes)
    return call(
        "PageNumberPaginator",
        base_page=made.initial_value,
        base_unsaid=True if is_unsaid else None,
        page_param=made.param_name if made.param_name != "page" else None,
        page_body_path=made.param_body_path,
        end=_end(made, told.declared, of="pages"),
        **told.size,
    )


def _offset(made: Any, told: _Told) -> Call:
    _maximum(made, f"{told.path}.maximum_offset", told.notes)
    return call(
        "OffsetPaginator",
        limit=made.value_step,
        offset=made.initial_value or None,
        offset_param=made.param_name if made.param_name != "offset" else None,
        offset_body_path=made.param_body_path,
        limit_param=made.limit_param if made.limit_param != "limit" else None,
        limit_body_path=made.limit_body_path,
        end=_end(made, told.declared, of="records"),
    )


def _maximum(made: Any, path: str, notes: Notes) -> None:
    if made.maximum_value is not None:
        notes.add(path, f"{made.maximum_value} has no equivalent: lists are read to their end")


def _end(made: Any, declared: frozenset[str], of: str) -> Any:
    """Return the rules that the dictionary states, or else dlt's own: an empty page."""
    rules: list[Any] = []
    if made.has_more_path is not None:
        rules.append(call("HasMore", str(made.has_more_path)))
    # What dlt takes for the total when nobody says where it is need not be one.
    total = None if made.total_path is None else str(made.total_path)
    if total is not None and ("total_path" in declared or total != _NO_TOTAL_DECLARED):
        rules.append(call("Total", total, of=of if of != "records" else None))
    if rules and not (made.stop_after_empty_page and "stop_after_empty_page" in declared):
        return rules[0] if len(rules) == 1 else Joined(tuple(rules))
    return Joined((*rules, _EMPTY)) if rules else None


# By their very classes: one that is derived from them pages in a way of its own.
_MADE: Final[Mapping[Any, Callable[[Any, _Told], Call]]] = {
    dlts.SinglePagePaginator: _single,
    dlts.HeaderLinkPaginator: _header_link,
    dlts.JSONLinkPaginator: _next_link,
    dlts.JSONResponsePaginator: _next_link,
    dlts.HeaderCursorPaginator: _header_cursor,
    dlts.JSONResponseCursorPaginator: _cursor,
    dlts.PageNumberPaginator: _page_number,
    dlts.OffsetPaginator: _offset,
}
