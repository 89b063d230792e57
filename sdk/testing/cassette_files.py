"""Where cassettes lie and how they are written: YAML that people read, and that no loader executes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]
from attrs import field, frozen
from vcr.request import Request  # type: ignore[import-untyped]
from vcr.serialize import deserialize, serialize  # type: ignore[import-untyped]

from sdk.testing.cassette_format import CassetteError, load

__all__ = ["CassetteError", "Contents", "damage", "parse", "path_of", "read", "slug", "written"]

_SLUG: Final = re.compile(r"[a-z0-9_-]{1,80}")
_HEADING: Final = "# Recorded from the simulator of {connector}; `pytest --record` writes it anew.\n"


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Keys in the order given, texts of several lines as such, and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


@frozen
class Contents:
    """What a cassette holds.

    Attributes:
        secrets: Names of the settings that hold the account's secrets.
        openings: How the connector was opened, each time: the run's start and the settings that are no secret.
        truths: What the account held, each time that the test asked.
        requests: What was asked, in order.
        responses: What was answered.
    """

    secrets: list[str] = field(factory=list)
    openings: list[dict[str, Any]] = field(factory=list)
    truths: list[dict[str, Any]] = field(factory=list)
    requests: list[Request] = field(factory=list)
    responses: list[dict[str, Any]] = field(factory=list)


def slug(name: str) -> str:
    """Return *name*, such as a test's, as a file name: `test_refused[403]` becomes `test_refused-403`.

    Raises:
        CassetteError: Nothing usable is left of it, or it is too long.
    """
    made = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")
    if not _SLUG.fullmatch(made):
        raise CassetteError(f"{name[:100]!r} gives no cassette a name; use 1 to 80 letters, digits, '_' and '-'")
    return made


def path_of(folder: Path, connector: str, test: str) -> Path:
    """Return where the cassette of a test lies: `<folder>/<connector>/<test>.yaml`, and never outside of it.

    Raises:
        CassetteError: The names make no file name, or a link leads out of *folder*.
    """
    path = folder / slug(connector) / f"{slug(test)}.yaml"
    if not path.resolve().is_relative_to(folder.resolve()):
        raise CassetteError(f"{path} leads out of {folder}")
    return path


def parse(text: str) -> Contents:
    """Return what the text of a cassette says.

    Raises:
        CassetteError: It is no cassette; the message is one line, which says where.
    """
    data = load(text)
    requests, responses = deserialize(text, _Parsed(data))[:2]
    notes = data.get("recorded", {})
    lists = {name: list(notes.get(name, ())) for name in ("secrets", "openings", "truths")}
    return Contents(**lists, requests=requests, responses=responses)


def read(path: Path) -> Contents:
    """Return what the cassette at *path* says.

    Raises:
        CassetteError: There is none, or it cannot be read; the message begins with its name.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CassetteError(f"no cassette {name}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CassetteError(f"{name}: line {line}: this is no UTF-8 text") from None
    except OSError as error:
        raise CassetteError(f"{name} cannot be read: {error.strerror}") from None
    except CassetteError as error:
        raise CassetteError(f"{name}: {error}") from None


def damage(contents: Contents) -> str:
    """Return which answer is no JSON, though it begins as JSON does or says that it is; empty when none is so."""
    for number, (asked, answer) in enumerate(zip(contents.requests, contents.responses, strict=True), 1):
        body = answer["body"]["string"] or b""
        text = body if isinstance(body, str) else body.decode("utf-8", "replace")
        kinds = " ".join(str(one) for name, one in answer["headers"].items() if name.lower() == "content-type")
        if text.strip() and ("json" in kinds or text.lstrip().startswith(("{", "["))):
            try:
                json.loads(text)
            except json.JSONDecodeError as error:
                where = f"the answer to {asked.method} {asked.path}, interaction {number}"
                return f"{where}, is no JSON from its line {error.lineno} on: {error.msg}"
    return ""


def written(contents: Contents, connector: str, heading: str = _HEADING) -> str:
    """Return the text of a cassette; the same contents always give the same text.

    *heading* is the comment on top, which says how the file is made; `{connector}` in it is filled.
    """
    notes: dict[str, Any] = {"secrets": contents.secrets, "openings": contents.openings}
    if contents.truths:
        notes["truths"] = contents.truths
    # Copies, since vcrpy changes the bodies that it writes.
    responses = [{**one, "body": dict(one["body"])} for one in contents.responses]
    exchanges = {"requests": contents.requests, "responses": responses}
    text: str = serialize(exchanges, _Written(notes))
    return heading.format(connector=connector) + text


@frozen
class _Parsed:
    """vcrpy's serializer, for data that was read already."""

    data: Any

    def deserialize(self, _text: str) -> Any:
        return self.data


@frozen
class _Written:
    """vcrpy's serializer, with our notes before what was exchanged."""

    notes: Mapping[str, Any]

    def serialize(self, data: Mapping[str, Any]) -> str:
        ordered = {
            "version": data["version"],
            "recorded": self.notes,
            "interactions": [_ordered(one["request"], one["response"]) for one in data["interactions"]],
        }
        text: str = yaml.dump(ordered, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 20)
        return text


def _ordered(request: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "request": {name: request[name] for name in ("method", "uri", "headers", "body")},
        "response": {name: response[name] for name in ("status", "headers", "body")},
    }
