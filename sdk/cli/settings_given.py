"""Settings on the command line: allowed for what is no secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from sdk.cli.failures import WrongUsageError
from sdk.redaction import conceal

set_option = click.option(
    "--set",
    "given",
    metavar="NAME=VALUE",
    multiple=True,
    help="A setting that is no secret, such as base_url=https://example.com/api/v2. Repeat it for more.",
)


def settings_of(name: str, given: Sequence[str], start_date: str | None = None) -> dict[str, Any]:
    """Return what was given with `--set` and `--start-date`, as keywords for `sdk.load`.

    Raises:
        WrongUsageError: One is a secret, or not of the form NAME=VALUE.
    """
    found: dict[str, Any] = {} if start_date is None else {"start_date": start_date}
    for pair in given:
        key, equals, value = pair.partition("=")
        key = key.strip()
        if not equals or not key:
            # What was typed is not repeated: it may well be a secret.
            raise WrongUsageError("--set takes NAME=VALUE, such as base_url=https://example.com")
        found[key] = value
    if given:
        _refuse_secrets(name, found)
    return found


def _refuse_secrets(name: str, found: Mapping[str, Any]) -> None:
    from sdk.explanations import explained
    from sdk.placeholders import Secret
    from sdk.settings import environment_name

    # As a load would declare it: an override may have settings of its own, or take a secret's place.
    for setting in explained(name, overrides=_overrides(found)).connector.declared_settings:
        if isinstance(setting, Secret) and setting.name in found:
            conceal(str(found[setting.name]).strip())
            raise WrongUsageError(
                f"{setting.name!r} is a secret, and secrets are never taken from a command line: "
                f"set {environment_name(name, setting.name)}, or sources.{name}.{setting.name} in .dlt/secrets.toml"
            )


def _overrides(found: Mapping[str, Any]) -> list[str] | None:
    given = found.get("overrides")
    return None if given is None else [one.strip() for one in given.split(",") if one.strip()]
