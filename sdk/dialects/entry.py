"""The doors: dlt's two functions under their names, and our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

import dlt
from attrs import evolve
from dlt.common.exceptions import DictValidationException
from dlt.common.schema.schema import Schema
from dlt.extract import DltResource, DltSource
from dlt.sources import rest_api as dlt_rest_api
from dlt.sources.rest_api.typing import ClientConfig, EndpointResource, EndpointResourceBase, RESTAPIConfig

from sdk.dialects.documents import ConfigError, declared
from sdk.dialects.known import told
from sdk.dialects.pipes import Laying
from sdk.dialects.repairs import Extra, repaired
from sdk.dialects.reports import Report
from sdk.pipelines import shown
from sdk.redaction import HIDDEN, one_line
from sdk.reports import RunReport, Versions, resource_report

# dlt looks for the secrets of a source under the name of its module: under the same one as its own.
__source_name__: Final = "rest_api"

_IN_FLIGHT: Final = 8

# A value that dlt shows before a backtick, and one that is no value of the dictionary: names of keys, and which
# parameters are resolved.
_SHOWN: Final = re.compile(r"(?:(?<=`)|=)(?P<value>[\[{(].*?[\]})])`", re.DOTALL)
_NAMES: Final = re.compile(r"[\[{]'[\w.-]+'(?:, '[\w.-]+')*[\]}]|\[ResolvedParam\([^`]*\)\]")

# What stands below these is sent, and may be a secret; shorter texts are words.
_SENT: Final = frozenset({"headers", "auth", "json", "data"})
_TELLING: Final = 4


class ConfigSource(DltSource):
    """A dlt source that was made from a dictionary.

    Attributes:
        report: What was guessed or repaired.
        laying: What read it, with its counters.
    """

    report: Report
    laying: Laying

    def clone(self, with_name: str | None = None) -> ConfigSource:
        """Return a copy, as dlt's sources do, with the same report."""
        made = super().clone(with_name)  # type: ignore[arg-type] # dlt means an optional one
        made.__class__ = ConfigSource
        made.report, made.laying = self.report, self.laying
        return made  # type: ignore[return-value] # dlt builds one of its own class

    def run_report(self, **facts: Any) -> RunReport:
        """Return what a run of this source did; *facts* are what its resources do not know."""
        pipeline = facts.pop("pipeline")
        tallies = {name: self.laying.tallies.of(own) for name, own in self.laying.names.items()}
        return RunReport(
            pipeline=pipeline.pipeline_name,
            dataset=pipeline.dataset_name or "",
            destination=shown(pipeline),
            resources=tuple(
                resource_report(name, tally, loaded=name in self.selected_resources)
                for name, tally in tallies.items()
                if tally.requests
            ),
            versions=Versions.of(),
            **facts,
        )


def rest_api_source(  # noqa: PLR0913, PLR0917 - dlt's signature
    config: RESTAPIConfig,
    name: str | None = None,
    section: str | None = None,
    max_table_nesting: int | None = None,
    root_key: bool | None = None,  # noqa: FBT001
    schema: Schema | None = None,
    schema_contract: Any = None,
    parallelized: bool = False,  # noqa: FBT001, FBT002
) -> DltSource:
    """Return the source that dlt's function of this name returns, read by us.

    Resources, tables, records and state are the same; see `from_config` for the rest.

    Raises:
        ConfigError: With every mistake in *config*, each with its path.

    .. versionadded:: 0.1
    """
    _check(config)
    return _source(
        config,
        Report(),
        _IN_FLIGHT,
        (),
        name=name,
        section=section,
        max_table_nesting=max_table_nesting,
        root_key=root_key,
        schema=schema,
        schema_contract=schema_contract,
        parallelized=parallelized,
    )


def rest_api_resources(config: RESTAPIConfig) -> list[DltResource]:
    """Return the resources that dlt's function of this name returns, read by us.

    Raises:
        ConfigError: With every mistake in *config*, each with its path.

    .. versionadded:: 0.1
    """
    _check(config)
    laying = Laying("rest_api", config["client"], Report(), _IN_FLIGHT)
    return list(laying.resources(declared(config, two_bodies=True)).values())


def from_config(
    config: Mapping[str, Any],
    name: str = "rest_api",
    *,
    in_flight: int = _IN_FLIGHT,
    max_table_nesting: int | None = None,
    plugins: Sequence[object] = (),
) -> ConfigSource:
    """Return a dlt source for the dictionary that dlt's `rest_api_source` takes.

    Its resources, tables and records are those of dlt's source, and so is its state; it is read with several requests
    in flight, under our limits and page checks. What was guessed or repaired is on its `report`.

    Args:
        config: The dictionary.
        name: Name of the source; its secrets are looked for under `sources.rest_api.<name>`.
        in_flight: How many requests may be under way at a time.
        max_table_nesting: How deep nested data become tables of their own, dlt's child tables; 0 keeps them as JSON.
        plugins: Objects with hook implementations, asked before all others.

    Raises:
        ConfigError: With every mistake in *config*, each with its path.

    .. versionadded:: 0.1
    """
    report = Report()
    made = repaired(config, report)
    made.check()
    # Only what was not written for dlt is worth the import of every connector.
    about = told(config, report) if len(report) else {}
    extras = {**made.extras, **{one: evolve(made.extras.get(one, Extra()), told=this) for one, this in about.items()}}
    facts = {"name": name, "max_table_nesting": max_table_nesting}
    return _source(made.config, report, in_flight, plugins, extras=extras, lenient=True, **facts)


def _source(  # noqa: PLR0913 - each is a fact of its own
    config: Any,
    report: Report,
    in_flight: int,
    plugins: Sequence[object],
    *,
    extras: Mapping[str, Extra] | None = None,
    lenient: bool = False,
    **facts: Any,
) -> ConfigSource:
    def rest_api(
        client: ClientConfig = dlt.config.value,
        resources: list[str | EndpointResource | DltResource] = dlt.config.value,
        resource_defaults: EndpointResourceBase | None = None,
    ) -> list[DltResource]:
        filled = {"client": client, "resources": resources, "resource_defaults": resource_defaults}
        name = _connector_name(facts.get("name") or "rest_api")
        laying = Laying(name, client, report, in_flight, plugins, extras or {}, lenient)
        laid.append(laying)
        return list(laying.resources(declared(filled, two_bodies=True)).values())

    laid: list[Laying] = []
    decorated: Callable[..., Any] = dlt.source(rest_api, _impl_cls=ConfigSource, **facts)
    made: ConfigSource = decorated(**config)
    made.report, made.laying = report, laid[-1]
    return made


def _check(config: Any) -> None:
    """Raise for every mistake, and add what dlt itself says of the first: who comes from there may look for it."""
    try:
        # dlt finds out about two bodies when it reads, and so its users expect it there.
        declared(config, two_bodies=True)
    except ConfigError as error:
        said = _said_by_dlt(config)
        words = [f"in dlt's words: {said}"] if said else []
        raise type(error)("the dictionary", [*error.problems, *words]) from None


def _said_by_dlt(config: Any) -> str | None:
    try:
        masked: Any = deepcopy(config)
        for auth in _auths(masked):
            dlt_rest_api._mask_secrets(auth)  # noqa: SLF001 - dlt's own way to keep them out of its message
        # It builds its resources and reads none of them.
        dlt_rest_api.rest_api_resources(masked)
    except (DictValidationException, ValueError) as error:
        return _without_values(str(error), config)
    except Exception:  # noqa: BLE001 - a document of another shape altogether
        return None
    return None


def _without_values(text: str, config: Any) -> str:
    """Return what dlt says without what it shows of mappings, which may hold anything; names of keys stay."""

    def shown(match: re.Match[str]) -> str:
        is_value = match[0].startswith("=") or match.string.endswith("value `", 0, match.start())
        return match[0] if not is_value and _NAMES.fullmatch(match["value"]) else "`"

    text = _SHOWN.sub(shown, text)
    for value in sorted(_values(config), key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return one_line(text)


def _values(value: Any, *, inside: bool = False) -> Iterator[str]:
    """Yield the texts that are sent and never words of the dictionary itself."""
    if isinstance(value, str) and inside and len(value) >= _TELLING:
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _values(one, inside=inside or key in _SENT)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _values(one, inside=inside)


def _auths(config: Any) -> list[Any]:
    places = [config.get("client") or {}, *(config.get("resources") or [])]
    found = [one.get("auth") for one in places if isinstance(one, dict)]
    ends = [one.get("endpoint") for one in places if isinstance(one, dict)]
    found += [one.get("auth") for one in ends if isinstance(one, dict)]
    return [one for one in found if one is not None]


def _connector_name(name: str) -> str:
    made = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
    return made if made[:1].isalpha() else f"api_{made}"


__all__ = ["ConfigError", "ConfigSource", "from_config", "rest_api_resources", "rest_api_source"]
