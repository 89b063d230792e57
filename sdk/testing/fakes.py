"""Make stable fakes: the same value gives the same fake, and a fake gives itself."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from attrs import define, field

from sdk.testing.phones import faked

_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"
_SYLLABLES: Final = f"[{_CONSONANTS}][{_VOWELS}][{_CONSONANTS}][{_VOWELS}][{_CONSONANTS}]"

WORD: Final = re.compile(rf"(?i:(?:{_SYLLABLES}){{2}})")
"""A made-up word of ten letters such as `lusabbabad`, which no language has but by chance."""

_EMAIL: Final = re.compile(rf"person-{WORD.pattern}@example\.com", re.IGNORECASE)
_PICTURE: Final = "https://example.com/pictures/"
_BENCHMARKS: Final = ipaddress.ip_network("198.18.0.0/15")
_DOCUMENTATION: Final = ipaddress.ip_network("2001:db8::/32")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@define(slots=False)
class Fakes:
    """Derive fakes from values by a keyed hash.

    The key is made of the account's own secrets, slowly (scrypt). That was chosen among three: without a key anybody
    who guesses an address could hash it and look; a random key that is stored nowhere would change every fake with
    every recording, so that no difference could be read and a resource recorded later would no longer join; and a
    stored key is one more secret to lose. Who has this one can ask the account itself, and a key that is changed
    changes the fakes once. An API without secrets shows everybody what was recorded from it, so there the key is
    known to all.

    Attributes:
        secrets: The secrets of the account, by the name of their setting.
    """

    secrets: Mapping[str, str] = field(repr=False)

    @cached_property
    def _key(self) -> bytes:
        text = "\n".join(f"{name}={self.secrets[name]}" for name in sorted(self.secrets))
        return hashlib.scrypt(text.encode(), salt=b"connector-sdk fakes 1", n=1 << 14, r=8, p=1, dklen=32)

    def _hash(self, kind: str, value: str) -> int:
        normal = unicodedata.normalize("NFKC", value).casefold()
        digest = hashlib.blake2b(f"{kind}\n{normal}".encode("utf-8", "replace"), key=self._key, digest_size=16)
        return int.from_bytes(digest.digest())

    def word(self, value: str, kind: str = "word") -> str:
        """Return a word for *value*, whatever its case; the fake has the case of the value."""
        if WORD.fullmatch(value):
            return value
        bits, letters = self._hash(kind, value), ""
        for at in range(10):
            choice = _VOWELS if at % 5 in {1, 3} else _CONSONANTS
            bits, index = divmod(bits, len(choice))
            letters += choice[index]
        if value.isupper() and len(value) > 1:
            return letters.upper()
        return letters if value[:1].islower() or not value[:1].isalpha() else letters.capitalize()

    def email(self, address: str, at: str = "@") -> str:
        """Return an address in a domain that is nobody's; *at* is how its `@` is written."""
        plain = unquote(unquote(address)) if at.startswith("%") else address
        normal = plain.replace(at, "@")
        if _EMAIL.fullmatch(normal):
            return address
        return f"person-{self.word(normal.casefold(), 'e-mail')}{at}example.com"

    def phone(self, number: str) -> str:
        """Return a number of the same shape that ends in 555-01xx, which is given to nobody."""
        return faked(number, lambda normal: self._hash("phone", normal))

    def ip(self, address: str) -> str:
        """Return an address of a network that is reserved for tests; any other text as it is."""
        # A port, or how many bits name the network, may follow.
        plain = re.split(r"/" if address.count(":") > 1 else r"[/:]", address.strip(), maxsplit=1)[0]
        try:
            found = ipaddress.ip_address(plain)
        except ValueError:
            return address
        network = _BENCHMARKS if found.version == 4 else _DOCUMENTATION  # noqa: PLR2004 - the version's name
        if found in network or found.is_loopback or found.is_unspecified:
            return address
        made = network[self._hash("ip", str(found)) % network.num_addresses]
        return address.replace(plain, str(made), 1)

    def picture(self, url: str) -> str:
        """Return the address of a picture that is not there."""
        return url if url.startswith(_PICTURE) else f"{_PICTURE}{self.word(url.lower(), 'picture')}"

    def hash(self, digest: str) -> str:
        """Return what stands for the hash of an e-mail address, from which it can be guessed."""
        return self.word(digest.lower(), "hash")

    def street(self, line: str) -> str:
        """Return one line of a postal address."""
        named = re.fullmatch(rf"street {WORD.pattern}", line)
        return line if named or not line.strip() else f"street {self.word(line.lower(), 'street')}"

    def code(self, code: str) -> str:
        """Return a postal code of the same shape that says nothing."""
        return re.sub(r"[^\W\d_]", "X", re.sub(r"\d", "0", code))

    def day(self, text: str) -> str:
        """Return a day of birth that is everybody's; a text that begins with no ISO date as it is."""
        return _DAY.sub("1970-01-01", text, count=1) if _DAY.match(text) else text

    def blanked(self, value: str) -> str:
        """Return what stands for a text that must not be stored, but by which requests may ask."""
        named = re.fullmatch(rf"blanked-{WORD.pattern}", value)
        return value if named or not value else f"blanked-{self.word(value.lower() + value, 'blanked').lower()}"
