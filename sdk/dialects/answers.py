"""`response_actions`: what is done with an answer before it is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import requests
from attrs import field, frozen
from dlt.sources.helpers.rest_client.exceptions import IgnoreResponseException


@frozen
class Action:
    """One action, for the answers that it is meant for.

    Attributes:
        status: The status that the answer must have, if any.
        content: A text that the answer must hold, if any.
        ignore: End the list here, as if there were nothing more.
        hooks: What to call with the answer.
    """

    status: int | None = None
    content: str | None = None
    ignore: bool = False
    hooks: tuple[Callable[..., Any], ...] = field(default=(), converter=tuple)

    def __call__(self, response: requests.Response) -> None:
        """Do it, if *response* is meant.

        Raises:
            IgnoreResponseException: The answer is to be ignored.
        """
        if self.status is not None and response.status_code != self.status:
            return
        if self.content is not None and self.content not in response.text:
            return
        for hook in self.hooks:
            hook(response)
        if self.ignore and (self.status is not None or self.content is not None):
            raise IgnoreResponseException


def actions(given: Sequence[Any] | None) -> tuple[Action, ...]:
    """Return the actions that a dictionary declares, in order."""
    return tuple(_action(one) for one in given or ())


def _action(given: Any) -> Action:
    if callable(given):
        return Action(hooks=(given,))
    what = given["action"]
    hooks = () if isinstance(what, str) else (what,) if callable(what) else tuple(what)
    status = given.get("status_code")
    return Action(int(status) if status is not None else None, given.get("content"), what == "ignore", hooks)
