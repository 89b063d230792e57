"""Answers that are no page: refusals, failures, and bodies that break off or hold something else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from attrs import frozen

from sdk.errors import RateLimitError
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.testing.mutations.answers import answer, replaced, with_headers
from sdk.testing.mutations.listings import Listing
from sdk.testing.mutations.mutation import Mutation, Promise
from sdk.testing.mutations.observed import Observed
from sdk.testing.mutations.playing import Answer, Played, Question, body_of

_SHORT: Final = 2
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_LONG: Final = 24 * 3600
_FAILED: Final = 500
_NO_CONTENT: Final = 204
_HTML: Final = b"<!doctype html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"
_ERROR: Final = {"code": "internal", "message": "something went wrong"}
_RETRY: Final = "leave retries to core: RetryPolicy says what is repeated and how often"
_NO_PAGE: Final = "let core judge the answer: a page that is none must be an error and never the end of a list"


def statuses(observed: Observed, listing: Listing) -> Iterator[Mutation]:
    """Yield what may be answered in place of a page of a list."""
    one = _Page.of(observed, listing)
    yield from _refusals(one)
    yield from _failures(one)
    yield from _no_pages(one)


@frozen
class _Page:
    """A page that something else is answered for.

    Attributes:
        observed: What the recording shows.
        resource: The resource that is read.
        request: What was asked, as text.
        asked: The same, to find it again.
        answer: What was answered.
    """

    observed: Observed
    resource: Resource
    request: str
    asked: Question
    answer: Answer

    @classmethod
    def of(cls, observed: Observed, listing: Listing) -> _Page:
        """Return the second page of a list, or the only one."""
        position = listing.filled[1] if len(listing.filled) > 1 else listing.filled[0]
        asked = listing.questions[position]
        return cls(observed, listing.resource, observed.text(listing.pages[position]), asked, observed.answer(asked))

    @property
    def retry(self) -> RetryPolicy:
        """What is repeated, and how often."""
        return self.observed.connector.retry_of(self.resource)

    def mutation(self, name: str, *answers: Answer, promise: Promise, **facts: Any) -> Mutation:
        """Return the mutation that gives *answers* in turn, the last of them from then on."""
        change = partial(replaced, self.observed.account.contents, self.asked, *answers)
        observed = self.observed
        return Mutation(name=name, request=self.request, change=change, observed=observed, promise=promise, **facts)


def _refusals(page: _Page) -> Iterator[Mutation]:
    yield page.mutation(
        "a 429 with a short wait",
        answer(429, _ERROR, retry_after=str(_SHORT)),
        page.answer,
        promise="rows",
        help=_tolerated(page.resource, 429) or "let core obey Retry-After",
        checks=(_waited(page.asked),),
    )
    seconds = int(page.retry.max_wait + _LONG)
    yield page.mutation(
        "a 429 with a long wait",
        answer(429, _ERROR, retry_after=str(seconds)),
        promise="an error",
        help=_tolerated(page.resource, 429) or "let RateLimitError pass: it names the time to come back",
        checks=(_came_back(page.asked),),
    )
    yield page.mutation(
        "a 401 in mid-run",
        answer(401, _ERROR),
        page.answer,
        promise="rows or an error",
        help=_tolerated(page.resource, 401) or "let core refresh the credentials or end the run",
    )


def _failures(page: _Page) -> Iterator[Mutation]:
    failed, cut = answer(_FAILED, _ERROR), _cut(page.answer)
    attempts = page.retry.attempts
    # Where the declaration repeats nothing, a fault that a repeat would cure is an error, and rightly so.
    curable: Promise = "rows" if attempts > 1 else "rows or an error"
    heals: Promise = curable if _FAILED in page.retry.statuses else "rows or an error"
    retry = _tolerated(page.resource, _FAILED) or _RETRY
    burst = [failed] * max(1, min(2, attempts - 1))
    yield page.mutation("a burst of 500 that heals", *burst, page.answer, promise=heals, help=retry)
    yield page.mutation("a 500 that stays", failed, promise="an error", help=retry)
    yield page.mutation("a body cut short that heals", cut, page.answer, promise=curable, help=_RETRY)
    yield page.mutation("a body that is always cut short", cut, promise="an error", help=_NO_PAGE)


def _no_pages(page: _Page) -> Iterator[Mutation]:
    bodies = {
        "an HTML page with status 200": answer(200, _HTML, "text/html"),
        "an empty body with status 200": answer(200, b""),
        "an error body with status 200": answer(200, {"error": _ERROR}),
    }
    if _NO_CONTENT not in page.resource.empty_statuses:
        bodies["a 204 in the middle"] = answer(_NO_CONTENT, b"")
    for name, instead in bodies.items():
        names_error = name.startswith("an error body") and "error" not in page.resource.error_paths
        help_ = 'name "error" in error_paths, as its default does' if names_error else _NO_PAGE
        yield page.mutation(name, instead, promise="an error", help=help_)


def _tolerated(resource: Resource, status: int) -> str:
    """Return what to do about a declaration that takes *status* for no fault; nothing where it does not."""
    names = [name for name in ("skip_statuses", "empty_statuses") if status in getattr(resource, name)]
    return f"leave {status} out of {' and '.join(names)}" if names else ""


def _cut(page: Answer) -> Answer:
    content = body_of(page)
    announced = with_headers(page, content_length=str(len(content)))
    return {**announced, "body": {"string": content[: len(content) // 2]}}


def _waited(asked: Question) -> Callable[[Played], str | None]:
    def check(played: Played) -> str | None:
        times = [one.at for one in played.served if one.question == asked]
        if len(times) > 1 and times[1] - times[0] < _SHORT:
            return f"the API asked to wait {_SHORT} s, and was asked again after {times[1] - times[0]:.0f} s"
        return None

    return check


def _came_back(asked: Question) -> Callable[[Played], str | None]:
    def check(played: Played) -> str | None:
        failure = played.sample.failure if played.sample is not None else None
        if sum(1 for one in played.served if one.question == asked) > 1:
            return "the API asked for a long wait, and was asked again all the same"
        if not isinstance(failure, RateLimitError) or not _MOMENT.search(str(failure)):
            return f"it ended with {type(failure).__name__}, which does not name the time to come back"
        return None

    return check
