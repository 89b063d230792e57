"""A dictionary's resources as dlt resources: the same pipes that dlt would lay, with our reading at their beginnings.

A child is a transformer of its parent, so all that a user can do to a parent (steps, limits, hints) reaches its
children as it does with dlt. The cursor is dlt's own, and so is its state: a pipeline that dlt's source has filled
goes on here, and the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast
from urllib.parse import urlsplit

import dlt
from attrs import define, evolve, field
from dlt.extract import DltResource, Incremental
from dlt.extract.items import DataItemWithMeta
from dlt.sources.helpers.rest_client.auth import AuthConfigBase
from dlt.sources.helpers.rest_client.redaction import SENSITIVE_PARAMS
from dlt.sources.rest_api import config_setup
from requests.auth import AuthBase

from sdk import transport
from sdk.client import Client
from sdk.connector import Connector
from sdk.courses import Batch
from sdk.dialects.answers import actions
from sdk.dialects.asking import Asking
from sdk.dialects.cutting import Cutting
from sdk.dialects.documents import ConfigError, Declared
from sdk.dialects.foreign import auth_of
from sdk.dialects.keys import is_merged
from sdk.dialects.latest import typed
from sdk.dialects.listing import Listing
from sdk.dialects.places import places
from sdk.dialects.pool import Pool
from sdk.dialects.reads import Reads
from sdk.dialects.repairs import Extra
from sdk.dialects.reports import Report
from sdk.dialects.selecting import Selecting
from sdk.dialects.tabling import Finishing
from sdk.dialects.telling import Telling
from sdk.errors import SettingError
from sdk.placeholders import Text
from sdk.plugins import Hooks
from sdk.reader import Reader
from sdk.redaction import SecretValue, conceal
from sdk.resource import Resource
from sdk.tally import Tallies

# An API that lets dlt's requests in knows them by this.
_USER_AGENT: Final = f"dlt/{dlt.__version__} {transport.HEADERS['User-Agent']}"

_WORDS_FOR_SECRETS = re.compile(r"(?i)auth|token|secret|key|cookie|password")
# A name alone makes it one: what is shorter is a word, and hiding words makes messages unreadable.
_SHORTEST_SECRET = 6


@define(eq=False)
class Laying:
    """Lays the pipes of one dictionary.

    Attributes:
        name: Name for errors and secrets.
        client: What the dictionary says of its client.
        report: Takes notes.
        in_flight: How many requests may be under way at a time.
        plugins: The caller's plugins.
        extras: What dlt's words cannot say, by the resources' names.
        names: What the reader calls each resource; its names are in snake_case.
        cutting: Says when a list is left, while a run commits as it goes.
        reads: What reads each declared endpoint.
        lenient: What the document says wrongly or not at all is looked for in the answers.
    """

    name: str
    client: Mapping[str, Any]
    report: Report
    in_flight: int
    plugins: Sequence[object] = ()
    extras: Mapping[str, Extra] = field(factory=dict)
    lenient: bool = False
    tallies: Tallies = field(factory=Tallies)
    pool: Pool = field(init=False)
    selecting: Selecting = field(init=False)
    listing: Listing = field(init=False)
    names: dict[str, str] = field(factory=dict, init=False)
    cutting: Cutting = field(init=False)
    reads: dict[str, Reads] = field(factory=dict, init=False)
    _schemes: dict[int, tuple[Any, AuthBase | None]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.pool, self.cutting = Pool(self.in_flight), Cutting(self.tallies)
        # What a dictionary in dlt's words says, somebody tried: it is held to it.
        strict = self.lenient and not any(one.sort == "repaired" for one in self.report.notes)
        self.selecting = Selecting({}, self.lenient, {}, {}, self.report.note, strict=strict)
        self.listing = Listing(self.client, self.extras, self.selecting, self.report.note, self.lenient)

    def resources(self, made: Sequence[Declared | DltResource]) -> dict[str, DltResource]:
        """Return the dlt resources of *made*, each parent before its children."""
        endpoints = [one for one in made if isinstance(one, Declared)]
        self.names = _internal_names(one.name for one in endpoints)
        declared = {one.name: self._resource(one, self.names[one.name]) for one in endpoints}
        readers = self._readers(endpoints, declared)
        reads = self.reads = {one.name: self._reads(one, declared[one.name], readers) for one in endpoints}
        found: dict[str, DltResource] = {}
        for one in made:
            found[one.name] = one if isinstance(one, DltResource) else self._laid(reads[one.name], reads, found)
        return found

    def _resource(self, one: Declared, name: str) -> Resource:
        asked = one.endpoint
        extra = self.extras.get(one.name, Extra())
        _hide(asked)
        selector = self._selector(one)
        self.selecting.selectors[name] = selector
        self.selecting.places[name] = f"{one.where}.endpoint.data_selector"
        if isinstance(key := _own_key(one.hints.get("primary_key")), str):
            self.selecting.keys[name] = key
        return Resource(
            name,
            method="POST" if str(asked.get("method") or "GET").upper() == "POST" else "GET",
            data_selector=selector,
            # A body that is a record as a whole says with `error` what the record says.
            error_paths=() if selector == "$" else ("error", "errors"),
            paginator=self.listing.paginator(one, name),
            primary_key=(),
            write_disposition="append",
            auth=self._auth(asked.get("auth") or self.client.get("auth")),
            answer_hooks=actions(asked.get("response_actions")),
            retry=extra.retry,
        )

    def _selector(self, one: Declared) -> str | None:
        given = one.endpoint.get("data_selector")
        if given is None:
            return "$" if one.single else None
        return str(given) or "$"

    def _auth(self, given: Any) -> AuthBase | None:
        if given is None:
            return None
        # One scheme for all who name the same one: a token is fetched once.
        if id(given) not in self._schemes:
            is_theirs = isinstance(given, AuthBase) and not isinstance(given, AuthConfigBase)
            scheme = given if is_theirs else config_setup.create_auth(given)
            self._schemes[id(given)] = given, auth_of(scheme) if scheme is not None else None
        return self._schemes[id(given)][1]

    def _readers(self, endpoints: Sequence[Declared], declared: Mapping[str, Resource]) -> dict[str, Reader]:
        """Return a reader for each host that the dictionary itself names."""
        hooks = Hooks.of(self.selecting, Telling(), *self.plugins)
        given = self.client.get("headers") or {}
        own = {"User-Agent": _USER_AGENT} if self.client.get("session") is None else {}
        headers = {**own, **{name: _hidden(name, value) for name, value in given.items()}}
        found: dict[str, Reader] = {}
        for base in dict.fromkeys(self._base_url(one) for one in endpoints):
            connector = Connector(
                self.name,
                base_url=base,
                resources=list(declared.values()),
                headers=headers,
                in_flight=self.in_flight,
            )
            # The settings of a dictionary stand in it.
            connector = evolve(connector, start_date=None)
            try:
                client = Client(connector, hooks, self.tallies, given=self.client.get("session"))
            except SettingError as error:
                raise ConfigError("the dictionary", [f"client.base_url: {error}"]) from None
            found[base] = Reader(connector, hooks, client)
        return found

    def _base_url(self, one: Declared) -> str:
        """Return what the endpoint's path is below; a path that names another host itself is below that."""
        parts = urlsplit(one.endpoint["path"])
        if parts.scheme in {"http", "https"} and "{" not in parts.netloc:
            return f"{parts.scheme}://{parts.netloc}"
        return str(self.client["base_url"])

    def _reads(self, one: Declared, resource: Resource, readers: Mapping[str, Reader]) -> Reads:
        base = self._base_url(one)
        extra = self.extras.get(one.name, Extra())
        one = evolve(one, parent_as=extra.parent_as)
        _, convert = _incremental(one)
        key = self.selecting.keys.get(resource.name) if self.lenient and is_merged(one.hints) else None
        return Reads(
            one,
            resource,
            Asking(one, base),
            readers[base],
            self.pool,
            self.report,
            self.cutting,
            self.selecting,
            convert,
            extra,
            key,
        )

    def _laid(self, reads: Reads, by_name: Mapping[str, Reads], found: Mapping[str, DltResource]) -> DltResource:
        one = reads.declared
        incremental, _ = _incremental(one)
        hints = dict(one.hints)
        if incremental is not None:
            # A copy: it is bound to one run, and the dictionary may be used again.
            # Rows that come again are harmless only where they are merged.
            hints["incremental"] = typed(incremental, merged=is_merged(one.hints))
        if one.parent is None or len(reads.extra.parents) > 1:
            parents = [by_name[name] for name in reads.extra.parents]
            function = _resource_function(partial(reads.of_all, parents, by_name) if parents else reads.top)
            made = cast(DltResource, dlt.resource(function, **hints)())
        else:
            # Its requests are parallel anyhow, and its steps see records and not promises of them.
            hints.pop("parallelized", None)
            # Not `dlt.transformer`, which takes no cursor.
            make: Any = dlt.resource
            children = _transformer_function(reads, apart=one.parent in by_name)
            transformer = make(children, data_from=found[one.parent], **hints)
            made = cast(DltResource, transformer())
        return _stepped(made, one.steps).add_step(Finishing(reads.finishing, reads.located))


def _resource_function(pages: Callable[[], Iterator[Batch]]) -> Callable[[], Iterator[Any]]:
    def endpoint() -> Iterator[Any]:
        yield from pages()

    return endpoint


def _transformer_function(reads: Reads, *, apart: bool) -> Callable[[Any], Iterator[Any]]:
    """Return what yields the children of records; *apart* from what was said of those, which are rows of ours."""

    def endpoint(items: Any) -> Iterator[Any]:
        batch: Any
        for batch in reads.children(items):
            # dlt takes what comes without hints for what its parents came with.
            yield batch if isinstance(batch, DataItemWithMeta) or not apart else DataItemWithMeta(None, batch)

    return endpoint


def _stepped(resource: DltResource, steps: Sequence[Mapping[str, Any]]) -> DltResource:
    for step in steps:
        if step.get("filter") is not None:
            resource.add_filter(step["filter"])
        if step.get("map") is not None:
            resource.add_map(step["map"])
        if step.get("yield_map") is not None:
            resource.add_yield_map(step["yield_map"])
    return resource


def _incremental(one: Declared) -> tuple[Incremental[Any] | None, Callable[..., Any] | None]:
    found, _, convert = config_setup.setup_incremental_object(
        dict(one.endpoint["params"]),
        one.endpoint.get("incremental"),
    )
    return found, convert


def _own_key(key: Any) -> Any:
    """Return the field of a primary key that is the record's own: those of parents begin with an underscore."""
    if isinstance(key, list | tuple):
        own = [one for one in key if isinstance(one, str) and not one.startswith("_")]
        return own[0] if len(own) == 1 else None
    return key


def _hide(endpoint: Mapping[str, Any]) -> None:
    """Keep what an endpoint sends under a telling name out of every message."""
    for key in ("headers", "params", "json", "data"):
        held = endpoint.get(key)
        for name, value in held.items() if isinstance(held, Mapping) else ():
            telling = (
                _WORDS_FOR_SECRETS.search(str(name)) if key == "headers" else str(name).lower() in SENSITIVE_PARAMS
            )
            if telling and isinstance(value, str) and len(value) >= _SHORTEST_SECRET and not any(places(value)):
                conceal(value)


def _hidden(name: str, value: Any) -> Text:
    text = str(value)
    is_secret = _WORDS_FOR_SECRETS.search(name) is not None and len(text) >= _SHORTEST_SECRET
    return SecretValue(text, name) if is_secret else text


def _internal_names(names: Iterator[str]) -> dict[str, str]:
    """Return a name in snake_case for each resource, whatever it is called."""
    found: dict[str, str] = {}
    for name in names:
        made = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
        made = made if made[:1].isalpha() else f"r_{made}"
        while made in found.values():
            made += "_"
        found[name] = made
    return found
