"""Keep secret values out of everything that is printed, raised or stored.

Redaction is by value and never by field name: a secret is announced once, when it becomes known, and from
then on every text that passes `redact` loses it, in each encoding in which it usually travels. The road not
taken, a list of suspicious names (`api_key`, `token`), misses the key that is called `sig`.
"""

from __future__ import annotations

import html
import json
import logging
import re
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = "***"

# C0 and C1 control characters, the two separators that some terminals and log readers take for a new line, what turns
# the direction of text around, and what is there without being seen: a name would look like another one's.
UNSHOWN = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
_CONTROL = re.compile(f"[{UNSHOWN}\n]+")

# What requests leaves as it is when it tidies a URL.
_UNQUOTED = "!#$%&'()*+,/:;=?@[]~"

# Shorter runs of Base64 characters are found by chance in any text.
_TELLING = 8

# Shorter ones are found by chance inside words.
_SHORTEST_INSIDE = 4

# Secrets by themselves, or as headers carry them: after the word of a scheme, or a cookie's name.
_ALONE = re.compile(r"(?:(?:[A-Za-z]+ +)?(?:[\w-]+=)?(?:\*\*\*)+[ ,;]*)+")

_lock = threading.Lock()
_forms: set[str] = set()
_pattern: re.Pattern[str] | None = None


def conceal(secret: str) -> None:
    """Announce a secret value: from now on `redact` hides it, in plain, URL-encoded, JSON, Base64 and hex form.

    One of fewer than four characters is hidden where it stands by itself, `pin=7`, and not inside of words and
    numbers, where it would take half of a message with it.
    """
    global _pattern  # noqa: PLW0603 - what is secret is secret in the whole process
    if not secret.strip():
        return  # hiding every blank would hide what a message says
    forms = set(_encodings(secret))
    with _lock:
        if forms <= _forms:
            return
        _forms.update(forms)
        # Longest first, or a secret that starts with another would be left half visible.
        _pattern = re.compile("|".join(map(_as_pattern, sorted(_forms, key=len, reverse=True))))


def redact(text: str) -> str:
    """Return *text* with every announced secret replaced by `***`."""
    pattern = _pattern
    return pattern.sub(HIDDEN, text) if pattern else text


def holds_secret(text: str) -> bool:
    """Return whether *text* holds an announced secret: then it must not be stored."""
    pattern = _pattern
    return pattern is not None and pattern.search(text) is not None


def is_secret(text: str) -> bool:
    """Return whether *text* is an announced secret, or several, and nothing else but the words of a header."""
    return _ALONE.fullmatch(redact(text)) is not None


def cleanse(error: BaseException) -> None:
    """Hide announced secrets in what somebody else's exception says and holds, and in what led to it.

    Its type and its traceback stay, for whoever has to mend the code that raised it.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if any(_betrays(one) for one in (*link.args, *vars(link).values())):
            link.args = tuple(map(_cleansed, link.args))
            for name, value in list(vars(link).items()):
                setattr(link, name, [redact(str(one)) for one in value] if name == "__notes__" else _cleansed(value))
        link = link.__cause__ or link.__context__


# A response holds its request, and that its headers.
_DEEP = 3


def _cleansed(value: Any) -> Any:
    return redact(value if isinstance(value, str) else repr(value)) if _betrays(value) else value


def _betrays(value: Any, deep: int = _DEEP) -> bool:
    if isinstance(value, str):
        return holds_secret(value)
    if isinstance(value, int | float | bool | None):
        return False
    inner = vars(value) if deep and hasattr(value, "__dict__") and not isinstance(value, type) else {}
    return holds_secret(repr(value)) or any(_betrays(one, deep - 1) for one in inner.values())


def one_line(text: str, limit: int = 2000) -> str:
    """Return *text* fit for a terminal or a log: no control characters, no secrets, at most *limit* characters.

    Names, keys and reason phrases that a server chose may hold an escape sequence or a line break, which would
    let it forge a log line.
    """
    # Before as well, or a secret that holds a line break would no longer be recognised.
    text = redact(_CONTROL.sub(" ", redact(text)))
    return text if len(text) <= limit else text[: limit - 1] + "…"


class SecretValue:
    """Hold a secret so that neither `repr`, `str` nor a traceback shows it; `reveal` is the one way out.

    It refuses to be pickled: a pickle is a file or a message, and would hold the secret in plain text. Another
    process gets its secrets where this one did, from the settings.

    Attributes:
        name: The setting that it came from, for errors that say what to check.
    """

    __slots__ = ("_value", "name")

    def __init__(self, value: str, name: str = "") -> None:
        conceal(value)
        self._value = value
        self.name = name

    def reveal(self) -> str:
        """Return the secret itself, to be put into a request and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return f"SecretValue({HIDDEN!r})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretValue) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> SecretValue:
        return self

    def __deepcopy__(self, memo: object) -> SecretValue:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled: load the connector anew where it is needed")


class RedactingFilter(logging.Filter):
    """Hide announced secrets in log records, their arguments and their tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite *record* in place; every record passes."""
        message = _message(record)
        clean = redact(message)
        # Named arguments stay in the record even when the message leaves them out.
        if clean != message or isinstance(record.args, Mapping):
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text and redact(record.exc_text) != record.exc_text:
            # A handler that formats the exception itself would show it again.
            record.exc_info = None
        # The stack, the cached traceback and what came with `extra=` are attributes like any other.
        for name, value in list(vars(record).items()):
            if isinstance(value, str):
                setattr(record, name, redact(value))
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - placeholders and arguments that do not match must not end a run
        # As it stands `logging` would print the record, unredacted, and say that formatting it failed.
        record.msg, record.args = redact(f"{record.msg} {record.args}"), None
        return str(record.msg)


def _as_pattern(form: str) -> str:
    if len(form) >= _SHORTEST_INSIDE:
        return re.escape(form)
    return rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])"


def _encodings(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    # The last one: a URL inside a URL, as in `?return_to=`.
    once = quote(raw, safe="")
    for encoded in (once, quote(raw), quote_plus(raw), quote(raw, safe=_UNQUOTED), quote(once, safe="")):
        yield encoded
        yield re.sub("%(?:25)?[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
    if len(raw.hex()) >= _TELLING:
        yield raw.hex()
        yield raw.hex().upper()
    yield html.escape(secret)
    for escaped in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")
    # As it looks in the `repr` of an argument, which is how tracebacks and most libraries show it.
    yield repr(secret)[1:-1]
    yield repr(raw)[2:-1]
    # And in the `repr` of a text that holds both kinds of quotes, as a mapping of headers does.
    yield repr(f"'\"{secret}")[4:-1]
    yield repr(b"'\"" + raw)[5:-1]
    for base64 in (b64encode(raw), urlsafe_b64encode(raw)):
        yield base64.decode()
        yield base64.decode().rstrip("=")
    yield from _inside_base64(raw)


def _inside_base64(raw: bytes) -> Iterator[str]:
    """Yield the characters that are the secret's own wherever it stands in a longer text, as in `user:secret`."""
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            own = encode(bytes(before) + raw).decode()[first:last]
            if len(own) >= _TELLING:
                yield own
