"""What looks like a secret is found in a finished cassette, and what does not is left in peace."""

from __future__ import annotations

import pytest

from sdk.testing.leaks import Leak, leaks, located
from sdk.testing.places import Place

RANDOM = "8f4Jk2LmQ9xZ7vB1nR3tW5yC"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"client_secret": "abcdef"}', "a field named like a secret"),
        ('{"api-key": "abcdef"}', None),
        ('{"apiKey": "abcdef"}', "a field named like a secret"),
        (f'{{"token": "{RANDOM}"}}', "a field named like a secret"),
        (f'{{"webhook_token": "{RANDOM}"}}', "a field named like a secret"),
        (f'{{"session_id": "{RANDOM}"}}', "a field named like a secret"),
        (f'"{{\\"sessionToken\\": \\"{RANDOM}\\"}}"', "a field named like a secret"),
        (f'{{"next_page_token": "{RANDOM}"}}', None),
        (f'{{"nextToken": "{RANDOM}"}}', None),
        (f'{{"cursor": "{RANDOM}"}}', None),
        ('{"token": "none"}', None),
        ('{"token": "waiting_for_confirmation"}', None),
        ('{"token": "2025-06-01T12:00:00Z"}', None),
        ('{"token": ""}', None),
        ('{"token": "***"}', None),
        ('{"access_token": "made-up-access-token-1"}', None),
        ('{"token_type": "bearer", "tokens": 17}', None),
        (f"https://a.test/?sid={RANDOM}", "a parameter named like a secret"),
        (f"https://a.test/?a=1&amp;token={RANDOM}", "a parameter named like a secret"),
        (f"https://a.test/?X-Amz-Signature={RANDOM}", "a parameter named like a secret"),
        (f"https://a.test/?page_token={RANDOM}", None),
        ("https://a.test/?key=name", None),
        ("postgres://me:pass1234@db.test/x", "credentials in a URL"),
        ("https://a.test:8080/@me", None),
        (f"Set-Cookie: session={RANDOM}; Path=/", "a cookie"),
        ("Authorization: Basic bWU6cGFzcw==", "an authorization header"),
        ("the bearer of this", None),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.", "a JSON web token"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("-----BEGIN PUBLIC KEY-----", None),
        ("ghp_" + "a" * 36, "a vendor's key"),
        ("glpat-" + "a" * 20, "a vendor's key"),
        ("ASIA" + "B" * 16, "a vendor's key"),
        ("https://hooks.slack.com/services/T01/B02/abc", "a vendor's key"),
        ("8d3e5a52-1111-4222-8333-123456789012", None),
        ("sha256:" + "ab12" * 16, None),
    ],
)
def test_shapes(text: str, kind: str | None) -> None:
    """Each of these is found as what it is, or is nothing."""
    assert ({kind} if kind else set()) == {what for what, _ in leaks(text, {})}


def test_located() -> None:
    """Each finding has its line and its place; one of a kind in each line is enough, and a secret has its name."""
    text = (
        "version: 1\n"
        "interactions:\n"
        "- request:\n"
        "    uri: https://a.test/?api_key=abcdef&apikey=abcdef\n"
        "  response:\n"
        "    headers:\n"
        "      Link:\n"
        "      - see the-live-secret\n"
        "    body:\n"
        "      string: |-\n"
        "        {\n"
        '         "a": {"b": [1, {"c": "x"}]},\n'
        '         "rows": [\n'
        '          {"id": 1, "d\\"e": {"password": "abcdef"}}\n'
        "         ]\n"
        "        }\n"
    )

    assert [
        Leak("a parameter named like a secret", 4, Place("the address of request 1")),
        Leak("the secret 'key'", 8, Place("the header 'Link' of the answer to request 1")),
        Leak("a field named like a secret", 14, Place("the body of the answer to request 1", 'rows.d\\"e.password')),
    ] == located(text, {"key": "the-live-secret"})


@pytest.mark.parametrize("text", ["", "a: [", "\x00", "- &a [*a]", '{"password": "abcdef"}', '"password": "abcdef"'])
def test_no_cassette(text: str) -> None:
    """A text that is no cassette is searched too, and has lines at least."""
    assert [1] * ("password" in text) == [one.line for one in located(text, {"key": "zzzzzzzz"})]
