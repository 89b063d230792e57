"""Where an extraction stands, as plain JSON data: what the next one needs to go on.

The request is the state: what is left of a resource are partitions, and of one that was begun the request for its next
page. Nothing of it holds a secret, since credentials are added to a request only when it is sent; where an API repeats
them in its own links, the partition is read from its beginning instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import evolve, field, frozen

from sdk.instants import format_instant, parse_instant
from sdk.messages import Interval, Partition, Position, Request
from sdk.redaction import holds_secret

_VERSION: Final = 1


@frozen
class FeedPoint:
    """Where the reading of one resource stands.

    Attributes:
        complete: All of it was read.
        begun: The first partitions were named.
        listed: Its own list is read; its parts may begin.
        fed: How many partitions parents have named.
        partitions: What is left.
        cursors: The largest cursor that was seen in each scope, as text.
        skips: What was skipped, as `skip_to_dict` writes it.
        lacking: Why something of it could not even be named.
    """

    complete: bool = False
    begun: bool = False
    listed: bool = False
    fed: int = 0
    partitions: Sequence[Partition] = ()
    cursors: Mapping[str, str] = field(factory=dict)
    skips: Sequence[Mapping[str, Any]] = ()
    lacking: str = ""


@frozen
class Checkpoint:
    """Where an extraction stands.

    Attributes:
        begun: The start of the run that it belongs to: where its windows end.
        of: What was being read; for anything else it means nothing.
        left: The wanted resources that are not complete.
        feeds: Where each resource stands that was wanted or read for another.
        ended: The run was not interrupted: it came to its end, and could not read what is left.
    """

    begun: datetime
    of: str
    left: tuple[str, ...]
    feeds: Mapping[str, FeedPoint]
    ended: bool = False

    def to_dict(self, base_url: str) -> dict[str, Any]:
        """Return it as plain JSON data; *base_url* is left out of requests."""
        return {
            "version": _VERSION,
            "begun": format_instant(self.begun, "iso_us"),
            "of": self.of,
            "left": list(self.left),
            "feeds": {name: _point_to_dict(point, base_url) for name, point in self.feeds.items()},
            "ended": self.ended,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None, base_url: str) -> Checkpoint | None:
        """Return the checkpoint that `to_dict` described; `None` when there is none, or none of this version."""
        begun = parse_instant(data.get("begun")) if data and data.get("version") == _VERSION else None
        if data is None or begun is None:
            return None
        feeds = {name: _point_from_dict(point, base_url) for name, point in data["feeds"].items()}
        return cls(begun, data["of"], tuple(data["left"]), feeds, data.get("ended", False))


def partition_to_dict(partition: Partition, base_url: str) -> dict[str, Any]:
    """Return *partition* as plain JSON data; *base_url* is left out of its requests."""
    position = partition.position
    found: dict[str, Any] = {
        "resource": partition.resource,
        "parent_resource": partition.parent_resource,
        "stamp": dict(partition.stamp),
        "request": _request_to_dict(partition.request, base_url),
        "begin": None if partition.begin is None else format_instant(partition.begin, "iso_us"),
    }
    if partition.whole is not None:
        found["whole"] = _request_to_dict(partition.whole, base_url)
    if partition.interval is not None:
        found["interval"] = [_end_to_json(partition.interval.start), _end_to_json(partition.interval.end)]
    if position is not None:
        request = _request_to_dict(position.request, base_url)
        if _is_clean(request):
            earliest = _end_to_json(position.earliest)
            counts = dict(position.arrivals)
            anchors = list(position.anchors)
            found["position"] = {"request": request, "anchors": anchors, "earliest": earliest, "arrivals": counts}
    return found


def partition_from_dict(data: Mapping[str, Any], base_url: str) -> Partition:
    """Return the partition that `partition_to_dict` described."""
    interval, position = data.get("interval"), data.get("position")
    return Partition(
        data["resource"],
        _request_from_dict(data["request"], base_url),
        data["parent_resource"],
        dict(data["stamp"]),
        Interval(*map(_end_from_json, interval)) if interval is not None else None,
        _request_from_dict(data["whole"], base_url) if data.get("whole") is not None else None,
        parse_instant(data.get("begin")),
        _position_from_dict(position, base_url) if position is not None else None,
    )


def _point_to_dict(point: FeedPoint, base_url: str) -> dict[str, Any]:
    return {
        "complete": point.complete,
        "begun": point.begun,
        "listed": point.listed,
        "fed": point.fed,
        "partitions": _partitions_to_list(point.partitions, base_url),
        "cursors": dict(point.cursors),
        "skips": list(point.skips),
        "lacking": point.lacking,
    }


def _point_from_dict(data: Mapping[str, Any], base_url: str) -> FeedPoint:
    partitions = [partition_from_dict(one, base_url) for one in data["partitions"]]
    return FeedPoint(**{**data, "partitions": partitions})


def _partitions_to_list(partitions: Iterable[Partition], base_url: str) -> list[dict[str, Any]]:
    return [partition_to_dict(one, base_url) for one in partitions]


def _request_to_dict(request: Request, base_url: str) -> dict[str, Any]:
    return evolve(request, url=request.url.removeprefix(base_url)).to_dict()


def _request_from_dict(data: Mapping[str, Any], base_url: str) -> Request:
    request = Request.from_dict(data)
    return request if "://" in request.url else evolve(request, url=base_url + request.url)


def _is_clean(data: Mapping[str, Any]) -> bool:
    """Return whether no secret stands in *data*."""
    return not holds_secret(json.dumps(data, default=str, ensure_ascii=False))


def _position_from_dict(data: Mapping[str, Any], base_url: str) -> Position:
    request = _request_from_dict(data["request"], base_url)
    earliest = _end_from_json(data["earliest"])
    return Position(request, tuple(data["anchors"]), earliest, data.get("arrivals", {}))


def _end_to_json(end: Any) -> Any:
    """Return an end of an interval as JSON data that tells an instant from a number."""
    if isinstance(end, datetime):
        return {"at": format_instant(end, "iso_us")}
    return None if end is None else {"number": str(end)}


def _end_from_json(data: Any) -> Any:
    if data is None:
        return None
    return parse_instant(data["at"]) if "at" in data else int(data["number"])
