"""What is in force for one resource, and who said so: the resource, the connector, or core by default."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

import attrs
from attrs import frozen
from requests.auth import AuthBase

from sdk import transport
from sdk.auth import APIKeyAuth, BearerTokenAuth, HttpBasicAuth, MultiAuth, OAuth2ClientCredentials, OAuth2RefreshToken
from sdk.connector import Connector
from sdk.explanations.wording import function, lasting, said, sentence
from sdk.limits import RateLimit
from sdk.paginators import AutoPaginator
from sdk.placeholders import Secret, Setting, placeholders
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.windows import TimeWindow

Origin: TypeAlias = Literal["core default", "connector", "resource", "override"]

DEFAULT: Final = "core default"
_PLAIN: Final = Resource("plain")


@frozen
class Fact:
    """One value that is in force.

    Attributes:
        name: What it is, in the declaration's own word where there is one.
        value: The value in words; secrets by name.
        origin: Who said so.
    """

    name: str
    value: str
    origin: Origin


def facts(connector: Connector, resource: Resource) -> Iterator[Fact]:
    """Yield what is in force for *resource*, in the order in which a read comes to it."""
    yield from _asking(connector, resource)
    yield from _selecting(resource)
    yield from _paging(connector, resource)
    yield from _continuing(connector, resource)
    yield from _failing(connector, resource)
    yield from _keeping(connector, resource)


def _own(resource: Resource, name: str, value: str) -> Fact:
    """Return the fact of an attribute that only a resource has."""
    default = f"/{resource.name}" if name == "path" else getattr(_PLAIN, name)
    return Fact(name, value, DEFAULT if getattr(resource, name) == default else "resource")


def _asking(connector: Connector, resource: Resource) -> Iterator[Fact]:
    yield Fact("base_url", said(connector.base_url), "connector")
    yield _own(resource, "method", resource.method)
    yield _own(resource, "path", resource.path)
    for parent in resource.parents:
        yield Fact("parent", f"{parent}: {_filled(resource, parent)}", "resource")
    if resource.optional_parent:
        yield _own(resource, "optional_parent", "read once without a parent when there is none")
    for name, value in resource.params.items():
        shown = f"{name}={value}" if isinstance(value, str) else f"{name}: {said(value)}"
        yield Fact("param", shown, "resource")
    yield from _headers(connector, resource)
    if resource.json is not None:
        yield _own(resource, "json", said(resource.json))
    yield _auth(connector, resource)


def _filled(resource: Resource, parent: str) -> str:
    """Return which fields of *parent* fill which places."""
    begins = resource.beginning.places if resource.beginning is not None else ()
    places = {
        "path": resource.template.places,
        **{f"param {name}": template.places for name, template in resource.param_templates.items()},
        "the window's beginning": begins,
    }
    found = [
        f"{place} in {where} by its {one.field}"
        for where, named in places.items()
        for place, choices in named
        for one in choices
        if one.resource == parent
    ]
    return ", ".join(dict.fromkeys(found))


def _headers(connector: Connector, resource: Resource) -> Iterator[Fact]:
    origins: tuple[tuple[Origin, Any], ...] = (
        (DEFAULT, transport.HEADERS),
        ("connector", connector.headers),
        ("resource", resource.headers),
    )
    found = {name.lower(): (name, value, origin) for origin, headers in origins for name, value in headers.items()}
    for name, value, origin in found.values():
        if origin != DEFAULT:
            yield Fact("header", f"{name}: {said(value) if isinstance(value, Setting) else value}", origin)


def _auth(connector: Connector, resource: Resource) -> Fact:
    auth = connector.auth_of(resource)
    if auth is None:
        return Fact("auth", "none: requests are sent without credentials", DEFAULT)
    secrets = [one.name for one in placeholders(auth) if isinstance(one, Secret)]
    named = f"; secrets {', '.join(dict.fromkeys(secrets))}" if secrets else ""
    return Fact("auth", f"{said(auth)}, {carried(auth)}{named}", "connector" if resource.auth is None else "resource")


def carried(auth: AuthBase) -> str:
    """Return where *auth* puts its credentials."""
    match auth:
        case APIKeyAuth(location="query" | "param"):
            return f"in the query parameter {auth.name}"
        case APIKeyAuth():
            return f"in the {auth.location} {auth.name}"
        case BearerTokenAuth() | HttpBasicAuth():
            return "in the header Authorization"
        case OAuth2ClientCredentials() | OAuth2RefreshToken():
            return f"in the header Authorization, with a token from {said(auth.access_token_url).strip(chr(39))}"
        case MultiAuth():
            return " and ".join(carried(one) for one in auth.auths)
    # A class without a word of its own would say what `AuthBase` says of itself.
    return sentence(auth) if type(auth).__doc__ else "where the scheme puts it"


def _selecting(resource: Resource) -> Iterator[Fact]:
    selector = repr(resource.data_selector) if resource.data_selector else "none: the body itself is the list"
    yield _own(resource, "data_selector", selector)
    if resource.single:
        yield _own(resource, "single", "one object, not a list")
    if resource.lift:
        yield _own(resource, "lift", f"the fields of {resource.lift!r} become columns")
    for name in ("filter", "map"):
        if (called := getattr(resource, name)) is not None:
            yield _own(resource, name, function(called))


def _paging(connector: Connector, resource: Resource) -> Iterator[Fact]:
    paginator = connector.paginator_of(resource)
    by_default = resource.paginator is None and paginator == AutoPaginator()
    origin: Origin = "resource" if resource.paginator is not None else DEFAULT if by_default else "connector"
    end = getattr(paginator, "end", None)
    # How it ends is a fact of its own, and may be another than the class says of itself.
    does = sentence(paginator) if end is None else sentence(paginator).partition(" until ")[0].rstrip(",")
    yield Fact("paginator", f"{said(paginator)}: {does}", origin)
    if end is not None:
        rules = getattr(end, "rules", (end,))
        declared = attrs.fields_dict(type(paginator))["end"].default
        own: Origin = DEFAULT if end == declared else origin
        yield Fact("end", ", or ".join(f"{said(one)}: {sentence(one)}" for one in rules), own)


def _continuing(connector: Connector, resource: Resource) -> Iterator[Fact]:
    window = resource.window
    if isinstance(window, TimeWindow):
        yield _own(resource, "window", _window(window))
    elif window is not None:
        yield _own(resource, "window", f"{said(window)}: {sentence(window)}")
    if window is not None and window.cap is not None:
        yield _own(resource, "window", f"cut in two at {said(window.cap)}: {sentence(window.cap)}")
    if resource.incremental is not None:
        one = resource.incremental
        overlap = said(one.overlap)
        yield _own(
            resource,
            "incremental",
            f"from the largest {one.cursor_path} ({one.kind}) of the last complete run, {overlap} before it",
        )
    else:
        changed = [name for name in resource.parents if connector.resource(name).incremental is not None]
        text = (
            f"with its parent: only for {' and '.join(changed)} that changed"
            if changed
            else "no: each run reads everything"
        )
        yield Fact("incremental", text, DEFAULT)
    if resource.revisit:
        yield _own(resource, "revisit", f"parents that changed within {lasting(resource.revisit)} before the cursor")


def _window(window: TimeWindow) -> str:
    end = f" to {window.end_param}" if window.end_param else " on"
    begin = said(window.initial_value)
    begins = f"openly, with {said(window.open_params)}" if window.open_params else f"at {begin}"
    step = f", at most {lasting(window.step)} at once" if window.step else ""
    return f"from {window.start_param}{end}, as {window.style}; without a cursor or start_date it begins {begins}{step}"


def _failing(connector: Connector, resource: Resource) -> Iterator[Fact]:
    policy = connector.retry_of(resource)
    by_default = resource.retry is None and policy == RetryPolicy()
    yield Fact(
        "retry",
        f"at most {policy.attempts} attempts, after {_listed(policy.statuses)} and broken connections; "
        f"waits {policy.initial:g} s times {policy.factor:g} up to {policy.longest:g} s, "
        f"or as long as the server names, up to {policy.max_wait:g} s; {policy.refusals} rate-limit refusals in a row",
        "resource" if resource.retry is not None else DEFAULT if by_default else "connector",
    )
    yield _rate(connector.rate_limit)
    yield _own(resource, "skip_statuses", _listed(resource.skip_statuses) or "none: an error ends the run")
    yield _own(resource, "empty_statuses", _listed(resource.empty_statuses) or "none")
    if resource.cut_off is not None:
        yield _own(resource, "cut_off", f"{said(resource.cut_off)}: {sentence(resource.cut_off)}")


def _rate(limit: RateLimit | None) -> Fact:
    if limit is None:
        return Fact("rate_limit", "none but what the API itself asks for", DEFAULT)
    return Fact("rate_limit", f"{said(limit.requests)} requests in {limit.period:g} s", "connector")


def _keeping(connector: Connector, resource: Resource) -> Iterator[Fact]:
    yield _own(resource, "primary_key", ", ".join(resource.key) or "none")
    stamps = {column: f"{name}.{of}" for name in resource.parents for column, of in resource.stamps(name).items()}
    if resource.parents:
        shown = ", ".join(f"{column} from {of}" for column, of in stamps.items())
        yield _own(resource, "include_from_parent", shown or "nothing is stamped on the records")
        if resource.unique_key:
            yield _own(resource, "unique_key", "the parent's key is no part of the primary key")
    yield _own(resource, "write_disposition", resource.write_disposition)
    types: defaultdict[str, list[str]] = defaultdict(list)
    for column in resource.columns:
        types[f"{column.data_type}{f' ({column.unit} since 1970)' if column.unit else ''}"].append(column.name)
    for data_type, names in types.items():
        yield Fact("columns", f"{data_type}: {', '.join(names)}", "resource")
    yield Fact("columns", "all others arrive as what they are", DEFAULT)
    if resource.hidden:
        yield _own(resource, "hidden", "read only for its children: no table")
    if resource.part_of is not None:
        when = ", in runs that continue from an earlier one" if resource.only_continuing else ""
        yield _own(resource, "part_of", f"a further way to read {resource.part_of}{when}")
    if resource.given is not None:
        yield _own(resource, "given", f"{said(resource.given)}, when it is set, stands for the records")
    if parts := [one.name for one in connector.parts_of(resource)]:
        yield Fact("parts", ", ".join(parts), "connector")
    if children := [one.name for one in connector.resources if resource.name in one.parents]:
        yield Fact("children", ", ".join(children), "connector")


def _listed(statuses: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(statuses)))
