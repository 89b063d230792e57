"""`sdk describe`: what a connector reads, and what it wants to know."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.connector import Connector
from sdk.explanations import explained
from sdk.opening import GENERAL, no_resource
from sdk.placeholders import REQUIRED, Secret, Setting
from sdk.resource import Resource
from sdk.settings import environment_name

_WIDE = 100
_NARROW_CELL = 11

_EXAMPLES = """
sdk describe tickets
sdk describe tickets problems
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name")
@click.argument("resource", required=False)
def describe(name: str, resource: str | None) -> None:
    """Show what connector NAME reads and what to set.

    With RESOURCE, show that table's columns. Nothing needs to be set for it.
    """
    # `tickets.problems`, as `sdk preview` takes it, is as good as two words.
    name, dot, joined = name.partition(".")
    resource = resource or (joined if dot else None)
    connector = explained(name).connector
    out = screen.stdout()
    if resource is None:
        _connector(out, connector)
        return
    if resource not in {one.name for one in connector.tables}:
        raise no_resource(connector, resource)
    _resource(out, connector, connector.resource(resource))


def _connector(out: Console, connector: Connector) -> None:
    screen.heading(out, connector.name, connector.description)
    _tables(out, connector)
    _settings(out, connector)
    out.print(f"\nnext: sdk describe {connector.name} {connector.tables[0].name}, or sdk check {connector.name}")


def _tables(out: Console, connector: Connector) -> None:
    # A column that says the same in each row gives its room to the others.
    mixed = len({resource.write_disposition for resource in connector.tables}) > 1
    written = ("written by",) if mixed else ()
    table = screen.table("resource", "parent", "key", "a run reads", *written, "cols", numbers=["cols"])
    for resource in connector.tables:
        table.add_row(
            screen.cell(resource.name, screen.NAME),
            screen.cell(", ".join(resource.parents)),
            screen.cell(" ".join(resource.key)),
            screen.cell(reading(connector, resource)),
            *([screen.cell(resource.write_disposition)] if mixed else []),
            screen.count(len(resource.columns)),
        )
    if out.width < _WIDE:
        # rich would rather cut off the last column than break these two lines further.
        for column in table.columns[2:4]:
            column.max_width = _NARROW_CELL
    screen.show(out, table)


def _settings(out: Console, connector: Connector) -> None:
    name = connector.name
    table = screen.table("setting", "", "default", "what it is, and where to set it")
    declared = sorted(connector.declared_settings, key=lambda one: not one.required)
    for setting in (*declared, *GENERAL):
        about = screen.cell(setting.description)
        about.append("\n" if setting.description else "")
        about.append(environment_name(name, setting.name), style=screen.QUIET)
        kind = "secret" if isinstance(setting, Secret) else setting.kind
        table.add_row(screen.cell(setting.name, screen.NAME), screen.cell(kind), _default(setting), about)
    screen.show(out, table)
    out.print(f"\nor set sources.{name}.<setting> in .dlt/config.toml, secrets in .dlt/secrets.toml,")
    out.print(f'or pass them as keywords: sdk.load("{name}", base_url=...)')


def _default(setting: Setting) -> Any:
    if setting.default is REQUIRED:
        return screen.cell("required", screen.WARN)
    value = setting.default
    shown = "none" if value is None or value == [] else str(value).lower() if isinstance(value, bool) else str(value)
    return screen.cell(shown, screen.QUIET)


def _resource(out: Console, connector: Connector, resource: Resource) -> None:
    screen.heading(out, f"{connector.name}.{resource.name}", resource.description)
    facts = screen.table("", "")
    facts.show_header = False
    for label, text in (
        ("asks", f"{resource.method} {resource.path}"),
        ("parent", ", ".join(resource.parents)),
        ("key", ", ".join(resource.key)),
        ("a run reads", reading(connector, resource)),
        ("written by", resource.write_disposition),
        ("skipped on", ", ".join(str(status) for status in sorted(resource.skip_statuses))),
    ):
        if text:
            facts.add_row(screen.cell(label, screen.QUIET), screen.cell(text))
    screen.show(out, facts)
    _columns(out, resource)
    out.print(f"\nnext: sdk preview {connector.name}.{resource.name}")


def _columns(out: Console, resource: Resource) -> None:
    table = screen.table("column", "type", "")
    stamps = [column for parent in resource.parents for column in resource.stamps(parent)]
    for stamp in dict.fromkeys(stamps):
        table.add_row(screen.cell(stamp, screen.NAME), "", screen.cell("from the parent", screen.QUIET))
    for column in resource.columns:
        sent = {"s": "sent as seconds since 1970", "ms": "sent as milliseconds since 1970", None: ""}[column.unit]
        note = "key" if column.name in resource.key else sent
        table.add_row(
            screen.cell(column.name, screen.NAME), screen.cell(column.data_type), screen.cell(note, screen.QUIET)
        )
    screen.show(out, table)
    out.print("\na field that is not listed arrives too, as a column of the type that it has", style=screen.QUIET)


def reading(connector: Connector, resource: Resource) -> str:
    """Return what a run reads of a resource, once an earlier run has read it all."""
    if resource.incremental is not None:
        return f"new by {resource.incremental.cursor_path}"
    changed = [parent for parent in resource.parents if connector.resource(parent).incremental is not None]
    return f"of changed {' and '.join(changed)}" if changed else "everything"
