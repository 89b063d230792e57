"""Remember who was named in a recording, and find these names again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from attrs import define, field

from sdk.testing import phones
from sdk.testing.fakes import WORD, Fakes
from sdk.testing.person_fields import Kind, listed

_NAME: Final = re.compile(r"[^\W\d_][\u0300-\u036f]*(?:[^\W\d_][\u0300-\u036f]*)*")
_BETWEEN: Final = re.compile(r"[\s.,_'\u2019+-]{1,2}")
_SHORT: Final = 3

# Words that stand where names stand, and name nobody.
_NOBODY: Final = listed("""
    a account admin administrator agent all and anonymous api app auto automation bot by client closed company contact
    customer dd default deleted demo de del der desk di dr du el email everyone external false first for from gmbh
    group guest help hr i ii iii inc info integration internal iv jr la last le ltd llc manager me member monitor mr
    mrs ms my n name new no nobody none noreply null of office on open operator ops organization other owner person
    private public reply requester root sales self service sr super supervisor support system team tech test the to
    true unassigned undefined unknown user users van von webhook workflow x y z
""")


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(str.casefold, words))


@define
class KnownPersons:
    """What was learnt of persons so far: whole values, and the words of names.

    A value that was asked for before any answer held it is the connector's own (`/users`, `state=open`), or a player
    would ask for something else than was recorded.
    """

    fakes: Fakes
    _keep: frozenset[str] = field(converter=_folded)
    _kinds: dict[str, Kind] = field(factory=dict, init=False, repr=False)
    _names: set[str] = field(factory=set, init=False, repr=False)
    _seen: set[str] = field(factory=set, init=False, repr=False)
    _literal: set[str] = field(factory=set, init=False, repr=False)

    def saw(self, text: str) -> None:
        """Note that an answer held *text*."""
        self._seen.add(text.casefold())

    def has_seen(self, text: str) -> bool:
        """Return whether an answer held *text* by itself."""
        return text.casefold() in self._seen

    def was_asked(self, values: Iterable[str]) -> None:
        """Note the values of a request: what no answer held is the connector's own."""
        self._literal.update(_folded(values) - self._seen - self._kinds.keys() - {""})

    def is_literal(self, value: str) -> bool:
        """Return whether *value* is the connector's own."""
        return value.strip().casefold() in self._literal

    def note(self, kind: Kind, value: str) -> None:
        """Note the value of a field of this *kind*."""
        if kind is Kind.NAME:
            self.note_name(value)
            return
        told = kind in {Kind.IP, Kind.PICTURE, Kind.HASH, Kind.STREET} or (
            kind is Kind.PHONE and phones.is_phone(value)
        )
        if told and self.made(kind, value) != value:
            self._kinds[value.strip().casefold()] = kind

    def note_name(self, value: str) -> None:
        """Note a name, such as `Jane Doe` or `jane.doe`."""
        key = value.strip().casefold()
        parts = [one for one in map(str.casefold, _NAME.findall(value)) if self._is_name(one)]
        if parts and not self._is_common(key):
            self._kinds.setdefault(key, Kind.NAME)
            self._names.update(parts)

    def whole(self, value: str) -> str | None:
        """Return the fake of a value that was noted; `None` if it was not."""
        key = value.strip().casefold()
        kind = self._kinds.get(key)
        return None if kind is None or self._is_common(key) else self.made(kind, value)

    def made(self, kind: Kind, value: str) -> str:
        """Return the fake of a value of this *kind*."""
        if kind is Kind.NAME:
            return _NAME.sub(lambda match: self._word(match[0]), value)
        by_kind = {
            Kind.PHONE: self.fakes.phone,
            Kind.IP: self.fakes.ip,
            Kind.PICTURE: self.fakes.picture,
            Kind.HASH: self.fakes.hash,
            Kind.STREET: self.fakes.street,
            Kind.CODE: self.fakes.code,
        }
        return by_kind.get(kind, self.fakes.day)(value)

    def in_text(self, text: str) -> str:
        """Return *text* with the names that were noted replaced: several words in any case, one in capitals."""
        if not self._names:
            return text
        done, parts = 0, []
        for run in self._runs(text):
            for one in run if len(run) > 1 or _stands_out(text, run[0]) else ():
                parts += [text[done : one.start()], self.fakes.word(one[0])]
                done = one.end()
        return "".join(parts) + text[done:]

    def _runs(self, text: str) -> list[list[re.Match[str]]]:
        """Return the words of names in *text*, those together that follow each other."""
        runs: list[list[re.Match[str]]] = []
        for match in _NAME.finditer(text):
            word = match[0].casefold()
            if word not in self._names or self._is_common(word):
                continue
            if runs and _BETWEEN.fullmatch(text, runs[-1][-1].end(), match.start()):
                runs[-1].append(match)
            else:
                runs.append([match])
        return runs

    def _word(self, word: str) -> str:
        return self.fakes.word(word) if self._is_name(word.casefold()) else word

    def _is_name(self, word: str) -> bool:
        return len(word) > 1 and not self._is_common(word) and not WORD.fullmatch(word)

    def _is_common(self, word: str) -> bool:
        return word in _NOBODY or word in self._keep or word in self._literal


def _stands_out(text: str, word: re.Match[str]) -> bool:
    """Return whether one known word is meant as a name: written large, or after an `@`."""
    begins, has_cases = word[0][0], word[0][0].upper() != word[0][0].lower()
    if text[max(word.start() - 1, 0) : word.start()] == "@":
        return True
    return not begins.islower() and (len(word[0]) >= _SHORT or not has_cases)
