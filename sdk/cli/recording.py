"""`sdk record`: small samples of each resource, as an API answered them, to test a connector from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.failures import FAILED, WrongUsageError
from sdk.cli.quiet import quieten
from sdk.cli.settings_given import set_option, settings_of

if TYPE_CHECKING:
    from rich.console import Console

    from sdk.cli.recorder import Account, Outcome
    from sdk.connector import Connector
    from sdk.testing.sampling import SampleSize

_NUMBERS = ("requests", "records", "size")
_EXAMPLES = """
sdk record planets
sdk record planets --resource moons --pages 2 --start-date 2024-01-31
sdk record planets --demo
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name")
@click.option("--resource", "-r", "resources", multiple=True, metavar="NAME", help="Record this one; default: all.")
@click.option("--pages", default=3, show_default=True, type=click.IntRange(1, 50), help="Pages of each list.")
@click.option("--parents", default=3, show_default=True, type=click.IntRange(1, 50), help="Parents to follow.")
@click.option(
    "--cassettes",
    "folder",
    default="cassettes",
    show_default=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the cassettes go: one for each resource, in a folder of the connector's name.",
)
@click.option(
    "--blank",
    multiple=True,
    metavar="FIELD",
    help="Blank this field of answers: data.session_url, data[*].plate, or plate wherever it stands. Repeat it "
    "for more.",
)
@click.option("--start-date", metavar="DATE", help="Read from this date on, such as 2024-01-31.")
@click.option("--demo", is_flag=True, help="Record from the connector's simulator: no account, no settings.")
@set_option
def record(  # noqa: PLR0913, PLR0917 - one argument for each option
    name: str,
    resources: Sequence[str],
    pages: int,
    parents: int,
    folder: Path,
    blank: Sequence[str],
    start_date: str | None,
    demo: bool,  # noqa: FBT001 - click passes flags so
    given: Sequence[str],
) -> int:
    """Record samples of connector NAME, to test it from.

    A few pages of each resource are read with your credentials, twice: the second time as the next run would. Secrets
    are left out, and names, e-mail addresses and telephone numbers are replaced by fakes; still look at what you
    publish. A resource that cannot be recorded keeps the cassette that it has; the exit code is then 1. So it is when
    no answer has a field that is to be blanked: then nothing is written.
    """
    keywords = settings_of(name, given, start_date)
    quieten()
    with _account(name, keywords, blank, demo=demo) as account:
        from sdk.testing.sampling import SampleSize

        names = _names(account.access.declared, resources)
        paths = _paths(folder, name, names)
        outcomes = _record(account, paths, SampleSize(pages=pages, parents=parents))
    return _show(folder / name, outcomes)


@contextmanager
def _account(name: str, keywords: Mapping[str, Any], blank: Sequence[str], *, demo: bool) -> Iterator[Account]:
    try:
        from sdk.cli.recorder import real, simulated
    except ModuleNotFoundError as error:
        raise WrongUsageError(
            f"recording needs {error.name}, which is not installed; try: pip install 'connector-sdk[testing]'"
        ) from error

    if demo:
        with simulated(name, keywords, blank) as account:
            yield account
    else:
        yield real(name, keywords, blank)


def _names(declared: Connector, wanted: Sequence[str]) -> list[str]:
    from sdk.opening import no_resource

    tables = [resource.name for resource in declared.tables]
    for name in wanted:
        if name not in tables:
            raise no_resource(declared, name)
    return [name for name in tables if not wanted or name in wanted]


def _paths(folder: Path, connector: str, names: Sequence[str]) -> dict[str, Path]:
    """Return where each cassette goes, which is below *folder* or nowhere."""
    from sdk.testing.cassette_files import CassetteError, path_of

    try:
        return {name: path_of(folder, connector, name) for name in names}
    except CassetteError as error:
        raise WrongUsageError(str(error)) from None


def _record(account: Account, paths: Mapping[str, Path], size: SampleSize) -> list[Outcome]:
    from sdk.cli.recorder import Recorder

    recorder = Recorder(account, size)
    connector = account.access.connector
    with screen.stderr().status("") as status:
        for place, name in enumerate(paths, 1):
            status.update(screen.cell(f"reading {connector}.{name} ({place} of {len(paths)})"))
            recorder.read(name)
        for place, (name, path) in enumerate(paths.items(), 1):
            status.update(screen.cell(f"writing {connector}.{name} ({place} of {len(paths)})"))
            recorder.write(name, path)
    return [recorder.outcomes[name] for name in paths]


def _show(folder: Path, outcomes: Sequence[Outcome]) -> int:
    out = screen.stdout()
    recorded = [one for one in outcomes if not one.problem]
    if recorded:
        _show_recorded(out, recorded)
    failed = [one for one in outcomes if one.problem]
    if failed:
        out.print("\nnot recorded; a cassette that was there is as it was:\n", style=screen.BAD)
        groups: dict[str, list[str]] = {}
        for one in failed:
            groups.setdefault(one.problem, []).append(one.resource)
        for problem, names in groups.items():
            # Not in a table: what is to be typed must not be broken.
            out.print(screen.cell(f"  {', '.join(names)}:", screen.NAME), screen.cell(problem), soft_wrap=True)
    out.print()
    if recorded:
        out.print(screen.cell(f"{screen.plural(len(recorded), 'cassette')} in {folder}", "bold"))
        out.print("next: pytest")
    return FAILED if failed else 0


def _show_recorded(out: Console, recorded: Sequence[Outcome]) -> None:
    table = screen.table("resource", *_NUMBERS, "replaced", "", numbers=_NUMBERS)
    for one in recorded:
        table.add_row(
            screen.cell(one.resource, screen.NAME),
            screen.count(one.requests),
            screen.count(one.records),
            screen.cell(f"{-(-one.size // 1000):,} kB"),
            screen.cell(", ".join(f"{number:,} {kind}" for kind, number in one.replaced.items())),
            screen.cell("; ".join(one.notes), screen.WARN),
        )
    screen.show(out, table)
