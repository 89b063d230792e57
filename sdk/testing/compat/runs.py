"""Compare how two versions read: whether it worked, what was skipped, what was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sdk.testing.compat.difference import Difference, Differences, some
from sdk.testing.compat.facts import Played, Run, Sent
from sdk.testing.compat.kinds import Kind


def failure_of(played: Played) -> str:
    """Return what broke the reading; empty when nothing did."""
    return next((run["failure"] for run in played["runs"] if run["failure"]), "")


def failure_differences(old: Played, new: Played) -> Differences:
    """Yield what differs in how the reading ended."""
    was, now = failure_of(old), failure_of(new)
    if now and not was:
        yield Difference(Kind.READING_FAILS, "", "works", now)
    elif was and not now:
        skips = [skip for run in new["runs"] for skip in run["skips"]]
        yield Difference(Kind.READING_WORKS, "", was, f"skipped: {some(skips)}" if skips else "works")
    elif was != now:
        yield Difference(Kind.FAILURE_CHANGED, "", was, now)


def skip_differences(old: Played, new: Played) -> Differences:
    """Yield what differs in what was skipped, where both could be read."""
    was, now = (dict.fromkeys(skip for run in one["runs"] for skip in run["skips"]) for one in (old, new))
    new_skips, gone = ([skip for skip in a if skip not in b] for a, b in ((now, was), (was, now)))
    if new_skips:
        yield Difference(Kind.SKIP_NEW, "", "", some(new_skips))
    if gone and _rows(new) <= _rows(old):
        yield Difference(Kind.SKIP_SILENCED, "", some(gone), "")


def _rows(played: Played) -> int:
    return sum(len(run["rows"]) for run in played["runs"])


def request_differences(old: Played, new: Played) -> Differences:
    """Yield what differs in what was asked, as one difference."""
    for what in _request_differences(old["runs"], new["runs"]):
        yield what
        return


def _request_differences(old: Sequence[Run], new: Sequence[Run]) -> Differences:
    was, now = ([sent for run in runs for sent in run["requests"]] for runs in (old, new))
    texts = [[sent["text"] for sent in side] for side in (was, now)]
    left, added = (list((Counter(a) - Counter(b)).elements()) for a, b in (texts, texts[::-1]))
    if left or added:
        yield Difference(Kind.REQUESTS_CHANGED, "", _counted(texts[0], left), _counted(texts[1], added))
    elif texts[0] != texts[1]:
        first, then = next((a, b) for a, b in zip(*texts, strict=True) if a != b)
        yield Difference(Kind.REQUESTS_CHANGED, "order", f"{first} first", f"{then} first")
    else:
        for a, b in zip(was, now, strict=True):
            yield from _within(a, b)


def _counted(asked: Sequence[str], own: Sequence[str]) -> str:
    return f"{len(asked):,}, among them {some(own)}" if own else f"{len(asked):,}"


def _within(old: Sent, new: Sent) -> Iterator[Difference]:
    """Yield the headers, and the body, of one request."""
    for name in sorted({**old["headers"], **new["headers"]}):
        was, now = (one["headers"].get(name, "absent") for one in (old, new))
        if was != now:
            yield Difference(Kind.REQUESTS_CHANGED, f"header {name}", was, now)
    if old["body"] != new["body"]:
        yield Difference(Kind.REQUESTS_CHANGED, "body", old["body"], new["body"])
