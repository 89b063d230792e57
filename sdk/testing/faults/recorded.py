"""Hold a plugin's connector against faults: its own recording answers, and the fault stands in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from requests.structures import CaseInsensitiveDict

from sdk.opening import Opened, open_connector
from sdk.testing.cassette_files import Contents
from sdk.testing.cassettes import stored_origin
from sdk.testing.faults.holding import Ground, Subject
from sdk.testing.faults.simulating import undisturbed
from sdk.testing.faults.stage import Stage
from sdk.testing.faults.wire import Answer, Asked
from sdk.testing.openings import Movable, openings, played
from sdk.testing.sampling import sampling

# What a recorded answer says of the way that it came.
_OF_THE_WAY: Final = frozenset({"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"})


@contextmanager
def recorded(connector: str, resource: str, contents: Contents, *, on: Ground) -> Iterator[Subject]:
    """Yield what is to be held against faults: the first run of a recorded sample of *resource*.

    It ends where the sample ends, and faults fall within it.

    Args:
        connector: Name of the connector.
        resource: The resource that was recorded.
        contents: What its cassette holds.
        on: Where faults will be played.
    """
    opening = openings(contents)[0]
    access = played(connector, contents, opening)
    origin = stored_origin(connector)
    known = {
        _question(one.method, one.uri.removeprefix(origin), one.body): answer
        for one, answer in zip(reversed(contents.requests), reversed(contents.responses), strict=True)
    }

    def opened(base_url: str, secret: str, clock: Callable[[], datetime]) -> Opened:
        del secret, clock  # they are the recording's
        settings = {**access.keywords, "base_url": base_url + opening.base_path}
        plugins = [Movable(), sampling(opening.size)]
        return open_connector(connector, settings, extra_plugins=plugins, clock=lambda: opening.clock)

    def honest(stage: Stage, asked: Asked) -> Answer:
        found = known.get(_question(asked.method, asked.target, asked.body))
        if found is None:
            return Answer({"message": "nothing is recorded for this"}, 404)
        return _answer(found, origin, stage.here)

    declared = access.declared.resource(resource)
    subject = Subject(opened, resource, honest, (), secrets=tuple(access.secrets.values()), declared=declared)
    yield undisturbed(subject, on)


def _question(method: str, target: str, body: Any) -> tuple[Any, ...]:
    parts = urlsplit(target)
    content = body.encode() if isinstance(body, str) else bytes(body or b"")
    return method, parts.path, tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))), content


def _answer(found: Any, origin: str, here: str) -> Answer:
    body = found["body"]["string"] or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    for name, value in found["headers"].items():
        if name.lower() not in _OF_THE_WAY:
            headers[name] = (value if isinstance(value, str) else ", ".join(value)).replace(origin, here)
    return Answer(content.replace(origin.encode(), here.encode()), found["status"]["code"], dict(headers))
