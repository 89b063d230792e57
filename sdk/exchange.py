"""One exchange: a request as it is sent, redirects that stay where the credential may go, and the bytes that come.

What the answer means is decided by the attempt that asked for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlencode, urljoin, urlsplit

import requests
import urllib3
from attrs import frozen

from sdk import surroundings, transport
from sdk.errors import ReadError, ResponseError
from sdk.messages import Request
from sdk.placeholders import reveal
from sdk.resource import Resource
from sdk.tally import Tally

if TYPE_CHECKING:
    from sdk.client import Client

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_REDIRECTS_AT_MOST: Final = 5
# RFC 9110, 5.5. requests itself refuses line breaks only, and not in what a scheme adds.
_NOT_IN_HEADER: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


class AgainError(Exception):
    """This attempt failed in a way that another may cure."""

    def __init__(self, error: ReadError, *, wait: float | None = None, counts: bool = True) -> None:
        self.error = error
        self.wait = wait
        self.counts = counts
        super().__init__(str(error))


@frozen
class Exchange:
    """Exchanges of one request with the server.

    Attributes:
        client: Its session, bounds, origin and hooks.
        resource: The resource being read.
        request: What is asked.
        also: Statuses beside success that are answers; a redirect among them is not followed.
        tally: Where what is under way is counted.
    """

    client: Client
    resource: Resource
    request: Request
    also: frozenset[int]
    tally: Tally

    def follow(self) -> tuple[requests.Response, requests.PreparedRequest, str]:
        """Send the request, and follow redirects that stay where the credential may go."""
        url, method = self.request.url, self.request.method
        params: tuple[tuple[str, str], ...] = self.request.params
        for _ in range(_REDIRECTS_AT_MOST + 1):
            self._check_origin(url)
            prepared, came_from = self._prepare(method, url, params)
            # Once more, as it is sent: a hook or a scheme of another package may have turned it elsewhere.
            self._check_origin(str(prepared.url))
            response = self._exchange(prepared)
            if response.status_code not in _REDIRECTS or response.status_code in self.also:
                return response, prepared, came_from
            target = response.headers.get("location", "")
            response.close()
            if not target:
                raise self.error(f"answered {response.status_code} without saying where to", response.status_code)
            if method != "GET" and response.status_code not in {307, 308}:
                raise self.error(f"answered {response.status_code}, which would drop the body", response.status_code)
            url, params = self._target(str(prepared.url), target, response.status_code), ()
        raise self.error(f"was redirected more than {_REDIRECTS_AT_MOST} times")

    def _target(self, url: str, target: str, status: int) -> str:
        try:
            return urljoin(url, target)
        except ValueError:
            raise self.error(f"answered {status} with a place that is no URL", status) from None

    def _check_origin(self, url: str) -> None:
        origin = self.client.origin
        if not origin.allows(url):
            parts = urlsplit(url)
            raise self.error(
                f"leads to {parts.scheme or 'no scheme'}://{parts.hostname or 'no host'}, "
                f"but credentials and rows stay at {origin}; if the API moved, change base_url"
            )

    def _prepare(
        self, method: str, url: str, params: tuple[tuple[str, str], ...]
    ) -> tuple[requests.PreparedRequest, str]:
        """Return the request as it is sent, and its URL without a key that its credentials put there."""
        connector = self.client.connector
        headers = {
            **(transport.HEADERS if self.client.given is None else {}),
            **{name: reveal(value) for name, value in connector.headers.items()},
            **{name: reveal(value) for name, value in self.resource.headers.items()},
            **self.request.headers,
        }
        try:
            # As requests writes pairs, which takes it longer than all else that it does to prepare a request.
            query = urlencode(params)
            request = requests.Request(
                method, url, params=query, headers=headers, json=self.request.json, data=self.request.data
            )
            prepared = self.client.prepared(request)
            bare = str(prepared.url)
            with surroundings.trusted(self.client.trust_env):
                prepared = self.client.hooks.authenticate(connector, self.resource, prepared)
            self._check_headers(prepared)
        except ReadError as error:
            raise error.located(connector.name, self.resource.name, self.text()) from None
        except (requests.RequestException, UnicodeError) as error:
            # The text of these errors holds the URL, or the header that could not be encoded.
            raise self.error(f"cannot be built: {type(error).__name__}") from None
        else:
            return prepared, bare

    def _check_headers(self, prepared: requests.PreparedRequest) -> None:
        """Raise where a value would begin another header, or end there for some servers and go on for others."""
        for name, value in cast(Mapping[str, Any], prepared.headers).items():
            # Some schemes write bytes, whatever requests' types say.
            if _NOT_IN_HEADER.search(value.decode("latin-1") if isinstance(value, bytes) else str(value)):
                raise self.error(f"cannot be built: header {name!r} holds a line break or another control character")

    def _exchange(self, prepared: requests.PreparedRequest) -> requests.Response:
        bounds = self.client.bounds
        with self.tally.flying(), transport.within(bounds.page):
            try:
                return self.client.session.send(
                    prepared,
                    stream=True,
                    timeout=(bounds.connect, bounds.read),
                    allow_redirects=False,
                    verify=self.client.session.verify,
                )
            except requests.RequestException as error:
                # A session that the caller brought may raise for a status itself.
                if isinstance(error, requests.HTTPError) and error.response is not None:
                    return error.response
                # Never chained: the text of these errors holds the URL, and with it a key in the query.
                if transport.is_too_late(error):
                    raise self._late(None) from None
                problem = transport.fault(error, self.client.origin)
                raise AgainError(self.error(problem)) from None
            except UnicodeError as error:
                # Headers are encoded when they are sent; the error holds the whole one.
                raise self.error(f"cannot be sent: a header that is no Latin-1 ({type(error).__name__})") from None

    def content(self, response: requests.Response) -> tuple[bytes, str | None]:
        """Return the body, and what is wrong with how it came."""
        try:
            return transport.body(response, self.client.bounds.size, self.client.bounds.page), None
        except transport.TooMuchError as error:
            raise self.error(str(error), response.status_code) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if transport.is_too_late(error):
                raise self._late(response.status_code) from None
            return b"", f"the answer broke off: {type(error).__name__}"
        finally:
            response.close()

    def _late(self, status: int | None) -> ResponseError:
        return self.error(f"took longer than {self.client.bounds.page:.0f} s to answer; ask for smaller pages", status)

    def text(self) -> str:
        """Return the request without the base URL, for messages."""
        return self.client.relative(self.request)

    def place(self, status: int | None) -> dict[str, Any]:
        """Return what errors say of where they happened."""
        return {
            "connector": self.client.connector.name,
            "resource": self.resource.name,
            "request": self.text(),
            "status": status,
        }

    def error(self, problem: str, status: int | None = None) -> ResponseError:
        """Return the error that says what happened to the request."""
        return ResponseError(f"{self.text()} {problem}", **self.place(status))
