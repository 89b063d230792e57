"""Keep made-up texts for what an account hands out and no file may hold: tokens, and fields that were blanked.

An API that signs in by OAuth answers with the token that the next requests carry. Hidden as `***` it could not be
played; so a made-up one is stored, which tells by itself what it stands for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from attrs import define, field

from sdk.redaction import HIDDEN, conceal, redact
from sdk.testing.encodings import forms
from sdk.testing.literal_json import Members, parse, written

MADE_UP: Final = re.compile(r"made-up-((?:access-|refresh-|id-)?token)-\d+")
"""What stands for a token that an account handed out."""

_TOKENS: Final = {"accesstoken": "access-token", "refreshtoken": "refresh-token", "idtoken": "id-token"}


@define
class Exchanges:
    """What an account handed out, and what stands for it."""

    _made_up: dict[str, str] = field(factory=dict, repr=False)
    _count: Counter[str] = field(factory=Counter)

    def learn(self, body: str, given: Iterator[str] | None = None) -> str:
        """Return the text of an answer with made-up tokens for those that it brings, which are secrets from now on.

        A token that is named otherwise is known when it was announced, as every auth scheme does with what it gets;
        *given* are the secrets of the settings, which are not handed out.
        """
        try:
            value = parse(body)
        except ValueError:
            return body
        own = None if given is None else set(given)
        made = self._changed(value, "", own)
        return body if made == value else written(made)

    def stand_in(self, value: str, made_up: str) -> str:
        """Let *made_up* stand for *value* wherever it comes again."""
        return self._made_up.setdefault(value, made_up)

    def replaced(self, text: str) -> str:
        """Return *text* with what stands for each text that was handed out."""
        for value in sorted(self._made_up, key=len, reverse=True):
            for form in _forms(value):
                if form in text:
                    text = text.replace(form, self._made_up[value])
        return text

    def tokens(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each token that was handed out, and the token."""
        for value, made_up in self._made_up.items():
            if match := MADE_UP.fullmatch(made_up):
                yield name_of(match), value

    def _changed(self, value: Any, name: str, given: set[str] | None) -> Any:
        match value:
            case Members(pairs):
                return Members([(key, self._changed(one, key, given)) for key, one in pairs])
            case list():
                return [self._changed(one, name, given) for one in value]
            case str() if type(value) is str:
                kind = _TOKENS.get(re.sub(r"[_-]", "", name).lower())
                if kind is None and given is not None and _is_announced(value) and value not in given:
                    kind = "token"
                return self._token(value, kind) if kind and value.strip() and HIDDEN not in value else value
            case _:
                return value

    def _token(self, value: str, kind: str) -> str:
        if MADE_UP.fullmatch(value):
            return value
        if value not in self._made_up:
            conceal(value)
            self._count[kind] += 1
            self._made_up[value] = f"made-up-{kind}-{self._count[kind]}"
        return self._made_up[value]


def name_of(made_up: re.Match[str]) -> str:
    """Return the name under which a made-up token is carried: `access_token`."""
    return made_up[1].replace("-", "_")


def hidden(text: str) -> str:
    """Return *text* without announced secrets; made-up tokens, which whoever plays them announces too, stay."""
    parts, done = [], 0
    for match in MADE_UP.finditer(text):
        parts += [redact(text[done : match.start()]), match[0]]
        done = match.end()
    return "".join(parts) + redact(text[done:])


def _is_announced(value: str) -> bool:
    return bool(value.strip()) and hidden(value) == HIDDEN


@cache
def _forms(value: str) -> tuple[str, ...]:
    return tuple(sorted(forms(value), key=len, reverse=True))
