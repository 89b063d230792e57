"""What a run did: rows and requests of each resource, what is missing and why, and what was made with what."""

from __future__ import annotations

import secrets
import string
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, Literal, TypeAlias, get_args

from attrs import Factory, asdict, field, frozen

from sdk import plugins
from sdk.checks import one_of
from sdk.errors import PluginError
from sdk.failures import Failure
from sdk.redaction import one_line
from sdk.skips import Skip
from sdk.tally import Gap, Tally

Status: TypeAlias = Literal["complete", "incomplete", "failed"]

_LETTERS: Final = 6
_TIMES: Final = ("started", "continued")


@frozen
class ResourceReport:
    """What a run did for one resource.

    Attributes:
        resource: Its name.
        loaded: Whether it was wanted; otherwise it was read for its children alone, and none of its rows loaded.
        rows: Rows handed on to be loaded.
        pages: Pages read.
        requests: Requests sent, repeats included.
        retries: Requests sent again.
        waited: Seconds spent waiting because the API or the declared pace asked for it, or before a repeat.
        skips: Partitions left out on purpose.
        gaps: Records that the API announced and that did not come: its totals were above what came, list by list.
        gap_lists: In how many lists that was so.
        gap_examples: The first of them.
        surplus: Records that came beyond the totals, which then cannot be trusted.
        seconds: From its first request to its last answer.
        complete: Whether all of it was read.
    """

    resource: str
    loaded: bool
    rows: int
    pages: int
    requests: int
    retries: int
    waited: float
    skips: int
    gaps: int = 0
    gap_lists: int = 0
    gap_examples: tuple[Gap, ...] = ()
    surplus: int = 0
    seconds: float = field(default=0.0, eq=False)
    complete: bool = True

    @property
    def doubt(self) -> str:
        """What is not known of its completeness, in words; empty when nothing speaks against it."""
        if self.gaps:
            lists = "1 list" if self.gap_lists == 1 else f"{self.gap_lists:,} lists"
            example = f", such as {self.gap_examples[0]}" if self.gap_examples else ""
            return f"{self.gaps:,} that the API announced did not come, in {lists}{example}"
        return f"{self.surplus:,} more came than the API announced: its totals are too low" if self.surplus else ""


@frozen
class Versions:
    """What a run was made of.

    Attributes:
        distribution: The connector's distribution; empty when it was declared by a dictionary.
        connector: Its version.
        sdk: The version of `connector-sdk`.
        dlt: The version of dlt.
        python: The version of Python.
    """

    distribution: str = ""
    connector: str = ""
    sdk: str = ""
    dlt: str = ""
    python: str = ""

    @classmethod
    def of(cls, connector: str = "") -> Versions:
        """Return the versions that are installed; those of no connector without a name."""
        found: plugins.Installed | None = None
        with suppress(PluginError):
            found = plugins.find(connector) if connector else None
        return cls(
            found.distribution if found is not None else "",
            found.version if found is not None else "",
            _version("connector-sdk"),
            _version("dlt"),
            sys.version.partition(" ")[0],
        )


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def run_id(started: datetime) -> str:
    """Return a new name for a run that began at *started*; names are in the order of the runs."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS))
    return f"{started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{letters}"


@frozen
class RunReport:
    """What a run did.

    Attributes:
        connector: Name of the connector.
        pipeline: Name of the dlt pipeline.
        dataset: Name of the dataset, or schema, that holds the tables.
        destination: Where the tables are, without credentials.
        started: The start of the run.
        seconds: How long it took, loading included.
        resources: What it did for each resource, in order; after the wanted ones, the parents read for them.
        skips: What was left out on purpose; it stands in the table `_sdk_skips` too.
        load_ids: dlt's ids of what was loaded, one for each commit.
        failures: What is missing, and why.
        continued: The start of the earlier run that this one continued, if it did.
        versions: The versions of the connector, of this library, of dlt and of Python.
        run_id: Its name, from its start and a few random letters.
        status: `complete`; `incomplete`, when a part is missing and the rest was loaded; or `failed`.
    """

    connector: str
    pipeline: str
    dataset: str
    destination: str
    started: datetime
    seconds: float
    resources: tuple[ResourceReport, ...]
    skips: tuple[Skip, ...] = ()
    load_ids: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    continued: datetime | None = None
    versions: Versions = field(factory=Versions)
    run_id: str = Factory(lambda self: run_id(self.started), takes_self=True)
    status: Status = field(
        default=Factory(lambda self: "incomplete" if self.failures else "complete", takes_self=True),
        validator=one_of(get_args(Status)),
    )

    @property
    def rows(self) -> int:
        """How many rows were loaded."""
        return sum(one.rows for one in self.resources)

    @property
    def gaps(self) -> int:
        """How many records were announced and did not come."""
        return sum(one.gaps for one in self.resources)

    @property
    def commits(self) -> int:
        """In how many load packages the rows were committed."""
        return len(self.load_ids)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON data, without secrets."""
        data = asdict(self, filter=lambda attribute, _: attribute.name not in {"partition", "is_failure"})
        found: dict[str, Any] = _plain({**data, "commits": self.commits})
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunReport:
        """Return the report that `to_dict` described.

        Raises:
            ValueError: It is none.
        """
        try:
            known = {name: data[name] for name in data if name != "commits"}
            return cls(
                **{
                    **known,
                    **{name: known[name] and datetime.fromisoformat(known[name]) for name in _TIMES},
                    "resources": tuple(_resource(one) for one in known["resources"]),
                    "skips": tuple(Skip(**one) for one in known["skips"]),
                    "failures": tuple(Failure(**one) for one in known["failures"]),
                    "load_ids": tuple(known["load_ids"]),
                    "versions": Versions(**known["versions"]),
                }
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no report of a run: {error}") from error


def _resource(data: Mapping[str, Any]) -> ResourceReport:
    return ResourceReport(**{**data, "gap_examples": tuple(Gap(**one) for one in data["gap_examples"])})


def _plain(value: Any) -> Any:
    """Return *value* as JSON data; a secret that became known after a text was made is hidden now."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def resource_report(name: str, tally: Tally, *, loaded: bool, complete: bool = True) -> ResourceReport:
    """Return what *tally* has counted for the resource *name*."""
    return ResourceReport(
        resource=name,
        loaded=loaded,
        rows=tally.rows if loaded else 0,
        pages=tally.pages,
        requests=tally.requests,
        retries=tally.retries,
        waited=round(tally.waited, 3),
        skips=tally.skips,
        gaps=tally.gaps,
        gap_lists=tally.short_lists,
        gap_examples=tuple(tally.short),
        surplus=tally.surplus,
        seconds=round(tally.seconds, 3),
        complete=complete,
    )
