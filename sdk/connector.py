"""A connector, as its author declares it: frozen values that do their own step of the work.

Every mistake of a declaration is found when the connector is built, and all of them are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal, TypeAlias

from attrs import field, frozen
from requests.auth import AuthBase

from sdk.columns import Column, by_name
from sdk.errors import DeclarationError
from sdk.jsonpath import compile_path
from sdk.limits import RateLimit
from sdk.messages import Record
from sdk.paginators import AutoPaginator, Paginator
from sdk.paths import Reference, Template
from sdk.placeholders import Secret, Setting, Text, placeholders
from sdk.retry import RetryPolicy
from sdk.selectors import Selector
from sdk.windows import Incremental, Window

WriteDisposition: TypeAlias = Literal["merge", "append", "replace"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")

BASE_URL = Setting("base_url", description="where the API is, such as https://api.example.com")

START_DATE = Setting(
    "start_date",
    kind="timestamp",
    default=None,
    description="ISO date or timestamp from which on to read; default: everything that the API will give",
)


def _names(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _optional_names(value: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return None if value is None else _names(value)


def _columns(value: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(value)


def _statuses(value: Iterable[int]) -> frozenset[int]:
    return frozenset(value)


@frozen(kw_only=True, slots=False)
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
        include_from_parent: Fields of the parent stamped on each record as `_<parent>_<field>`; default: the fields
            in the places. Empty for none.
        parent_as: Name for the parent in these stamps; required when there are several parents.
        optional_parent: When the parent has no records at all, read once without it. Only for places in parameters.
        given: A setting that lists the values of `primary_key`: when it is set, they stand in for the records of
            this resource and nothing is asked.
        hidden: Read only for its children: no table.
        window: How to ask for a stretch of time or numbers.
        incremental: Where the next run continues.
        revisit: For a child of an incremental parent: ask again for the children of parents that changed within this
            time before the parent's cursor, because a new child does not touch its parent.
        skip_statuses: Answers to a partition's first page that mean "not available": the partition is skipped,
            visibly, and asked again on the next run.
        empty_statuses: Answers that mean "no records", such as a 404 for something that need not exist.
        description: One sentence for `sdk describe`.
    """

    name: str = field(kw_only=False)
    path: str = field()
    method: Literal["GET", "POST"] = "GET"
    params: Mapping[str, Any] = field(factory=dict)
    headers: Mapping[str, Text] = field(factory=dict)
    json: Any = None
    data_selector: str | None = None
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
    include_from_parent: tuple[str, ...] | None = field(default=None, converter=_optional_names)
    parent_as: str | None = None
    optional_parent: bool = False
    given: Any = None
    hidden: bool = False
    window: Window | None = None
    incremental: Incremental | None = None
    revisit: timedelta = timedelta(0)
    skip_statuses: frozenset[int] = field(default=frozenset(), converter=_statuses)
    empty_statuses: frozenset[int] = field(default=frozenset(), converter=_statuses)
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

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Each parent's field in the path and the parameters, once, in order."""
        templates = (self.template, *self.param_templates.values())
        return tuple(dict.fromkeys(reference for one in templates for reference in one.references()))

    @property
    def parents(self) -> tuple[str, ...]:
        """Names of the resources that this one is a child of."""
        return tuple(dict.fromkeys(reference.resource for reference in self.references))

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
            fields = tuple(one.field for one in self.references if one.resource == parent_resource)
        return {f"_{self.parent_as or parent_resource}_{one.replace('.', '_')}": one for one in fields}

    @property
    def key(self) -> tuple[str, ...]:
        """The table's primary key: the parent's key first, unless the record's own is unique."""
        if not self.parents or self.unique_key or not self.primary_key:
            return self.primary_key
        return (*self.stamps(self.parents[0]), *self.primary_key)


def _resources(value: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple(value)


def _settings(value: Iterable[Setting]) -> tuple[Setting, ...]:
    return tuple(value)


@frozen(kw_only=True, slots=False)
class Connector:
    """An API, as a plugin declares it.

    Attributes:
        name: Name of the connector: its entry point, its settings' section, its dlt source.
        base_url: Where the API is; a `Setting`, since a connector names no vendor.
        resources: What it lists, parents before or after their children.
        auth: Credentials, any `requests.auth.AuthBase`.
        paginator: How to page where a resource does not say; default: detect, and fail when that is not certain.
        headers: Headers of every request.
        retry: What is repeated, and when.
        rate_limit: The pace to keep when the API does not announce one.
        settings: Settings that only hooks read, beside those that stand in the declaration.
        description: One sentence for `sdk describe`.

    Raises:
        DeclarationError: With every mistake found.
    """

    name: str = field(kw_only=False)
    base_url: Text = BASE_URL
    resources: tuple[Resource, ...] = field(default=(), converter=_resources)
    auth: AuthBase | None = None
    paginator: Paginator = field(factory=AutoPaginator)
    headers: Mapping[str, Text] = field(factory=dict)
    retry: RetryPolicy = field(factory=RetryPolicy)
    rate_limit: RateLimit | None = None
    settings: tuple[Setting, ...] = field(default=(), converter=_settings)
    start_date: Any = START_DATE
    description: str = ""

    def __attrs_post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise DeclarationError(f"connector {self.name!r}", problems)

    def resource(self, name: str) -> Resource:
        """Return the resource *name*.

        Raises:
            KeyError: There is none.
        """
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Resource]:
        return {resource.name: resource for resource in self.resources}

    @property
    def tables(self) -> tuple[Resource, ...]:
        """The resources that become tables: all but the hidden ones."""
        return tuple(resource for resource in self.resources if not resource.hidden)

    @property
    def declared_settings(self) -> tuple[Setting, ...]:
        """Each setting and secret of the declaration, once, in the order in which they stand there."""
        found: dict[str, Setting] = {}
        for setting in placeholders(self):
            found.setdefault(setting.name, setting)
        return tuple(found.values())

    def auth_of(self, resource: Resource) -> AuthBase | None:
        """Return the credentials for *resource*."""
        return resource.auth if resource.auth is not None else self.auth

    def paginator_of(self, resource: Resource) -> Paginator:
        """Return how *resource* is paged."""
        return resource.paginator if resource.paginator is not None else self.paginator

    def retry_of(self, resource: Resource) -> RetryPolicy:
        """Return what is repeated for *resource*."""
        return resource.retry if resource.retry is not None else self.retry


def _problems(connector: Connector) -> Iterator[str]:
    if not _NAME.fullmatch(connector.name):
        yield f"name {connector.name!r} is not snake_case"
    if not connector.resources:
        yield "it has no resources"
    names = [resource.name for resource in connector.resources]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"resource {name!r} is declared {names.count(name)} times"
    yield from _setting_problems(connector)
    for resource in connector.resources:
        for problem in (*_shape_problems(resource), *_parent_problems(resource, connector)):
            yield f"resource {resource.name!r}: {problem}"
    yield from _cycles(connector)


def _setting_problems(connector: Connector) -> Iterator[str]:
    seen: dict[str, Setting] = {}
    for setting in placeholders(connector):
        other = seen.setdefault(setting.name, setting)
        if isinstance(other, Secret) != isinstance(setting, Secret):
            yield f"setting {setting.name!r} is declared both as a secret and as a plain setting"
        elif other.kind != setting.kind:
            yield f"setting {setting.name!r} is declared both as {other.kind} and as {setting.kind}"


def _shape_problems(resource: Resource) -> Iterator[str]:
    if not _NAME.fullmatch(resource.name):
        yield "its name is not snake_case"
    if not resource.path.startswith("/"):
        yield f"path {resource.path!r} does not begin with '/'"
    names = [column.name for column in resource.columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"column {name!r} is declared {names.count(name)} times"
    if resource.write_disposition == "merge" and not resource.primary_key:
        yield "merge needs a primary_key; without one say write_disposition='replace' or 'append'"
    if resource.incremental is not None and resource.window is None:
        yield "incremental needs a window, which says how to ask for what is new"
    both = resource.skip_statuses & resource.empty_statuses
    if both:
        yield f"status {min(both)} is both skipped and empty"
    try:
        compile_path(resource.data_selector or "")
    except ValueError as error:
        yield f"data_selector {error}"


def _parent_problems(resource: Resource, connector: Connector) -> Iterator[str]:
    try:
        parents = resource.parents
    except ValueError as error:
        yield str(error)
        return
    known = [one.name for one in connector.resources]
    for parent in parents:
        if parent not in known:
            yield f"path names parent {parent!r}, which is not one of its resources: {', '.join(known)}"
    if len(parents) > 1 and resource.parent_as is None:
        yield f"it has several parents ({', '.join(parents)}) and needs parent_as, the name for their key's column"
    if resource.optional_parent and (not resource.param_templates or resource.template.places):
        yield "optional_parent is for places in parameters: a path cannot be filled without a parent"
    if not parents and (resource.include_from_parent or resource.revisit):
        yield "include_from_parent and revisit are for children, and no place names a parent"
    if resource.revisit and not any(one.name in parents and one.incremental for one in connector.resources):
        yield "revisit needs a parent that is incremental"


def _cycles(connector: Connector) -> Iterator[str]:
    try:
        parents = {resource.name: set(resource.parents) for resource in connector.resources}
    except ValueError:
        return  # a malformed place is reported by _parent_problems
    waiting = {name: above & parents.keys() for name, above in parents.items()}
    while ready := {name for name, above in waiting.items() if not above}:
        waiting = {name: above - ready for name, above in waiting.items() if name not in ready}
    if waiting:
        yield f"resources are one another's parents: {', '.join(sorted(waiting))}"
