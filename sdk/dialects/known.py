"""What an installed connector knows of the API that a dictionary declares, and the dictionary does not say.

No answer shows what an API leaves out unless it is asked: rows older than a month, other workspaces, members who left.
Who wrote a connector for the API knew; so where one is installed that reads the same lists, it is pointed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from attrs import field, frozen

from sdk import plugins
from sdk.connector import Connector
from sdk.dialects.asking import WHOLE
from sdk.dialects.reports import Note, Report
from sdk.dialects.vocabulary import joined, name_of
from sdk.dialects.wrapping import WrappingPaginator
from sdk.errors import ReadError
from sdk.messages import LAST_PAGE, EndAnswer, Page
from sdk.paginators.hints import hints
from sdk.paginators.single_page import SinglePagePaginator
from sdk.placeholders import Each, Setting
from sdk.resource import Resource

# A connector that has so many of a dictionary's resources reads the same API.
_ALIKE: Final = 0.6

_PLACE: Final = re.compile(r"\{\{.*?\}\}|\{[^{}]*\}")
_VERSION: Final = re.compile(r"(?:v\d+|api)")


@frozen
class Known:
    """An installed connector that reads what a dictionary declares.

    Attributes:
        connector: The connector, its settings not filled in.
        listed: The dictionary's resources by name: where each stands, and what it says.
        shared: Those of them that the connector has, too.
    """

    connector: Connector
    listed: Mapping[str, tuple[str, Mapping[str, Any]]]
    shared: Mapping[str, tuple[str, Mapping[str, Any]]]

    @property
    def advice(self) -> Note:
        """The hint at the connector."""
        name = self.connector.name
        return Note(
            "resources",
            "advice",
            f"the connector {name!r} reads {len(self.shared)} of these",
            f"see sdk describe {name}",
        )

    def lacks(self) -> Iterator[Note]:
        """Yield what the connector does for a resource, and the dictionary does not."""
        for name, (where, given) in self.shared.items():
            found = list(_lacks(self.connector, self.connector.resource(name), given))
            if found:
                done = f"for {name!r} the connector {self.connector.name!r} {', '.join(found)}"
                missing = "rows or fields may be missing" + self._below(name)
                yield Note(where, "advice", done, f"the dictionary does not: {missing}")

    def hints(self) -> dict[str, str]:
        """Return what would do where a list is refused, by resource."""
        about = {one.path: one.found for one in self.lacks()}
        found = {}
        for name, (where, given) in self.shared.items():
            path = self.connector.resource(name).path
            is_elsewhere = path.strip("/") != _path(name, given).strip("/") and "{" not in path
            known = f"the connector {self.connector.name!r} reads it{f' at {path!r}' if is_elsewhere else ''}"
            found[name] = f"{about.get(where, known)}: sdk describe {self.connector.name}"
        return found

    def _below(self, name: str) -> str:
        """Return the children of the dictionary that have their records from *name*, as the end of a sentence."""
        above = [*_steps(_path(name, self.shared[name][1])), "{}"]
        paths = {one: _steps(_path(one, given)) for one, (_, given) in self.listed.items()}
        below = [one for one, steps in paths.items() if steps[: len(above)] == above]
        return f", and those of {', '.join(map(repr, below))}" if below else ""

    def sizes(self) -> dict[str, int]:
        """Return the page size of each list that the connector pages and the dictionary takes for one page."""
        found = {}
        for name, (_, given) in self.shared.items():
            paginator = self.connector.paginator_of(self.connector.resource(name))
            if _is_one_page(given) and isinstance(paginator.limit, int):
                found[name] = paginator.limit
        return found


def known(config: Any) -> Iterator[Known]:
    """Yield the installed connectors that read most of what *config* declares."""
    listed = config.get("resources") if isinstance(config, Mapping) else None
    if not isinstance(listed, list | tuple):
        return
    named = {
        name: (joined("resources", number), _whole(config, one))
        for number, one in enumerate(listed)
        if (name := name_of(one))
    }
    for installed in plugins.connectors() if named else ():
        try:
            connector, _ = plugins.declare(installed)
        except Exception:  # noqa: BLE001, S112 - a broken plugin is no business of a dictionary
            continue
        paths = {one.name: _steps(one.path) for one in connector.tables}
        shared = {name: one for name, one in named.items() if paths.get(name) == _steps(_path(name, one[1]))}
        if len(shared) >= _ALIKE * len(named):
            yield Known(connector, named, shared)


@frozen
class Told:
    """What connectors know of one resource.

    Attributes:
        hint: What would do where it is refused.
        full_page: The connector that reads it page by page, and how long its pages are, where the dictionary takes it
            for one page.
    """

    hint: str = ""
    full_page: tuple[str, int] | None = None


def told(config: Any, report: Report) -> dict[str, Told]:
    """Note on *report* what connectors know of *config*, and return it by resource."""
    found: dict[str, Told] = {}
    for one in known(config):
        report.note(one.advice)
        for note in one.lacks():
            report.note(note)
        sizes, name = one.sizes(), one.connector.name
        for resource, hint in one.hints().items():
            found[resource] = Told(hint, (name, sizes[resource]) if resource in sizes else None)
    return found


def _whole(config: Mapping[str, Any], resource: Any) -> Mapping[str, Any]:
    """Return *resource* with what the client and the defaults of *config* say for it."""
    client, defaults, own = _plain(config.get("client")), _plain(config.get("resource_defaults")), _plain(resource)
    above, endpoint = _endpoint(defaults), _endpoint(own)
    paginator = {"paginator": client["paginator"]} if client.get("paginator") is not None else {}
    params = {**_plain(above.get("params")), **_plain(endpoint.get("params"))}
    return {**defaults, **own, "endpoint": {**paginator, **above, **endpoint, "params": params}}


def _plain(found: Any) -> Mapping[str, Any]:
    """Return *found* if it is a mapping; a dictionary may hold anything."""
    return found if isinstance(found, Mapping) else {}


def _endpoint(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    endpoint = resource.get("endpoint")
    return {"path": endpoint} if isinstance(endpoint, str) else _plain(endpoint)


def _path(name: str, resource: Mapping[str, Any]) -> str:
    path = _endpoint(resource).get("path")
    return path if isinstance(path, str) else name


def _steps(path: str) -> list[str]:
    """Return the steps of *path* without its version, a place in it being like any other."""
    steps = [one for one in _PLACE.sub("{}", path.partition("?")[0]).split("/") if one]
    return [one for one in steps if not _VERSION.fullmatch(one)]


def _lacks(connector: Connector, resource: Resource, given: Mapping[str, Any]) -> Iterator[str]:
    asked = _asked(_endpoint(given))
    sends = [one for one in _sent(resource) if one not in asked]
    if sends:
        yield f"sends {', '.join(map(repr, sends))}"
    if parts := connector.parts_of(resource):
        yield "reads it in one further way" if len(parts) == 1 else f"reads it in {len(parts)} further ways"
    if _is_one_page(given) and not isinstance(connector.paginator_of(resource), SinglePagePaginator):
        yield "reads it page by page"
    parents = dict.fromkeys(one.resource for one in resource.template.references())
    hidden = [one for one in parents if connector.resource(one).hidden]
    if hidden:
        yield f"asks for it by the records of {', '.join(map(repr, hidden))}"
    key = given.get("primary_key")
    if isinstance(key, str) and resource.primary_key and key not in resource.primary_key:
        yield f"has the key {', '.join(map(repr, resource.primary_key))} for it"


def _asked(endpoint: Mapping[str, Any]) -> set[str]:
    """Return the parameters that a dictionary sends: as such, with its cursor, or in its path."""
    incremental, path = _plain(endpoint.get("incremental")), endpoint.get("path")
    cursor = {one for name in ("start_param", "end_param") if isinstance(one := incremental.get(name), str)}
    query = parse_qs(urlsplit(path).query, keep_blank_values=True) if isinstance(path, str) else {}
    return {*_plain(endpoint.get("params")), *cursor, *query}


def _sent(resource: Resource) -> Iterator[str]:
    """Yield the parameters that are always sent."""
    for name, value in resource.params.items():
        inner = value.values if isinstance(value, Each) else value
        # What a setting may add is the user's choice.
        if not (isinstance(inner, Setting) and not inner.default):
            yield name
    for name in ("start_param", "end_param"):
        if param := getattr(resource.window, name, None):
            yield param


def _is_one_page(resource: Mapping[str, Any]) -> bool:
    paginator = _endpoint(resource).get("paginator")
    kind = paginator.get("type") if isinstance(paginator, Mapping) else paginator
    return kind in {None, "auto", "single_page"}


@frozen
class FullPagePaginator(WrappingPaginator):
    """Refuse an only page that is just as long as those in which a connector reads the list: it is cut off there.

    Attributes:
        inner: Says which page comes next.
        connector: The connector's name.
        size: Its page size.
    """

    connector: str = field(kw_only=True)
    size: int = field(kw_only=True)

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the next request of *inner*.

        Raises:
            ReadError: There is none, and as many records came as a page of this list holds.
        """
        answer = self.inner.next_request(page, records)
        # What the request of a first page remembers is of its URL alone.
        is_only = answer is LAST_PAGE and not page.request.state.keys() - {WHOLE}
        if is_only and len(records) == self.size and not any(one.says == "over" for one in hints(page, records)):
            raise ReadError(
                f"{self.size} records came, a whole page of this list by the connector {self.connector!r}, and no "
                f"paginator gets the next one; declare one, or use the connector: sdk describe {self.connector}"
            )
        return answer
