"""How the list of an endpoint is paged: as the dictionary says, and watched for what it says wrongly or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import define, evolve, field
from dlt.sources.rest_api import config_setup

from sdk.dialects.detecting import DetectingPaginator
from sdk.dialects.documents import Declared
from sdk.dialects.foreign import paginator_of
from sdk.dialects.known import FullPagePaginator
from sdk.dialects.leniency import Learned, SizedPaginator, WatchfulPaginator
from sdk.dialects.paging import CountingPaginator
from sdk.dialects.repairs import Extra
from sdk.dialects.reports import Tell
from sdk.dialects.searching import SearchingPaginator
from sdk.dialects.selecting import RememberingPaginator, Selecting
from sdk.dialects.tokens import Endings, FollowingPaginator, TokenPaginator
from sdk.paginators.paginator import Paginator
from sdk.paginators.single_page import SinglePagePaginator


@define(eq=False)
class Listing:
    """The paginators of one dictionary's endpoints.

    Attributes:
        client: What the dictionary says of its client.
        extras: What dlt's words cannot say, by the resources' names.
        selecting: Finds the records, and remembers the bodies.
        tell: Takes notes.
        lenient: What the document says wrongly or not at all is looked for in the answers.
    """

    client: Mapping[str, Any]
    extras: Mapping[str, Extra]
    selecting: Selecting
    tell: Tell
    lenient: bool
    learned: Learned = field(factory=Learned, init=False)

    def paginator(self, one: Declared, name: str) -> Paginator:
        """Return the paginator of *one*, which the reader calls *name*."""
        paginator = self._said(one, name)
        extra = self.extras.get(one.name, Extra())
        if extra.told.full_page is not None:
            connector, size = extra.told.full_page
            paginator = FullPagePaginator(paginator, connector=connector, size=size)
        if extra.size is not None and extra.size_param is not None:
            paginator = SizedPaginator(
                paginator,
                extra.size_param,
                extra.size,
                guessed=extra.size_guessed,
                learned=self.learned,
                where=f"{one.where}.endpoint.paginator.limit",
                tell=self.tell,
            )
        return paginator if self.selecting.selectors[name] is not None else RememberingPaginator(paginator)

    def _said(self, one: Declared, name: str) -> Paginator:
        where = f"{one.where}.endpoint.paginator"
        own = one.endpoint.get("paginator")
        if own is None and one.single:
            return SinglePagePaginator()
        for given in (own, self.client.get("paginator")):
            # `auto` for an endpoint leaves it to the client, as in dlt.
            if (paginator := config_setup.create_paginator(given)) is not None:
                declared = frozenset(given) if isinstance(given, Mapping) else frozenset()
                return self._watched(paginator_of(paginator, declared), declared, name, where, one.name)
        return DetectingPaginator(where=where, raw=partial(self.selecting.raw, name), tell=self.tell)

    def _watched(self, made: Paginator, declared: frozenset[str], name: str, where: str, called: str) -> Paginator:
        """Return *made* so that it sees what the document does not say."""
        tell = self.tell
        if isinstance(made, CountingPaginator) and not made.by_offset and made.param is not None:
            unsaid = made.start == made.base == 0 and not declared & {"base_page", "page"}
            raw = partial(self.selecting.raw, name)
            if unsaid:
                return WatchfulPaginator(
                    made, made.param, unsaid, self.lenient, raw=raw, learned=Learned(), where=where, tell=tell
                )
        if isinstance(made, TokenPaginator | FollowingPaginator) and declared:
            made = evolve(made, endings=Endings(where, tell) if self.selecting.strict else None)
        if self.lenient and isinstance(made, TokenPaginator) and made.cursor_param is not None:
            params = self.extras.get(called, Extra()).token_params
            raw = partial(self.selecting.raw, name)
            return SearchingPaginator(made, params, raw=raw, where=where, tell=tell)
        return made
