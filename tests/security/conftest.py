"""What comes out of a run, everywhere, and whether a secret stands in it; which tests take long."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import logging
import pickle
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote, quote_plus

import pytest
from attrs import define, field

SDK: Final = str(Path(__file__).parents[2] / "sdk")
_NEIGHBOURS: Final = ("", "a", "ab")


def forms(secret: str) -> dict[str, bytes]:
    """Return how *secret* may be written. Made here, and not by what is tested."""
    raw = secret.encode()
    percent = "".join(f"%{byte:02X}" for byte in raw)
    found = {
        "plain": secret,
        "quoted": quote(secret, safe=""),
        "quoted, slashes kept": quote(secret),
        "quoted as a form": quote_plus(secret),
        "quoted twice": quote(quote(secret, safe=""), safe=""),
        "quoted whole": percent,
        "JSON": json.dumps(secret)[1:-1],
        "JSON, not ASCII": json.dumps(secret, ensure_ascii=False)[1:-1],
        "JSON, slashes escaped": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "repr": repr(secret)[1:-1],
        "repr of bytes": repr(raw)[2:-1],
        "repr in other quotes": repr(f"{secret}'\"")[1:-4],
        "HTML": html.escape(secret),
        "hex": raw.hex(),
        "hex in capitals": raw.hex().upper(),
    }
    found |= {f"{name}, small letters": _small(text) for name, text in found.items() if name.startswith("quoted")}
    # As it stands in the Base64 of a longer text: what of it is nobody else's.
    for before in _NEIGHBOURS:
        for kind, encode in (("Base64", base64.b64encode), ("Base64 for URLs", base64.urlsafe_b64encode)):
            text = encode(before.encode() + raw).decode().rstrip("=")
            first, last = -(-len(before) * 8 // 6), (len(before) + len(raw)) * 8 // 6
            found[f"{kind} after {len(before)}"] = text[first:last]
    encoded = {name: text.encode() for name, text in found.items()}
    encoded |= {"UTF-16": secret.encode("utf-16-le"), "UTF-16, high byte first": secret.encode("utf-16-be")}
    return encoded


def _small(quoted: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)


@define
class Outputs:
    """All that came out of a run, by where it did."""

    texts: dict[str, bytes] = field(factory=dict)
    log: io.StringIO = field(factory=io.StringIO)

    def add(self, place: str, content: str | bytes) -> None:
        """Note what came out at *place*."""
        found = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        self.texts[place] = self.texts.get(place, b"") + b"\n" + found

    def shown(self, **values: Any) -> None:
        """Note how values look."""
        for name, value in values.items():
            self.add(f"repr of {name}", repr(value))
            self.add(f"str of {name}", str(value))

    def raised(self, error: BaseException) -> None:
        """Note all that an exception says: its chain, its notes, its pickle, and the variables of our own frames."""
        self.add("traceback", "".join(traceback.format_exception(error)))
        seen: set[int] = set()
        link: BaseException | None = error
        while link is not None and id(link) not in seen:
            seen.add(id(link))
            self.add("exception", f"{link} {link!r} {link.args!r} {vars(link)!r}")
            with suppress(Exception):
                self.add("pickled exception", pickle.dumps(link))
            for frame, line in _frames(link.__traceback__):
                self.add(f"variables at {frame}:{line}", repr(_variables(link.__traceback__, frame, line)))
            link = getattr(link, "exception", None) or link.__cause__ or link.__context__

    def files(self, folder: Path) -> None:
        """Note every file below *folder*, unpacked."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.add(f"name of {path.name}", str(path))
                self.add(f"file {path.relative_to(folder)}", _unpacked(path))

    def found(self, *secrets: str) -> list[str]:
        """Return where the secrets stand, and in which form; the value itself is not repeated."""
        self.add("log", self.log.getvalue())
        places = []
        for number, secret in enumerate(secrets):
            wanted = forms(secret)
            # Split over lines, as a wrapped table or a folded header has it.
            joined = re.sub(r"[\s│|]+", "", secret).encode()
            for place, text in self.texts.items():
                if name := next((name for name, form in wanted.items() if form in text), ""):
                    places.append(f"secret {number} in {place}: {name}")
                elif joined in re.sub(rb"[\s|]+", b"", text):
                    places.append(f"secret {number} in {place}: split over lines")
        return places


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    for frame, line in traceback.walk_tb(trace):
        if frame.f_code.co_filename.startswith(SDK):
            yield Path(frame.f_code.co_filename).name, line


def _variables(trace: TracebackType | None, name: str, line: int) -> list[Any]:
    """Return the variables of our own kinds, and the texts: what a server answered is in its own hands."""
    return [
        value
        for frame, at in traceback.walk_tb(trace)
        if Path(frame.f_code.co_filename).name == name and at == line
        for value in frame.f_locals.values()
        if type(value).__module__.startswith("sdk.")
    ]


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content += gzip.decompress(content)
    if content[:4] == b"PAR1":
        import pyarrow.parquet as pq

        content += repr(pq.read_table(path).to_pylist()).encode()
    return content


@pytest.fixture
def outputs() -> Iterator[Outputs]:
    """Return what is to be searched; all that is logged in this process, at any level, is part of it."""
    made = Outputs()
    with listening(made.log):
        yield made


@contextmanager
def listening(log: io.StringIO) -> Iterator[None]:
    """Write what all loggers say to *log*, at the lowest level."""
    root = logging.getLogger()
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    # Most libraries leave their level to the root; those that do not are asked themselves.
    own = {name: logging.getLogger(name).level for name in ("urllib3", "requests", "dlt", "sdk")}
    for name in own:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        for name, level in own.items():
            logging.getLogger(name).setLevel(level)
