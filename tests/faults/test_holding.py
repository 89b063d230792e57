"""The judge: whatever a reader does wrong is seen, or the matrix would prove nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
import requests
from attrs import define, field

from sdk.errors import ReadError
from sdk.messages import Record
from sdk.opening import Opened
from sdk.placeholders import reveal
from sdk.redaction import SecretValue
from sdk.testing.faults import FAULTS, Fault, faults_for, hold, scripted, simulated
from sdk.testing.faults.api import ROWS
from sdk.testing.faults.wire import Answer

PLAIN = next(fault for fault in FAULTS if fault.name == "chunked")
BROKEN = next(fault for fault in FAULTS if fault.name == "s500_always")
WAITS = next(fault for fault in FAULTS if fault.name == "s429_seconds")


@define
class Careless:
    """A reading that does what it is told, and has the rows that it is given."""

    does: Callable[[Opened], None] = lambda _: None
    found: Sequence[Record] = ROWS
    skips: int = 0
    left: list[str] = field(factory=list)

    def run(self, opened: Opened, name: str) -> None:
        """Do it."""
        del name
        self.does(opened)

    def rows(self, name: str) -> list[Record]:
        """Return the rows."""
        del name
        return list(self.found)

    def as_rows(self, name: str, records: Sequence[Record]) -> list[Record]:
        """Return the records."""
        del name
        return list(records)

    def traces(self) -> Iterable[str]:
        """Return what was left."""
        return self.left


def secret(opened: Opened) -> str:
    """Return the credential."""
    token: Any = opened.connector.auth
    assert isinstance(token.token, SecretValue)
    return token.token.reveal()


def fails(opened: Opened) -> None:
    """Fail as it should be."""
    raise ReadError("no", connector="faulty", resource="items")


def fails_otherwise(opened: Opened) -> None:
    """Fail with somebody else's error."""
    raise KeyError("items")


def tells(opened: Opened) -> None:
    """Fail and chain an error that shows the secret."""
    raise ReadError("no") from RuntimeError(f"GET /items?sig={secret(opened)}")


def logs(opened: Opened) -> None:
    """Log the secret, as nobody redacts it."""
    logging.getLogger("somebody").debug("token %s", secret(opened))


def wanders(opened: Opened) -> None:
    """Ask the API under another name."""
    requests.get(reveal(opened.connector.base_url).replace("127.0.0.1", "localhost") + "/items", timeout=5)


def hammers(opened: Opened) -> None:
    """Ask again and again."""
    with requests.Session() as session:
        for _ in range(61):
            session.get(reveal(opened.connector.base_url) + "/items", timeout=5)


@pytest.mark.parametrize(
    ("fault", "reading", "problems"),
    [
        (PLAIN, Careless(), ()),
        (PLAIN, Careless(found=[*ROWS, ROWS[0]]), ("1 rows stand there twice",)),
        (PLAIN, Careless(skips=1), ("it shows 1 skips, not 0",)),
        (PLAIN, Careless(fails), ("it fails, where all rows could be had: faulty.items: no",)),
        (BROKEN, Careless(), ("it ends well, with 25 rows",)),
        (BROKEN, Careless(fails), ()),
        (BROKEN, Careless(fails_otherwise), ("it fails with KeyError, which is no error of ours: 'items'",)),
        (BROKEN, Careless(tells), ("the secret shows in the error",)),
        (PLAIN, Careless(logs), ("the secret shows in the log",)),
        (PLAIN, Careless(wanders), ("something was sent to another host",)),
        (PLAIN, Careless(hammers), ("it asks 61 times, and 60 are enough",)),
        (WAITS, Careless(), ("it waits 0 s, and was asked to wait 7",)),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else None,
)
def test_what_is_wrong_is_said(fault, reading, problems, on):
    """And nothing else is."""
    assert hold(scripted(fault), fault, on=on, reading=reading).problems == problems


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (ROWS[1:], "1 of 25 rows are missing"),
        ([*ROWS, {"id": 666}], "1 rows are not the API's"),
        ([{**ROWS[0], "id": 1.0}, *ROWS[1:]], "1 of 25 rows are missing"),
        ([{**ROWS[0], "id": True}, *ROWS[1:]], "1 of 25 rows are missing"),
    ],
)
def test_rows_that_are_not_the_true_ones(found, problem, on):
    """One that is missing, foreign or only nearly the same."""
    outcome = hold(scripted(PLAIN), PLAIN, on=on, reading=Careless(found=found))

    assert not outcome.held
    assert outcome.problems[0].startswith(problem)
    assert str(outcome).startswith(f"transport/chunked: {problem}")


def test_a_secret_that_is_left_behind(on):
    """In whatever encoding."""
    reading = Careless()
    reading.does = lambda opened: reading.left.append(secret(opened).replace("/", "%2F").replace("+", "%2B"))
    reading.left.append("harmless")
    assert hold(scripted(PLAIN), PLAIN, on=on, reading=reading).problems == ()

    reading.does = lambda opened: reading.left.append(requests.utils.quote(secret(opened), safe=""))
    assert hold(scripted(PLAIN), PLAIN, on=on, reading=reading).problems == ("the secret shows in what is left behind",)


def test_a_connector_is_held_through_its_simulator(on):
    """Its own rows are the truth; faults fall on the page that it has, and those that fit it are many."""
    with simulated("stories", on=on) as subject:
        fitting = faults_for(subject)
        outcomes = [hold(subject, fault, on=on) for fault in fitting if fault.name in {"reset_mid_once", "s500_always"}]

    assert len(subject.truth) == 6
    assert len(fitting) > 100
    assert [(one.fault.name, one.problems, one.failure is None) for one in outcomes] == [
        ("reset_mid_once", (), True),
        ("s500_always", (), False),
    ]


def test_an_answer_says_what_it_is():
    """Status line, headers and body, in one piece."""
    answer = Answer({"a": 1}, 404, {"X-Y": "z"})

    assert answer.head() == (
        b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 8\r\nX-Y: z\r\n\r\n"
    )
    assert answer.content == b'{"a": 1}'
    assert answer.saying(a=..., b=2).body == {"b": 2}
