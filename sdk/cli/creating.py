"""`sdk new`: the repository of a new connector, which works before anybody has edited it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.failures import WrongUsageError
from sdk.cli.quiet import quieten
from sdk.templates import (
    AUTHS,
    LICENSES,
    PAGES,
    Answers,
    AnswersError,
    check_author,
    check_header,
    check_resource,
    check_url,
    create,
    target_of,
)

if TYPE_CHECKING:
    from sdk.templates.translation import Draft

_SECONDS_FOR_GIT: Final = 5

_EXAMPLES = """
sdk new planets
sdk new planets --base-url https://api.example.com/v1 --auth api-key --pages cursor
sdk new planets --yes
sdk new planets --from api.yaml
"""

_AUTHS: Final[Mapping[str, str]] = {
    "bearer": "a token, sent as `Authorization: Bearer ...`",
    "api-key": "a key in a header of its own",
    "basic": "a user name and a password",
    "oauth2": "a client's id and secret, for access tokens",
    "none": "nothing",
}
_PAGES: Final[Mapping[str, str]] = {
    "detect": "find out from the first answer",
    "next-link": "a link in the body",
    "link-header": "a link in the Link header",
    "page-number": "?page=2",
    "offset": "?offset=20",
    "cursor": "a cursor in the body, sent back as a parameter",
    "single": "each list comes in one answer",
}
# Who makes it and where stays to be said when a dictionary says the rest.
_BESIDE_A_DOCUMENT: Final = frozenset({"author", "license"})

# What each file is for, where its name does not say it.
_WHAT: Final[Mapping[str, str]] = {
    "pyproject.toml": "name, version, entry points",
    "sdk_plugin_NAME/__init__.py": "what the API lists: edit this",
    "sdk_plugin_NAME/steps.py": "what is done with records",
    "sdk_plugin_NAME/simulator.py": "a stand-in for the API, for demo and tests",
    "tests/test_NAME.py": "the conformance suite",
    "cassettes/README.md": "where recordings go",
    ".dlt/secrets.toml.example": "copy it to secrets.toml for your credentials",
}


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name")
@click.option("--base-url", metavar="URL", help="Where the API is. Default: each user says it.")
@click.option("--auth", type=click.Choice(AUTHS), help="How a request shows who sends it. Default: bearer.")
@click.option("--auth-header", metavar="NAME", help="With api-key: the header for the key. Default: X-API-Key.")
@click.option("--token-url", metavar="URL", help="With oauth2: where tokens are given out. Default: each user says it.")
@click.option("--resource", "-r", metavar="NAME", help="The first resource. Default: items.")
@click.option("--pages", type=click.Choice(PAGES), help="How a list goes on. Default: detect.")
@click.option("--author", metavar="NAME", help="Who holds the copyright. Default: git's user.name.")
@click.option("--license", type=click.Choice(LICENSES), help="What to publish under. Default: Apache-2.0.")
@click.option("--from", "document", metavar="FILE", help="Declare what the dictionary in FILE declares; see sdk lint.")
@click.option("--into", default=".", metavar="FOLDER", help="Where to make the repository. Default: here.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing, and take the defaults.")
def new(name: str, into: str, yes: bool, document: str | None, **given: str | None) -> None:  # noqa: FBT001 - click passes flags so
    """Make the repository of a new connector NAME: sdk-plugin-NAME.

    What no option says is asked, in a terminal. The connector reads a simulated API until you make it read the real
    one: it installs, its tests pass and its demo loads from the beginning. Nothing is ever overwritten.

    With --from it declares what a dictionary declares that dlt's rest_api or sdk.from_config takes. Nothing is sent,
    and no secret is written. What has no equivalent is listed, here and in the README.
    """
    folder = Path(into)
    found = {option: value for option, value in given.items() if value is not None}
    # Before anything is asked: nobody should answer six questions for a name that is taken.
    _answers(name, found)
    target_of(name, folder)
    if document is not None:
        _from_document(name, document, folder, found)
        return
    if not yes and sys.stdin.isatty():
        found = _asked(found)
    for option, auth in _ONLY_WITH.items():
        if option in found and found.get("auth") != auth:
            raise WrongUsageError(f"--{option.replace('_', '-')} is for --auth {auth}; give both, or neither")
    answers = _answers(name, {"author": _git_author(), **found})
    _show(answers, folder, create(answers, folder))


def _from_document(name: str, document: str, folder: Path, given: Mapping[str, str]) -> None:
    """Make the repository of a connector that is what a dictionary declares."""
    said = next((option for option in given if option not in _BESIDE_A_DOCUMENT), None)
    if said is not None:
        raise WrongUsageError(f"--{said.replace('_', '-')} is what the dictionary says; leave it out, or --from")
    quieten()
    from sdk.dialects.files import read
    from sdk.templates.translation import translated

    answers = _answers(name, {"author": _git_author(), **given, "auth": "none"})
    _, config = read(document)
    draft = translated(config, name, answers.module)
    _show(answers, folder, create(answers, folder, draft), draft)


def _answers(name: str, given: Mapping[str, str]) -> Answers:
    try:
        return Answers(name=name, **given)  # type: ignore[arg-type] # click has checked the choices
    except AnswersError as error:
        raise WrongUsageError(str(error)) from error


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    """Return *given*, and an answer to each question that it leaves open."""
    found = dict(given)
    for option, ask in _QUESTIONS.items():
        matters = option not in _ONLY_WITH or _ONLY_WITH[option] == found["auth"]
        if matters and option not in found:
            found[option] = ask()
    return found


def _ask(question: str, default: str, check: Callable[[str], Iterator[str]]) -> str:
    """Ask until the answer is one that can be used; return on its own stands for *default*."""

    def checked(text: str) -> str:
        for problem in check(text.strip()):
            raise click.BadParameter(problem)
        return text.strip()

    click.echo()
    answer: str = click.prompt(question, default=default, value_proc=checked, show_default=bool(default))
    return answer


def _choose(question: str, meanings: Mapping[str, str]) -> str:
    """Show the choices with what they mean, and ask for one; return on its own stands for the first."""
    click.echo(f"\n{question}:")
    width = max(map(len, meanings))
    for choice, meaning in meanings.items():
        click.echo(f"  {choice:{width}}  {meaning}")
    answer: str = click.prompt(
        "one of these", default=next(iter(meanings)), type=click.Choice(list(meanings)), show_choices=False
    )
    return answer


_ONLY_WITH: Final = {"auth_header": "api-key", "token_url": "oauth2"}
_QUESTIONS: Final[Mapping[str, Callable[[], str]]] = {
    "base_url": lambda: _ask("base URL of the API (return: each user says it)", "", partial(check_url, "base URL")),
    "auth": lambda: _choose("what shows who sends a request", _AUTHS),
    "auth_header": lambda: _ask("header that carries the key", "X-API-Key", check_header),
    "token_url": lambda: _ask(
        "URL that gives out access tokens (return: each user says it)", "", partial(check_url, "token URL")
    ),
    "resource": lambda: _ask("first resource: a list that the API has", "items", check_resource),
    "pages": lambda: _choose("how a list goes on after its first page", _PAGES),
}


def _show(answers: Answers, folder: Path, made: Sequence[Path], draft: Draft | None = None) -> None:
    target = folder / answers.distribution
    out = screen.stdout()
    screen.heading(out, answers.distribution, screen.plural(len(made), "file"))
    table = screen.table("file", "")
    table.show_header = False
    what = {path.replace("NAME", answers.name): meaning for path, meaning in _WHAT.items()}
    for path in made:
        inside = path.relative_to(target).as_posix()
        table.add_row(screen.cell(inside, screen.NAME), screen.cell(what.get(inside, ""), screen.QUIET))
    screen.show(out, table)
    if draft is not None and draft.notes:
        out.print(f"\nnot as the dictionary says it ({len(draft.notes)}; they stand in the README, too):\n")
        for note in draft.notes:
            out.print(screen.cell(f"  {note}"), soft_wrap=True)
    steps = [f"cd {shlex.quote(str(target))}", "pip install -e '.[testing]'"]
    if draft is None:
        steps += ["pytest", f"sdk run {answers.name} --demo"]
    else:
        steps += [f"sdk check {answers.name}", f"sdk record {answers.name}", "pytest"]
    out.print("\nnext:\n")
    for step in steps:
        out.print(f"  {step}", soft_wrap=True)
    if draft is None:
        out.print(f"\nthen, from the real API: sdk record {answers.name}")


def _git_author() -> str:
    """Return the name under which the author commits; empty when git does not know it or is not here."""
    try:
        done = subprocess.run(
            ["git", "config", "--get", "user.name"],  # noqa: S607 - whichever git the author uses
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS_FOR_GIT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    author = done.stdout.strip()
    return "" if any(check_author(author)) else author
