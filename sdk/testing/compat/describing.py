"""Describe the one version of a plugin that this process sees."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from attrs import define, evolve, field
from requests import PreparedRequest

from sdk import plugins
from sdk.connector import Connector
from sdk.errors import SDKError
from sdk.hookspecs import hookimpl
from sdk.placeholders import Secret, Setting
from sdk.redaction import one_line, redact
from sdk.resource import Resource
from sdk.testing.cassette_files import CassetteError, Contents, parse, path_of
from sdk.testing.compat.arrivals import Arrived, column, declared_types, fitted, shown, types
from sdk.testing.compat.facts import ConnectorFacts, Facts, Job, Played, Run, Sent, SettingFacts, TableFacts, broken
from sdk.testing.recordings import play
from sdk.testing.sampling import Sample
from sdk.testing.scrubbing import CREDENTIALS

_REQUIRED: Final = "required"
_OF_THE_TRANSPORT: Final = frozenset({"accept-encoding", "connection", "content-length", "user-agent"})


def describe(job: Job) -> Facts:
    """Return what is to be known of the version's connectors, each with the samples that its cassettes hold."""
    folder = Path(job["answer"]).parent
    return {name: _connector(name, Path(job["cassettes"]), folder / name) for name in job["connectors"]}


def _connector(name: str, cassettes: Path, folder: Path) -> ConnectorFacts:
    try:
        declared, _ = plugins.declare(name)
    except (SDKError, SystemExit) as error:
        return broken(_line(error))
    tables: dict[str, TableFacts] = {}
    arrived: list[Arrived] = []
    for resource in declared.tables:
        facts = _table(declared, resource)
        tables[resource.name] = facts
        try:
            contents = _contents(cassettes, declared, resource)
            facts["recorded"] = True
            contents = _adopted(contents, declared)
            facts["played"] = _played(contents, declared, resource, arrived)
        except CassetteError as error:
            facts["unplayed"] = _line(error)
    _add_types(tables, arrived, folder)
    return {
        "failure": "",
        "description": declared.description,
        "settings": {one.name: _setting(one) for one in declared.declared_settings},
        "tables": tables,
        "hidden": [one.name for one in declared.resources if one.hidden or one.part_of is not None],
    }


def _add_types(tables: Mapping[str, TableFacts], arrived: Sequence[Arrived], folder: Path) -> None:
    """Add the types of all columns; a table that dlt refuses cannot be read."""
    try:
        found = types(arrived, folder)
    except Exception as error:  # noqa: BLE001 - whatever dlt raises would end a run
        if len(arrived) > 1:
            for number, one in enumerate(arrived):
                _add_types(tables, [one], folder / str(number))
            return
        found = {}
        [refused] = arrived
        if (played := tables[refused.resource.name]["played"]) is not None:
            played["runs"][0]["failure"] = played["runs"][0]["failure"] or _line(error)
    for name, columns in found.items():
        if (played := tables[name]["played"]) is not None:
            played["columns"] = columns


def _setting(setting: Setting) -> SettingFacts:
    return {
        "kind": setting.kind,
        "secret": isinstance(setting, Secret),
        "required": setting.required,
        "default": _REQUIRED if setting.required else repr(setting.default),
        "choices": list(setting.choices),
        "description": setting.description,
    }


def _table(connector: Connector, resource: Resource) -> TableFacts:
    return {
        "columns": declared_types(connector, resource),
        "key": [column(name) for name in resource.key],
        "write_disposition": resource.write_disposition,
        "description": resource.description,
        "recorded": False,
        "played": None,
        "unplayed": "",
    }


def _contents(cassettes: Path, connector: Connector, resource: Resource) -> Contents:
    path = path_of(cassettes, connector.name, resource.name)
    if not path.is_file():
        raise CassetteError(f"no cassette; record it with sdk record {connector.name} --resource {resource.name}")
    return parse(path.read_text(encoding="utf-8"))


def _adopted(contents: Contents, declared: Connector) -> Contents:
    """Return *contents* as another version of the connector can play them: it may have other settings.

    What became of the settings is compared by itself, and should not hide what became of the rows.

    Raises:
        CassetteError: It needs a setting that nobody had when they were recorded.
    """
    given = {"base_url"}.union(*(one.get("settings", {}) for one in contents.openings))
    for setting in declared.declared_settings:
        if setting.required and setting.name not in given and not isinstance(setting, Secret):
            raise CassetteError(
                f"it needs the setting {setting.name!r}, and the cassette holds no value of it; record it "
                "anew with this version"
            )
    return _renamed(contents, [one.name for one in declared.declared_settings if isinstance(one, Secret)])


def _renamed(contents: Contents, secrets: Sequence[str]) -> Contents:
    """Return *contents* with the secret that was renamed under its new name, where there is no doubt which it is."""
    gone = [name for name in contents.secrets if name not in secrets]
    new = [name for name in secrets if name not in contents.secrets]
    if len(gone) != 1 or len(new) != 1:
        return contents
    for request in contents.requests:
        if CREDENTIALS in request.headers:
            carried = [one.partition("=") for one in request.headers[CREDENTIALS].split(", ")]
            names = [f"{place}={new[0] if setting == gone[0] else setting}" for place, _, setting in carried]
            request.headers[CREDENTIALS] = ", ".join(names)
    return evolve(contents, secrets=[new[0] if name == gone[0] else name for name in contents.secrets])


def _played(contents: Contents, declared: Connector, resource: Resource, arrived: list[Arrived]) -> Played:
    heard = _Heard()
    try:
        recording = play(contents, declared.name, resource.name, plugins=[heard])
    except CassetteError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a plugin does wrong is what this version does
        return {"columns": {}, "runs": [_failed(_line(error))], "unrecorded": []}
    connector = heard.connector or declared
    resource = connector.resource(resource.name)
    rows: list[dict[str, Any]] = []
    runs = []
    for number, sample in enumerate((recording.first, recording.second)):
        requests = heard.runs[number] if number < len(heard.runs) else []
        runs.append(_run(connector, resource, sample, requests, rows))
    arrived.append(Arrived(connector, resource, rows))
    return {"columns": {}, "runs": runs, "unrecorded": list(recording.unrecorded)}


def _run(
    connector: Connector, resource: Resource, sample: Sample, requests: list[Sent], arrived: list[dict[str, Any]]
) -> Run:
    failure, found = sample.failure, []
    try:
        found = fitted(connector, resource, sample.records)
    except SDKError as error:
        failure = failure or error
    arrived.extend(found)
    return {
        "rows": [shown(row) for row in found],
        "requests": requests,
        "skips": sorted(f"{skip.place} answered {skip.status}" for skip in sample.skips),
        "failure": "" if failure is None else _line(failure),
    }


def _failed(failure: str) -> Run:
    return {"rows": [], "requests": [], "skips": [], "failure": failure}


@define(eq=False)
class _Heard:
    """A plugin that notes every request of each run, as it is sent."""

    connector: Connector | None = None
    _opened: list[list[Sent]] = field(factory=list)

    @property
    def runs(self) -> list[list[Sent]]:
        """The requests of each run: a connector is opened for each, and now and then for no request at all."""
        return [sent for sent in self._opened if sent]

    @hookimpl(wrapper=True)
    def sdk_declare_connector(self) -> Generator[None, Connector | None, Connector | None]:
        """Begin anew: a connector is declared each time that it is opened."""
        self._opened.append([])
        return (yield)

    @hookimpl(wrapper=True)
    def sdk_authenticate(self, connector: Connector) -> Generator[None, PreparedRequest, PreparedRequest]:
        """Note a request with its credentials, which pass the redactor."""
        request = yield
        self.connector = connector
        self._opened[-1].append(_sent(request))
        return request


def _sent(request: PreparedRequest) -> Sent:
    parts = urlsplit(request.url or "")
    body = request.body or ""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {
        "text": redact(f"{request.method} {urlunsplit(parts._replace(scheme='', netloc='', fragment=''))}"),
        "headers": {name: redact(_as_text(headers[name])) for name in sorted(headers.keys() - _OF_THE_TRANSPORT)},
        "body": redact(_as_text(body)),
    }


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _line(error: BaseException) -> str:
    if isinstance(error, SDKError | CassetteError):
        return one_line(str(error))
    return one_line(f"{type(error).__name__}: {error}")
