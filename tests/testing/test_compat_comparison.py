"""What is known of two versions is compared, connector by connector and table by table."""

from __future__ import annotations

from typing import Any

from sdk.testing.compat.comparison import differences
from sdk.testing.compat.facts import broken

RUN = {"rows": [], "requests": [], "skips": [], "failure": ""}


def table(columns: dict[str, str], **facts: Any) -> Any:
    played = {"columns": columns, "runs": [RUN, RUN], "unrecorded": []}
    known = {"columns": columns, "key": ["id"], "write_disposition": "merge", "description": "", "recorded": True}
    return {**known, "played": played, "unplayed": "", **facts}


def connector(tables: dict[str, Any], hidden: Any = ()) -> Any:
    return {**broken(""), "tables": tables, "hidden": list(hidden)}


def said(old: Any, new: Any) -> list[tuple[str, str, str, str, str]]:
    return [(str(one.kind), one.place, one.what, one.was, one.now) for one in differences(old, new)]


def test_connectors_come_and_go() -> None:
    """Each that both have is compared; one that is broken breaks by itself."""
    acme = connector({})

    old = {"acme": acme, "gone": acme, "ill": acme}
    assert said(old, {"acme": acme, "new": acme, "ill": broken("no"), "worse": broken("never")}) == [
        ("connector gone", "gone", "", "", ""),
        ("connector broken", "ill", "", "works", "no"),
        ("connector new", "new", "", "", ""),
        ("connector broken", "worse", "", "", "never"),
    ]


def test_a_table_that_is_gone() -> None:
    """It may be hidden now, or have another name; where two could be meant nothing is guessed."""
    moons, stars = table({"id": "bigint"}), table({"id": "text"})
    old = {"acme": connector({"moons": moons})}

    assert said(old, {"acme": connector({"stars": stars}, hidden=["moons"])})[0] == (
        "table gone",
        "acme.moons",
        "",
        "",
        "hidden",
    )
    assert said(old, {"acme": connector({"satellites": moons})}) == [
        ("table gone", "acme.moons", "", "", "renamed to satellites?"),
        ("table new", "acme.satellites", "", "", ""),
    ]
    assert said(old, {"acme": connector({"a": moons, "b": moons})})[0][4] == ""


def test_a_table_that_is_written_otherwise() -> None:
    """What happens to the rows that are there is no detail."""
    old, new = table({"id": "bigint"}), table({"id": "bigint"}, write_disposition="replace", description="Moons")

    assert said({"acme": connector({"moons": old})}, {"acme": connector({"moons": new})}) == [
        ("write disposition changed", "acme.moons", "", "merge", "replace"),
        ("description changed", "acme.moons", "", "", "Moons"),
    ]


def test_a_table_that_is_not_compared() -> None:
    """Only what is declared is: an undeclared column that nobody saw is not gone."""
    old = table({"id": "bigint", "name": "text", "size": "double"})
    new = table({"id": "text", "name": "text"}, played=None, unplayed="no cassette")

    assert said({"acme": connector({"moons": old})}, {"acme": connector({"moons": new})}) == [
        ("not compared", "acme.moons", "", "", "no cassette"),
        ("type changed", "acme.moons", "id", "bigint", "text"),
    ]


def test_a_table_that_could_not_be_read() -> None:
    """Columns that come now are no news where reading failed."""
    failed = table({"id": "bigint"})
    failed["played"] = {**failed["played"], "columns": {}, "runs": [{**RUN, "failure": "it broke"}]}

    assert said({"acme": connector({"moons": failed})}, {"acme": connector({"moons": table({"id": "bigint"})})}) == [
        ("reading works", "acme.moons", "", "it broke", "works"),
    ]
