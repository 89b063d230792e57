"""The origin lock: scheme, host and port, and nothing that merely looks like them."""

from __future__ import annotations

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from sdk.errors import SettingError
from sdk.origin import Origin


@pytest.mark.parametrize(
    ("base_url", "origin", "text"),
    [
        ("https://api.example.com", Origin("https", "api.example.com", 443), "https://api.example.com"),
        ("https://API.example.com:443/v2/", Origin("https", "api.example.com", 443), "https://api.example.com"),
        ("HTTP://localhost", Origin("http", "localhost", 80), "http://localhost"),
        (" http://127.0.0.1:8080/x\n", Origin("http", "127.0.0.1", 8080), "http://127.0.0.1:8080"),
        ("http://api.example.com:443", Origin("http", "api.example.com", 443), "http://api.example.com:443"),
    ],
)
def test_the_origin_of_a_base_url(base_url, origin, text):
    """A default port may be written or not; the path is no part of it."""
    assert Origin.of(base_url) == origin
    assert str(origin) == text


@pytest.mark.parametrize(
    ("base_url", "problem"),
    [
        ("api.example.com", "its scheme is not http or https"),
        ("", "its scheme is not http or https"),
        ("ftp://api.example.com", "its scheme is not http or https"),
        ("file:///etc/passwd", "its scheme is not http or https"),
        ("https://", "it names no host"),
        ("https:///v2", "it names no host"),
        ("https://ann:hunter2@api.example.com", "it holds credentials, which belong in the connector's secrets"),
        ("https://ann@api.example.com", "it holds credentials, which belong in the connector's secrets"),
        ("https://api.example.com?key=hunter2", "it has a query or a fragment"),
        ("https://api.example.com/#x", "it has a query or a fragment"),
        ("https://api.example.com:port", "it is no URL"),
        ("https://[::1", "it is no URL"),
        ("https://api.example.com:99999", "it is no URL"),
    ],
)
def test_a_base_url_that_cannot_be_used(base_url, problem):
    """The error says why, and repeats nothing of it: it may hold a password."""
    with pytest.raises(SettingError) as caught:
        Origin.of(base_url)

    assert str(caught.value) == f"base_url cannot be used: {problem}; give it as https://host/path"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v2/things?page=2",
        "https://API.EXAMPLE.COM/things",
        "https://api.example.com:443",
        "HTTPS://api.example.com/../x",
    ],
)
def test_what_stays_within(url):
    """Any path and query, in any spelling of the same host."""
    assert Origin.of("https://api.example.com/v2").allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/things",
        "https://api.example.com:8443/things",
        "https://example.com/things",
        "https://api.example.com.evil.com/things",
        "https://evil-api.example.com/things",
        "https://api.example.com@evil.com/things",
        "https://ann@api.example.com/things",
        "https://:pw@api.example.com/things",
        "https://api.example.com./things",
        "//api.example.com/things",
        "/things",
        "",
        "https:/things",
        "https://[::1/things",
        "https://api.example.com:port/things",
        "javascript:alert(1)",
        "file://api.example.com/etc/passwd",
    ],
)
def test_what_leads_elsewhere(url):
    """Another scheme, host or port, a user name, or something that is no absolute URL."""
    assert not Origin.of("https://api.example.com/v2").allows(url)


@pytest.mark.parametrize("spelled", ["http://2130706433", "http://0x7f000001", "http://127.1", "http://[::1]"])
def test_other_spellings_of_an_address(spelled):
    """They may lead to the same machine; they are not what was declared."""
    assert not Origin.of("http://127.0.0.1").allows(f"{spelled}/things")


# What ends a host, stands before one or is taken out by some parsers, among any other text.
SPECIAL = st.sampled_from(["@", "/", "\\", "?", "#", ":", "\t", "\n", "..", "evil.com", "%"])


@given(st.lists(SPECIAL | st.text()).map("".join))
def test_what_follows_the_host(rest):
    """After the slash nothing is the host any more: not for us, and not for the libraries that send the request."""
    origin = Origin("https", "api.example.com", 8443)
    url = f"{origin}/{rest}"

    assert origin.allows(url)
    try:
        sent = requests.Request("GET", url).prepare().url
    except (requests.RequestException, UnicodeError):
        return  # refused, so nothing goes anywhere
    assert parse_url(sent).netloc == "api.example.com:8443"
