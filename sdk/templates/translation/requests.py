"""What an endpoint of a dictionary asks, in our words: path, parameters, headers and body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from attrs import define, field

from sdk.dialects.documents import Declared
from sdk.dialects.places import Part, Place, parsed
from sdk.templates.names import snake_case
from sdk.templates.translation.code import Call, call
from sdk.templates.translation.credentials import TELLING, secret
from sdk.templates.translation.cursors import Cursor
from sdk.templates.translation.drafts import Notes, Settings

_SHORTEST_SECRET: Final = 4


class NoEquivalentError(Exception):
    """A resource of a dictionary asks for its records in a way that no declaration can.

    Attributes:
        path: What of it, in the document.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        super().__init__(text)


@define
class Asked:
    """The request of one endpoint.

    Attributes:
        one: The endpoint.
        parents: What each place of a parent is called here: `posts.id`, or `a.id|b.id`.
        base_url: What its path is below.
        cursor: Its cursor.
        settings: Takes the secrets.
        notes: Takes what is left out.
        start_param: The parameter for where to begin, once it is known.
        keys: Credentials that the dictionary has among the parameters.
    """

    one: Declared
    parents: Mapping[str, str]
    base_url: str
    cursor: Cursor
    settings: Settings
    notes: Notes
    start_param: str | None = None
    keys: list[Call] = field(factory=list)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the resource that say what is asked.

        Raises:
            NoEquivalentError: A part of it cannot be said here.
        """
        asked = self.one.endpoint
        self.start_param = self.cursor.start_param
        if asked.get("data"):
            raise NoEquivalentError(self._where("data"), "a form, or a body that is no JSON, has no equivalent")
        path, params = self._path()
        params |= self._params()
        named: dict[str, Any] = {"path": path}
        if str(asked.get("method") or "GET").upper() == "POST":
            named["method"] = "POST"
        if params:
            named["params"] = params
        if headers := self._headers(asked.get("headers") or {}):
            named["headers"] = headers
        if asked.get("json") is not None:
            named["json"] = self._body(asked["json"], self._where("json"))
        return named

    def _where(self, key: str) -> str:
        return f"{self.one.where}.endpoint.{key}"

    def _path(self) -> tuple[str, dict[str, Any]]:
        where = self._where("path")
        text = "".join(self._part(part, where) for part in parsed(self.one.endpoint["path"]))
        text = text.removeprefix(self.base_url.rstrip("/")) if self.base_url else text
        if "://" in text.partition("{")[0] or text.startswith("{"):
            raise NoEquivalentError(where, "a path that names its host has none: a connector reads one API")
        path, _, query = text.partition("?")
        return f"/{path.lstrip('/')}", dict(parse_qsl(query, keep_blank_values=True))

    def _part(self, part: Part, where: str) -> str:
        if isinstance(part, str):
            if "{" in part or "}" in part:
                raise NoEquivalentError(where, "braces that stand for themselves have no equivalent")
            return part
        if part.kind == "param" and part.name in self.one.bound:
            return str(self.one.bound[part.name])
        if part.kind == "cursor":
            return str(self._constant(part, where))
        return self._parent(part)

    def _parent(self, place: Place) -> str:
        if place.kind == "param":
            place = self.one.resolved[place.name]
        return f"{{{'|'.join(f'{name}.{place.name}' for name in self.parents[place.resource].split('|'))}}}"

    def _constant(self, place: Place, where: str) -> Any:
        try:
            return self.cursor.constant(place)
        except LookupError:
            raise NoEquivalentError(where, f"{place} is asked for elsewhere than in a parameter of its own") from None

    def _params(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in self.one.endpoint["params"].items():
            where = self._where(f"params.{name}")
            if isinstance(value, Mapping) or hasattr(value, "cursor_path"):
                continue  # the cursor's own
            if isinstance(value, str):
                self._text(name, value, where, found)
            elif isinstance(value, list | tuple):
                if any(isinstance(one, str) and any(isinstance(part, Place) for part in parsed(one)) for one in value):
                    raise NoEquivalentError(where, "a place in a list of values has no equivalent")
                found[name] = [_said(one) for one in value]
            elif value is not None:
                found[name] = _said(value)
        return found

    def _text(self, name: str, value: str, where: str, found: dict[str, Any]) -> None:
        parts = parsed(value)
        if TELLING.search(name) and len(value) >= _SHORTEST_SECRET and all(isinstance(one, str) for one in parts):
            key = secret(self.settings, snake_case(name), value, f"what is sent as the parameter {name}", self.one.name)
            self.keys.append(call("APIKeyAuth", name=name, api_key=key, location="query"))
            return
        alone = parts[0] if len(parts) == 1 and isinstance(parts[0], Place) else None
        if alone is not None and alone.kind == "cursor":
            if alone.name in {"start_value", "last_value"}:
                self.start_param = name
            elif (constant := self._constant(alone, where)) is not None:
                found[name] = _said(constant)
            return
        found[name] = "".join(self._part(part, where) for part in parts)

    def _headers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in given.items():
            where = self._where(f"headers.{name}")
            if value is None:
                continue
            plain = "".join(self._fixed(str(name), where))
            if TELLING.search(plain) and len(str(value)) >= _SHORTEST_SECRET:
                meaning = f"what is sent as the header {plain}"
                found[plain] = secret(self.settings, snake_case(plain), value, meaning, self.one.name)
            else:
                found[plain] = "".join(self._fixed(str(value), where))
        return found

    def _fixed(self, text: str, where: str) -> Iterator[str]:
        """Yield the parts of a text that must be the same for all parents and in each run."""
        for part in parsed(text):
            if isinstance(part, str):
                yield part
            elif part.kind == "cursor":
                yield str(self._constant(part, where))
            else:
                raise NoEquivalentError(where, f"{part}, a parent's field, has a place in paths and parameters only")

    def _body(self, value: Any, where: str) -> Any:
        if isinstance(value, str):
            parts = parsed(value)
            if len(parts) == 1 and isinstance(parts[0], Place) and parts[0].kind == "cursor":
                return self._constant(parts[0], where)
            return "".join(self._fixed(value, where))
        if isinstance(value, Mapping):
            found = {}
            for key, one in value.items():
                inside = f"{where}.{key}"
                if isinstance(one, str) and TELLING.search(str(key)) and len(one) >= _SHORTEST_SECRET:
                    self.notes.add(inside, "a secret in a body has no place here, and is left out; write an AuthBase")
                else:
                    found["".join(self._fixed(str(key), inside))] = self._body(one, inside)
            return found
        if isinstance(value, list | tuple):
            return [self._body(one, f"{where}[{number}]") for number, one in enumerate(value)]
        return value


def _said(value: Any) -> Any:
    """Return the value of a parameter as dlt sends it: a flag in Python's spelling."""
    return str(value) if isinstance(value, bool) or not isinstance(value, str | int | float) else value
