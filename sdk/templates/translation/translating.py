"""From a dictionary to the text of a declaration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.extract import DltResource

from sdk.dialects.documents import ConfigError, Declared, declared
from sdk.dialects.repairs import Extra, repaired
from sdk.dialects.reports import Report
from sdk.resource import NAME
from sdk.templates.answers import check_url
from sdk.templates.names import snake_case
from sdk.templates.translation.code import Call, call, imports, written
from sdk.templates.translation.credentials import TELLING, credentials, secret
from sdk.templates.translation.drafts import Draft, Notes, SettingRow, Settings, TableRow
from sdk.templates.translation.functions import Functions
from sdk.templates.translation.paging import paginator
from sdk.templates.translation.requests import NoEquivalentError
from sdk.templates.translation.resources import Translating, key_of

_SHORTEST_SECRET: Final = 4

_RESOURCE: Final = re.compile(r"resources\[(\d+)\]")

_WHERE_IT_IS: Final = "where the API is"

_UNSAID: Final = '''# Nobody said where in an answer their records are: give each a data_selector, and remove it here.
UNSAID = {names}


@hookimpl
def sdk_select_records(resource: Resource, page: Page) -> list[Record] | None:
    """Take the only list of an answer, the nearest to its top, where no data_selector says which."""
    if resource.name not in UNSAID:
        return None
    level: list[Any] = [page.body]
    while level:
        lists = [one for one in level if isinstance(one, list)]
        if len(lists) == 1:
            return lists[0]
        if lists:
            raise SelectionError(f"an answer holds {{len(lists)}} lists; name that of the records in data_selector")
        level = [value for one in level if isinstance(one, dict) for value in one.values()]
    raise SelectionError("an answer holds no list; say in data_selector where the records are")
'''


def translated(config: Any, name: str, module: str) -> Draft:
    """Return the declaration of connector *name* that *config* is; nothing is sent.

    Args:
        config: A dictionary as `sdk.from_config` takes it.
        name: Name of the connector.
        module: Its import package.

    Raises:
        ConfigError: With every mistake in *config*; or none of its resources can be declared.
    """
    report, notes, settings = Report(quiet=True), Notes(), Settings()
    made = repaired(config, report)
    found = declared(made.config)
    for note in report:
        notes.add(note.path, f"{note.found}; {note.taken}")
    client = made.config["client"]
    kept = _kept(found, notes)
    names = _names(kept, notes)
    functions = Functions(module)
    connector = _client(client, settings, notes)
    parents = frozenset(one.parent for one in kept if one.parent is not None) | _several(made.extras)
    keys = {one.name: key_of(one) for one in kept}
    shared = Translating(client, names, made.extras, parents, keys, settings, notes, functions)
    resources, tables = _resources(kept, shared)
    if not resources:
        raise ConfigError("the dictionary", notes.found)
    described = f"{name.replace('_', ' ').capitalize()}, as a dictionary declared it"
    whole = Call("Connector", (name,), {"description": described, **connector, "resources": resources})
    source = _source(whole, shared.unsaid, functions, module)
    told = _told(notes)
    draft = Draft(source, functions.text, tuple(settings.rows.values()), tables, told, tables[0].name)
    _check(draft, settings)
    return draft


def _kept(found: Sequence[Declared | DltResource], notes: Notes) -> list[Declared]:
    """Return the resources without those that are dlt's own, and without their children."""
    gone: set[str] = set()
    kept = []
    for one in found:
        if isinstance(one, DltResource):
            notes.add("resources", f"{one.name!r} is a resource of dlt's own, which has no equivalent; it is left out")
        elif one.parent in gone:
            notes.add(one.where, f"is left out with its parent {one.parent!r}")
        else:
            kept.append(one)
            continue
        gone.add(one.name)
    return kept


def _several(extras: Mapping[str, Extra]) -> frozenset[str]:
    return frozenset(parent for extra in extras.values() for parent in extra.parents)


def _names(kept: Iterable[Declared], notes: Notes) -> dict[str, str]:
    """Return a name for each resource: that of the table which dlt makes of it."""
    naming = NamingConvention()
    found: dict[str, str] = {}
    for one in kept:
        table = one.hints.get("table_name")
        wanted = table if isinstance(table, str) and table else one.name
        name = naming.normalize_table_identifier(wanted)
        if not NAME.fullmatch(name) or name in found.values():
            free = snake_case(one.name) or "items"
            name = free if free not in found.values() else f"{free}_{len(found)}"
        if name != one.name:
            notes.add(f"{one.where}.name", f"{one.name!r} is called {name!r} here")
        found[one.name] = name
    return found


def _client(client: Mapping[str, Any], settings: Settings, notes: Notes) -> dict[str, Any]:
    """Return the arguments of the connector that the client gives."""
    named: dict[str, Any] = {"base_url": _base_url(client.get("base_url"), settings, notes)}
    headers: dict[str, Any] = {}
    for name, value in (client.get("headers") or {}).items():
        if TELLING.search(str(name)) and len(str(value)) >= _SHORTEST_SECRET:
            headers[name] = secret(settings, snake_case(str(name)), value, f"what is sent as the header {name}")
        elif value is not None:
            headers[str(name)] = str(value)
    if headers:
        named["headers"] = headers
    auth = credentials(client.get("auth"), "client.auth", settings, notes)
    if auth is not None:
        named["auth"] = auth
    pages = paginator(client.get("paginator"), "client.paginator", notes)
    if pages is not None:
        named["paginator"] = pages
    if client.get("session") is not None:
        notes.add("client.session", "a session of one's own has no equivalent")
    return named


def _base_url(given: Any, settings: Settings, notes: Notes) -> Call:
    url = given.rstrip("/") if isinstance(given, str) else ""
    if any(check_url("base URL", url)):
        notes.add("client.base_url", "is no address that everybody may read, so each user says it")
        url = ""
    settings.values["base_url"] = None
    settings.add(SettingRow("base_url", "text", f"`{url}`" if url else "required", _WHERE_IT_IS))
    return call("Setting", "base_url", default=url or None, description=_WHERE_IT_IS)


def _resources(kept: Iterable[Declared], shared: Translating) -> tuple[list[Call], tuple[TableRow, ...]]:
    gone: set[str] = set()
    resources, tables = [], []
    for one in kept:
        above = {one.parent, *shared.extras.get(one.name, Extra()).parents} & gone
        if above:
            shared.notes.add(one.where, f"is left out with its parent {min(map(str, above))!r}")
            gone.add(one.name)
            continue
        try:
            made, row = shared.resource(one)
        except NoEquivalentError as error:
            shared.notes.add(error.path, f"{error}; {one.name!r} is left out")
            gone.add(one.name)
            continue
        resources.append(made)
        if row is not None:
            tables.append(row)
    return resources, tuple(tables)


def _source(connector: Call, unsaid: Sequence[str], functions: Functions, module: str) -> str:
    needed = imports(connector)["sdk"] | {"hookimpl"}
    if unsaid:
        needed |= {"Page", "Record", "Resource", "SelectionError"}
    body = f"    return {written(connector, 1, len('return '))}\n"
    head = ["from datetime import timedelta"] if "timedelta(" in body else []
    head += ["from typing import Any"] if unsaid else []
    ours = _import("sdk", sorted(needed, key=_order))
    own = f"\nfrom {module} import steps\n" if functions.texts else ""
    hook = f"{_UNSAID.format(names=written(list(unsaid), 0, len('UNSAID = ')))}\n\n" if unsaid else "\n"
    begin = "".join(f"{line}\n" for line in head) + ("\n" if head else "")
    declare = f'@hookimpl\ndef sdk_declare_connector() -> Connector:\n    """Declare the API."""\n{body}'
    return f"{begin}{ours}{own}\n{hook}{declare}"


def _told(notes: Notes) -> tuple[str, ...]:
    """Return the notes as their places stand in the document; what is so for several resources is told once."""
    grouped: dict[str, list[str]] = {}
    for note in sorted(notes.found, key=_as_in_document):
        place = _RESOURCE.match(note)
        grouped.setdefault(note[place.end() :] if place else note, []).append(place[1] if place else "")
    return tuple(f"resources[{', '.join(numbers)}]{rest}" if numbers[0] else rest for rest, numbers in grouped.items())


def _as_in_document(note: str) -> list[str | int]:
    """Return what sorts notes as their places stand in the document: `resources[10]` after `resources[9]`."""
    parts = re.split(r"(\d+)", note.partition(": ")[0])
    return [int(part) if position % 2 else part for position, part in enumerate(parts)]


def _order(name: str) -> tuple[int, str]:
    """Return where a name stands in an import: constants, classes, functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def _import(module: str, names: Sequence[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= 120:  # noqa: PLR2004 - the line's length
        return f"{line}\n"
    return f"from {module} import (\n{''.join(f'    {name},{chr(10)}' for name in names)})\n"


def _check(draft: Draft, settings: Settings) -> None:
    """Raise if a value that became a secret is in what is written all the same.

    Raises:
        ConfigError: It is.
    """
    text = "\n".join([draft.source, draft.steps, *draft.notes, *(row.default for row in draft.settings)])
    for name in settings.secrets:
        value = settings.values.get(name)
        if isinstance(value, str) and len(value) >= _SHORTEST_SECRET and value in text:
            problem = f"the secret that is called {name!r} here stands in another place of the document, too"
            raise ConfigError("the dictionary", [f"{problem}; take it out there"])
