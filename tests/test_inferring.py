"""What dlt makes of fields that nobody declared."""

from __future__ import annotations

from typing import Any

import pytest
from dlt.common.schema import Schema

from sdk.columns import MISFIT
from sdk.inferring import Layout, as_dlt_would, earlier_columns, inference


@pytest.mark.parametrize(
    ("value", "data_type"),
    [
        (1, "bigint"),
        (0.5, "double"),
        (True, "bool"),
        ({}, "json"),
        ([], "json"),
        ("x", "text"),
        ("2024-02-29", "text"),
        ("2024-02-29T12:00:00Z", "timestamp"),
        ("2024-02-29T12:00:00.123456Z", "timestamp"),
        ("2024-02-29T12:00:00.123456789Z", "text"),
    ],
)
def test_a_type_from_the_first_value(value, data_type):
    """As dlt's normaliser tells it, except for a time that no timestamp holds."""
    assert inference(Schema("acme"), "things")("field", value) == data_type


def schema_with(**columns: Any) -> Schema:
    """Return a schema with the table `things`."""
    schema = Schema("acme")
    schema.update_table({"name": "things", "columns": {name: {"name": name, **one} for name, one in columns.items()}})
    return schema


def test_a_column_keeps_its_type():
    """By the name that dlt gives the field, whatever comes now."""
    infer = inference(schema_with(user_name={"data_type": "timestamp"}, a__b={"data_type": "double"}), "things")

    assert [infer("userName", "2024-02-29T12:00:00.123456789Z"), infer("a__b", 1), infer("a_b", 1)] == [
        "timestamp",
        "double",
        "bigint",
    ]


def test_what_a_table_has():
    """Its columns, and which of them hold what did not fit; one without a type is none yet."""
    schema = schema_with(
        a={"data_type": "text"}, a__v_text={"data_type": "text", "variant": True}, b={"nullable": True}
    )

    assert earlier_columns(schema, "things") == {"a": False, "a__v_text": True}
    assert earlier_columns(schema, "others") == {}


def test_what_dlt_would_do():
    """It forces what it can."""
    schema = Schema("acme")

    assert as_dlt_would("bool", 2, schema) is True
    assert as_dlt_would("json", "[]", schema) == []
    assert as_dlt_would("bigint", 1.5, schema) is MISFIT


def test_a_layout():
    """The names of columns and child tables, as dlt's normaliser makes them."""
    layout = Layout(Schema("acme"), 2)

    assert layout.column(("userName",)) == "user_name"
    assert layout.column(("a", "B__c")) == "a__b__c"
    assert [layout.column(path) for path in (("",), ("a", " "), ("__",))] == ["", "", ""]
    assert layout.name(layout.table(("things",), ("on", "theLines"))) == "things__on__the_lines"
    assert layout.name(layout.table(("things",), ("",))) == ""
    assert [layout.stays("things", "a", level) for level in (2, 1, 0)] == [False, False, True]
