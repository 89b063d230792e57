"""Write the repository of a new connector: all of it, or nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sdk.errors import SDKError
from sdk.templates.answers import Answers
from sdk.templates.names import distribution_of

if TYPE_CHECKING:
    from jinja2 import Environment

    from sdk.templates.translation import Draft

_SUFFIX: Final = ".j2"
_DOT: Final = "dot_"


class CreationError(SDKError):
    """The repository of a new connector cannot be written here."""


def target_of(name: str, folder: Path) -> Path:
    """Return where the repository of connector *name* is made in *folder*.

    Raises:
        CreationError: There is no such folder, or something stands there already.
    """
    target = folder / distribution_of(name)
    if not folder.is_dir():
        raise CreationError(f"{folder} is no folder; make it, or choose another with --into")
    if target.exists() or target.is_symlink():
        raise CreationError(f"{target} is there already, and nothing is overwritten; move it, or choose another name")
    return target


def create(answers: Answers, folder: Path, draft: Draft | None = None) -> list[Path]:
    """Make the repository of a new connector in *folder*, and return its files.

    With a *draft* the connector is what a dictionary declared, and comes without a simulator: one is written from an
    API's documentation, and never from what reads it.

    Everything is written beside its place and then moved there, so that what goes wrong on the way leaves nothing
    behind.

    Raises:
        CreationError: It is there already, or cannot be written.
    """
    target = target_of(answers.name, folder)
    texts = rendered(answers, draft)
    try:
        # The folder inside, because a temporary one is closed to everybody else.
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=folder, ignore_cleanup_errors=True) as beside:
            made = Path(beside, target.name)
            for path, text in texts.items():
                place = made / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8", newline="\n")
            made.rename(target)
    except OSError as error:
        raise CreationError(f"{target} cannot be written: {error.strerror or type(error).__name__}") from error
    return [target / path for path in texts]


def rendered(answers: Answers, draft: Draft | None = None) -> dict[str, str]:
    """Return the text of each file of the repository, by its path."""
    environment = _environment()
    found = {}
    for name in environment.list_templates(extensions=[_SUFFIX.lstrip(".")]):
        text = environment.get_template(name).render(answers=answers, draft=draft)
        if text.strip():
            found[_path(name, answers)] = text
    return found


def _path(template: str, answers: Answers) -> str:
    parts = template.removesuffix(_SUFFIX).replace("NAME", answers.name).split("/")
    return "/".join(f".{part.removeprefix(_DOT)}" if part.startswith(_DOT) else part for part in parts)


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sdk.templates", "repository"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - what is written is no HTML; the filter `quoted` stands at each free value
    )
    environment.filters["quoted"] = quoted
    environment.filters["words"] = words
    return environment


def quoted(text: str) -> str:
    """Return *text* in double quotes, as Python, TOML and YAML all read it back."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def words(name: str) -> str:
    """Return a name in snake_case as words, the first with a capital."""
    return name.replace("_", " ").capitalize()
