"""`sdk explain`: which plugin answers each step of reading a resource, what is in force, and who said so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.descriptions import reading
from sdk.cli.quiet import quieten
from sdk.redaction import redact

if TYPE_CHECKING:
    from sdk.cli.whereabouts import Whereabouts
    from sdk.explanations import Explained, Explanation, Fact, Step

_EXAMPLES = """
sdk explain tickets                          all its resources, one line each
sdk explain tickets requested_items          one of them, step by step
sdk explain tickets requested_items --json
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name")
@click.argument("resource", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def explain(name: str, resource: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes it so
    """Explain how connector NAME is read: who answers each hook, what is in force, and who said so.

    Nothing is asked of the API, and nothing needs to be set. Secrets are named, and never shown.
    """
    name, dot, joined = name.partition(".")
    resource = resource or (joined if dot else None)
    quieten()
    from sdk.explanations import explained

    found = explained(name)
    if resource is None:
        rows = [_row(found, found.resource(one.name)) for one in found.connector.resources]
        if as_json:
            _print({"connector": name, "overrides": [str(one) for one in found.overrides], "resources": rows})
        else:
            _connector(found, rows)
        return
    explanation = found.resource(resource)
    places = _places(explanation)
    if as_json:
        _print({**explanation.to_dict(), "settings": [_as_dict(one) for one in places]})
    else:
        _resource(explanation, places)


def _places(explanation: Explanation) -> list[Whereabouts]:
    from sdk.cli.whereabouts import whereabouts

    return [whereabouts(explanation.connector, one) for one in explanation.settings]


def _as_dict(one: Whereabouts) -> dict[str, Any]:
    from sdk.placeholders import Secret

    kind = "secret" if isinstance(one.setting, Secret) else one.setting.kind
    found = {"name": one.setting.name, "kind": kind, "required": one.setting.required, "is_set": one.is_set}
    return {**found, "place": one.place} if kind == "secret" else {**found, "place": one.place, "value": one.value}


def _row(found: Explained, explanation: Explanation) -> dict[str, Any]:
    """Return what there is to say about a resource in one line."""
    others = [
        f"{answer.owner.role} {answer.owner.name}: {'around ' if answer.wraps else ''}{step.hook.removeprefix('sdk_')}"
        for step in explanation.steps
        if step.is_asked and step.hook != "sdk_declare_connector"
        for answer in step.answers
        if answer.owner.role != "core"
    ]
    resource = found.connector.resource(explanation.resource)
    return {
        "resource": explanation.resource,
        "answered_by": others or ["core"],
        "paginator": explanation.fact("paginator").value.partition("(")[0],
        "parents": list(resource.parents),
        "incremental": resource.incremental is not None,
        "reads": reading(found.connector, resource),
    }


def _connector(found: Explained, rows: Iterable[dict[str, Any]]) -> None:
    out = screen.stdout()
    screen.heading(out, found.connector.name, found.connector.description)
    _overrides(out, found.overrides)
    table = screen.table("resource", "answered by", "paginator", "parents", "a run reads")
    for row in rows:
        table.add_row(
            screen.cell(row["resource"], screen.NAME),
            screen.cell("\n".join(row["answered_by"]), screen.QUIET if row["answered_by"] == ["core"] else ""),
            screen.cell(row["paginator"].removesuffix("Paginator")),
            screen.cell(", ".join(row["parents"])),
            screen.cell(row["reads"], screen.QUIET if row["reads"] == "everything" else ""),
        )
    screen.show(out, table)
    out.print(f"\nnext: sdk explain {found.connector.name} {found.connector.tables[0].name}")


def _overrides(out: Console, overrides: Iterable[object]) -> None:
    names = ", ".join(map(str, overrides))
    shown = f"overrides switched on: {names}" if names else "no override is switched on"
    screen.show(out, screen.cell(shown, screen.WARN if names else screen.QUIET))


def _resource(explanation: Explanation, places: Iterable[Whereabouts]) -> None:
    out = screen.stdout()
    screen.heading(out, f"{explanation.connector}.{explanation.resource}")
    _overrides(out, explanation.overrides)
    _steps(out, explanation.steps)
    _facts(out, explanation.facts)
    _settings(out, places)
    out.print(f"\nnext: sdk check {explanation.connector} --resource {explanation.resource}")


def _steps(out: Console, steps: Iterable[Step]) -> None:
    table = screen.table("hook", "who answers, asked in this order")
    for step in steps:
        lines = screen.cell(step.why)
        for number, answer in enumerate(step.answers if step.is_asked else (), 1):
            around = "around it, " if answer.wraps else ""
            lines.append(f"\n{number}. {around}{screen.cell(answer.owner).plain}", style=screen.NAME)
            lines.append(f"\n   {screen.cell(_short(answer.file)).plain}:{answer.line}", style=screen.QUIET)
        table.add_row(screen.cell(step.hook, "" if step.is_asked else screen.QUIET), lines)
    screen.show(out, table)


def _short(file: str) -> str:
    """Return a path as one types it here."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _facts(out: Console, facts: Iterable[Fact]) -> None:
    table = screen.table("in force", "", "said by")
    before = ""
    for one in facts:
        quiet = screen.QUIET if one.origin == "core default" else ""
        origin = screen.cell(one.origin, screen.WARN if one.origin == "override" else screen.QUIET)
        table.add_row(screen.cell("" if one.name == before else one.name), screen.cell(one.value, quiet), origin)
        before = one.name
    screen.show(out, table)


def _settings(out: Console, places: Iterable[Whereabouts]) -> None:
    table = screen.table("setting", "", "where it is set")
    for one in places:
        kind = _as_dict(one)["kind"]
        lacking = not one.is_set and one.setting.required
        state = screen.cell(one.state, screen.WARN if lacking else "" if one.is_set else screen.QUIET)
        if one.value:
            state.append(f"\n{screen.cell(one.value).plain}")
        table.add_row(screen.cell(one.setting.name, screen.NAME), screen.cell(kind), state)
    screen.show(out, table)


def _print(found: dict[str, Any]) -> None:
    click.echo(json.dumps(_redacted(found), indent=2))


def _redacted(value: Any) -> Any:
    """Return JSON data without secrets, whatever text they found their way into."""
    if isinstance(value, dict):
        return {name: _redacted(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(one) for one in value]
    return redact(value) if isinstance(value, str) else value
