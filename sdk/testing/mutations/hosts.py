"""Answers that lead elsewhere: next links and redirects to another host."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final
from urllib.parse import urljoin, urlsplit

from sdk.messages import LAST_PAGE
from sdk.testing.mutations.answers import answer, replaced
from sdk.testing.mutations.listings import Listing
from sdk.testing.mutations.mutation import Mutation
from sdk.testing.mutations.observed import Observed
from sdk.testing.mutations.tokens import tokens

_ELSEWHERE: Final = "elsewhere.test"
_HELP: Final = "hand the link on as a Request and let core send it: credentials and rows stay at base_url"


def hosts(observed: Observed, listing: Listing) -> Iterator[Mutation]:
    """Yield links and redirects that lead to another host."""
    yield from _links(observed, listing)
    position = listing.filled[1] if len(listing.filled) > 1 else listing.filled[0]
    asked = listing.questions[position]
    parts = urlsplit(listing.pages[position].page.url)
    query = urlsplit(next(one.uri for one in observed.asked(asked))).query
    location = f"https://{_ELSEWHERE}{parts.path}?{query}"
    for status in (302, 307):
        redirect = answer(status, b"", location=location)
        yield Mutation(
            name=f"a redirect to another host ({status})",
            request=observed.text(listing.pages[position]),
            help=_HELP,
            change=partial(replaced, observed.account.contents, asked, redirect),
            observed=observed,
            promise="an error",
        )


def _links(observed: Observed, listing: Listing) -> Iterator[Mutation]:
    answers = {position: observed.answer(one) for position, one in enumerate(listing.questions)}
    links = [one for one in tokens(listing, answers) if one.is_link]
    leading = [position for position, one in enumerate(listing.pages) if one.following is not LAST_PAGE]
    if not links or not leading:
        return
    position = leading[0]
    page = listing.pages[position]
    asked = listing.questions[position]
    for kind in ("an absolute one", "one without a scheme", "one with userinfo", "one of another scheme"):
        mutated = answers[position]
        for token in links:
            mutated = token.in_answer(mutated, _elsewhere(urljoin(page.page.url, token.value), kind))
        yield Mutation(
            name=f"a next link to another host ({kind})",
            request=observed.text(page),
            help=_HELP,
            change=partial(replaced, observed.account.contents, asked, mutated),
            observed=observed,
        )


def _elsewhere(url: str, kind: str) -> str:
    parts = urlsplit(url)
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return {
        "an absolute one": f"https://{_ELSEWHERE}{rest}",
        "one without a scheme": f"//{_ELSEWHERE}{rest}",
        "one with userinfo": f"https://{parts.netloc}@{_ELSEWHERE}{rest}",
        "one of another scheme": f"http://{parts.netloc}{rest}",
    }[kind]
