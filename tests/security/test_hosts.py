"""Requests go to the declared origin: whatever an answer, the environment or a plugin says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import requests
from urllib3.util import parse_url

import sdk
from sdk import (
    APIKeyAuth,
    HttpBasicAuth,
    OAuth2ClientCredentials,
    RetryPolicy,
    Secret,
    SettingError,
    hookimpl,
    transport,
)
from sdk.errors import ReadError
from sdk.opening import open_connector
from sdk.origin import Origin

KEY: Final = "hunter2-of-hosts"
BASE: Final = {"start_date": "2026-01-01", "overrides": [], "in_flight": 1, "share_limits": False, "trust_env": False}


@pytest.fixture
def read(tiny_api, acme, no_waiting) -> Callable[..., list[Any]]:
    """Return a function that declares a connector with a key in a header and reads all its things."""

    def reading(*plugins: object, **given: Any) -> list[Any]:
        acme("things", auth=APIKeyAuth("X-Api-Key", Secret("api_key")), retry=RetryPolicy(attempts=1))
        return list(sdk.read("acme", "things", plugins=plugins, **{**BASE, "api_key": KEY, **given}))

    return reading


def spelled(url: str) -> dict[str, str]:
    """Return ways to name the host of *url* that somebody might take for something else, or for the declared one."""
    there = urlsplit(url)
    host, port = there.hostname, there.port
    return {
        "plain": f"http://{host}:{port}/things",
        "without a scheme": f"//{host}:{port}/things",
        "capitals": f"HTTP://{host}:{port}/things",
        "backslashes": f"http:\\\\{host}:{port}\\things",
        "half a backslash": f"/\\{host}:{port}/things",
        "three slashes": f"http:///{host}:{port}/things",
        "one slash": f"http:/{host}:{port}/things",
        "a tab": f"ht\ttp://{host}:{port}/things",
        "a line break": f"http:\n//{host}:{port}/things",
        "a tab in front": f"\t//{host}:{port}/things",
        "a control character in front": f"\x01//{host}:{port}/things",
        "decimal": f"http://2130706433:{port}/things",
        "hexadecimal": f"http://0x7f000001:{port}/things",
        "octal": f"http://0177.0.0.1:{port}/things",
        "short": f"http://127.1:{port}/things",
        "a name": f"http://localhost:{port}/things",
        "a trailing dot": f"http://{host}.:{port}/things",
        "mapped to IPv6": f"http://[::ffff:127.0.0.1]:{port}/things",
        "IPv6": f"http://[::1]:{port}/things",
        "wide digits": f"http://\uff11\uff12\uff17.0.0.1:{port}/things",
        "wide dots": f"http://127。0。0。1:{port}/things",
        "another scheme": f"https://{host}:{port}/things",
        "no scheme of the web": f"ftp://{host}:{port}/things",
    }


SPELLINGS: Final = tuple(spelled("http://127.0.0.1:1"))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("by", ["link", "header", "redirect"])
def test_no_spelling_of_another_host_is_asked(spelling, by, read, tiny_api, foreign_api):
    """In a link, a Link header or a redirect: it is an error, no rows come from there, and nobody hears the key."""
    target = spelled(foreign_api.url)[spelling]
    line = target.replace("\n", "\t").encode().decode("latin-1")
    answers = {
        "link": tiny_api.reply({"data": [{"id": 1}], "next": target}),
        "redirect": tiny_api.reply(None, 302, {"Location": line}),
        "header": tiny_api.reply({"data": [{"id": 1}], "next": None}, 200, {"Refresh": f"0; url={line}"}),
    }
    tiny_api.says("/things", answers[by])

    if by == "header":
        # A browser would go there; it is no link to a page of records.
        assert read() == [{"id": 1}]
    else:
        with pytest.raises(ReadError):
            read()

    assert foreign_api.asked == []


@pytest.mark.parametrize(
    "target",
    [
        "http://{here}@{there}/things",
        "http://{there}\\@{here}/things",
        "http://{there}#@{here}/things",
        "http://{there}?@{here}/things",
        "http://user@{here}/things",
        "http://user:pw@{here}/things",
        "http://{here}:80@{there}/things",
    ],
)
def test_user_names_and_passwords_in_a_link(target, read, tiny_api, foreign_api):
    """They make one host look like another, or replace the credentials."""
    here, there = (urlsplit(one.url).netloc for one in (tiny_api, foreign_api))
    tiny_api.says("/things", {"data": [{"id": 1}], "next": target.format(here=here, there=there)})

    with pytest.raises(ReadError):
        read()

    assert foreign_api.asked == []
    assert len(tiny_api.asked) == 1


PIECES: Final = (
    "https:", "//", "/", "\\", "@", ":", "443", "api.example.com", "evil.test", ".", "#", "?", "%2e", "%40", "\t", "\n",
    " ", "\x00", "\u3002", "[", "]", "::1", "user", "\u200b", "\u00ad", ";",
)  # fmt: skip


def test_what_is_allowed_is_what_is_asked():
    """Two libraries read each address, the one that decides and the one that connects: they never differ."""
    origin = Origin.of("https://api.example.com/v2")
    seen = 0
    for pieces in itertools.product(PIECES, repeat=3):
        for begin in ("https://api.example.com", "https://", ""):
            url = begin + "".join(pieces)
            if not origin.allows(url):
                continue
            try:
                sent = parse_url(str(requests.Request("GET", url).prepare().url))
            except (requests.RequestException, UnicodeError):
                continue
            seen += 1
            assert (sent.scheme, sent.host, sent.port or 443, sent.auth) == ("https", "api.example.com", 443, None), url
    assert seen > 1000


@pytest.mark.parametrize(
    ("base_url", "same"),
    [
        ("https://bücher.example/x", "https://xn--bcher-kva.example/y"),
        ("https://xn--bcher-kva.example", "https://BÜCHER.example/y"),
        ("https://straße.example", "https://xn--strae-oqa.example/"),
    ],
)
def test_a_name_in_another_script_is_one_host_in_both_spellings(base_url, same):
    """It is sent in ASCII; an API that links so links to itself."""
    assert Origin.of(base_url).allows(same)


@pytest.mark.parametrize(
    ("base_url", "other"),
    [
        ("https://api.example.com", "https://аpi.example.com/"),  # noqa: RUF001 - a Cyrillic letter is the point
        ("https://bücher.example", "https://bucher.example/"),
        ("https://api.example.com", "https://api.example.com:0/"),
        ("https://api.example.com", "https://api.example.com%00.evil.test/"),
        ("https://api.example.com", "https://api.example.com%2eevil.test/"),
        ("https://api.example.com", "https://" + "a" * 5000 + "ü.example/"),
    ],
)
def test_names_that_look_alike_are_others(base_url, other):
    """Nor is a port that nobody can connect to the usual one."""
    assert not Origin.of(base_url).allows(other)


def test_a_base_url_whose_name_cannot_be():
    """The error says so, and not how the library words it."""
    with pytest.raises(SettingError, match=r"^base_url cannot be used: it is no URL; give it as https://host/path$"):
        Origin.of("https://xn--ü.example/")


def test_a_redirect_to_another_scheme(read, tiny_api, foreign_api):
    """From https to http it would send the key for all to read; the lock holds the scheme too."""
    assert not Origin.of("https://api.example.com").allows("http://api.example.com/things")
    assert not Origin.of("https://api.example.com").allows("http://api.example.com:443/things")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_origin(status, read, tiny_api):
    """It is followed, and the credentials go along."""
    tiny_api.says("/things", tiny_api.reply(None, status, {"Location": "/v2/things?x=1"}))
    tiny_api.says("/v2/things", {"data": [{"id": 1}], "next": None})

    assert read() == [{"id": 1}]
    assert [(one.method, one.target, one.headers["X-Api-Key"]) for one in tiny_api.asked] == [
        ("GET", "/things", KEY),
        ("GET", "/v2/things?x=1", KEY),
    ]


class Turning:
    """A plugin that sends each request elsewhere."""

    def __init__(self, url: str) -> None:
        self.url = url

    @hookimpl(wrapper=True)
    def sdk_authenticate(self) -> Iterator[None]:
        """Let the credentials be added, and turn the request."""
        made: Any = yield
        made.url = f"{self.url}/things"
        return made


def test_a_plugin_that_turns_a_request_elsewhere(read, tiny_api, foreign_api):
    """The lock is tried on the request as it is sent."""
    tiny_api.says("/things", {"data": [], "next": None})

    with pytest.raises(ReadError, match=r"but credentials and rows stay at"):
        read(Turning(foreign_api.url))

    assert (tiny_api.asked, foreign_api.asked) == ([], [])


@pytest.fixture
def surroundings(foreign_api, monkeypatch, tmp_path) -> Path:
    """Return the file of certificates that the environment names; it names a proxy too, and a `.netrc`."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, foreign_api.url.replace("http://", "http://ann:proxy-hunter2@"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    certificates = tmp_path / "ca.pem"
    certificates.write_bytes(Path(requests.certs.where()).read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates))
    (tmp_path / "netrc").write_text("default login ann password netrc-hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    return certificates


def _asked(api: Any) -> list[str]:
    return [one.target for one in api.asked]


@pytest.mark.usefixtures("surroundings")
def test_the_environment_is_not_asked(read, tiny_api, foreign_api):
    """Neither its proxy nor its `.netrc`, unless somebody wants them."""
    tiny_api.says("/things", {"data": [{"id": 1}], "next": None})

    assert read() == [{"id": 1}]
    assert foreign_api.asked == []
    assert "Authorization" not in tiny_api.asked[0].headers


@pytest.mark.usefixtures("surroundings")
def test_the_environment_on_request(read, tiny_api, foreign_api):
    """The proxy is asked for the request, is told its own password, and `.netrc` still counts for nothing."""
    foreign_api.says("/things", {"data": [{"id": 1}], "next": None})

    assert read(trust_env=True) == [{"id": 1}]
    assert tiny_api.asked == []
    assert _asked(foreign_api) == [f"{tiny_api.url}/things"]
    headers = foreign_api.asked[0].headers
    assert (headers["X-Api-Key"], headers["Proxy-Authorization"][:6]) == (KEY, "Basic ")
    assert "Authorization" not in headers


@pytest.mark.usefixtures("surroundings")
def test_a_token_is_asked_for_the_same_way(tiny_api, foreign_api, acme):
    """A proxy that everything has to pass is passed by the request for a token too; and only on request."""
    auth = OAuth2ClientCredentials(f"{tiny_api.url}/token", "client-1", Secret("client_secret"))
    acme("things", auth=auth)
    for api in (tiny_api, foreign_api):
        api.says("/token", {"access_token": "a-token-of-hosts"})
        api.says("/things", {"data": [], "next": None})

    for trust_env in (True, False):
        assert list(sdk.read("acme", "things", **{**BASE, "client_secret": KEY, "trust_env": trust_env})) == []

    assert _asked(foreign_api) == [f"{tiny_api.url}/token", f"{tiny_api.url}/things"]
    assert _asked(tiny_api) == ["/token", "/things"]
    # What the proxy is told is its own password.
    assert [one.headers["Authorization"][:6] for one in foreign_api.asked] == ["Basic ", "Bearer"]


def test_the_certificates_of_the_environment_are_checked_with(surroundings, monkeypatch):
    """A company's own authority on request; but nothing that the environment says switches the check off."""
    found = []
    monkeypatch.setattr(requests.Session, "send", lambda _session, _request, **options: found.append(options["verify"]))
    prepared = requests.Request("GET", "https://api.example.com/").prepare()

    for value in (str(surroundings), ""):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", value)
        monkeypatch.setenv("CURL_CA_BUNDLE", value)
        transport.session(trust_env=True).send(prepared, verify=True)
        transport.session().send(prepared, verify=True)

    assert found == [str(surroundings), True, True, True]


@pytest.mark.parametrize("client", [{"verify": False}, {"session": {"verify": False}}, {"trust_env": True}])
def test_a_dictionary_cannot_switch_the_check_off(client):
    """There are no such words."""
    with pytest.raises(sdk.SDKError):
        sdk.from_config({"client": {"base_url": "https://api.example.com", **client}, "resources": ["things"]})


@pytest.mark.parametrize("said", ["/nowhere", "0", "False"])
def test_certificates_that_are_not_there(said, read, monkeypatch):
    """It is an error that says so, and no reason to check less."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", said)

    with pytest.raises(SettingError, match=f"^trust_env: no certificates at {said}, where REQUESTS_CA_BUNDLE says"):
        read(trust_env=True)


def test_credentials_in_a_base_url(acme):
    """They would be sent by requests itself, to whoever the URL leads to; and they would be shown with it."""
    acme("things", base_url=sdk.Setting("base_url"), auth=HttpBasicAuth("ann", Secret("password")))

    with pytest.raises(SettingError) as caught:
        open_connector("acme", {**BASE, "base_url": "https://ann:hunter2@api.example.com", "password": KEY})

    assert "hunter2" not in str(caught.value)
