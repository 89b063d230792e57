"""What is raised: one redacted line, with its place, that survives a process boundary."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from typing import TYPE_CHECKING

import pytest

from sdk import errors, redaction
from sdk.errors import (
    DeclarationError,
    ExpansionError,
    MissingSettingError,
    PaginationLoopError,
    RateLimitError,
    ReadError,
    ResponseError,
    SDKError,
    SelectionError,
    SettingError,
    UnknownConnectorError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILTIN = {"ValueError": ValueError, "LookupError": LookupError}

EVERY_KIND = [
    SDKError("text"),
    UnknownConnectorError("no connector 'ticket', did you mean 'tickets'"),
    DeclarationError("tickets", ["problems: no path", "items: no parent"]),
    SettingError("start_date is no date"),
    MissingSettingError("connector 'tickets' needs 'api_key'"),
    ReadError("stopped", connector="tickets", resource="problems", request="GET /problems"),
    ResponseError("answered 500", connector="tickets", resource="problems", request="GET /problems", status=500),
    RateLimitError("wait until 12:00", connector="tickets", status=429),
    SelectionError("not found", connector="tickets", resource="problems"),
    ExpansionError("id is null"),
    PaginationLoopError("same page twice"),
]


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return a secret that is announced for the length of a test."""
    monkeypatch.setattr(redaction, "_forms", set())
    monkeypatch.setattr(redaction, "_pattern", None)
    redaction.conceal("hunter2")
    return "hunter2"


def classes_of_the_module() -> dict[str, tuple[type, ...]]:
    return {
        name: kind.__bases__
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, SDKError) and kind.__module__ == errors.__name__
    }


def classes_as_drawn() -> dict[str, tuple[type, ...]]:
    drawn: dict[str, tuple[type, ...]] = {}
    above: list[str] = []
    for line in str(errors.__doc__).splitlines():
        match = re.fullmatch(r"    (?P<lines>[ │├└─]*)(?P<name>\w+Error)(?: \((?P<more>\w+)\))?", line)
        if match is None:
            continue
        depth = len(match["lines"]) // 4
        del above[depth:]
        parent: type = getattr(errors, above[-1]) if above else Exception
        drawn[match["name"]] = (parent, BUILTIN[match["more"]]) if match["more"] else (parent,)
        above.append(match["name"])
    return drawn


def test_the_tree_is_the_one_drawn():
    """The module's docstring draws every class, under the parent that it has."""
    assert classes_as_drawn() == classes_of_the_module()


def test_a_message_is_one_redacted_line(secret: str):
    """Neither a secret nor a line break of a server's reaches a message."""
    assert str(SDKError(f"reason\r\nFORGED \x1b[0m {secret}")) == "reason FORGED  [0m ***"


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_a_message_reads_as_it_was_written(error: SDKError):
    """`str` gives the plain sentence, also where `KeyError`'s relatives would add quotes."""
    assert str(error) == error.args[0]
    assert "\n" not in str(error)


def test_nothing_in_an_error_holds_a_secret(secret: str):
    """Every attribute is redacted, because traces and reports store attributes too."""
    found = [
        ReadError(f"a {secret}", connector="c", resource="r", request=f"GET /x?sig={secret}"),
        ResponseError(f"b {secret}", request=f"GET /x?sig={secret}", status=500).located("c", "r", None),
        SelectionError(f"c {secret}").located("c", "r", f"GET /x?sig={secret}"),
        DeclarationError("c", [f"bad {secret}"]),
    ]

    assert secret not in repr([(error, vars(error)) for error in found])
    assert secret.encode() not in pickle.dumps(found)


def test_a_declaration_error_names_every_problem():
    """All mistakes stand in the message and in `problems`."""
    error = DeclarationError("tickets", (problem for problem in ["no path", "no parent"]))

    assert str(error) == "tickets: no path; no parent"
    assert error.problems == ("no path", "no parent")


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({}, "stopped"),
        ({"connector": "tickets"}, "tickets: stopped"),
        ({"connector": "tickets", "resource": "problems"}, "tickets.problems: stopped"),
        ({"connector": "tickets", "resource": "problems", "request": "GET /p"}, "tickets.problems: stopped"),
    ],
)
def test_a_read_error_begins_with_its_place(place: dict[str, str], text: str):
    """Connector and resource lead, and stay readable as attributes."""
    error = ReadError("stopped", **place)

    assert str(error) == text
    assert vars(error) == {"connector": "", "resource": None, "request": None, **place, "message": "stopped"}


def test_located_fills_in_the_place():
    """A value that fails without knowing where it stands is told so later, and is the same error."""
    error = SelectionError("not found")
    located = error.located("tickets", "problems", "GET /problems")

    assert located is error
    assert str(error) == "tickets.problems: not found"
    assert (error.connector, error.resource, error.request) == ("tickets", "problems", "GET /problems")


def test_located_keeps_class_status_cause_and_notes():
    """Only the place changes."""
    error = RateLimitError("wait", status=429)
    error.__cause__ = cause = ValueError("x")
    error.add_note("note")
    error.located("tickets", "problems", None)

    assert type(error) is RateLimitError
    assert (error.status, error.__cause__, error.__notes__) == (429, cause, ["note"])
    assert str(error) == "tickets.problems: wait"


def test_located_leaves_a_known_place_alone():
    """The first place is the nearest one."""
    error = ReadError("stopped", connector="tickets", resource="problems", request="GET /problems?page=2")

    assert str(error.located("tickets", "other", None)) == "tickets.problems: stopped"
    assert error.request == "GET /problems?page=2"


def test_located_keeps_a_request_that_the_error_knew():
    """What was asked is known best where it failed."""
    error = ResponseError("answered 500", request="GET /problems?page=2", status=500)

    assert error.located("tickets", "problems", "GET /problems").request == "GET /problems?page=2"


@pytest.mark.parametrize("carry", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])  # noqa: S301
@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_an_error_crosses_threads_and_processes(error: SDKError, carry):
    """A copy has the same class, message and attributes."""
    arrived = carry(error)

    assert type(arrived) is type(error)
    assert (str(arrived), arrived.args, vars(arrived)) == (str(error), error.args, vars(error))


def test_a_located_error_crosses_processes():
    """The place is not written a second time on arrival."""
    error = ResponseError("answered 500", status=500).located("tickets", "problems", "GET /problems")
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert str(arrived) == "tickets.problems: answered 500"
    assert vars(arrived) == vars(error)


class PluginsOwnError(ResponseError):
    """An error with arguments of its own, as a plugin may have."""

    def __init__(self, tenant: str, code: int) -> None:
        self.tenant = tenant
        super().__init__(f"tenant {tenant} is locked", status=code)


def test_a_plugins_error_with_other_arguments_is_located_and_carried():
    """Nothing depends on how a subclass is built."""
    error = PluginsOwnError("acme", 423).located("tickets", None, None)
    arrived = copy.deepcopy(error)

    assert str(arrived) == "tickets: tenant acme is locked"
    assert (arrived.tenant, arrived.status) == ("acme", 423)


def test_missing_things_are_lookup_errors_and_wrong_ones_value_errors():
    """Callers who do not know this library catch the built-in kind."""
    with pytest.raises(LookupError):
        raise UnknownConnectorError("x")
    with pytest.raises(LookupError):
        raise MissingSettingError("x")
    with pytest.raises(ValueError, match="x: y"):
        raise DeclarationError("x", ["y"])
