"""The simulator gives out access tokens as vendors do, and takes credentials in pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sdk.testing.simulator import (
    ACCESS_TOKENS,
    BareList,
    BasicPair,
    Endpoint,
    IssuedToken,
    Row,
    Simulator,
    SimulatorServer,
    Table,
    serve,
    token_endpoint,
)

MOONS = Table("moons", lambda _seeding: [Row({"id": 1})], size=1)
LIST = Endpoint(name="moons", path="/moons", shape=BareList())
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Serve an API with access tokens."""
    simulator = Simulator(
        name="planets",
        base_path="/v1",
        addresses={"token_url": "/oauth/token"},
        auth=IssuedToken(),
        tables=(MOONS, ACCESS_TOKENS),
        endpoints=(LIST, token_endpoint("/oauth/token")),
    )
    with serve(simulator, secrets={"client_id": "us:er", "client_secret": "päss+word"}) as running:
        yield running


def status(server: SimulatorServer, **options: Any) -> int:
    """Return how the token endpoint answers."""
    return requests.post(server.settings["token_url"], timeout=10, **options).status_code


def test_settings(server: SimulatorServer) -> None:
    """The addresses stand among the settings and are no secret."""
    secrets = {"client_id": "us:er", "client_secret": "päss+word"}

    assert server.secrets == secrets
    assert server.settings == {
        "base_url": server.base_url,
        "token_url": f"{server.base_url}/oauth/token",
        **secrets,
    }


@pytest.mark.parametrize(
    "sent",
    [
        {"auth": ("us%3Aer", "p%C3%A4ss%2Bword"), "data": GRANT},
        {"data": {**GRANT, "client_id": "us:er", "client_secret": "päss+word", "scope": "read"}},
    ],
)
def test_token(server: SimulatorServer, sent: dict[str, Any]) -> None:
    """The pair is taken in a header, form-encoded, or in the form; the token opens the API."""
    answer = requests.post(server.settings["token_url"], timeout=10, **sent).json()
    authorization = {"Authorization": f"{answer['token_type']} {answer['access_token']}"}

    assert answer["expires_in"] == 3600
    assert requests.get(f"{server.base_url}/moons", headers=authorization, timeout=10).json() == [{"id": 1}]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"data": GRANT}, 401),
        ({"auth": ("us%3Aer", "wrong"), "data": GRANT}, 401),
        ({"auth": ("us%3Aer", "p%C3%A4ss%2Bword")}, 400),
        ({"auth": ("us%3Aer", "p%C3%A4ss%2Bword"), "data": {"grant_type": "password"}}, 400),
        ({"headers": {"Authorization": "Basic !"}, "data": GRANT}, 401),
    ],
)
def test_no_token(server: SimulatorServer, sent: dict[str, Any], expected: int) -> None:
    """A wrong pair is refused, and so is another grant."""
    assert status(server, **sent) == expected


@pytest.mark.parametrize("header", [None, "Bearer wrong", "simulated-access-token"])
def test_closed(server: SimulatorServer, header: str | None) -> None:
    """The API takes the token and nothing else."""
    headers = {"Authorization": header} if header else {}

    assert requests.get(f"{server.base_url}/moons", headers=headers, timeout=10).status_code == 401


def test_pair() -> None:
    """Both halves of a user's credentials are looked at."""
    simulator = Simulator(name="planets", auth=BasicPair(), tables=(MOONS,), endpoints=(LIST,))
    with serve(simulator) as server:
        right = (server.settings["username"], server.settings["password"])
        asked = [
            requests.get(f"{server.base_url}/moons", auth=auth, timeout=10).status_code
            for auth in (right, (right[0], ""), ("", right[1]), None)
        ]

    assert asked == [200, 401, 401, 401]
