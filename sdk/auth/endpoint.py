"""Ask a token endpoint: one POST, a few repeats, and errors that repeat nothing of what was sent or answered."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import requests
import tenacity
from attrs import field, frozen

from sdk import surroundings
from sdk.bodies import decode
from sdk.errors import ResponseError

_TIMEOUT: Final = (10.0, 30.0)
_ANSWER_SECONDS: Final = 60.0
_ANSWER_BYTES: Final = 1 << 16
_REPEATS: Final = 3
_LONGEST_WAIT: Final = 30.0
_REDIRECTS: Final = 300
_REFUSALS: Final = 400
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERRORS: Final = 500
_KEYS_SHOWN: Final = 10

# RFC 6749, 5.2. Anything longer or freer may echo a credential.
_CODE: Final = re.compile(r"[a-z_]{1,40}")
_KEY: Final = re.compile(r"[A-Za-z][\w.-]{0,39}")

_ADVICE: Final = {
    "invalid_client": "check client_id, client_secret and send_as",
    "invalid_grant": "the refresh token is spent or revoked; sign in again and set the new one",
    "invalid_scope": "check scope",
    "unauthorized_client": "allow this grant type for the client",
    "unsupported_grant_type": "the server does not offer this grant type",
}

# Curable by a repeat. A certificate that cannot be verified is not.
_FAULTS: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def sleep(seconds: float) -> None:
    """Wait before a repeat; a function of its own so that tests can replace it."""
    time.sleep(seconds)


class TokenError(ResponseError):
    """The token endpoint gave no token.

    Attributes:
        code: The error code of RFC 6749 that it named, or an empty text.
    """

    def __init__(self, message: str, *, request: str, status: int | None = None, code: str = "") -> None:
        self.code = code
        super().__init__(message, request=request, status=status)


@frozen
class Answer:
    """What a token endpoint answered.

    Attributes:
        url: Where it came from, fit to be shown.
        status: HTTP status.
        body: The decoded JSON, or `None`.
        retry_after: Seconds that the server asks to wait.
    """

    url: str
    status: int
    body: Any = field(default=None, repr=False)
    retry_after: float | None = None

    def error(self, problem: str) -> TokenError:
        """Return the error that says *problem*, the status and what keys there are."""
        body = self.body if isinstance(self.body, Mapping) else {}
        named = body.get("error")
        code = named if isinstance(named, str) and _CODE.fullmatch(named) else ""
        parts = [
            f"answered {self.status}{f' with error {code!r}' if code else ''}{problem and f', {problem}'}",
            f"its keys are {_listed(body)}" if body else "the answer is no JSON object",
        ]
        if code in _ADVICE:
            parts.append(_ADVICE[code])
        return _error(self.url, "; ".join(parts), status=self.status, code=code)


def shown_url(url: str) -> str:
    """Return *url* without user name, password, query and fragment, any of which may hold a secret."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def ask(url: str, form: Iterable[tuple[str, str]], authorization: str | None = None) -> Answer:
    """Send *form* to the token endpoint at *url* and return the first answer that a repeat would not change.

    Transport faults, 429 and 5xx are repeated, up to three times. A repeat may find that a refresh token was used
    by the attempt before it, whose answer got lost; but without one the run would end in any case.

    Raises:
        TokenError: There was no answer, or one that is no success.
    """
    headers = {"Accept": "application/json"} | ({"Authorization": authorization} if authorization else {})
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_fault) | tenacity.retry_if_result(_is_passing),
        stop=tenacity.stop_after_attempt(_REPEATS + 1),
        wait=_wait,
        sleep=sleep,
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    try:
        answer: Answer = retrying(_post, url, list(form), headers)
    except requests.RequestException as error:
        failed = type(error).__name__
    else:
        return answer if answer.status < _REDIRECTS else _refuse(answer)
    # Not inside `except`: the text of the old error holds the URL, and the new one would keep it as its context.
    raise _error(shown_url(url), f"could not be asked: {failed}; check access_token_url and the network")


def _post(url: str, form: list[tuple[str, str]], headers: Mapping[str, str]) -> Answer:
    with requests.Session() as session:
        found: dict[str, Any] = surroundings.of(session, url) if surroundings.are_trusted() else {}
        # No proxies that nobody asked for and, above all, no `.netrc`, which would replace the credentials.
        session.trust_env = False
        asked = {"allow_redirects": False, "verify": True, "stream": True, **found}
        with session.post(url, data=form, headers=headers, timeout=_TIMEOUT, **asked) as response:
            content = _content(response)
            return Answer(
                shown_url(url), response.status_code, _decoded(content), _seconds(response.headers.get("Retry-After"))
            )


def _content(response: requests.Response) -> bytes:
    """Return the body, within bounds of size and time."""
    begun, content = time.monotonic(), bytearray()
    # By single bytes, because a larger piece is waited for as a whole, however slowly it drips.
    for piece in response.iter_content(1):
        content += piece
        if len(content) > _ANSWER_BYTES:
            raise _error(shown_url(response.url), f"answered with more than {_ANSWER_BYTES} bytes")
        if time.monotonic() - begun > _ANSWER_SECONDS:
            raise requests.ReadTimeout
    return bytes(content)


def _decoded(content: bytes) -> Any:
    try:
        return decode(content)
    except ValueError:
        return None


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and re.fullmatch(r"\d{1,9}", retry_after) else None


def _is_fault(error: BaseException) -> bool:
    return isinstance(error, _FAULTS) and not isinstance(error, requests.exceptions.SSLError)


def _is_passing(answer: Answer) -> bool:
    return answer.status == _TOO_MANY_REQUESTS or answer.status >= _SERVER_ERRORS


def _wait(state: tenacity.RetryCallState) -> float:
    outcome = state.outcome
    asked = outcome.result().retry_after if outcome and not outcome.failed else None
    return float(min(_LONGEST_WAIT, 2.0 ** (state.attempt_number - 1) if asked is None else asked))


def _refuse(answer: Answer) -> NoReturn:
    moved = answer.status < _REFUSALS
    raise answer.error("a redirect, which is not followed with credentials; check access_token_url" if moved else "")


def _listed(body: Mapping[Any, Any]) -> str:
    keys = [key for key in body if isinstance(key, str) and _KEY.fullmatch(key)][:_KEYS_SHOWN]
    more = len(body) - len(keys)
    return ", ".join(map(repr, keys)) + (f" and {more} more" if more else "")


def _error(url: str, problem: str, *, status: int | None = None, code: str = "") -> TokenError:
    return TokenError(f"token endpoint {url} {problem}", request=f"POST {url}", status=status, code=code)
