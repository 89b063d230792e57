"""Secrets, hidden by value wherever they turn up."""

from __future__ import annotations

import base64
import copy
import io
import json
import logging
import pickle
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlencode

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.auth import _basic_auth_str

from sdk import redaction
from sdk.redaction import HIDDEN, RedactingFilter, SecretValue, conceal, one_line, redact

if TYPE_CHECKING:
    from collections.abc import Iterator

AWKWARD = "p@ss/w+rd=\"\\é' &?#%"

secrets = st.text(st.characters(codec="utf-8"), min_size=4).filter(lambda text: "*" not in text)


@contextmanager
def nothing_announced() -> Iterator[None]:
    """Forget every secret, and bring back what was known before."""
    before = redaction._forms, redaction._pattern
    redaction._forms, redaction._pattern = set(), None
    try:
        yield
    finally:
        redaction._forms, redaction._pattern = before


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    with nothing_announced():
        yield


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """Return a logger whose handler redacts, and what it has written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RedactingFilter())
    logger = logging.Logger("test", logging.DEBUG)  # noqa: LOG001 - outside the tree, so that no other handler sees it
    logger.addHandler(handler)
    yield logger, written
    handler.close()


def test_redact_leaves_text_alone_when_nothing_is_secret():
    """Without a secret, text comes back as it is."""
    assert redact("api_key=hunter2") == "api_key=hunter2"


def test_redact_goes_by_value_and_not_by_name():
    """The value is hidden under any name, and a name that looks secret hides nothing."""
    conceal("hunter2")

    assert redact("sig=hunter2&api_key=public") == "sig=***&api_key=public"


def test_the_empty_text_is_no_secret():
    """An empty secret does not turn every text into stars."""
    conceal("")

    assert redact("abc") == "abc"


@pytest.mark.parametrize("order", [("key-1", "key-1-extended"), ("key-1-extended", "key-1")])
def test_a_secret_that_starts_with_another_is_hidden_whole(order: tuple[str, str]):
    """The longer of two secrets wins, whichever was announced first."""
    for secret in order:
        conceal(secret)

    assert redact("a=key-1-extended b=key-1") == "a=*** b=***"


def test_a_secret_is_no_regular_expression():
    """Characters that mean something in a pattern stand for themselves."""
    conceal("a.c*(x|y)[0]$^\\")

    assert redact("a.c*(x|y)[0]$^\\ abc") == "*** abc"


@pytest.mark.parametrize(
    "form",
    [
        quote(AWKWARD),
        quote(AWKWARD, safe=""),
        quote_plus(AWKWARD),
        quote_plus(AWKWARD).replace("%2B", "%2b").replace("%3D", "%3d").replace("%2F", "%2f").lower(),
        json.dumps(AWKWARD)[1:-1],
        json.dumps(AWKWARD, ensure_ascii=False)[1:-1],
        json.dumps(AWKWARD)[1:-1].replace("/", "\\/"),
        base64.b64encode(AWKWARD.encode()).decode(),
        base64.b64encode(AWKWARD.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(AWKWARD.encode()).decode(),
        repr(AWKWARD)[1:-1],
        repr(AWKWARD.encode())[2:-1],
    ],
)
def test_each_encoding_in_which_a_secret_travels_is_hidden(form: str):
    """URL, form, JSON, Base64 and `repr` show nothing more than the plain text does."""
    conceal(AWKWARD)

    assert redact(f"<{form}>") == "<***>"


def test_a_secret_in_a_url_that_requests_built_is_hidden():
    """A prepared URL loses the secret in its path and in its query."""
    conceal(AWKWARD)
    url = requests.Request("GET", "https://api.example.com/x", params={"sig": AWKWARD, "page": "2"}).prepare().url

    assert redact(str(url)) == "https://api.example.com/x?sig=***&page=2"
    assert redact(urlencode({"sig": AWKWARD})) == "sig=***"


def test_a_secret_that_requests_only_tidied_is_hidden():
    """A secret pasted into a URL is hidden in the form to which requests tidies that URL."""
    conceal('p@ss w"rd')
    url = requests.Request("GET", 'https://api.example.com/p@ss w"rd/x').prepare().url

    assert redact(str(url)) == "https://api.example.com/***/x"


@pytest.mark.parametrize("user", ["", "u", "us", "use", "user"])
@pytest.mark.parametrize("password", ["X", "Xy", "Xyz"])
def test_basic_authentication_shows_at_most_the_edge_of_a_secret(user: str, password: str):
    """In the Base64 of `user:secret` and `secret:password` only characters shared with the neighbour remain."""
    secret = "correct-horse-battery"
    conceal(secret)

    for header in (_basic_auth_str(user, secret), _basic_auth_str(secret, password)):
        clean = redact(header)
        rest = clean.removeprefix("Basic ")
        assert HIDDEN in rest
        assert secret not in header
        assert len(rest.replace(HIDDEN, "")) <= 4 * (len(user) + len(password) + 6) // 3


def test_short_secrets_do_not_hide_stray_letters():
    """The inside of Base64 is looked for only where it is long enough to be no coincidence."""
    conceal("abc")

    assert redact("Fi A JhYm xyz YWJj") == "Fi A JhYm xyz ***"


@given(secrets, st.text(), st.text())
def test_no_text_keeps_a_secret(secret: str, before: str, after: str):
    """Whatever stands around it, a secret is gone afterwards, in each form."""
    with nothing_announced():
        conceal(secret)
        for form in (
            secret,
            quote(secret, safe=""),
            json.dumps(secret)[1:-1],
            base64.b64encode(secret.encode()).decode(),
        ):
            assert form not in redact(before + form + after)


@given(st.lists(secrets, min_size=1, max_size=4))
def test_redaction_is_finished_after_one_pass(announced: list[str]):
    """Redacting again changes nothing."""
    with nothing_announced():
        for secret in announced:
            conceal(secret)
        once = redact(" ".join(announced))

        assert redact(once) == once


def test_announcing_a_secret_again_costs_nothing():
    """A known secret does not build the pattern anew."""
    conceal("hunter2")
    pattern = redaction._pattern
    conceal("hunter2")

    assert redaction._pattern is pattern


def test_one_line_strips_what_could_forge_a_log_line():
    """Escape sequences, line breaks of every kind and C1 controls become a space."""
    assert one_line("a\r\nb\x1b[31mc\x85d\u2028e\x00f\x7fg\th") == "a b [31mc d e f g h"


def test_one_line_hides_a_secret_that_holds_a_line_break():
    """A private key is recognised although its line breaks are stripped."""
    conceal("-----BEGIN KEY-----\nabc\n-----END KEY-----")

    assert one_line("key -----BEGIN KEY-----\nabc\n-----END KEY----- refused") == "key *** refused"


def test_one_line_hides_a_secret_that_stripping_brings_to_light():
    """A secret with a space in it is hidden also where a server put a line break there."""
    conceal("two words")

    assert one_line("two\nwords") == "***"


def test_one_line_cuts_after_redacting():
    """Cutting never leaves the first half of a secret."""
    conceal("0123456789")

    assert one_line("x" * 5 + "0123456789", limit=10) == "xxxxx***"
    assert one_line("x" * 20, limit=10) == "x" * 9 + "…"


@given(st.text(), st.integers(1, 50))
def test_one_line_is_one_line_of_bounded_length(text: str, limit: int):
    """The result is at most as long as allowed, and is a single line."""
    found = one_line(text, limit)

    assert len(found) <= limit
    assert len(found.splitlines()) <= 1


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, "{!r}".format, lambda value: f"{value}", lambda value: f"{[value]}"]
)
def test_a_secret_value_shows_itself_to_nobody(show):
    """`repr`, `str` and formatting say only that there is a secret."""
    assert "hunter2" not in show(SecretValue("hunter2", "api_key"))


def test_a_secret_value_is_revealed_on_request():
    """`reveal` gives the secret, which is known to the redactor from then on."""
    assert SecretValue("hunter2").reveal() == "hunter2"
    assert redact("hunter2") == "***"


def test_secret_values_compare_by_what_they_hold():
    """Equal secrets are equal and hash alike; a text is never equal to a secret."""
    assert SecretValue("a", "x") == SecretValue("a", "y")
    assert hash(SecretValue("a")) == hash(SecretValue("a"))
    assert SecretValue("a") != SecretValue("b")
    assert SecretValue("a") != "a"


def test_a_secret_value_is_never_pickled_nor_written_as_json():
    """Neither a checkpoint nor a trace can hold a secret by accident; the refusal does not show it either."""
    with pytest.raises(TypeError, match="a secret cannot be pickled") as refusal:
        pickle.dumps({"auth": [SecretValue("hunter2")]})
    assert "hunter2" not in str(refusal.value)
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(SecretValue("hunter2"))


def test_a_secret_value_is_its_own_copy():
    """Copying a connector, however deep, does not multiply its secrets."""
    secret = SecretValue("hunter2")

    assert copy.copy(secret) is secret
    assert copy.deepcopy({"auth": [secret]})["auth"][0] is secret


def test_logs_hide_secrets_in_message_and_arguments(log):
    """The text, positional arguments and named arguments pass the redactor; the rest stays."""
    logger, written = log
    conceal("hunter2")
    logger.info("hunter2 at start")
    logger.info("key %s of %d", "hunter2", 3)
    logger.info("key %(key)s", {"key": "hunter2"})
    logger.info("plain %s", "text")

    assert written.getvalue() == "*** at start\nkey *** of 3\nkey ***\nplain text\n"


def test_logs_hide_secrets_that_the_message_leaves_out():
    """A handler that writes a record's arguments and extra fields finds no secret there."""
    conceal("hunter2")
    record = logging.makeLogRecord(
        {
            "msg": "page %(page)s",
            "args": {"page": 1, "key": "hunter2"},
            "url": "/x?sig=hunter2",
            "stack_info": "hunter2",
        }
    )

    assert RedactingFilter().filter(record) is True
    assert record.getMessage() == "page 1"
    assert "hunter2" not in repr(vars(record))


def test_logs_hide_secrets_in_tracebacks(log):
    """The exception, its cause and its notes are written without the secret."""
    logger, written = log
    conceal("hunter2")
    try:
        try:
            {}["hunter2"]
        except KeyError as cause:
            raise ValueError("sig=hunter2") from cause
    except ValueError as error:
        error.add_note("asked with hunter2")
        logger.exception("failed")
    text = written.getvalue()

    assert "hunter2" not in text
    assert "KeyError: '***'" in text
    assert "ValueError: sig=***\nasked with ***" in text


def test_a_handler_that_formats_the_exception_itself_gets_none_with_a_secret():
    """The exception object leaves the record when its traceback holds a secret, and stays when it does not."""
    conceal("hunter2")
    records = []
    for text in ("hunter2", "harmless"):
        error = ValueError(text)
        record = logging.makeLogRecord({"msg": "failed", "exc_info": (ValueError, error, None)})
        RedactingFilter().filter(record)
        records.append((record.exc_text, record.exc_info and record.exc_info[1].args))

    assert records == [("ValueError: ***", None), ("ValueError: harmless", ("harmless",))]


def test_a_wrong_log_call_ends_no_run_and_shows_no_secret(log, capsys):
    """Arguments that do not fit their placeholders are written as they are, redacted."""
    logger, written = log
    conceal("hunter2")
    logger.info("%d pages of %s", "hunter2")  # noqa: PLE1206 - the mistake under test

    assert written.getvalue() == "%d pages of %s ('***',)\n"
    assert capsys.readouterr() == ("", "")
