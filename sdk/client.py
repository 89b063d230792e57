"""Send one request until it has an answer that counts, or fail within a known time.

There is one attempt policy and it stands in `sdk.attempt`: authentication for every attempt, the origin lock,
redirects within the origin, bounds on time and bytes, repeats of what a repeat can cure, and errors that name the
place and never a secret. What a page *means* is the reader's business.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import requests
import tenacity
from attrs import define, field, frozen

from sdk import telemetry, transport
from sdk.attempt import Attempt
from sdk.connector import Connector
from sdk.errors import ReadError, ResponseError
from sdk.exchange import AgainError
from sdk.limiter import Limiter, limiter_of
from sdk.limits import RateLimit
from sdk.messages import Page, Request
from sdk.origin import Origin
from sdk.placeholders import reveal, secret_values
from sdk.plugins import Hooks
from sdk.resource import Resource
from sdk.shared_limiter import SharedLimiter, shared_path
from sdk.tally import Tallies


@frozen(kw_only=True)
class Bounds:
    """What one page may take at most.

    Attributes:
        connect: Seconds until a connection stands.
        read: Seconds between two pieces of an answer.
        page: Seconds for a whole answer; a server that drips a byte at a time passes every shorter bound.
        size: Bytes of a body after decompression.
    """

    connect: float = 10.0
    read: float = 60.0
    page: float = 600.0
    size: int = 256 * 2**20


@define
class Client:
    """Fetch pages of one connector.

    Attributes:
        connector: The connector, its settings filled in.
        hooks: The hooks of this load.
        tallies: Where requests, repeats and waits are counted.
        bounds: What one page may take.
        clock: Returns the time of day, for waits that a server names as a date.
        share_limits: Whether other processes of this machine keep the limits together with this one.
        trust_env: Whether the environment's proxies and certificates are used.
        given: A session that the caller brought: its headers, cookies, proxies and certificates count.
        server_time: What the first answer said the time was: a clock that is ahead of the server's must not be
            taken for how far the server's data was read.
    """

    connector: Connector
    hooks: Hooks
    tallies: Tallies = field(factory=Tallies)
    bounds: Bounds = field(factory=Bounds)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    share_limits: bool = False
    trust_env: bool = False
    server_time: datetime | None = field(default=None, init=False)
    base_url: str = field(init=False)
    origin: Origin = field(init=False)
    limiter: Limiter = field(init=False)
    given: requests.Session | None = None
    session: requests.Session = field(init=False)
    trace: telemetry.Trace = field(factory=telemetry.here, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.session = transport.session(trust_env=self.trust_env) if self.given is None else self.given
        self.base_url = reveal(self.connector.base_url).strip().rstrip("/")
        self.origin = Origin.of(self.base_url)
        # Whoever reads this host with these secrets shares their limit, whatever connector it reads by.
        key = (str(self.origin), *sorted(set(secret_values(self.connector))))
        self.limiter = limiter_of((key, self.share_limits), lambda: self._limiter(key))

    def _limiter(self, key: tuple[str, ...]) -> Limiter:
        if self.share_limits:
            return SharedLimiter(lambda: self.clock().timestamp(), path=shared_path(key))
        return Limiter(lambda: time.monotonic())  # noqa: PLW0108 - looked up at each call, so that tests can replace it

    def close(self) -> None:
        """Close the connections, unless the session is the caller's."""
        if self.given is None:
            self.session.close()

    def prepared(self, request: requests.Request) -> requests.PreparedRequest:
        """Return *request* as it is sent; a session that the caller brought adds what it was given."""
        return request.prepare() if self.given is None else self.given.prepare_request(request)

    def url(self, path: str) -> str:
        """Return the URL of a path below `base_url`; one that is absolute already stays."""
        return path if "://" in path else f"{self.base_url}/{path.lstrip('/')}"

    def relative(self, request: Request) -> str:
        """Return *request* as text without the base URL, for messages and `_sdk_skips`."""
        return str(request).replace(self.base_url, "", 1)

    def limits(self, resource: Resource) -> tuple[RateLimit, ...]:
        """Return the declared limits that requests for *resource* count against."""
        declared = (self.connector.rate_limit, resource.rate_limit)
        return tuple(one for one in declared if one is not None)

    def fetch(self, resource: Resource, request: Request, also: frozenset[int] = frozenset()) -> Page:
        """Return the page that *request* asks for.

        Args:
            resource: The resource being read.
            request: What to ask.
            also: Statuses beside success that the caller wants as a page; their body may be `None`.

        Raises:
            ResponseError: No such answer came within the retry policy.
            RateLimitError: The API asks for a longer wait than the policy allows.
        """
        attempt = Attempt(self, resource, request, also, self.connector.retry_of(resource))
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(AgainError),
            stop=attempt.is_over,
            wait=attempt.wait,
            sleep=attempt.pause,
            reraise=True,
        )
        failed: ReadError
        try:
            return retrying(attempt.send)
        except AgainError as again:
            failed = again.error
        except ReadError as error:
            failed = error
        # Neither chained nor raised inside of `except`: errors of requests hold the request, and with it credentials
        # and body, and whoever stores a whole exception would store those. `from None` only leaves them unprinted.
        failed.__cause__ = failed.__context__ = None
        raise failed

    def refused(self, resource: Resource, page: Page) -> ResponseError:
        """Return the error for a page that *also* let through and that turns out to mean failure."""
        return Attempt(self, resource, page.request, frozenset(), self.connector.retry_of(resource)).answered(page)
