"""A connector in a user's own dlt pipeline, with default settings: everything arrives, or nothing does."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
import pyarrow.parquet as pq
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

import sdk
from sdk import Incremental, Resource, SettingError, TimeWindow, columns
from sdk.errors import ReadError, SDKError

CHILD = Resource("parts", path="/things/{things.id}/parts", data_selector="data")
GATED = Resource(
    "parts",
    path="/things/{things.id}/parts",
    data_selector="data",
    columns=columns(bigint="id"),
    skip_statuses=[403, 404],
)
CHANGES = Resource(
    "things",
    data_selector="data",
    columns=columns(bigint="id", timestamp="updated_at"),
    window=TimeWindow(start_param="since"),
    incremental=Incremental("updated_at"),
)


def cause(error: BaseException) -> SDKError:
    """Return our own error from under dlt's."""
    inner: BaseException | None = error
    while inner is not None and not isinstance(inner, SDKError):
        inner = getattr(inner, "exception", None) or inner.__cause__
    assert isinstance(inner, SDKError), error
    return inner


def things(columns_: Any) -> Resource:
    """Return the resource `things` with declared columns."""
    return Resource("things", data_selector="data", columns=columns_)


def changes(api: Any, records: list[dict[str, Any]]) -> None:
    """Let the API list the records of `things` that changed since a time, and remember what it was asked."""

    def answer(asked: Any) -> Any:
        since = datetime.fromisoformat(asked.query["since"])
        return api.reply(
            {"data": [one for one in records if datetime.fromisoformat(one["updated_at"]) >= since], "next": None}
        )

    api.answer("/things", answer)


def thing(number: int, day: str) -> dict[str, Any]:
    """Return a record that changed at noon of a day in January 2026."""
    return {"id": number, "updated_at": f"2026-01-{day}T12:00:00Z"}


# --- what arrives


def test_every_page_of_every_resource_arrives(tiny_api, acme, pipeline):
    """Tables are named like the resources; a child carries its parent's key, which is part of its own."""
    acme("things", CHILD)
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}], [{"id": 3}])
    for number in (1, 2, 3):
        tiny_api.lists(f"/things/{number}/parts", [{"id": 10}], [{"id": 11}])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.tables() == ["parts", "things"]
    assert loading.rows("things", "id") == [1, 2, 3]
    assert loading.rows("parts", "_things_id", "id") == [(1, 10), (1, 11), (2, 10), (2, 11), (3, 10), (3, 11)]
    assert len(tiny_api.asked) == 2 + 3 * 2


def test_settings_come_from_the_environment(tiny_api, acme, pipeline, monkeypatch):
    """What is no keyword is looked up under the connector's section, as for any dlt source."""
    acme("things", base_url=sdk.Setting("base_url"))
    monkeypatch.setenv("SOURCES__ACME__BASE_URL", tiny_api.url + "/v2/")
    tiny_api.lists("/v2/things", [{"id": 1}])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id") == [1]


def test_an_undeclared_field_is_a_column(tiny_api, acme, pipeline):
    """Also one that comes later: on another page, and in another run."""
    acme(things(columns(bigint="id")))
    tiny_api.lists("/things", [{"id": 1}], [{"id": 2, "colour": "red"}])
    loading = pipeline()
    loading.run(sdk.load("acme"))
    tiny_api.lists("/things", [{"id": 3, "weight": 1.5, "colour": None}])

    loading.run(sdk.load("acme"))

    assert loading.columns("things") == {"id": "BIGINT", "colour": "VARCHAR", "weight": "DOUBLE"}
    assert loading.rows("things", "id", "colour", "weight") == [(1, None, None), (2, "red", None), (3, None, 1.5)]


def test_misfits_arrive_in_variant_columns(tiny_api, acme, pipeline):
    """A value of another type is kept beside its column, under the name that dlt would give it."""
    acme(things(columns(bigint="id count", text="name", bool="open", timestamp="at", json="tags")))
    tiny_api.lists(
        "/things",
        [{"id": 1, "count": 5, "name": "a", "open": True, "at": "2026-01-01T00:00:00Z", "tags": ["x"]}],
        [{"id": 2, "count": "many", "name": {"first": "b"}, "open": "yes", "at": "never", "tags": "none"}],
        [{"id": 3, "count": 1.5, "name": 7, "open": 0, "at": 12, "tags": 3}],
        [{"id": 4, "count": None, "name": None, "open": None, "at": None, "tags": None}],
    )
    loading = pipeline()

    loading.run(sdk.load("acme"))

    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert loading.rows("things", "id", "count", "name", "open", "at", "tags") == [
        (1, 5, "a", True, at, '["x"]'),
        (2, None, '{"first":"b"}', None, None, None),
        (3, None, "7", None, None, None),
        (4, None, None, None, None, None),
    ]
    assert loading.rows("things", "id", "count__v_text", "open__v_text", "at__v_text", "tags__v_text")[1] == (
        2,
        "many",
        "yes",
        "never",
        "none",
    )
    assert loading.rows("things", "id", "count__v_double", "open__v_bigint", "at__v_bigint", "tags__v_bigint")[2] == (
        3,
        1.5,
        0,
        12,
        3,
    )


def test_undeclared_fields_may_change_their_type(tiny_api, acme, pipeline):
    """The first value makes the column; another type goes to its variant."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1, "size": 5}], [{"id": 2, "size": "XL"}], [{"id": 3, "size": {"w": 1}}])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id", "size", "size__v_text") == [(1, 5, None), (2, None, "XL"), (3, None, None)]
    assert loading.rows("things", "id", "size__v_json")[2] == (3, '{"w":1}')


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "inferred"])
def test_whole_numbers_up_to_64_bits_are_exact(tiny_api, acme, pipeline, declared):
    """Ids at both ends of 64 bits stay what they are, declared or not."""
    numbers = [-(2**63), -(2**53) - 1, 0, 2**53 + 1, 2**63 - 1]
    acme(things(columns(bigint="id count") if declared else ()))
    tiny_api.lists("/things", [{"id": number, "count": number} for number in numbers])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id", "count") == [(number, number) for number in numbers]


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "inferred"])
def test_numbers_beyond_64_bits_lose_no_digit(tiny_api, acme, pipeline, declared):
    """No integer column holds them, so they are text."""
    acme(things(columns(bigint="id count") if declared else ()))
    tiny_api.lists("/things", [{"id": 1, "count": 5}], [{"id": 2, "count": 2**64 + 1}, {"id": 3, "count": -(2**70)}])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id", "count", "count__v_text") == [
        (1, 5, None),
        (2, None, "18446744073709551617"),
        (3, None, "-1180591620717411303424"),
    ]


def test_keys_beyond_64_bits(tiny_api, acme, pipeline):
    """As text they are exact; as a whole number they would be lost, which is an error that says so."""
    tiny_api.lists("/things", [{"id": 2**64 + 1}, {"id": 2**64 + 2}])
    acme(things(columns(text="id")))
    loading = pipeline()
    loading.run(sdk.load("acme"))
    assert loading.rows("things", "id") == ["18446744073709551617", "18446744073709551618"]

    acme(things(columns(bigint="id")))
    with pytest.raises(PipelineStepFailed) as caught:
        pipeline("other").run(sdk.load("acme"))

    assert str(cause(caught.value)) == (
        "acme.things: 2 of 2 records of a page have a 'id' that is no bigint; declare another type for this column"
    )


def test_objects_and_arrays_are_json_columns(tiny_api, acme, pipeline):
    """Declared or not, empty or deep: one column under the API's own name, and no child tables."""
    value = {"a": {"b": [1, {"c": None}]}, "é": "ü", "big": 2**63 - 1}
    acme(things(columns(bigint="id", json="custom tags")))
    tiny_api.lists(
        "/things",
        [{"id": 1, "custom": value, "tags": [], "more": value, "list": [[1], ["x"]]}],
        [{"id": 2, "custom": {}, "tags": [{"a": 1}], "more": {}, "list": []}],
    )
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.tables() == ["things"]
    assert loading.columns("things") == {
        "id": "BIGINT",
        "custom": "JSON",
        "tags": "JSON",
        "more": "JSON",
        "list": "JSON",
    }
    found = loading.rows("things", "id", "custom", "tags", "more", "list")
    assert [[json.loads(one) for one in row[1:]] for row in found] == [
        [value, [], value, [[1], ["x"]]],
        [{}, [{"a": 1}], {}, []],
    ]


def test_long_numbers_inside_objects_lose_no_digit(tiny_api, acme, pipeline):
    """What no double holds stays readable digit by digit, also deep in a JSON column."""
    acme(things(columns(bigint="id", json="custom")))
    tiny_api.lists("/things", [{"id": 1, "custom": {"big": 2**64 + 1}, "more": [2**64 + 1]}])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    [(custom, more)] = loading.rows("things", "custom", "more")
    assert str(json.loads(custom)["big"]) == str(json.loads(more)[0]) == "18446744073709551617"


def test_timestamps_are_in_utc(tiny_api, acme, pipeline):
    """Whatever offset, zone or unit a vendor writes, the column is an instant."""
    acme(things(columns(bigint="id", timestamp="at", epoch_s="s", epoch_ms="ms", date="day")))
    tiny_api.lists(
        "/things",
        [{"id": 1, "at": "2026-01-01T01:30:00+02:00", "s": 1767223800, "ms": 1767223800123, "day": "2026-01-01"}],
        [{"id": 2, "at": "2025-12-31T23:30:00.123456Z", "s": 1767223800.5, "ms": None, "day": None}],
        [{"id": 3, "at": "2025-12-31T20:00:00-03:30", "s": -1, "ms": 0, "day": "1969-12-31"}],
    )
    loading = pipeline()

    loading.run(sdk.load("acme"))

    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    assert loading.columns("things") == {
        "id": "BIGINT",
        "at": "TIMESTAMP WITH TIME ZONE",
        "s": "TIMESTAMP WITH TIME ZONE",
        "ms": "TIMESTAMP WITH TIME ZONE",
        "day": "DATE",
    }
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert loading.rows("things", "id", "at", "s", "ms") == [
        (1, at, at, at + timedelta(milliseconds=123)),
        (2, at + timedelta(microseconds=123456), at + timedelta(milliseconds=500), None),
        (3, at, epoch - timedelta(seconds=1), epoch),
    ]
    assert [str(day) for day in loading.rows("things", "day")] == ["1969-12-31", "2026-01-01", "None"]


def test_an_empty_table_has_its_typed_columns(tiny_api, acme, pipeline):
    """Who joins with it must not fail because the account has none."""
    acme(
        things(columns(bigint="id", text="name", timestamp="at", json="tags", double="x", bool="y", date="z")),
        GATED,
    )
    tiny_api.lists("/things", [])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.columns("things") == {
        "id": "BIGINT",
        "name": "VARCHAR",
        "at": "TIMESTAMP WITH TIME ZONE",
        "tags": "JSON",
        "x": "DOUBLE",
        "y": "BOOLEAN",
        "z": "DATE",
    }
    assert loading.columns("parts") == {"_things_id": "BIGINT", "id": "BIGINT"}
    assert loading.rows("things", "id") == loading.rows("parts", "id") == []


def test_an_empty_list_without_declared_columns(tiny_api, acme, pipeline):
    """There is nothing to make a table of; that must not stop the others."""
    acme("things", CHILD, "others")
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.lists("/things/1/parts", [])
    tiny_api.lists("/others", [])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.tables() == ["things"]


def test_rows_merge_whatever_came_before(tiny_api, acme, pipeline):
    """A record that came with fewer, more or other fields is still the same record."""
    acme(things(columns(bigint="id count")))
    tiny_api.lists("/things", [{"id": 1, "count": 1}], [{"id": 2, "count": "x", "new": 1}])
    loading = pipeline()
    loading.run(sdk.load("acme"))
    tiny_api.lists("/things", [{"id": 1, "count": "y", "new": 2}], [{"id": 2, "count": 2}])

    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id", "count", "count__v_text", "new") == [(1, None, "y", 2), (2, 2, None, None)]


def test_write_dispositions(tiny_api, acme, pipeline):
    """`append` keeps every copy, `replace` only those of the last run, `merge` one of each key."""
    acme(*(Resource(one, path="/things", data_selector="data", write_disposition=one)
           for one in ("append", "merge", "replace")))  # fmt: skip
    loading = pipeline()
    for numbers in ([1, 2], [2, 3]):
        tiny_api.lists("/things", [{"id": number} for number in numbers])
        loading.run(sdk.load("acme"))

    assert loading.rows("append", "id") == [1, 2, 2, 3]
    assert loading.rows("merge", "id") == [1, 2, 3]
    assert loading.rows("replace", "id") == [2, 3]


def test_replacing_with_nothing_leaves_nothing(tiny_api, acme, pipeline):
    """A full list that is empty now says that all is gone."""
    acme(Resource("things", data_selector="data", write_disposition="replace"))
    loading = pipeline()
    tiny_api.lists("/things", [{"id": 1}])
    loading.run(sdk.load("acme"))
    tiny_api.lists("/things", [])

    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id") == []


def test_two_fields_of_one_column_name(tiny_api, acme, pipeline):
    """Dlt would write `userId` and `user_id` into one column and lose a value: that is no load."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1, "userId": 7, "user_id": 8}])
    loading = pipeline()

    with pytest.raises(PipelineStepFailed) as caught:
        loading.run(sdk.load("acme"))

    assert str(cause(caught.value)) == (
        "acme.things: fields 'userId' and 'user_id' of one record would share the column 'user_id'; rename one with "
        "map=... in the declaration, or in a plugin's sdk_select_records"
    )


def test_a_field_that_is_renamed_meanwhile(tiny_api, acme, pipeline):
    """Two spellings in different records are one column: nothing is lost."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1, "userId": 7}], [{"id": 2, "user_id": 8}])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id", "user_id") == [(1, 7), (2, 8)]


# --- what a person may do with the source


def test_iterating_a_resource_gives_records(tiny_api, acme, dlt_home):
    """Outside of a pipeline nothing is converted: the API's own values, and the parent's key beside them."""
    acme(things(columns(bigint="id", timestamp="at")), CHILD)
    tiny_api.lists("/things", [{"id": 1, "at": "2026-01-01T00:00:00Z"}], [{"id": 2, "at": 5}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/things/2/parts", [{"id": 20, "size": {"w": 1}}])
    source = sdk.load("acme")

    assert list(source.resources["things"]) == [{"id": 1, "at": "2026-01-01T00:00:00Z"}, {"id": 2, "at": 5}]
    assert list(source.parts) == [{"id": 10, "_things_id": 1}, {"id": 20, "size": {"w": 1}, "_things_id": 2}]
    assert list(source.parts) == [{"id": 10, "_things_id": 1}, {"id": 20, "size": {"w": 1}, "_things_id": 2}]


def test_iterating_gives_records_although_a_pipeline_is_active(tiny_api, acme, pipeline):
    """An active pipeline is no sign that one is extracting, and its state is not touched."""
    acme(GATED, CHANGES)
    changes(tiny_api, [thing(1, "01")])
    loading = pipeline()
    loading.run(sdk.load("acme"))
    before = loading.state()

    assert list(sdk.load("acme").resources["things"]) == [thing(1, "01")]

    assert loading.state() == before
    assert list(sdk.load("acme", resources=["parts"])) == []


def test_iterating_is_lazy(tiny_api, acme, dlt_home):
    """Pages are asked for as they are taken; stopping early stops the asking."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}], [{"id": 3}], [{"id": 4}])
    records = iter(sdk.load("acme").resources["things"])
    assert tiny_api.targets == []

    assert [next(records), next(records)] == [{"id": 1}, {"id": 2}]

    assert tiny_api.targets == ["/things"]


def test_with_resources(tiny_api, acme, pipeline):
    """Only what is selected becomes a table; a parent that was not selected is read all the same."""
    acme("things", CHILD, "others")
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    loading, by_keyword = pipeline(), pipeline("by_keyword")

    loading.run(sdk.load("acme").with_resources("parts"))
    by_keyword.run(sdk.load("acme", resources=["parts"]))

    assert loading.tables() == by_keyword.tables() == ["parts"]
    assert loading.rows("parts", "_things_id", "id") == by_keyword.rows("parts", "_things_id", "id") == [(1, 10)]
    assert tiny_api.targets == ["/things", "/things/1/parts"] * 2


def test_a_resource_that_does_not_exist(acme, dlt_home):
    """The error names the nearest one."""
    acme("things")

    with pytest.raises(SettingError, match=r"^connector 'acme' has no resource 'thngs'; did you mean 'things'\?$"):
        sdk.load("acme", resources=["thngs"])


def test_add_limit(tiny_api, acme, pipeline):
    """The limit counts pages, as for any dlt resource that yields pages; a cursor does not move."""
    acme(CHANGES)
    tiny_api.lists("/things", [thing(1, "01")], [thing(2, "02")], [thing(3, "03")])
    loading = pipeline()

    loading.run(sdk.load("acme").add_limit(2))

    assert loading.rows("things", "id") == [1, 2]
    assert loading.state().get("things", {}) == {}

    loading.run(sdk.load("acme"))
    assert loading.rows("things", "id") == [1, 2, 3]


def test_add_limit_outside_of_a_pipeline(tiny_api, acme, dlt_home):
    """The limit counts what is handed over at once: pages here too."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}], [{"id": 3}])

    assert list(sdk.load("acme").resources["things"].add_limit(1)) == [{"id": 1}, {"id": 2}]


def test_add_map_and_add_filter(tiny_api, acme, pipeline):
    """A user's own steps get dicts, one record at a time."""
    acme(things(columns(bigint="id")))
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}], [{"id": 3}])
    source = sdk.load("acme")
    source.resources["things"].add_map(lambda one: {**one, "double": one["id"] * 2}).add_filter(
        lambda one: one["id"] != 2
    )
    loading = pipeline()

    loading.run(source)

    assert loading.rows("things", "id", "double") == [(1, 2), (3, 6)]


def test_a_transformer(tiny_api, acme, pipeline):
    """A piped transformer gets the records as well."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}])

    @dlt.transformer(name="doubles")
    def doubles(records: list[dict[str, Any]]) -> Any:
        yield [{"double": one["id"] * 2} for one in records]

    loading = pipeline()

    loading.run(sdk.load("acme").resources["things"] | doubles)

    assert loading.rows("doubles", "double") == [2, 4]


def test_apply_hints(tiny_api, acme, pipeline):
    """A user's own hints stand above the declared ones."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1, "code": 5}])
    source = sdk.load("acme")
    source.resources["things"].apply_hints(
        table_name="renamed", write_disposition="append", columns={"code": {"data_type": "text"}}
    )
    loading = pipeline()

    loading.run(source)
    loading.run(source)

    assert loading.columns("renamed") == {"id": "BIGINT", "code": "VARCHAR"}
    assert loading.rows("renamed", "id", "code") == [(1, "5"), (1, "5")]


def test_one_source_runs_twice(tiny_api, acme, pipeline):
    """A source is a description: each run reads anew and continues where the last one ended."""
    acme(CHANGES, CHILD)
    records = [thing(1, "01")]
    changes(tiny_api, records)
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/things/2/parts", [{"id": 20}])
    source, loading = sdk.load("acme"), pipeline()
    loading.run(source)
    records.append(thing(2, "02"))

    loading.run(source)

    assert loading.rows("things", "id") == [1, 2]
    assert loading.rows("parts", "_things_id", "id") == [(1, 10), (2, 20)]


def test_two_sources_in_one_run(tiny_api, foreign_api, acme, pipeline):
    """Each reads its own API; neither sees the other's parents, skips or state."""
    acme("planets", Resource("moons", path="/planets/{planets.id}/moons", data_selector="data"), name="space")
    acme("things", GATED, base_url=foreign_api.url)
    tiny_api.lists("/planets", [{"id": 3}], [{"id": 4}])
    tiny_api.lists("/planets/3/moons", [{"id": 31}])
    tiny_api.lists("/planets/4/moons", [{"id": 41}, {"id": 42}])
    foreign_api.lists("/things", [{"id": 1}], [{"id": 2}])
    foreign_api.lists("/things/1/parts", [{"id": 10}])
    loading = pipeline()

    loading.run(sdk.load("space"), sdk.load("acme"))

    assert loading.rows("planets", "id") == [3, 4]
    assert loading.rows("moons", "_planets_id", "id") == [(3, 31), (4, 41), (4, 42)]
    assert loading.rows("things", "id") == [1, 2]
    assert loading.rows("parts", "_things_id", "id") == [(1, 10)]
    assert loading.rows("_sdk_skips", "connector", "request") == [("acme", "GET /things/2/parts")]


def test_two_accounts_of_one_connector_in_one_run(tiny_api, foreign_api, acme, pipeline):
    """Two loads of one connector are two sources, whose children keep to their own parents."""
    acme("things", CHILD, base_url=sdk.Setting("base_url"))
    for number, api in enumerate((tiny_api, foreign_api), 1):
        api.lists("/things", [{"id": number}])
        api.lists(f"/things/{number}/parts", [{"id": number * 10}])
    loading = pipeline()

    loading.run(sdk.load("acme", base_url=tiny_api.url), sdk.load("acme", base_url=foreign_api.url))

    assert loading.rows("things", "id") == [1, 2]
    assert loading.rows("parts", "_things_id", "id") == [(1, 10), (2, 20)]


@pytest.mark.parametrize("mode", ["fifo", "round_robin"])
def test_in_whatever_order_dlt_pulls(tiny_api, acme, pipeline, monkeypatch, mode):
    """Children before, after or between their parents: each parent's list is read once and every row arrives."""
    monkeypatch.setenv("EXTRACT__NEXT_ITEM_MODE", mode)
    acme(
        Resource("bolts", path="/parts/{parts.id}/bolts", data_selector="data"),
        Resource("parts", path="/things/{things.id}/parts", data_selector="data"),
        "things",
        Resource("notes", path="/things/{things.id}/notes", data_selector="data"),
    )
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}], [{"id": 3}])
    for number in (1, 2, 3):
        tiny_api.lists(f"/things/{number}/parts", [{"id": number * 10}], [{"id": number * 10 + 1}])
        tiny_api.lists(f"/things/{number}/notes", [{"id": number}])
        for part in (number * 10, number * 10 + 1):
            tiny_api.lists(f"/parts/{part}/bolts", [{"id": part}])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    parts = [10, 11, 20, 21, 30, 31]
    assert loading.rows("things", "id") == [1, 2, 3]
    assert loading.rows("notes", "_things_id", "id") == [(1, 1), (2, 2), (3, 3)]
    assert loading.rows("parts", "_things_id", "id") == [(part // 10, part) for part in parts]
    assert loading.rows("bolts", "_parts_id", "id") == [(part, part) for part in parts]
    assert sorted(tiny_api.targets) == sorted(set(tiny_api.targets))


def test_overrides_of_the_caller(tiny_api, acme, pipeline):
    """A plugin handed over with the call answers its steps, for this source alone."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1, "name": "Ann"}])

    class Masking:
        @sdk.hookimpl(wrapper=True)
        def sdk_select_records(self) -> Any:
            return [{**one, "name": "***"} for one in (yield)]

    loading, other = pipeline(), pipeline("other")

    loading.run(sdk.load("acme", plugins=[Masking()]))
    other.run(sdk.load("acme"))

    assert loading.rows("things", "name") == ["***"]
    assert other.rows("things", "name") == ["Ann"]


# --- from run to run


def test_a_second_run_asks_for_what_is_new(tiny_api, acme, pipeline, clock):
    """It begins at the largest cursor of the first, less the overlap, and keeps what was loaded."""
    acme(CHANGES)
    records = [thing(2, "02"), thing(1, "01")]
    changes(tiny_api, records)
    loading = pipeline()
    loading.run(sdk.load("acme", clock=clock))
    records[1:] = [thing(1, "03"), thing(3, "04")]

    loading.run(sdk.load("acme", clock=clock))
    loading.run(sdk.load("acme", clock=clock))

    assert [one.query["since"] for one in tiny_api.asked] == [
        "1970-01-01T00:00:00Z",
        "2026-01-02T11:55:00Z",
        "2026-01-04T11:55:00Z",
    ]
    assert loading.rows("things", "id", "updated_at") == [
        (1, datetime(2026, 1, 3, 12, tzinfo=UTC)),
        (2, datetime(2026, 1, 2, 12, tzinfo=UTC)),
        (3, datetime(2026, 1, 4, 12, tzinfo=UTC)),
    ]


def test_a_new_machine_continues_from_the_destination(tiny_api, acme, pipeline, dlt_home):
    """The state lies beside the data: without the working folder the next run is incremental all the same."""
    import shutil

    acme(CHANGES)
    changes(tiny_api, [thing(1, "02")])
    pipeline().run(sdk.load("acme"))
    shutil.rmtree(dlt_home / "dlt")

    pipeline().run(sdk.load("acme"))

    assert [one.query["since"] for one in tiny_api.asked] == ["1970-01-01T00:00:00Z", "2026-01-02T11:55:00Z"]


def test_skips_come_and_go(tiny_api, acme, pipeline, clock):
    """What was left out is a row; it is asked again in each run, and once it is read the row is gone."""
    acme("things", GATED)
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}, {"id": 3}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.says("/things/2/parts", tiny_api.reply({"code": "module_off"}, 403))
    tiny_api.says("/things/3/parts", tiny_api.reply("gone", 404))
    loading = pipeline()
    first = clock()
    loading.run(sdk.load("acme", clock=clock))

    names = ("connector", "resource", "parent_key", "request", "status", "reason", "first_seen", "last_seen")
    forbidden = "module_off: forbidden: no permission, or not in the account's plan"
    gone = "not found: gone, or switched off in the account"
    skipped = {
        2: ("acme", "parts", '{"_things_id": 2}', "GET /things/2/parts", 403, forbidden),
        3: ("acme", "parts", '{"_things_id": 3}', "GET /things/3/parts", 404, gone),
    }
    assert loading.rows("_sdk_skips", *names) == [(*skipped[2], first, first), (*skipped[3], first, first)]

    clock.advance(days=1)
    tiny_api.lists("/things/2/parts", [{"id": 20}])
    loading.run(sdk.load("acme", clock=clock))
    assert loading.rows("_sdk_skips", *names) == [(*skipped[3], first, clock())]

    tiny_api.lists("/things/3/parts", [{"id": 30}])
    loading.run(sdk.load("acme", clock=clock))
    assert loading.rows("_sdk_skips", *names) == []
    assert loading.rows("parts", "_things_id", "id") == [(1, 10), (2, 20), (3, 30)]


STEPS: dict[str, Any] = {
    "map": lambda source: source.parts.add_map(lambda one: {**one, "double": one["id"] * 2}),
    "yield_map": lambda source: source.parts.add_yield_map(lambda one: iter([one] * one["id"])),
    "filter": lambda source: source.parts.add_filter(lambda one: one["id"] > 5),
    "hints": lambda source: source.parts.apply_hints(
        write_disposition="append", primary_key="id", columns={"x": {"data_type": "text"}}
    ),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_skips_pass_by_the_steps_of_a_user(tiny_api, acme, pipeline, step):
    """A step is written for records: it neither sees nor drops what was left out."""
    acme(things(columns(bigint="id")), GATED)
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/things/1/parts", [{"id": 10, "_things_id": 1}])
    source, loading = sdk.load("acme"), pipeline()
    step(source)

    loading.run(source)

    assert set(loading.rows("parts", "id")) == {10}
    assert loading.rows("_sdk_skips", "resource", "request") == [("parts", "GET /things/2/parts")]
    assert "double" not in loading.columns("_sdk_skips")


def test_skips_of_a_resource_behind_a_transformer(tiny_api, acme, pipeline):
    """A piped transformer gets records; what was left out goes to its table."""
    acme(things(columns(bigint="id")), GATED)
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])

    @dlt.transformer(name="doubles")
    def doubles(records: list[dict[str, Any]]) -> Any:
        yield [{"double": one["id"] * 2} for one in records]

    loading, both = pipeline(), pipeline("both")
    source = sdk.load("acme")

    loading.run(source.parts | doubles)
    both.run([source.parts, source.parts | doubles])

    skips = [("parts", "GET /things/2/parts")]
    assert loading.rows("doubles", "double") == both.rows("doubles", "double") == [20]
    assert loading.rows("_sdk_skips", "resource", "request") == skips
    assert both.rows("_sdk_skips", "resource", "request") == skips
    assert both.rows("parts", "id") == [10]


def files_in(folder: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the files that a pipeline wrote, by table, whatever their format."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(folder.glob("[!_]*/*")) + sorted(folder.glob("_sdk_skips/*")):
        if file.suffix == ".parquet":
            rows = pq.read_table(file).to_pylist()
        else:
            rows = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
        found.setdefault(file.parent.name, []).extend(rows)
    return found


@pytest.mark.parametrize("file_format", [None, "parquet", "jsonl"])
def test_a_destination_of_files(tiny_api, acme, dlt_home, file_format):
    """Not every destination is a database, nor takes Parquet: the same rows in files."""
    acme(things(columns(bigint="id", json="tags")), GATED)
    tiny_api.lists("/things", [{"id": 1, "tags": ["a", {"b": 1}]}, {"id": 2, "tags": None}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    target = dlt.destinations.filesystem(str(dlt_home / "out"))

    pipeline = dlt.pipeline("files", destination=target, dataset_name="data")
    pipeline.run(sdk.load("acme"), loader_file_format=file_format)

    found = files_in(dlt_home / "out" / "data")
    things_found = [(one["id"], one.get("tags")) for one in found["things"]]
    assert [(id_, json.loads(tags) if isinstance(tags, str) else tags) for id_, tags in things_found] == [
        (1, ["a", {"b": 1}]),
        (2, None),
    ]
    assert [(one["_things_id"], one["id"]) for one in found["parts"]] == [(1, 10)]
    assert [one["request"] for one in found["_sdk_skips"]] == ["GET /things/2/parts"]
    assert all(one["_dlt_id"] and one["_dlt_load_id"] for one in found["things"])


def test_no_skips_no_table(tiny_api, acme, pipeline):
    """The table is there only when something was left out."""
    acme(things(columns(bigint="id")), GATED)
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.lists("/things/1/parts", [])
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.tables() == ["parts", "things"]


def test_skips_are_no_records(tiny_api, acme, dlt_home):
    """Who iterates a resource gets its records and nothing else."""
    acme("things", GATED)
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/things/2/parts", [{"id": 20}])

    assert list(sdk.load("acme").parts) == [{"id": 20, "_things_id": 2}]


def test_a_resource_that_is_skipped_whole(tiny_api, acme, pipeline):
    """Its table is there, empty and typed, beside the row that says why."""
    acme("things", Resource("audits", columns=columns(bigint="id", text="who"), skip_statuses=[403]))
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.says("/audits", tiny_api.reply({}, 403))
    loading = pipeline()

    loading.run(sdk.load("acme"))

    assert loading.columns("audits") == {"id": "BIGINT", "who": "VARCHAR"}
    assert loading.rows("_sdk_skips", "resource", "parent_key", "request") == [("audits", "", "GET /audits")]
    assert loading.rows("things", "id") == [1]


# --- when something fails


def test_an_error_loads_nothing_and_moves_nothing(tiny_api, acme, pipeline, no_waiting):
    """One run is one transaction: the pages before the error, the other resources and the cursors stay out."""
    acme(CHANGES, "others")
    changes(tiny_api, [thing(1, "01")])
    tiny_api.says("/others", {"data": [{"id": 1}], "next": "/others?page=2"}, tiny_api.reply(None, 400))
    loading = pipeline()

    with pytest.raises(PipelineStepFailed) as caught:
        loading.run(sdk.load("acme"))

    assert str(cause(caught.value)) == (
        "acme.others: GET /others?page=2 answered 400; the API does not accept this request"
    )
    assert loading.state() == {}
    assert not loading.pipeline.has_pending_data
    assert loading.tables() == []


def test_a_good_run_after_a_failed_one_has_every_row(tiny_api, acme, pipeline, no_waiting):
    """Whatever the failed run had read before it failed is read again."""
    acme(CHANGES, CHILD)
    records = [thing(1, "01"), thing(2, "02")]
    changes(tiny_api, records)
    for number in (1, 2, 3):
        tiny_api.lists(f"/things/{number}/parts", [{"id": number * 10}])
    loading = pipeline()
    loading.run(sdk.load("acme"))
    records += [thing(3, "03"), thing(4, "04")]
    tiny_api.says("/things/4/parts", tiny_api.reply(None, 500))
    with pytest.raises(PipelineStepFailed):
        loading.run(sdk.load("acme"))
    assert loading.rows("things", "id") == [1, 2]
    tiny_api.lists("/things/4/parts", [{"id": 40}])

    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id") == [1, 2, 3, 4]
    assert loading.rows("parts", "_things_id", "id") == [(1, 10), (2, 20), (3, 30), (4, 40)]


def test_the_same_source_after_a_failure(tiny_api, acme, pipeline, no_waiting):
    """Nothing of the failed run sticks to the source object."""
    acme("things", CHILD)
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.says("/things/1/parts", tiny_api.reply(None, 400))
    source, loading = sdk.load("acme"), pipeline()
    with pytest.raises(PipelineStepFailed):
        loading.run(source)
    tiny_api.lists("/things/1/parts", [{"id": 10}])

    loading.run(source)

    assert loading.rows("things", "id") == [1]
    assert loading.rows("parts", "_things_id", "id") == [(1, 10)]


def test_a_row_without_its_key_is_no_row(tiny_api, acme, pipeline):
    """A merge on nothing would lose or double it."""
    acme(things(columns(bigint="id")))
    tiny_api.lists("/things", [{"id": 1}, {"id": None}, {"name": "x"}])
    loading = pipeline()

    with pytest.raises(PipelineStepFailed) as caught:
        loading.run(sdk.load("acme"))

    assert str(cause(caught.value)) == ("acme.things: 2 of 3 records of a page have no 'id', which is the primary key")


def test_errors_outside_of_a_pipeline(tiny_api, acme, dlt_home):
    """Who iterates a resource gets the error itself, or dlt's with it inside."""
    acme("things")
    tiny_api.says("/things", tiny_api.reply({}, 403))

    with pytest.raises(Exception, match=r"acme\.things: GET /things answered 403") as caught:
        list(sdk.load("acme").resources["things"])

    assert isinstance(cause(caught.value), ReadError)


def test_secrets_stay_out_of_what_dlt_keeps(tiny_api, acme, pipeline, dlt_home, no_waiting):
    """Neither state, schema, trace nor packages hold a secret, not even when the API echoes it in an error."""
    acme(
        CHANGES,
        Resource("parts", path="/things/{things.id}/parts", data_selector="data", skip_statuses=[403]),
        auth=sdk.APIKeyAuth(api_key=sdk.Secret("api_key"), name="sig", location="query"),
    )
    secret = "s3cr3t/of+source"
    changes(tiny_api, [thing(1, "01")])
    tiny_api.says("/things/1/parts", tiny_api.reply({"code": secret}, 403))
    loading = pipeline()
    loading.run(sdk.load("acme", api_key=secret))
    tiny_api.says("/things", tiny_api.reply({"code": secret, "error": secret}, 400))

    with pytest.raises(PipelineStepFailed) as caught:
        loading.run(sdk.load("acme", api_key=secret))

    assert tiny_api.asked[0].query["sig"] == secret
    assert secret not in str(caught.value)
    kept = [file.read_bytes() for file in dlt_home.rglob("*") if file.is_file()]
    assert len(kept) > 10
    assert not [one for one in kept for form in (secret, "s3cr3t%2Fof%2Bsource") if form.encode() in one]
