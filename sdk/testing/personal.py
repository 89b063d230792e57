"""Find personal data in what is recorded from a real account, and put stable fakes in its place.

What is found, and what stands for it:

* e-mail addresses in any text, address or parameter, also encoded: `person-lusabbabad@example.com`;
* telephone numbers in fields named so, and in texts where they are written as such: the same shape, ending 555-01xx;
* names, user names and nicknames, told by the name of the field and by what else the record holds: a made-up word for
  each word of theirs (`Jane Doe` becomes `Lusabbabad Dimolpagur`, `jane.doe` `lusabbabad.dimolpagur`); once learnt,
  they are replaced in all texts, links and requests;
* IP addresses, pictures of persons, lines of street addresses, postal codes and days of birth, in fields named so.

The same value has the same fake everywhere, whatever its case, so that keys still join; a fake of a fake is itself;
a text stays a text and an address an address. `Fakes` says what the fakes are derived from.

**What is not found**: a person who is named in a text and nowhere in a field of that person; a name written in lower
case within a sentence, or of one word with fewer than three letters; a number to call that is written as a mere row of
digits, outside of a field for numbers; misspelt names; the digits of a user name; names of fields, but for e-mail
addresses; a list of names that says nowhere that it is about persons; identity numbers, bank accounts, licence plates,
and what a text tells about somebody (blank such fields: `Scrubber.blank`); ids, which are left since records join by
them; what is inside binary or Base64 data; words that name a role (`admin`, `Support`). Two numbers to call may get
the same fake, since the reserved range is small. Somebody should read what is recorded from an account of real persons
before it is published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from attrs import define, field

from sdk.testing import phones
from sdk.testing.fakes import Fakes
from sdk.testing.known_persons import KnownPersons
from sdk.testing.literal_json import Members, Number, parse, written
from sdk.testing.person_fields import Kind, is_person, is_wrapper, kind_of, words

_AT: Final = r"@|%40|%2540|&#64;|&#x40;|\\u0040"
_DOMAIN: Final = (
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,30}(?!(?:png|jpe?g|gif|svg|webp|css|js)\b)"
    r"(?:xn--[\w-]{1,59}|[^\W\d_]{2,24})"
)
_EMAIL: Final = re.compile(
    # Not from the middle of an escape: in `%20jane%40acme.test` the name is `jane`.
    r"(?:(?<![\w%.+'~-])|(?<=%[0-9A-Fa-f]{2})(?!(?<=%25)[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2}))"
    rf"(?:[\w.+'~-]|%(?:25)?2[Bb7]){{1,64}}({_AT}){_DOMAIN}(?![\w@])",
    re.IGNORECASE,
)
# By itself it may hold any sign; within a sentence these would be taken for a part of it.
_ADDRESS: Final = re.compile(rf"[^\s@<>\"(),:;\[\]/?=&]{{1,64}}@{_DOMAIN}", re.IGNORECASE)
_CALLED: Final = re.compile(rf"([^\W\d_][\w .'-]{{1,60}}?)[\"']?\s{{0,3}}<{_EMAIL.pattern}>")
_URL: Final = re.compile(r"https?://[^\s\"'<>\\^`{|}]+|(?<=[<\"'(])/[^\s\"'<>()\\]+(?=[>\"')])")
_IPV4: Final = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_GRAVATAR: Final = re.compile(r"(?i)(?<=gravatar\.com/avatar/)[0-9a-f]{32,64}")


@define(init=False)
class PersonalData:
    """What is known of the persons in an account, and the fakes that stand for them.

    One value serves all resources of a recording: what it learns in one is replaced in all. A name may be learnt
    after a text that holds it, so everything is passed through it twice (`Scrubber.settled`). Requests stay what a
    player will send, who reads the fakes and asks with them.
    """

    _known: KnownPersons
    _pending: dict[str, str] = field(repr=False)

    def __init__(self, fakes: Fakes, keep: Iterable[str] = ()) -> None:
        """Build one that knows nobody yet.

        Args:
            fakes: Makes the fakes.
            keep: Words that name nobody, such as those of the connector's own paths.
        """
        self.__attrs_init__(KnownPersons(fakes, keep), {})

    @classmethod
    def keyed_by(cls, secrets: Mapping[str, str], keep: Iterable[str] = ()) -> Self:
        """Build one whose fakes are derived from the account's own secrets."""
        return cls(Fakes(secrets), keep)

    def asked(self, uri: str, body: str = "") -> None:
        """Note a request as it was sent, before its answer."""
        path, _, query = uri.partition("?")
        parts = [unquote(one) for one in path.split("/")[3:]]
        values = [value for _, value in parse_qsl(query)]
        try:
            _texts(parse(body), values.append)
        except ValueError:
            values += [value for _, value in parse_qsl(body)]
        self._known.was_asked([*parts, *values])
        own = [one for one in parts if self._known.is_literal(one) and not re.search(r"\d", one)]
        self._pending[uri] = words(own[-1]) if own else ""

    def answered(self, text: str) -> str:
        """Return the body of the answer to what was asked last with fakes, after learning who is named in it."""
        # Only one request is in flight when recording; after several it is not known whose answer this is.
        [listed] = self._pending.values() if len(self._pending) == 1 else [""]
        self._pending.clear()
        self.learn(text, listed)
        return self.body(text, listed)

    def learn(self, data: Any, name: str = "") -> None:
        """Note who is named in *data*: the text of a body, or settings; *name* says what it is a list of."""
        try:
            value = parse(data) if isinstance(data, str) else _members(data)
        except ValueError:
            lines = data.splitlines()
            if len(lines) > 1 and data.startswith("{"):
                for line in lines:
                    self.learn(line, name)
                return
            value = data
        _texts(value, self._known.saw)
        self._walked(value, name, self._noted, person=False)

    def body(self, text: str, name: str = "") -> str:
        """Return the text of a body with fakes for what is personal in it: of JSON, lines of JSON, a form, any text."""
        if (made := self._json(text, name)) is not None:
            return made
        if re.fullmatch(r"[^\s<>{}=&]+=[^\s<>{}]*", text):
            return self._query(text)
        lines = text.splitlines(keepends=True)
        if len(lines) > 1 and text.startswith("{"):
            return "".join(self.body(line.rstrip("\r\n"), name) + line[len(line.rstrip("\r\n")) :] for line in lines)
        return self.text(text)

    def data(self, value: Any, name: str = "") -> Any:
        """Return plain data, such as settings, with fakes for what is personal in it."""
        return _plain(self._walked(_members(value), name, self._fake, person=False))

    def text(self, text: str) -> str:
        """Return a text with fakes for what is personal in it, also in its links."""
        done, parts = 0, []
        for match in _URL.finditer(text):
            url = match[0].rstrip(".,;:!?)")
            parts += [self._prose(text[done : match.start()]), self.uri(url)]
            done = match.start() + len(url)
        return "".join(parts) + self._prose(text[done:])

    def uri(self, uri: str) -> str:
        """Return an address with fakes for what is personal in its path and query."""
        rest, mark, fragment = uri.partition("#")
        rest, question, query = rest.partition("?")
        begin = re.match(r"[A-Za-z][\w+.-]*://[^/]*", rest)
        origin = begin[0] if begin else ""
        path = "/".join(map(self._segment, rest[len(origin) :].split("/")))
        path = _GRAVATAR.sub(lambda match: self._fakes.hash(match[0]), f"{origin}{path}")
        return f"{path}{question}{self._query(query)}{mark}{self._segment(fragment)}"

    def _json(self, text: str, name: str, *, person: bool = False) -> str | None:
        """Return a JSON text with fakes, written anew if there are any; `None` if it is no JSON."""
        try:
            value = parse(text)
        except ValueError:
            return None
        if not isinstance(value, Members | list):
            return None
        made = self._walked(value, name, self._fake, person=person)
        return text if made == value else written(made)

    def _walked(self, value: Any, name: str, change: Callable[[Kind, str, str, bool], str], *, person: bool) -> Any:
        """Return *value*, found under *name*, with each text changed by what its place says."""
        match value:
            case Members(pairs):
                about = is_person(name, value) or (person and name == "name")
                inside = words(said) if isinstance(said := value.get("type"), str) else name
                return Members(
                    [
                        (self._emails(key), self._walked(one, _called(words(key), inside), change, person=about))
                        for key, one in pairs
                    ]
                )
            case list():
                return [self._walked(one, name, change, person=person) for one in value]
            case Number():
                whole = kind_of(name, value, person=person) is Kind.PHONE and re.fullmatch(r"[1-9]\d{6,19}", value)
                return Number(change(Kind.PHONE, value, name, person)) if whole else value
            case str():
                return change(kind_of(name, value, person=person), value, name, person)
            case _:
                return value

    def _noted(self, kind: Kind, value: str, name: str, person: bool) -> str:  # noqa: FBT001 - called by `_walked` alone
        if value[:1] in "{[" and value:
            try:
                self._walked(parse(value), name, self._noted, person=person)
            except ValueError:
                pass
            else:
                return value
        for match in _CALLED.finditer(value):
            self._known.note_name(match[1])
        self._known.note(kind, value)
        return value

    def _fake(self, kind: Kind, value: str, name: str, person: bool) -> str:  # noqa: FBT001 - called by `_walked` alone
        if value[:1] in "{[" and value and (made := self._json(value, name, person=person)) is not None:
            return made
        if kind is Kind.FIXED:
            return self._whole(value) if "@" in value else value
        told = kind is not Kind.PHONE or phones.is_phone(value)
        if kind in {Kind.TEXT, Kind.NAME} or not told or self._known.is_literal(value):
            return self._whole(value)
        return self._known.made(kind, value)

    def _whole(self, value: str) -> str:
        """Return the fake of a value that stands by itself, in a field or in a request."""
        if _ADDRESS.fullmatch(value):
            return self._fakes.email(value)
        if self._known.is_literal(value):
            return phones.replaced(self._emails(value), self._fakes.phone)
        if (made := self._known.whole(value)) is not None:
            return made
        return self.uri(value) if re.fullmatch(r"/[^\s/]\S*", value) else self.text(value)

    def _emails(self, text: str) -> str:
        return _EMAIL.sub(lambda match: self._fakes.email(match[0], match[1]), text)

    def _prose(self, text: str) -> str:
        text = phones.replaced(self._emails(text), self._fakes.phone)
        text = _IPV4.sub(lambda match: self._known.whole(match[0]) or match[0], text)
        return self._known.in_text(text)

    @property
    def _fakes(self) -> Fakes:
        return self._known.fakes

    def _segment(self, raw: str) -> str:
        return _requoted(raw, unquote(raw), self._whole, quote, "+")

    def _query(self, raw: str) -> str:
        def value(pair: str) -> str:
            name, equals, text = pair.partition("=")
            plain = unquote(text)
            # A plus is a blank, but for those who forgot to encode it.
            if "+" not in text or self._known.has_seen(plain):
                return f"{name}{equals}{_requoted(text, plain, self._whole, quote, '+')}"
            return f"{name}{equals}{_requoted(text, unquote_plus(text), self._whole, quote_plus)}"

        return "&".join(map(value, raw.split("&")))


def _requoted(raw: str, decoded: str, change: Callable[[str], str], encode: Callable[..., str], plain: str = "") -> str:
    """Return *raw* with its text changed, encoded as it was before: what was plain in it stays plain."""
    made = change(decoded)
    if made == decoded:
        return raw
    safe = {one for one in raw if not one.isalnum() and (one in plain or one not in "%+")}
    return encode(made, safe="".join(sorted(safe)))


def _called(name: str, around: str) -> str:
    """Return what the value of the field *name* in a record called *around* is about."""
    if around == "name":
        return f"{name}_name"
    return around if is_wrapper(name) else name


def _texts(value: Any, take: Callable[[str], object]) -> None:
    match value:
        case Members(pairs):
            for _, one in pairs:
                _texts(one, take)
        case list():
            for one in value:
                _texts(one, take)
        case str():
            take(value)


def _members(value: Any) -> Any:
    """Return plain data as `literal_json.parse` does."""
    match value:
        case Mapping():
            return Members([(name, _members(one)) for name, one in value.items()])
        case list() | tuple():
            return [_members(one) for one in value]
        case bool() | None | str():
            return value
        case int() | float():
            return Number(repr(value))
        case _:
            return value


def _plain(value: Any) -> Any:
    match value:
        case Members(pairs):
            return {name: _plain(one) for name, one in pairs}
        case list():
            return [_plain(one) for one in value]
        case Number():
            return float(value) if re.search(r"[^\d-]", value) else int(value)
        case _:
            return value
