"""A list is read from its first page to its last, and every page is understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from sdk.jsonpath import MISSING, find
from sdk.messages import LAST_PAGE, Page, Record
from sdk.paginators import EmptyPage, Paginator
from sdk.paginators.hints import hints
from sdk.resource import Resource
from sdk.testing.probes import BEFORE, SECOND, Probed
from sdk.testing.sampling import SampledPage
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.lists import as_text, asked, lists, objects, pages_of, same
from sdk.testing.suite.subject import Subject

_COUNT: Final = re.compile(r"\d{1,18}", re.ASCII)


def to_the_end(subject: Subject, resource: str) -> Iterator[Finding]:
    """The page that was taken for the last of its list says nothing of another."""
    for pages in _lists(subject, resource):
        last = pages[-1]
        if last.following is not LAST_PAGE:
            continue
        said = next(_announces_more(pages), None)
        if said is not None:
            yield Finding(
                "more-to-read",
                resource,
                f"{asked(last.page.request)} was taken for the last page of its list, number {len(pages)}, though "
                f"{said}; follow it: see the paginators, and their end rules",
            )
            return


def beside(subject: Subject, resource: str) -> Iterator[Finding]:
    """No record lies before the first page or after the last."""
    recording = subject.recording(resource)
    declared = subject.declared.resource(resource)
    known = {_place(declared, record) for one in recording.first.pages for record in one.records}
    for probed in recording.probes:
        unread = [record for record in probed.records if _place(declared, record) not in known]
        if unread and probed.kind == SECOND:
            yield Finding(
                "more-to-read",
                resource,
                f"{asked(probed.request)} holds {len(unread)} records that were never read, though the list is "
                "declared to be one page; declare how it is paged, such as "
                f"{'PageNumberPaginator()' if probed.request.param('offset') is None else 'OffsetPaginator()'}",
            )
            return
        if unread:
            yield Finding(
                "unread-records",
                resource,
                f"{asked(probed.request)}, {probed.kind} that was read, holds {len(unread)} records that were never "
                f"read; {_remedy(probed, subject.declared.paginator_of(declared))}",
            )


def selects(subject: Subject, resource: str) -> Iterator[Finding]:
    """A page of which nothing is selected holds no list of objects anywhere."""
    for pages in _lists(subject, resource):
        for number, one in enumerate(pages, 1):
            held = [] if one.records else list(objects(one.page.body))
            if held:
                place, found = held[0]
                yield Finding(
                    "empty-selection",
                    resource,
                    f"nothing is selected from page {number}, {asked(one.page.request)}, though {place!r} holds "
                    f"{len(found)} objects; check data_selector, or select what each page holds in sdk_select_records",
                )
                return


def advances(subject: Subject, resource: str) -> Iterator[Finding]:
    """No two pages of a list are the same."""
    for pages in _lists(subject, resource):
        for before, after in pairwise(pages):
            if before.records and same(before.records, after.records):
                yield Finding(
                    "repeated-page",
                    resource,
                    f"{asked(before.page.request)} and {asked(after.page.request)} hold the same {len(after.records)} "
                    "records; check base_page, and whether the API knows the parameter",
                )
                return


def _lists(subject: Subject, resource: str) -> list[list[SampledPage]]:
    return lists(pages_of(subject.recording(resource).first, subject.declared))


def _place(declared: Resource, record: Record) -> str:
    """Return what tells a record from another: its key, since all else may change between two requests."""
    key = [record.get(name) for name in declared.primary_key]
    return as_text(key if key and None not in key else record)


def _remedy(probed: Probed, paginator: Paginator) -> str:
    """Return what would read what a probe found, by the number that it found it at."""
    if probed.kind == BEFORE:
        for param, argument in (("page_param", "base_page"), ("offset_param", "offset")):
            number = probed.request.param(getattr(paginator, param, None) or "")
            if number is not None:
                # One step back may not be the first page yet.
                return f"declare {argument}={number if argument == 'base_page' else 0}"
        return "begin at the number that the API counts from"
    if isinstance(getattr(paginator, "end", None), EmptyPage):
        return (
            "the list goes on after an empty page or was ended by a hook; declare an end rule that goes by what the "
            "page itself says of the next (HasMore, Total)"
        )
    return "the list ends elsewhere: a short page is no end where the API lowers the limit; declare end=EmptyPage()"


def _announces_more(pages: Sequence[SampledPage]) -> Iterator[str]:
    """Yield what the last of *pages* says of records beyond it."""
    last = pages[-1]
    read = [record for one in pages for record in one.records]
    for hint in hints(last.page, read):
        place = f"{hint.path!r} in its body" if hint.path else "a header"
        match hint.says:
            case "header":
                yield "its Link header names a next one"
            case "link":
                yield f"{place} holds a link to a next one"
            case "cursor" if last.records and not _was_sent(last.page, find(hint.path, last.page.body)):
                yield f"{place} holds a cursor to a next one"
            case "more":
                yield from _more(hint.path, pages, read)


def _more(path: str, pages: Sequence[SampledPage], read: Sequence[Record]) -> Iterator[str]:
    """Yield what a flag or a count says, when it does say that more follows."""
    last = pages[-1].page
    if path:
        value = find(path, last.body)
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{path!r} in its body is {str(value).lower()}"
        else:
            yield from _counted(f"{path!r} in its body", path, value, pages, read)
        return
    for name, value in last.headers.items():
        if _COUNT.fullmatch(value.strip()) and any(hint.says == "more" for hint in hints(_only(last, name), read)):
            yield from _counted(f"its header {name!r}", name, int(value), pages, read)


def _counted(place: str, name: str, count: int, pages: Sequence[SampledPage], read: Sequence[Record]) -> Iterator[str]:
    counts_pages = "page" in name.rpartition(".")[2].lower()
    seen = len(pages) if counts_pages else len(read)
    if count > seen:
        yield f"{place} says {count}, and {seen} {'pages' if counts_pages else 'records'} came"


def _only(page: Page, name: str) -> Page:
    return Page(page.request, page.status, {name: page.headers[name]})


def _was_sent(page: Page, value: Any) -> bool:
    """Return whether the request carried *value* itself: some APIs repeat where they are."""
    return value is not MISSING and str(value) in {*_texts(page.request.identity[2]), *_texts(page.request.json)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        yield str(value)
        return
    for one in value:
        yield from _texts(one)
