"""A number that counts through a list passes over nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from sdk.messages import LAST_PAGE, Request
from sdk.paginators import Paginator
from sdk.testing.mutations.listings import FieldName, fields
from sdk.testing.sampling import SampledPage
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.lists import asked, lists, pages_of
from sdk.testing.suite.subject import Subject

_OFFSET: Final = re.compile(r"(?i)offset|skip|(^|[_.\[])start(_?(at|index|row|record|position))?\]?$|^from$")
_PAGE: Final = re.compile(r"(?i)(^|[_.\[])page(_?(number|num|no|index|nr))?\]?$|^p$")
# More than any offset: a number this large is a time or an id.
_LARGE: Final = 10**8


def passes_over_nothing(subject: Subject, resource: str) -> Iterator[Finding]:
    """No number of a list moves further than what came."""
    declared = subject.declared
    for pages in lists(pages_of(subject.recording(resource).first, declared)):
        for position, one in enumerate(pages):
            # What follows the end of a list may be asked from anywhere.
            is_end = position + 1 < len(pages) and not pages[position + 1].records
            if one.following is LAST_PAGE or is_end:
                continue
            paginator = declared.paginator_of(declared.resource(one.resource))
            for name, kind, begin, end in _moved(one.page.request, one.following, paginator):
                gap = _gap(kind, one, end - begin)
                if gap:
                    yield Finding(
                        "skipped-offset",
                        resource,
                        f"{name!r} goes from {begin} to {end} after {asked(one.page.request)}, which brought "
                        f"{len(one.records)} records: {gap}; "
                        f"{'move it by what came' if kind == 'offset' else 'count pages one by one'}, as "
                        f"{'OffsetPaginator' if kind == 'offset' else 'PageNumberPaginator'} does",
                    )
                    return


def _gap(kind: Literal["offset", "page"], page: SampledPage, step: int) -> str:
    """Return what a step leaves out, empty when it leaves nothing out."""
    if kind == "page":
        return f"{step - 1} pages between are never asked for" if step > 1 else ""
    beyond = step - len(page.records)
    return f"{beyond} records between are never asked for" if page.records and beyond > 0 else ""


def _moved(
    request: Request, following: Request, paginator: Paginator
) -> Iterator[tuple[str, Literal["offset", "page"], int, int]]:
    """Yield each number by which a list is addressed, and where it moves from and to."""
    before, after = fields(request), fields(following)
    for name, value in after.items():
        old = before.get(name)
        kind = _kind(name, paginator)
        if old is not None and kind and old.isdecimal() and value.isdecimal() and int(value) < _LARGE:
            shown = name[1] if isinstance(name[1], str) else ".".join(map(str, name[1]))
            yield shown, kind, int(old), int(value)


def _kind(name: FieldName, paginator: Paginator) -> Literal["offset", "page"] | None:
    place = name[1] if isinstance(name[1], str) else ".".join(map(str, name[1]))
    if place == getattr(paginator, "cursor_param", None):
        return None  # a cursor may be a number, and steps as it likes
    if place in _declared(paginator, "offset") or _OFFSET.search(place):
        return "offset"
    return "page" if place in _declared(paginator, "page") or _PAGE.search(place) else None


def _declared(paginator: Paginator, what: str) -> tuple[str | None, ...]:
    return getattr(paginator, f"{what}_param", None), getattr(paginator, f"{what}_body_path", None)
