"""Say in dlt's log what is sent, as dlt's client does: who follows a load there goes on seeing it."""

from __future__ import annotations

from collections.abc import Generator

import requests
from dlt.common import logger

from sdk.hookspecs import hookimpl
from sdk.redaction import one_line


class Telling:
    """The hook that tells dlt's log of each request."""

    @hookimpl(wrapper=True)
    def sdk_authenticate(
        self, request: requests.PreparedRequest
    ) -> Generator[None, requests.PreparedRequest, requests.PreparedRequest]:
        """Tell of *request* before credentials are in it."""
        logger.info(one_line(f"Making {request.method} request to {request.url}"))
        return (yield)
