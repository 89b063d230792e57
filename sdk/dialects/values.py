"""What one value of a dictionary may be, and how a mistake is said: its path, what was found, what is allowed."""

from __future__ import annotations

import difflib
import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import requests
from dlt.common.jsonpath import compile_path as dlts_path
from jsonpath_ng import JSONPath

from sdk.jsonpath import compile_path

Problems: TypeAlias = Iterator[str]
Check: TypeAlias = Callable[[Any, str], Problems]


# RFC 9110, 5.6.2.
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE_BREAK: Final = re.compile(r"[\r\n\x00]")


def joined(path: str, key: Any) -> str:
    """Return the path of *key* below *path*."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)


def nearest(word: Any, known: Iterable[str]) -> str:
    """Return the hint at the word of *known* that was meant, or all of them."""
    names = sorted(map(str, known))
    close = difflib.get_close_matches(str(word), names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"allowed are {', '.join(map(repr, names))}"


def found(value: Any) -> str:
    """Return what kind of value *value* is, and which one when it cannot be a secret."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if value == "":
        return "an empty text"
    kinds: dict[type, str] = {dict: "a mapping", list: "a list", tuple: "a tuple", str: "a text"}
    name = kinds.get(type(value), "a function" if callable(value) else f"a {type(value).__name__}")
    return f"{value!r}" if isinstance(value, int | float) else name


def fault(path: str, value: Any, allowed: str) -> str:
    """Return the mistake that *value* stands at *path*, where only *allowed* may."""
    return f"{path}: found {found(value)}; allowed is {allowed}"


def is_text(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a text."""
    if not isinstance(value, str):
        yield fault(path, value, "a text")


def is_number(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        yield fault(path, value, "a whole number")


def is_size(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a whole number from 1 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        yield fault(path, value, "a whole number from 1 on")


def is_count(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a whole number from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield fault(path, value, "a whole number from 0 on")


def is_seconds(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield fault(path, value, "a number")


def is_name(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a text with something in it."""
    if not isinstance(value, str) or not value.strip():
        yield fault(path, value, "a name")


def is_sent_as_header(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* can be what a header says."""
    if isinstance(value, str) and _LINE_BREAK.search(value):
        yield f"{path}: found a text with a line break; a header has one line"
    elif isinstance(value, bool) or not isinstance(value, str | bytes | int | float):
        yield fault(path, value, "a text")


def is_headers(value: Any, path: str) -> Problems:
    """Yield the mistakes of headers: their names, and what they say."""
    if not isinstance(value, Mapping):
        yield fault(path, value, "a mapping")
        return
    for name, one in value.items():
        where = joined(path, name)
        # A place may stand in a name, too; what it is filled with is not known here.
        if not isinstance(name, str) or not _HEADER.fullmatch(re.sub(r"[{}]", "", name)):
            yield f"{where}: is no name for a header; one is made of letters, digits and -"
        elif one is not None:
            yield from is_sent_as_header(one, where)


def is_sent_in_query(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is one that a parameter can have, or a list of them."""
    if isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from is_sent_in_query(one, joined(path, number))
    elif callable(value) or isinstance(value, Mapping):
        yield fault(path, value, "a text, a number, or a list of them")


def is_sent_as_json(value: Any, path: str) -> Problems:
    """Yield the mistakes of what is sent as JSON."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from is_sent_as_json(one, joined(path, key))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from is_sent_as_json(one, joined(path, number))
    elif not (value is None or isinstance(value, str | int | float)) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        yield fault(path, value, "what JSON can say")


def is_sent_as_body(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a body that requests can send: a form, a text, bytes, or a stream of them."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from is_sent_in_query(one, joined(path, key))
    elif callable(value) or isinstance(value, bool | int | float) or not hasattr(value, "__iter__"):
        yield fault(path, value, "a mapping, a text or bytes")


def is_flag(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is true or false."""
    if not isinstance(value, bool):
        yield fault(path, value, "true or false")


def is_jsonpath(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a JSONPath."""
    if isinstance(value, JSONPath):
        return
    if not isinstance(value, str):
        yield fault(path, value, "a JSONPath, such as 'data' or 'meta.items'")
        return
    try:
        compile_path(value)
    except ValueError as error:
        yield f"{path}: {error}"


def _is_read_by_dlt(value: Any, path: str) -> Problems:
    try:
        dlts_path(value)
    except Exception:  # noqa: BLE001 - jsonpath-ng raises plain `Exception`s
        yield fault(path, value, "a JSONPath, such as 'data' or 'meta.items'")


def is_filled(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a text that is not empty."""
    yield from is_text(value, path)
    if value == "":
        yield fault(path, value, "a text that is not empty")


def is_callable(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a function."""
    if not callable(value):
        yield fault(path, value, "a function")


def _tells_parameters(value: Any, path: str) -> Problems:
    try:
        inspect.signature(value)
    except (TypeError, ValueError):
        yield f"{path}: found a function that does not tell its parameters; wrap it in one of your own"


def is_anything(value: Any, path: str) -> Problems:  # noqa: ARG001 - every value is one
    """Yield nothing: every value will do."""
    return iter(())


def is_texts(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a list of texts."""
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list of texts")
        return
    for number, one in enumerate(value):
        yield from is_text(one, joined(path, number))


def is_mapping(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a mapping."""
    if not isinstance(value, Mapping):
        yield fault(path, value, "a mapping")


def is_session(value: Any, path: str) -> Problems:
    """Yield a mistake unless *value* is a session of requests."""
    if not isinstance(value, requests.Session):
        yield fault(path, value, "a requests.Session")


def one_of(*words: str) -> Check:
    """Return the check that a value is one of *words*."""

    def check(value: Any, path: str) -> Problems:
        if value not in words:
            if isinstance(value, str):
                yield f"{path}: found {value!r}; {nearest(value, words)}"
            else:
                yield f"{path}: found {found(value)}; allowed are {', '.join(map(repr, sorted(words)))}"

    return check


def optional(check: Check) -> Check:
    """Return *check*, which null passes."""

    def optional(value: Any, path: str) -> Problems:
        if value is not None:
            yield from check(value, path)

    return optional


def both(check: Check, then: Check) -> Check:
    """Return *check*, and *then* for what passes it."""

    def both(value: Any, path: str) -> Problems:
        mistakes = list(check(value, path))
        yield from mistakes or then(value, path)

    return both


# A JSONPath that dlt can read, too, where it is what compiles it.
is_dlts_jsonpath: Final = both(is_jsonpath, _is_read_by_dlt)
# A function whose parameters can be told, which decide what dlt hands to it.
is_step: Final = both(is_callable, _tells_parameters)


def keyed(value: Any, path: str, checks: Mapping[str, Check], required: Iterable[str] = ()) -> Problems:
    """Yield the mistakes of a mapping with the keys of *checks*."""
    if not isinstance(value, Mapping):
        yield fault(path or "the document", value, "a mapping")
        return
    for key in required:
        if key not in value:
            yield f"{joined(path, key)}: is missing"
    for key, one in value.items():
        where = joined(path, key)
        if key not in checks:
            yield f"{where}: is no key here; {nearest(key, checks)}"
        else:
            yield from checks[key](one, where)
