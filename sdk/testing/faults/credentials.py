"""Faults of credentials: tokens that expire, endpoints that give none, servers that echo what they were sent."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, Final, get_args

from sdk.testing.faults.api import Api, Credential
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage, on_page
from sdk.testing.faults.wire import Answer, Asked

_OAUTH: Final = Api(credential="oauth")


def _token(stage: Stage, *, lives: Any) -> Answer:
    number = stage.notes["tokens"] = stage.notes.get("tokens", 0) + 1
    stage.notes["made"] = stage.time
    body = {"access_token": f"{stage.secret}-{number}", "token_type": "bearer", "expires_in": lives}
    return Answer({name: value for name, value in body.items() if value is not None})


def _expiring(*, says: Any, lives: float, page_takes: float) -> Play:
    """Give tokens that live so long, whatever is said of them, while each page takes its time."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        if asked.path == "/token":
            return _token(stage, lives=says)
        current = f"Bearer {stage.secret}-{stage.notes['tokens']}"
        if asked.headers.get("Authorization") != current or stage.time - stage.notes["made"] >= lives:
            return Answer({"error": "token expired"}, 401)
        stage.time += page_takes
        return _listed(stage, asked)

    return answer


def _revoked_once(stage: Stage, asked: Asked) -> Answer:
    """Revoke the first token after two pages."""
    if asked.path == "/token":
        return _token(stage, lives=3600)
    number = asked.headers.get("Authorization", "").rpartition("-")[2]
    if number == "1" and stage.number(asked) > 3:  # noqa: PLR2004 - the token and two pages
        return Answer({"error": "revoked"}, 401)
    return _listed(stage, asked)


def _never(stage: Stage, asked: Asked) -> Answer:
    """Give tokens, and accept none."""
    return _token(stage, lives=3600) if asked.path == "/token" else Answer({"error": "revoked"}, 401)


def _at_endpoint(answer: Answer, times: int = 1000) -> Play:
    def play(stage: Stage, asked: Asked) -> Answer:
        if asked.path != "/token":
            return _listed(stage, asked)
        return answer if stage.times(asked) <= times else _token(stage, lives=3600)

    return play


def _endpoint_redirects(stage: Stage, asked: Asked) -> Answer:
    if asked.path != "/token":
        return _listed(stage, asked)
    return Answer(b"", 307, {"Location": f"{stage.there}/token"})


def _endpoint_echoes(stage: Stage, asked: Asked) -> Answer:
    del asked
    return Answer({"error": "invalid_client", "error_description": f"{stage.secret} is wrong"}, 400)


def _listed(stage: Stage, asked: Asked) -> Answer:
    return Api(credential="bearer").answer(asked, stage.rows, stage.here)


def _echoes(status: int) -> Play:
    """Answer with every form of the credential in body, headers and reason."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        secret = stage.secret
        shown = [secret, asked.target, dict(asked.headers), b64encode(secret.encode()).decode()]
        headers = {"X-Echo": secret, "Retry-After": secret, "Date": secret}
        return Answer({"error": {"code": secret, "message": json.dumps(shown)}}, status, headers, f"No {secret}")

    return answer


def _fault(name: str, api: Api, play: Play, must: Must, what: str, **facts: Any) -> Fault:
    return Fault(name=name, group="auth", must=must, what=what, play=play, api=api, **facts)


_KINDS: Final[tuple[Credential, ...]] = tuple(one for one in get_args(Credential) if one != "oauth")

_PERMANENT: Final = tuple(
    _fault(
        f"s401_always_{kind}",
        Api(credential=kind),
        _echoes(401),
        "raise",
        "401 each time, and the credential is echoed",
        requests=10,
        # Wherever a connector sends its own.
        fits_any=kind == "bearer",
        status=401,
    )
    for kind in _KINDS
)
_ECHOED: Final = tuple(
    _fault(
        f"s{status}_echo_query",
        Api(credential="query"),
        on_page(_echoes(status), 3),
        "raise",
        f"{status}, and the credential is echoed",
    )
    for status in (200, 302, 400, 403, 429, 500)
)

FAULTS: Final[tuple[Fault, ...]] = (
    _fault(
        "token_expires_mid",
        _OAUTH,
        _expiring(says=3600, lives=250, page_takes=100),
        "all rows",
        "tokens expire sooner than they say",
    ),
    _fault(
        "token_expires_honest",
        _OAUTH,
        _expiring(says=250, lives=250, page_takes=100),
        "all rows",
        "tokens expire when they say",
    ),
    _fault(
        "token_expires_unsaid",
        _OAUTH,
        _expiring(says=None, lives=250, page_takes=100),
        "all rows",
        "tokens expire and do not say when",
    ),
    _fault(
        "token_expires_text",
        _OAUTH,
        _expiring(says="250", lives=250, page_takes=100),
        "all rows",
        "when tokens expire is text",
    ),
    _fault(
        "token_expires_garbage",
        _OAUTH,
        _expiring(says="soon", lives=250, page_takes=100),
        "all rows",
        "when tokens expire is no number",
    ),
    _fault(
        "token_expires_at_once",
        _OAUTH,
        _expiring(says=0, lives=250, page_takes=100),
        "all rows",
        "tokens expire at once, as they say",
    ),
    _fault(
        "token_expires_negative",
        _OAUTH,
        _expiring(says=-1, lives=250, page_takes=100),
        "all rows",
        "tokens expired before, as they say",
    ),
    _fault("token_revoked_once", _OAUTH, _revoked_once, "all rows", "a token is revoked"),
    _fault("token_never_good", _OAUTH, _never, "raise", "no token is good", requests=12),
    _fault(
        "token_200_error",
        _OAUTH,
        _at_endpoint(Answer({"error": "invalid_client"})),
        "raise",
        "the token endpoint answers 200 with an error",
    ),
    _fault("token_200_empty", _OAUTH, _at_endpoint(Answer({})), "raise", "the token endpoint answers with nothing"),
    _fault("token_200_html", _OAUTH, _at_endpoint(Answer(b"<html/>")), "raise", "the token endpoint answers with HTML"),
    _fault("token_200_null", _OAUTH, _at_endpoint(Answer({"access_token": None})), "raise", "the token is null"),
    _fault(
        "token_line_break",
        _OAUTH,
        _at_endpoint(Answer({"access_token": "a\r\nX-Evil: 1"})),
        "raise",
        "the token holds a line break",
    ),
    _fault("token_500_once", _OAUTH, _at_endpoint(Answer({}, 500), 1), "all rows", "the token endpoint fails once"),
    _fault("token_500_always", _OAUTH, _at_endpoint(Answer({}, 500)), "raise", "the token endpoint fails"),
    _fault(
        "token_429_once",
        _OAUTH,
        _at_endpoint(Answer({}, 429, {"Retry-After": "8"}), 1),
        "all rows",
        "the token endpoint is asked too often",
        waits=8,
    ),
    _fault(
        "token_401",
        _OAUTH,
        _at_endpoint(Answer({"error": "invalid_client"}, 401)),
        "raise",
        "the client is not known",
        requests=5,
    ),
    _fault("token_redirects", _OAUTH, _endpoint_redirects, "raise", "the token endpoint redirects to another host"),
    _fault("token_echoes", _OAUTH, _endpoint_echoes, "raise", "the token endpoint echoes the client's secret"),
    *_PERMANENT,
    *_ECHOED,
    _fault(
        "s401_once",
        Api(),
        on_page(lambda _s, _a: Answer({}, 401), times=1),
        "all rows or raise",
        "401, once",
        fits_any=True,
        status=401,
    ),
    _fault(
        "secret_in_cursor",
        Api(style="cursor"),
        on_page(lambda s, a: s.good(a).saying(next={s.secret: s.secret}), 3),
        "raise",
        "the credential stands where the cursor belongs",
    ),
    _fault(
        "secret_in_keys",
        Api(),
        on_page(lambda s, _: Answer({s.secret: 1}), 3),
        "raise",
        "the credential is a key of the body",
    ),
    _fault(
        "secret_in_link",
        Api(style="link"),
        on_page(lambda s, a: s.good(a).saying(next=f"http://{s.secret.replace('/', '')}@127.0.0.1:1/x"), 3),
        "raise",
        "the credential stands in a link",
    ),
)
