"""A resource, as its author declares it: one kind of record that an API lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias, get_args

from attrs import field, frozen
from requests import Response
from requests.auth import AuthBase

from sdk.caps import Cap
from sdk.columns import Column, by_name
from sdk.jsonpath import MISSING, compile_path, find
from sdk.kinds import checked, several, unordered
from sdk.limits import RateLimit
from sdk.messages import Record
from sdk.paginators import Paginator
from sdk.paths import Reference, Template
from sdk.placeholders import Secret, Text, placeholders
from sdk.retry import RetryPolicy
from sdk.selectors import Selector
from sdk.windows import Incremental, Window

Method: TypeAlias = Literal["GET", "POST"]
WriteDisposition: TypeAlias = Literal["merge", "append", "replace"]

METHODS: Final[tuple[str, ...]] = get_args(Method)
WRITE_DISPOSITIONS: Final[tuple[str, ...]] = get_args(WriteDisposition)

_STATUSES: Final = range(100, 600)
# What an API that always sends the key sends when all is well.
_NO_ERROR: Final[tuple[Any, ...]] = (MISSING, None, False, "", [], {})

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


def _names(value: str | Iterable[str] | None) -> Any:
    return (value,) if isinstance(value, str) else several(value)


def _columns(value: Iterable[Column]) -> Any:
    return several(value)


def _hooks(value: Iterable[Callable[[Response], Any]]) -> Any:
    return several(value)


def _statuses(value: int | Iterable[int]) -> Any:
    return unordered((value,) if isinstance(value, int) else value)


@frozen(kw_only=True, slots=False, field_transformer=checked)
class Resource:
    """One kind of record that an API lists, and the table that it becomes.

    Attributes:
        name: Name of the resource and of its table, in snake_case.
        path: Path below the connector's `base_url`; default `/<name>`. A place `{parent.field}` in it, or as the
            value of a parameter, makes this a child: it is read once for each record of the parent. Several parents
            that name the same thing are written `{a.id|b.id}`, and the same value is asked once.
        method: `GET`, or `POST` for a search with a body.
        params: Query parameters of the first page; a list repeats its parameter, `None` leaves it out.
        headers: Headers beside the connector's.
        json: JSON body of the first page's request.
        data_selector: Dotted path or JSONPath to the records; `None` when the body itself is the list.
        error_paths: Where the body of an answer with a good status says that it is none, or not all: anything there but
            null, false and emptiness fails the page, after the usual repeats. Default: `error` and `errors`.
        single: The selector finds one object, not a list.
        lift: Name of a nested object whose fields become columns (`attributes` in JSON:API).
        filter: Keeps a record when it returns true. Paging does not notice what is dropped here.
        map: Called with each record that was kept; returns the record to hand on.
        primary_key: Fields that tell a record from all others of its parent; empty when there are none.
        unique_key: For a child: `primary_key` is unique across all parents, so the parent's key is no part of it.
        write_disposition: dlt's `merge` (default), `append` or `replace`.
        columns: The declared columns, see `sdk.columns`.
        paginator: How to page; default: the connector's.
        auth: Credentials that differ from the connector's.
        retry: A retry policy that differs from the connector's.
        rate_limit: A limit that counts for this resource beside the connector's, and for those that declare the same.
        include_from_parent: Fields of the parent stamped on each record as `_<parent>_<field>`; default: the fields
            in the places. Empty for none.
        parent_as: Name for the parent in these stamps; required when there are several parents.
        optional_parent: When the parent has no records at all, read once without it. Only for places in parameters.
        given: A setting that lists the values of `primary_key`: when it is set, they stand in for the records of
            this resource and nothing is asked.
        hidden: Read only for its children: no table.
        part_of: Name of the resource that this one is a further way to read: its records are handed on as that one's,
            except those that came already. For changes that the main list does not show.
        only_continuing: A part is read only in runs that continue from an earlier one, where the main list alone
            would miss something.
        window: How to ask for a stretch of time or numbers.
        incremental: Where the next run continues.
        revisit: For a child of an incremental parent: ask again for the children of parents that changed within this
            time before the parent's cursor, because a new child does not touch its parent.
        skip_statuses: Answers to a partition's first page that mean "not available": the partition is skipped,
            visibly, and asked again on the next run.
        empty_statuses: Answers that mean "no records", such as a 404 for something that need not exist.
        conditional: Ask whether a list of one page changed since the last run (`If-None-Match`, `If-Modified-Since`;
            RFC 9110 13.1), for APIs that answer 304 when it did not.
        answer_hooks: Called in order with each answer, a `requests.Response`, before it is judged; may change what it
            holds, or raise.
        cut_off: How the API says that it lists no more although there is more, where nothing narrower can be asked:
            what came is kept, and the rest is a visible skip.
        description: One sentence for `sdk describe`.

    Raises:
        ValueError: A field holds something of another kind than its annotation says. All other mistakes are found by
            the connector, together.
    """

    name: str = field(kw_only=False)
    path: str = field()
    method: Method = "GET"
    params: Mapping[str, Any] = field(factory=dict)
    headers: Mapping[str, Text] = field(factory=dict)
    json: Any = None
    data_selector: str | None = None
    error_paths: tuple[str, ...] = field(default=("error", "errors"), converter=_names)
    single: bool = False
    lift: str | None = None
    filter: Callable[[Record], bool] | None = None
    map: Callable[[Record], Record] | None = None
    primary_key: tuple[str, ...] = field(default=("id",), converter=_names)
    unique_key: bool = False
    write_disposition: WriteDisposition = "merge"
    columns: tuple[Column, ...] = field(default=(), converter=_columns)
    paginator: Paginator | None = None
    auth: AuthBase | None = None
    retry: RetryPolicy | None = None
    rate_limit: RateLimit | None = None
    include_from_parent: tuple[str, ...] | None = field(default=None, converter=_names)
    parent_as: str | None = None
    optional_parent: bool = False
    given: Any = None
    hidden: bool = False
    part_of: str | None = None
    only_continuing: bool = False
    window: Window | None = None
    incremental: Incremental | None = None
    revisit: timedelta = timedelta(0)
    skip_statuses: frozenset[int] = field(default=frozenset(), converter=_statuses)
    empty_statuses: frozenset[int] = field(default=frozenset(), converter=_statuses)
    conditional: bool = False
    cut_off: Cap | None = None
    answer_hooks: tuple[Callable[[Response], Any], ...] = field(default=(), converter=_hooks)
    description: str = ""

    @path.default
    def _path(self) -> str:
        return f"/{self.name}"

    @cached_property
    def template(self) -> Template:
        """The path, with its places."""
        return Template(self.path)

    @cached_property
    def param_templates(self) -> Mapping[str, Template]:
        """The parameters whose value names a parent's field."""
        return {name: Template(value) for name, value in self.params.items() if isinstance(value, str) and "{" in value}

    @property
    def beginning(self) -> Template | None:
        """The parent's field that says where the window's time begins."""
        begin = getattr(self.window, "initial_value", None)
        return begin if isinstance(begin, Template) else None

    @cached_property
    def places(self) -> tuple[tuple[str, tuple[Reference, ...]], ...]:
        """Each place in the path, the parameters and the window's beginning, with the parents' fields that it names."""
        return (*self.asked_places, *(self.beginning.places if self.beginning is not None else ()))

    @cached_property
    def asked_places(self) -> tuple[tuple[str, tuple[Reference, ...]], ...]:
        """The places that make one parent's request differ from another's."""
        templates = (self.template, *self.param_templates.values())
        return tuple(place for one in templates for place in one.places)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Each parent's field in the path and the parameters, once, in order."""
        return tuple(dict.fromkeys(reference for _, choices in self.places for reference in choices))

    @property
    def parents(self) -> tuple[str, ...]:
        """Names of the resources that this one is a child of."""
        return tuple(dict.fromkeys(reference.resource for reference in self.references))

    @property
    def table(self) -> str:
        """Name of the table that the records go to."""
        return self.part_of or self.name

    def named_error(self, body: Any) -> str | None:
        """Return the path at which the *body* of an answer says that it is none, if it does."""
        selected = self.data_selector or ""
        if self.single and not selected:
            return None  # the body is a record, whose fields say nothing of the answer
        for path in self.error_paths:
            is_data = selected == path or selected.startswith((f"{path}.", f"{path}["))
            if not is_data and find(path, body) not in _NO_ERROR:
                return path
        return None

    @property
    def selector(self) -> Selector:
        """Where the records are in a page."""
        return Selector(self.data_selector or "", self.single, self.lift or "")

    @cached_property
    def columns_by_name(self) -> dict[str, Column]:
        """The declared columns by their field's name."""
        return by_name(self.columns)

    def stamps(self, parent_resource: str) -> dict[str, str]:
        """Return the parent's fields to stamp, by the column that they arrive in (dlt's `_<parent>_<field>`)."""
        fields = self.include_from_parent
        if fields is None:
            asked = dict.fromkeys(one for _, choices in self.asked_places for one in choices)
            fields = tuple(one.field for one in asked if one.resource == parent_resource)
        return {f"_{self.parent_as or parent_resource}_{one.replace('.', '_')}": one for one in fields}

    @property
    def key(self) -> tuple[str, ...]:
        """The table's primary key: the parent's key first, unless the record's own is unique."""
        if not self.parents or self.unique_key or not self.primary_key:
            return self.primary_key
        return (*self.stamps(self.parents[0]), *self.primary_key)


def shape_problems(resource: Resource) -> Iterator[str]:
    """Yield each mistake that the resource shows by itself."""
    if not NAME.fullmatch(resource.name):
        yield "its name is not snake_case"
    yield from _word_problems(resource)
    yield from _path_problems(resource)
    if any(isinstance(one, Secret) for one in placeholders([resource.params, resource.json])):
        yield "its params or json hold a secret, which would be stored with the request; put it into auth"
    names = [column.name for column in resource.columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"column {name!r} is declared {names.count(name)} times"
    if resource.write_disposition == "merge" and not resource.primary_key:
        yield "merge needs a primary_key; without one say write_disposition='replace' or 'append'"
    if resource.given is not None and len(resource.primary_key) != 1:
        yield "given lists the values of one primary_key"
    if resource.only_continuing and resource.part_of is None:
        yield "only_continuing is for a part_of another resource"
    if resource.incremental is not None and resource.window is None:
        yield "incremental needs a window, which says how to ask for what is new"
    yield from _status_problems(resource)
    if resource.conditional and (resource.window is not None or resource.write_disposition != "merge"):
        yield "conditional is for resources that are merged and have no window: what did not change is not sent again"


def _status_problems(resource: Resource) -> Iterator[str]:
    for name in ("skip_statuses", "empty_statuses"):
        for status in sorted(getattr(resource, name), key=str):
            # What is no number at all is told as such.
            if isinstance(status, int) and status not in _STATUSES:
                yield f"{name} holds {status!r}, which is no HTTP status"
    both = resource.skip_statuses & resource.empty_statuses
    if both:
        yield f"status {min(both)} is both skipped and empty"


def _word_problems(resource: Resource) -> Iterator[str]:
    for name, allowed in (("method", METHODS), ("write_disposition", WRITE_DISPOSITIONS)):
        value = getattr(resource, name)
        if value not in allowed:
            yield f"{name} {value!r} is none of {', '.join(allowed)}"


def _path_problems(resource: Resource) -> Iterator[str]:
    if not resource.path.startswith("/"):
        yield f"path {resource.path!r} does not begin with '/'"
    cursor_path = resource.incremental.cursor_path if resource.incremental is not None else None
    error_paths = (("error_paths", path) for path in resource.error_paths)
    for name, path in (("data_selector", resource.data_selector), ("cursor_path", cursor_path), *error_paths):
        try:
            compile_path(path or "")
        except ValueError as error:
            yield f"{name} {error}"
