"""Import plugins and look at what they hold: in a process of its own, since whatever they do happens here.

The process is told on its standard input what to examine, and writes a line before and after each plugin, so that
whoever waits for it knows which one it hangs in.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from attrs import evolve
from requests.auth import AuthBase

from sdk import plugins
from sdk.diagnoses.findings import Finding
from sdk.diagnoses.offers import GROUPS, offer
from sdk.errors import DeclarationError, SDKError
from sdk.paginators import Paginator
from sdk.plugins import CONNECTORS, OVERRIDES, SIMULATORS, Hooks, Installed, installed


def main() -> None:
    """Examine what standard input names, and write what is found to the file that the first argument names."""
    wanted = json.load(sys.stdin)
    with Path(sys.argv[1]).open("a") as results:
        for number, (group, name, distribution, overrides) in wanted:
            _write(results, begin=number)
            found = [
                finding.to_dict()
                for plugin in installed(group)
                if (plugin.name, plugin.distribution) == (name, distribution)
                for finding in examined(plugin, overrides)
            ]
            _write(results, end=number, findings=found)
    # A thread that a plugin started must not keep the process.
    os._exit(0)


def _write(results: TextIO, **line: Any) -> None:
    results.write(json.dumps(line) + "\n")
    results.flush()


def examined(plugin: Installed, overrides: list[str]) -> Iterator[Finding]:
    """Yield what is wrong with *plugin*; *overrides* are those that are switched on for a connector."""
    try:
        loaded = plugin.entry_point.load()
    except BaseException as error:  # noqa: BLE001 - `sys.exit()` in a module is as bad as any other failure
        yield _unimportable(plugin, error)
        return
    try:
        yield from _EXAMINE[plugin.entry_point.group](plugin, loaded, overrides)
    except DeclarationError as error:
        for problem in error.problems:
            yield _finding(plugin, "declaration", f"its declaration has a mistake: {problem}", "correct it there")
    except SDKError as error:
        advice = f"correct it there, or pip install --upgrade {plugin.distribution}"
        yield _finding(plugin, "hooks", str(error), advice, _place(loaded))
    except BaseException as error:  # noqa: BLE001 - as above
        what = f"it fails when it is asked: {type(error).__name__}: {error}"
        yield _finding(plugin, "fails", what, "correct it there", _line(error))


def _connector(plugin: Installed, loaded: Any, overrides: list[str]) -> Iterator[Finding]:
    hooks = Hooks.of(loaded)
    if len([one for one in installed() if one.name == plugin.name]) == 1:
        plugins.declare(plugin.name)
    elif (connector := hooks.declare_connector()) is None or connector.name != plugin.name:
        yield _finding(plugin, "declaration", f"it declares no connector {plugin.name!r}", "make the names the same")
    if overrides:
        yield from _with_overrides(plugin, overrides)


def _with_overrides(plugin: Installed, overrides: list[str]) -> Iterator[Finding]:
    from sdk.explanations import explained

    found = explained(plugin.name, overrides=overrides)
    steps = found.resource(found.connector.tables[0].name).steps
    for step in steps:
        asked = [one for one in step.answers if not one.wraps and one.owner.role != "core"]
        if len(asked) > 1:
            first, second = asked[0], asked[1]
            what = (
                f"{first.owner.role} {first.owner.name} is asked for {step.hook} before "
                f"{second.owner.role} {second.owner.name}, which is heard only where it says None"
            )
            advice = f"sdk explain {plugin.name} shows the order; the setting 'overrides' decides it"
            place = f"{first.file}:{first.line} before {second.file}:{second.line}"
            yield _shadowing(plugin, what, advice, place)


def _override(plugin: Installed, loaded: Any, overrides: list[str]) -> Iterator[Finding]:
    del overrides
    hooks = Hooks.of(loaded)
    if not hooks.manager.get_hookcallers(loaded):
        advice = "decorate its functions with @sdk.hookimpl; the entry point names the module that holds them"
        yield _finding(plugin, "no hooks", "it implements no hook", advice, _place(loaded))
    declaring = hooks.manager.hook.sdk_declare_connector.get_hookimpls()
    if any(not (one.wrapper or one.hookwrapper) for one in declaring):
        what = "it declares a connector, which would replace each one that it is switched on for"
        yield _shadowing(plugin, what, "write @hookimpl(wrapper=True) there", _place(loaded))


def _simulator(plugin: Installed, loaded: Any, overrides: list[str]) -> Iterator[Finding]:
    del overrides
    from sdk.testing.simulator import Simulator

    if not isinstance(loaded, Simulator):
        yield _misfit(plugin, loaded, "a Simulator")


def _auth(plugin: Installed, loaded: Any, overrides: list[str]) -> Iterator[Finding]:
    del overrides
    if not (inspect.isclass(loaded) and issubclass(loaded, AuthBase)):
        yield _misfit(plugin, loaded, "a class of requests.auth.AuthBase")


def _paginator(plugin: Installed, loaded: Any, overrides: list[str]) -> Iterator[Finding]:
    del overrides
    if not (inspect.isclass(loaded) and issubclass(loaded, Paginator)):
        yield _misfit(plugin, loaded, "a class of sdk.paginators.Paginator")


_EXAMINE = {
    CONNECTORS: _connector,
    OVERRIDES: _override,
    SIMULATORS: _simulator,
    "sdk.auth": _auth,
    "sdk.paginators": _paginator,
}


def _finding(plugin: Installed, code: str, what: str, advice: str, place: str = "") -> Finding:
    where = f"{offer(plugin)}{f', {place}' if place else ''}"
    named = {"distribution": plugin.distribution, "name": plugin.name, "group": plugin.entry_point.group}
    return Finding(code, "broken", what, where, advice, **named)


def _shadowing(plugin: Installed, what: str, advice: str, place: str) -> Finding:
    # It may well be what somebody wants.
    return evolve(_finding(plugin, "shadows", what, advice, place), level="hint")


def _misfit(plugin: Installed, loaded: Any, expected: str) -> Finding:
    kind = f"the class {loaded.__name__}" if inspect.isclass(loaded) else f"a {type(loaded).__name__}"
    what = f"its entry point names {kind} where {expected} was expected"
    return _finding(
        plugin, "misfit", what, f"name {GROUPS[plugin.entry_point.group]} as module:ATTRIBUTE", _place(loaded)
    )


def _unimportable(plugin: Installed, error: BaseException) -> Finding:
    module = plugin.entry_point.module
    if isinstance(error, ModuleNotFoundError) and error.name and f"{module}.".startswith(f"{error.name}."):
        what = f"its module {error.name!r} is not there: the entry point is wrong, or its files are gone"
        advice = f"pip install --force-reinstall {plugin.distribution}"
        return _finding(plugin, "import", what, advice)
    what = f"it cannot be imported: {type(error).__name__}: {error}"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    advice = f"pip install {missing or f'--upgrade {plugin.distribution}, or correct it there'}"
    return _finding(plugin, "import", what, advice, _line(error))


def _line(error: BaseException) -> str:
    """Return the last line of a plugin's own that an error passed."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    own = [one for one in frames if "importlib" not in one.filename and not one.filename.startswith("<")]
    return f"{own[-1].filename}:{own[-1].lineno}" if len(own) > 1 else ""


def _place(loaded: Any) -> str:
    try:
        return inspect.getfile(loaded if inspect.ismodule(loaded) or inspect.isclass(loaded) else type(loaded))
    except (OSError, TypeError):
        return ""


if __name__ == "__main__":
    main()
