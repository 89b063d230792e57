"""The attempts at one request: which answers count, which are worth another try, and what to say of the rest."""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn

import requests
import tenacity
from attrs import define, evolve, field

from sdk import surroundings, telemetry, transport
from sdk.auth import Refreshable
from sdk.bodies import TwoValuesError, decode, mended
from sdk.errors import RateLimitError, ReadError, ResponseError, SelectionError
from sdk.exchange import AgainError, Exchange
from sdk.instants import format_instant, parse_instant
from sdk.messages import Page, Request
from sdk.placeholders import secret_names
from sdk.quotas import quota_of
from sdk.redaction import cleanse, one_line
from sdk.refusals import advice, machine_code
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.tally import Tally

if TYPE_CHECKING:
    from sdk.client import Client

_PAGES: Final = frozenset({200, 201, 203})
_UNAUTHORIZED: Final = 401

_logger: Final = logging.getLogger(__name__)


def sleep(seconds: float) -> None:
    """Wait; a function of its own so that tests can replace it."""
    time.sleep(seconds)


@define
class Attempt:
    """The attempts at one request, and what they have in common."""

    client: Client
    resource: Resource
    request: Request
    also: frozenset[int]
    policy: RetryPolicy
    failures: int = 0
    refusals: int = 0
    refreshed: bool = False
    sent: float = 0.0
    tally: Tally = field(init=False)
    exchange: Exchange = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.tally = self.client.tallies.of(self.resource.table)
        self.exchange = Exchange(self.client, self.resource, self.request, self.also, self.tally)

    def is_over(self, state: tenacity.RetryCallState) -> bool:
        """Return whether the policy allows no further attempt."""
        del state
        return self.failures >= self.policy.attempts or self.refusals >= self.policy.refusals

    def wait(self, state: tenacity.RetryCallState) -> float:
        """Return the seconds before the next attempt."""
        named = _failure(state).wait
        return self.policy.backoff(self.failures + self.refusals) if named is None else named

    def pause(self, seconds: float) -> None:
        """Wait before the next attempt, and count it."""
        self.tally.add(retries=1)
        self._pause(seconds)

    def send(self) -> Page:
        """Send the request once, judge the answer, and count it when another attempt may cure it."""
        try:
            return self._send()
        except AgainError as again:
            # Here and not in `is_over`: tenacity asks for the wait first.
            self.failures += again.counts
            self.refusals += not again.counts
            raise
        except ReadError:
            raise
        except Exception as error:
            # From a hook, or an auth scheme of another package: they see the credentials, and may have said them.
            cleanse(error)
            raise

    def _send(self) -> Page:
        self._take_turn()
        quota = None
        try:
            with self._observed() as told:
                response, sent, url = self.exchange.follow()
                told.status = response.status_code
                content, fault = self.exchange.content(response)
                told.error = "BrokenAnswer" if fault is not None else None
            quota = quota_of(response.headers, self.client.clock())
        finally:
            self.client.limiter.answered(self.resource.name, quota)
        headers = dict(response.headers)
        if self.client.server_time is None:
            self.client.server_time = parse_instant(response.headers.get("date"))
        if fault is not None:
            raise AgainError(self.exchange.error(fault, response.status_code))
        page = Page(self.request, response.status_code, headers, None, url)
        # A 403 that names a wait is no 403 that somebody declared to mean something.
        if self.resource.answer_hooks and not self.policy.is_refusal(page.status, page.headers):
            page, content = self._hooked(response, page, content)
        return self._judge(page, content, sent)

    def _observed(self) -> AbstractContextManager[telemetry.Told]:
        return telemetry.request_span(
            self.client.trace,
            (self.client.connector.name, self.resource.table),
            self.request,
            template=self.resource.path,
            resent=self.failures + self.refusals,
        )

    def _hooked(self, response: requests.Response, page: Page, content: bytes) -> tuple[Page, bytes]:
        """Let the resource's hooks see the answer, and return what they made of it."""
        encoding = response.encoding
        response._content, response._content_consumed = content, True  # type: ignore[attr-defined] # noqa: SLF001 - read already, within the bounds
        for hook in self.resource.answer_hooks:
            hook(response)
        headers = dict(response.headers)
        if response.encoding and response.encoding != encoding:
            headers["Content-Type"] = f"application/json; charset={response.encoding}"
        return evolve(page, status=response.status_code, headers=headers), response.content

    def _take_turn(self) -> None:
        """Wait until this request may be sent.

        Raises:
            RateLimitError: That takes longer than the policy allows.
        """
        client = self.client
        limits, paced = client.limits(self.resource), client.connector.in_flight > 1
        while (wait := client.limiter.take(self.resource.name, limits, paced=paced)) > 0:
            if wait > self.policy.max_wait:
                raise self._too_long(wait, "has to wait: the rate limit is used up for", None)
            self._pause(wait)
        self.sent = client.limiter.now()

    def _too_long(self, wait: float, what: str, status: int | None) -> RateLimitError:
        back = format_instant(datetime.fromtimestamp(self.client.clock().timestamp() + wait, UTC), "iso")
        return RateLimitError(
            f"{self.exchange.text()} {what} {wait:.0f} s, more than the {self.policy.max_wait:.0f} s allowed; "
            f"run again after {back}",
            **self.exchange.place(status),
        )

    def _judge(self, page: Page, content: bytes, sent: requests.PreparedRequest) -> Page:
        status = page.status
        if status in _PAGES:
            page = evolve(page, body=self._decoded(page, content))
            if (path := self.resource.named_error(page.body)) is not None:
                code = machine_code(page.body)
                problem = f"answered {status}, but its body names an error at {path!r}{f' ({code})' if code else ''}"
                raise AgainError(
                    self.exchange.error(f"{problem}; if that is data, declare error_paths without it", status)
                )
            self._check_records(page)
            return page
        page = evolve(page, body=_lenient(content, page))
        if self.policy.is_refusal(status, page.headers):
            self._refused(page)
        if status in self.also:
            return page
        if status == _UNAUTHORIZED and self._refresh(sent):
            raise AgainError(self.answered(page), wait=0.0)
        if status in self.policy.statuses:
            wait = self.policy.named_wait(page.headers, page.body, self.client.clock())
            raise AgainError(self.answered(page), wait=wait if wait and wait <= self.policy.max_wait else None)
        raise self.answered(page)

    def _decoded(self, page: Page, content: bytes) -> Any:
        charset = transport.charset(page.headers)
        try:
            return decode(content, charset)
        except TwoValuesError as error:
            raise self.exchange.error(f"answered {page.status}, but {error}", page.status) from None
        except ValueError:
            content, halves = mended(content)
            if halves:
                with suppress(ValueError):
                    return self._mended(decode(content, charset), halves)
            kind = page.headers.get("content-type", "none")
            found = f"a body of {len(content)} bytes with content type {kind!r} that is no JSON"
            if "html" in kind:
                found += "; check base_url, and whether a page to sign in stands there"
            raise AgainError(self.exchange.error(f"answered {page.status} with {found}", page.status)) from None

    def _mended(self, body: Any, halves: int) -> Any:
        where = f"{self.client.connector.name}.{self.resource.name}: {one_line(self.exchange.text())}"
        _logger.warning("%s: %d halves of surrogate pairs, which are no characters, became U+FFFD", where, halves)
        return body

    def _check_records(self, page: Page) -> None:
        """Raise when the records are nowhere although they were: an overloaded server may say so under a good status.

        On the first page it is the declaration that is wrong more often than not, which no repeat cures.
        """
        resource, core_alone = self.resource, self.client.hooks.is_core_alone("sdk_select_records")
        capped = resource.cut_off is not None or (resource.window is not None and resource.window.cap is not None)
        if self.tally.pages and core_alone and not capped and not resource.selector.finds(page.body):
            try:
                resource.selector.select(page.body)
            except SelectionError as error:
                name = self.client.connector.name
                raise AgainError(error.located(name, resource.name, self.exchange.text())) from None

    def _refused(self, page: Page) -> NoReturn:
        now = self.client.clock()
        wait = self.policy.named_wait(page.headers, page.body, now)
        hold = self.policy.backoff(self.refusals + 1) if wait is None else wait
        self.client.limiter.refused(hold, self.sent, self.client.limits(self.resource))
        if wait is not None and wait > self.policy.max_wait:
            raise self._too_long(wait, f"answered {page.status}: the API asks to wait", page.status)
        error = RateLimitError(
            f"{self.exchange.text()} answered {page.status} {self.policy.refusals} times: the rate limit leaves no "
            "room; lower what else uses this credential, or run again later",
            **self.exchange.place(page.status),
        )
        raise AgainError(error, wait=wait, counts=False)

    def _refresh(self, sent: requests.PreparedRequest) -> bool:
        """Ask the credentials for a new token, once for each request."""
        auth: object = self.client.connector.auth_of(self.resource)
        if self.refreshed or not isinstance(auth, Refreshable):
            return False
        self.refreshed = True
        try:
            with surroundings.trusted(self.client.trust_env):
                return auth.refresh(sent)
        except ReadError as error:
            raise error.located(self.client.connector.name, self.resource.name, self.exchange.text()) from None

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with self.tally.pausing(seconds):
                sleep(seconds)

    def answered(self, page: Page) -> ResponseError:
        """Return the error that says what was answered and what would help."""
        code = machine_code(page.body)
        help_ = advice(page.status, secret_names(self.client.connector))
        return self.exchange.error(f"answered {page.status}{f' ({code})' if code else ''}; {help_}", page.status)


def _failure(state: tenacity.RetryCallState) -> AgainError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, AgainError)
    return error


def _lenient(content: bytes, page: Page) -> Any:
    """Return the JSON in an error's body, or `None`: many errors come as HTML, or as nothing."""
    try:
        return decode(content, transport.charset(page.headers))
    except ValueError:
        return None
