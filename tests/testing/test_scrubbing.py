"""What is stored of a recording: no secret in any encoding, tokens that can be played, the same when stored again."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from vcr.request import Request

from sdk import redaction
from sdk.auth import OAuth2ClientCredentials
from sdk.connector import BASE_URL
from sdk.placeholders import Secret, Setting
from sdk.resource import Resource
from sdk.testing.cassette_files import Contents, parse, written
from sdk.testing.fakes import Fakes
from sdk.testing.openings import Access
from sdk.testing.personal import PersonalData
from sdk.testing.recordings import play, record
from sdk.testing.scrubbing import CREDENTIALS, LeakError, Scrubber

KEY = "k3y/of+the=account"
SECRETS = {"api_key": KEY}
FAKES = Fakes(SECRETS)
THERE, HERE = "https://api.acme.test:8443", "https://acme.test"


@contextmanager
def forgetting() -> Iterator[None]:
    """Forget all announced secrets, before and after: they are the whole process's."""
    before = redaction._forms, redaction._pattern
    redaction._forms, redaction._pattern = set(), None
    try:
        yield
    finally:
        redaction._forms, redaction._pattern = before


@pytest.fixture(autouse=True)
def _nothing_announced() -> Iterator[None]:
    with forgetting():
        yield


@pytest.fixture
def scrubber() -> Scrubber:
    """Return what records an account with one key."""
    return Scrubber(SECRETS, THERE, HERE)


def answer(body: Any, **headers: str) -> dict[str, Any]:
    """Return an answer as vcrpy has it."""
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "status": {"code": 200, "message": "OK"},
        "headers": {name: [value] for name, value in headers.items()},
        "body": {"string": text.encode()},
    }


def ask(path: str = "/v1/a", body: str | None = None, **headers: str) -> Request:
    """Return a request as vcrpy has it."""
    return Request("POST" if body else "GET", THERE + path, body, headers)


def body_of(response: dict[str, Any]) -> Any:
    """Return the JSON that an answer holds."""
    return json.loads(response["body"]["string"])


def twice(encode: Callable[[str], str]) -> Callable[[str], str]:
    """Return *encode*, done twice."""
    return lambda text: encode(encode(text))


def within(before: str, encode: Callable[[bytes], bytes] = base64.b64encode) -> Callable[[str], str]:
    """Return what encodes a secret with something before and behind it."""
    return lambda text: encode(f"{before}{text}:x".encode()).decode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL": lambda text: quote(text, safe=""),
    "URL, in lower case": lambda text: quote(text, safe="").lower() if text.islower() else quote(text),
    "URL twice": twice(lambda text: quote(text, safe="")),
    "form": quote_plus,
    "form twice": twice(quote_plus),
    "every letter by its number": lambda text: "".join(f"%{one:02X}" for one in text.encode()),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON twice": twice(lambda text: json.dumps(text)[1:-1]),
    "HTML": html.escape,
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    **{f"Base64 after {count}": within("u" * count) for count in range(3)},
    **{f"URL-safe Base64 after {count}": within("u" * count, base64.urlsafe_b64encode) for count in range(3)},
    "Base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
}
PLACES: dict[str, Callable[[str], tuple[Request, dict[str, Any]]]] = {
    "a body": lambda text: (ask(), answer({"a": [f"see {text}."]})),
    "a text": lambda text: (ask(), answer(f"<p>{text}</p>")),
    "a header": lambda text: (ask(), answer({}, Link=f"<{THERE}/a?x={text}>; rel=next")),
    "an address": lambda text: (ask(f"/v1/{quote(text, safe='%')}"), answer({})),
    "a query": lambda text: (ask(f"/v1/a?x={text}"), answer({})),
    "a request": lambda text: (ask(body=json.dumps({"x": text})), answer({})),
    "JSON in JSON": lambda text: (ask(), answer({"a": json.dumps({"b": text})})),
}
VALUES = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=8, max_size=40)


@settings(max_examples=400, deadline=None)
@given(VALUES, st.sampled_from(sorted(ENCODINGS)), st.sampled_from(sorted(PLACES)))
def test_no_encoding_survives(secret: str, encoding: str, place: str) -> None:
    """A secret is stored in no encoding, wherever it stands."""
    encoded = ENCODINGS[encoding](secret)
    request, response = PLACES[place](encoded)
    # What the address or the answer holds anyway is no secret.
    assume(not any(secret in one for one in (THERE, HERE, "recorded interactions response message application/json")))
    with forgetting():
        scrubber = Scrubber({"api_key": secret}, THERE, HERE)
        contents = Contents(requests=[scrubber.request(request)], responses=[scrubber.response(response)])
        text = written(scrubber.settled(contents), "acme")
        try:
            scrubber.check(text)
        except LeakError as error:
            # Refused is as good as replaced, if only the refusal does not show it.
            assert secret not in str(error)  # noqa: PT017 - both ways out are right
            return
    assert encoded not in text
    assert secret not in text


def test_tokens(scrubber: Scrubber) -> None:
    """A token that the account hands out is stored as one that is made up, and known wherever it is sent."""
    granted = {"access_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln", "refreshToken": "r3fr3sh", "expires_in": 60}
    first = scrubber.response(answer({**granted, "token_type": "bearer", "id_token": None}))
    sent = scrubber.request(
        ask(
            "/v1/a",
            f"grant_type=refresh_token&refresh_token={granted['refreshToken']}",
            Authorization=f"Bearer {granted['access_token']}",
        )
    )
    again = scrubber.response(answer({**granted, "access_token": "another-token-of-the-account"}))

    made_up = {"access_token": "made-up-access-token-1", "refreshToken": "made-up-refresh-token-1", "expires_in": 60}
    assert {**made_up, "token_type": "bearer", "id_token": None} == body_of(first)
    assert {**made_up, "access_token": "made-up-access-token-2"} == body_of(again)
    assert "Authorization=access_token, body=refresh_token" == sent.headers[CREDENTIALS]
    assert b"grant_type=refresh_token&refresh_token=made-up-refresh-token-1" == sent.body
    scrubber.check(written(Contents(requests=[sent], responses=[first]), "acme"))


def test_tokens_played() -> None:
    """Played, the made-up token is recognised where it is sent, and stays although whoever plays announces it."""
    stored = answer({"access_token": "made-up-access-token-1"})
    for _ in range(2):
        player = Scrubber({"api_key": "api-key-of-a-made-up-acme-account"})
        [token] = body_of(player.response(stored)).values()
        redaction.conceal(token)
        sent = player.request(ask("/v1/a", f"refresh_token={token}", Authorization=f"Bearer {token}"))

    assert "made-up-access-token-1" == token
    assert "Authorization=access_token, body=access_token" == sent.headers[CREDENTIALS]
    assert b"refresh_token=made-up-access-token-1" == sent.body


def test_token_by_another_name(scrubber: Scrubber) -> None:
    """A token that was announced when it came is made up too, whatever its field is called."""
    redaction.conceal("granted-for-one-hour-3141")
    stored = scrubber.response(answer({"session": "granted-for-one-hour-3141", "key": KEY, "echo": f"x {KEY}"}))

    assert {"session": "made-up-token-1", "key": "***", "echo": "x ***"} == body_of(stored)


def test_basic_with_signs(scrubber: Scrubber) -> None:
    """A key within Basic is known, also where it was form-encoded first, as OAuth has it."""
    pairs = [f"me:{KEY}", f"{quote_plus('me')}:{quote_plus(KEY)}"]
    sent = [scrubber.request(ask(Authorization=f"Basic {base64.b64encode(one.encode()).decode()}")) for one in pairs]

    assert ["Authorization=api_key"] * 2 == [one.headers[CREDENTIALS] for one in sent]


def test_blank() -> None:
    """Fields that the author names are blanked with their type kept; a key that was blanked still joins."""
    scrubber = Scrubber(SECRETS, THERE, HERE, blank=["data.url", "data.*.deep", "data.list", "never.there"])
    url = "https://acme.test/s/abcdefgh"
    given = {
        "data": [{"url": url, "list": [1], "n": 5, "a": {"deep": 7}, "b": {"deep": {"x": 1}}, "c": {"deep": None}}]
    }
    stored = body_of(scrubber.response(answer(given)))
    asked = scrubber.request(ask(f"/v1/a?of={quote(url, safe='')}"))

    fake = FAKES.blanked(url)
    [record] = stored["data"]
    assert {"url": fake, "list": [], "n": 5, "a": {"deep": 0}, "b": {"deep": {}}, "c": {"deep": None}} == record
    assert f"{HERE}/v1/a?of={fake}" == asked.uri
    assert ("never.there",) == scrubber.unmatched


def test_blank_anywhere() -> None:
    """A bare name is blanked wherever it stands; what comes near a name that is nowhere are names of fields alone."""
    scrubber = Scrubber(SECRETS, THERE, HERE, blank=["plate", "plat"])
    given = {"plate": "A 1", "cars": [{"plate": ["B 2"], "by": {"jo@acme.test": {"plate": "C 3"}, "year": 7}}]}
    stored = body_of(scrubber.response(answer(given)))

    [one, three] = map(FAKES.blanked, ("A 1", "C 3"))
    assert stored == {"plate": one, "cars": [{"plate": [], "by": {"jo@acme.test": {"plate": three}, "year": 7}}]}
    assert scrubber.unmatched == ("plat",)
    assert scrubber.nearest("plat") == ("plate", "cars.plate", "cars")


def test_persons() -> None:
    """Persons are replaced in answers, their headers, and what is asked with them; learnt late, on the second pass."""
    scrubber = Scrubber(SECRETS, THERE, HERE, PersonalData.keyed_by(SECRETS))
    opening = scrubber.opening(
        {"clock": "2025-06-01T12:00:00Z", "base_path": "/v1/jdoe", "settings": {"owner": "jdoe"}}
    )
    exchanges = [
        (ask("/v1/jdoe/tickets"), answer({"tickets": [{"id": 1, "subject": "Ada's laptop"}]})),
        (
            ask("/v1/jdoe/users"),
            answer({"users": [{"name": "Ada", "email": "a@b.test"}]}, Link=f"<{THERE}/v1/u/a%40b.test>"),
        ),
        (ask("/v1/jdoe/users/a%40b.test", '{"by": "a@b.test"}'), answer({})),
    ]
    contents = Contents(openings=[opening])
    for request, response in exchanges:
        contents.requests.append(scrubber.request(request))
        contents.responses.append(scrubber.response(response))
    settled = scrubber.settled(contents)

    ada, jdoe, mail = FAKES.word("Ada"), FAKES.word("jdoe"), FAKES.email("a@b.test")
    assert {"clock": "2025-06-01T12:00:00Z", "base_path": f"/v1/{jdoe}", "settings": {"owner": jdoe}} == opening
    assert [f"{HERE}/v1/{jdoe}/{one}" for one in ("tickets", "users", f"users/{mail.replace('@', '%40')}")] == [
        one.uri for one in settled.requests
    ]
    assert {"by": mail} == json.loads(settled.requests[2].body)
    assert {"tickets": [{"id": 1, "subject": f"{ada}'s laptop"}]} == body_of(settled.responses[0])
    assert {"users": [{"name": ada, "email": mail}]} == body_of(settled.responses[1])
    assert {"Link": [f"<{HERE}/v1/u/{mail.replace('@', '%40')}>"]} == settled.responses[1]["headers"]
    assert written(settled, "acme") == written(scrubber.settled(settled), "acme")


def test_same_again(scrubber: Scrubber) -> None:
    """What is stored is stored in the same way again, by whoever plays it."""
    request = scrubber.request(
        ask(f"/v1/a?b=%20&key={quote(KEY)}", '{"a": 1}', Authorization=KEY, Accept="application/json")
    )
    response = scrubber.response(answer({"a": f"{THERE}/b", "b": "\ud800"}, ETag="x", Link=f"<{THERE}/b>"))
    player = Scrubber({"api_key": "made-up"})

    assert request._to_dict() == player.request(request)._to_dict()
    assert response == player.response(response)


def test_no_text(scrubber: Scrubber) -> None:
    """A body that is no text is refused, in a request as well as in an answer."""
    with pytest.raises(LeakError, match="no UTF-8 text"):
        scrubber.request(Request("POST", THERE, b"\xff\xfe", {}))
    with pytest.raises(LeakError, match="no UTF-8 text"):
        scrubber.response({**answer({}), "body": {"string": b"\xff\xfe"}})


def test_refusal(scrubber: Scrubber) -> None:
    """The refusal says where each thing is, what it is, and what would do; it shows none."""
    body = {"data": [{"id": 1}, {"id": 2, "session": {"link": "https://x.test/?sid=8f4Jk2LmQ9xZ7vB1nR3t"}}]}
    contents = Contents(
        requests=[scrubber.request(ask())],
        responses=[scrubber.response(answer(body, Link="<https://a:b8sJ2kq@x.test>"))],
    )
    with pytest.raises(LeakError) as caught:
        scrubber.check(written(contents, "acme"))

    assert (
        "the cassette is not written, since it holds "
        "line 18: credentials in a URL at the header 'Link' of the answer to request 1; "
        "line 29: a parameter named like a secret at data.session.link of the body of the answer to request 1; "
        "declare it as a Secret of the connector, or blank it with --blank data.session.link when recording"
    ) == str(caught.value)


def test_address_left(scrubber: Scrubber) -> None:
    """The address that was recorded is not stored either."""
    with pytest.raises(LeakError, match=r"line 2: the address that was recorded$"):
        scrubber.check("version: 1\nhost: api.acme.test:8443\n")


def test_signed_in(tiny_api: Any, acme: Any, tmp_path: Path) -> None:
    """An account that is read with a token of its own is recorded, and played from what was written."""
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    signed = f"Bearer {token}"
    tiny_api.says("/token", {"access_token": token, "refresh_token": "r3fr3sh-me-now", "expires_in": 3600})
    tiny_api.answer(
        "/planets",
        lambda asked: tiny_api.reply(
            {"data": [{"id": 1}], "next": None}, 200 if asked.headers["Authorization"] == signed else 401
        ),
    )
    auth = OAuth2ClientCredentials(Setting("token_url"), Secret("client_id"), Secret("client_secret"))
    acme(Resource("planets", data_selector="data"), base_url=BASE_URL, auth=auth)
    given = {"base_url": tiny_api.url, "token_url": f"{tiny_api.url}/token"}
    path = tmp_path / "acme" / "planets.yaml"
    access = Access.of("acme", {**given, "client_id": "me-myself", "client_secret": "and-nobody-else"})
    recording = record("acme", "planets", access.keywords, path, access.scrubber())
    text = path.read_text()

    assert [{"id": 1}] == recording.first.records == play(parse(text), "acme", "planets").first.records
    assert [] == [one for one in (token, "r3fr3sh", "myself", "nobody-else") if one in text]
    assert {"Authorization=access_token"} == {
        one.headers[CREDENTIALS] for one in recording.contents.requests if one.path == "/planets"
    }
