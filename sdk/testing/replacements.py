"""Count what was replaced in a recording, by kind, so that its author sees that something was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import define, field

from sdk.redaction import HIDDEN
from sdk.testing.cassette_files import Contents
from sdk.testing.fakes import WORD, Fakes
from sdk.testing.scrubbing import CREDENTIALS

_OF_A_NAME: Final = "word"
_BLANKED: Final = re.compile(rf"\bblanked-{WORD.pattern}")


@define(slots=False)
class CountedFakes(Fakes):
    """Fakes that remember how many different values they stand for.

    Attributes:
        replaced: The values that were replaced, by kind; a name counts once for each of its words.
    """

    replaced: dict[str, set[str]] = field(factory=dict, repr=False)

    def take(self) -> dict[str, set[str]]:
        """Return which values were replaced since the last call."""
        taken, self.replaced = self.replaced, {}
        return taken

    def word(self, value: str, kind: str = _OF_A_NAME) -> str:
        """Return a word for *value*."""
        made = super().word(value, kind)
        return self._noted("words of names", value, made) if kind == _OF_A_NAME else made

    def email(self, address: str, at: str = "@") -> str:
        """Return an address in a domain that is nobody's."""
        return self._noted("e-mail addresses", address, super().email(address, at))

    def phone(self, number: str) -> str:
        """Return a number of the same shape that is given to nobody."""
        return self._noted("phone numbers", number, super().phone(number))

    def ip(self, address: str) -> str:
        """Return an address of a network that is reserved for tests."""
        return self._noted("IP addresses", address, super().ip(address))

    def picture(self, url: str) -> str:
        """Return the address of a picture that is not there."""
        return self._noted("pictures", url, super().picture(url))

    def street(self, line: str) -> str:
        """Return one line of a postal address."""
        return self._noted("postal addresses", line, super().street(line))

    def code(self, code: str) -> str:
        """Return a postal code that says nothing."""
        return self._noted("postal codes", code, super().code(code))

    def day(self, text: str) -> str:
        """Return a day of birth that is everybody's."""
        return self._noted("days of birth", text, super().day(text))

    def _noted(self, kind: str, value: str, made: str) -> str:
        if made != value:
            self.replaced.setdefault(kind, set()).add(value.casefold())
        return made


def credentials_in(contents: Contents) -> int:
    """Return how many recorded requests carried a credential, all of which are left out."""
    return sum(1 for one in contents.requests if one.headers.get(CREDENTIALS))


def hidden_in(contents: Contents) -> int:
    """Return in how many places of the answers a secret stood."""
    return sum(text.count(HIDDEN) for text in _answers(contents))


def blanked_in(contents: Contents) -> int:
    """Return in how many places of the answers a text was blanked."""
    return sum(len(_BLANKED.findall(text)) for text in _answers(contents))


def _answers(contents: Contents) -> Iterator[str]:
    for response in contents.responses:
        yield from (one for values in response["headers"].values() for one in values)
        body = response["body"]["string"] or b""
        yield body if isinstance(body, str) else body.decode()
