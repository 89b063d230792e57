"""`sdk serve`: the connector's simulator, for trying things out by hand."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

import click

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.demo import simulator_of
from sdk.cli.failures import WrongUsageError
from sdk.settings import environment_name

_HOURS_AT_MOST = 8


_EXAMPLES = """
sdk serve tickets
sdk serve tickets --scale 10 --rate-limit
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name")
@click.option("--scale", default=1.0, show_default=True, type=click.FloatRange(0.01, 1000), help="Size of the account.")
@click.option("--rate-limit/--no-rate-limit", help="Keep the vendor's rate limits. Default: no limits.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after so long. Default: at Ctrl-C.")
def serve(name: str, scale: float, rate_limit: bool, seconds: float | None) -> None:  # noqa: FBT001 - click passes it so
    """Simulate the API of connector NAME on loopback.

    The account is made up, and its credentials are valid nowhere else.
    """
    from sdk.testing.simulator import serve as served

    simulator = simulator_of(name)
    if rate_limit and simulator.rate_limit is None:
        raise WrongUsageError(f"the simulator of {name!r} describes no rate limit; leave out --rate-limit")
    server = served(
        simulator,
        scale=scale,
        rate_limit=simulator.rate_limit if rate_limit else None,
        lifetime=_HOURS_AT_MOST * 3600.0,
    )
    with server:
        _show(name, server.settings, seconds)
        try:
            server.wait(seconds)
        except KeyboardInterrupt:
            click.echo()
        screen.stdout().print(f"stopped after {screen.plural(len(server.requests), 'request')}")


def _show(name: str, settings: Mapping[str, str], seconds: float | None) -> None:
    out = screen.stdout()
    end = f"for {screen.duration(seconds)}" if seconds is not None else f"until Ctrl-C, at most {_HOURS_AT_MOST} h"
    screen.heading(out, name, f"simulated at {settings['base_url']}, {end}")
    out.print("\nin another terminal:\n")
    for setting, value in settings.items():
        out.print(f"  export {environment_name(name, setting)}={shlex.quote(value)}", soft_wrap=True)
    out.print(f"  sdk run {name}\n")
