"""The incidents' document as it stands, against an API that does what the document says."""

from __future__ import annotations

from typing import Any

import pytest

TRANSIENT = (429, 500, 502, 503, 504)


@pytest.fixture
def api(documented: Any, key: str) -> Any:
    """Return the API: a key in a header, lists that come whole, each under its name, and log entries by incident."""
    documented.admits = lambda asked: asked.headers.get("Authorization") == key
    # "Retry on status codes such as 429, 500, 502, 503, and 504."
    documented.troubles = lambda path, _target: (TRANSIENT[len(path) % 5], TRANSIENT[(len(path) + 1) % 5])
    incidents = documented.lays("incidents", "/incidents", documented.rows(40), _under("incidents"))
    documented.lays_children(
        "incident_logs",
        "/incidents/{id}/log_entries",
        incidents,
        "incidents",
        # An incident's first entry has the number that another's has: only both together tell them apart.
        lambda one: documented.rows(one["id"] % 4, first=one["id"] % 7 + 1),
        _under("log_entries"),
    )
    for name in ("teams", "services", "users", "priorities"):
        documented.lays(name, f"/{name}", documented.rows(23, first=len(name)), _under(name))
    return documented


def _under(key: str) -> Any:
    return lambda rows, _query: {key: rows}


def test_every_row_of_every_resource(api: Any):
    """Also where the API answers with one of the transient statuses first, and no row twice after a second run."""
    tables, source = api.load("incidents")

    assert tables == api.expected()
    assert [str(one) for one in source.report if one.sort == "repaired"] == [
        (
            "resources[1].endpoint.path: '{{ stream_partition.incident_id }}' and no parent named; "
            "'id' of incidents was taken (that is where the path leads)"
        ),
        (
            "resources[1]: a child with the default key 'id'; the parent's key '_incidents_id' was made a part of the "
            "primary key (ids may repeat from parent to parent)"
        ),
    ]


def test_a_key_that_is_not_let_in(api: Any):
    """The run fails at once, and names what was asked and never the key."""
    api.admits = lambda _asked: False

    with pytest.raises(Exception, match=r"rest_api\.teams: GET /teams answered 401") as caught:
        list(api.run("incidents"))

    assert len(api.tiny.asked) == 1
    assert "0815" not in str(caught.value)
