"""A declaration that is built from something of another kind is refused where it is built, in words that help."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import sdk
from sdk.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal as KnownToTypeCheckersOnly

NONSENSE: tuple[Any, ...] = (
    None,
    5,
    -1,
    1.5,
    True,
    "x",
    "",
    "{a",
    "a.b[",
    b"x",
    [],
    {},
    [1],
    ["x", {"y": []}],
    [[]],
    {"bogus": 1},
    {1: 2},
    (1,),
    object(),
    float("nan"),
    10**30,
    lambda x: x,
    type,
    sdk.PageNumberPaginator,
    sdk.Resource("other"),
    sdk.Secret("key"),
)

VERSION = sdk.Setting("version", choices=("1",), default="1")

# Enough to build each class that a plugin's author builds.
DECLARED: dict[Any, dict[str, Any]] = {
    sdk.Resource: {"name": "things"},
    sdk.Connector: {"name": "acme", "resources": [sdk.Resource("things")]},
    sdk.APIKeyAuth: {"name": "X-Key", "api_key": "k"},
    sdk.OAuth2ClientCredentials: {"access_token_url": "https://a.example", "client_id": "i", "client_secret": "s"},
    sdk.OAuth2RefreshToken: {
        "access_token_url": "https://a.example",
        "client_id": "i",
        "client_secret": "s",
        "refresh_token": "r",
    },
    sdk.TimeWindow: {"start_param": "since", "end_param": "until"},
    sdk.NumberWindow: {"start_param": "since_id"},
    sdk.Incremental: {"cursor_path": "updated_at"},
    sdk.RetryPolicy: {},
    sdk.RateLimit: {"requests": 5},
    sdk.CapStatus: {"status": 400, "path": "error", "contains": "too many"},
    sdk.CapTotal: {"path": "total", "limit": 1000},
    sdk.CapValue: {"path": "status", "value": "timeout"},
    sdk.Setting: {"name": "region"},
    sdk.Choice: {"setting": VERSION, "options": {"1": sdk.Resource("things")}},
    sdk.Column: {"name": "id", "data_type": "bigint"},
    sdk.PageNumberPaginator: {},
    sdk.OffsetPaginator: {"limit": 10},
    sdk.CursorPaginator: {"cursor_path": "next", "cursor_param": "after"},
    sdk.NextLinkPaginator: {"next_url_path": "next"},
    sdk.Total: {"path": "total"},
    sdk.HasMore: {"path": "more"},
}


def changes() -> Iterator[tuple[Any, str, Any]]:
    """Yield each class, with each of its fields, with each piece of nonsense."""
    for cls in DECLARED:
        for field in attrs.fields(cls):
            if field.init:
                yield from ((cls, str(field.alias), value) for value in NONSENSE)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (
            lambda: sdk.Resource("things", paginator=sdk.PageNumberPaginator),
            "Resource: paginator is the class PageNumberPaginator: write PageNumberPaginator(...)",
        ),
        (
            lambda: sdk.Resource("things", paginator="page"),
            "Resource: paginator must be a Paginator or None, not a text",
        ),
        (
            lambda: sdk.Resource("things", columns=sdk.Column("id", "bigint")),
            "Resource: columns must be a list, not a Column",
        ),
        (lambda: sdk.Resource("things", columns=["id"]), "Resource: columns[0] must be a Column, not a text"),
        (lambda: sdk.Resource("things", primary_key=5), "Resource: primary_key must be a list, not 5"),
        (lambda: sdk.Resource("things", params=[("a", "b")]), "Resource: params must be a mapping, not a list"),
        (
            lambda: sdk.Resource("things", headers={"X-Key": 5}),
            "Resource: headers['X-Key'] must be a text or a Setting, not 5",
        ),
        (lambda: sdk.Resource("things", revisit=3600), "Resource: revisit must be a timedelta, not 3600"),
        (lambda: sdk.Resource("things", single="yes"), "Resource: single must be True or False, not a text"),
        (
            lambda: sdk.Resource("things", auth=("a", "b")),
            "Resource: auth must be an auth scheme or None, not a tuple",
        ),
        (lambda: sdk.Resource("things", filter="x > 1"), "Resource: filter must be a function or None, not a text"),
        (lambda: sdk.Resource("things", window=sdk.TimeWindow), "Resource: window is the class TimeWindow: write "),
        (
            lambda: sdk.Resource("things", skip_statuses=["404"]),
            "Resource: '404' in skip_statuses must be a whole number, not a text",
        ),
        (lambda: sdk.Setting("region", choices="eu"), "Setting: choices must be a list, not a text"),
        (
            lambda: sdk.TimeWindow(start_param="since", end_param="until", step=30),
            "TimeWindow: step must be a timedelta or None, not 30",
        ),
        (lambda: sdk.RetryPolicy(statuses=500), "RetryPolicy: statuses must be a list, not 500"),
        (lambda: sdk.CapAny("error"), "CapAny: caps[0] must be a Cap, not a text"),
        (
            lambda: sdk.Connector("acme", resources=[sdk.Choice(VERSION, {"1": "things"})]),
            "connector 'acme': the choice by 'version' must be of Resources, not of a str",
        ),
        (
            lambda: sdk.Connector("acme", resources=sdk.Resource("things"), headers=None),
            "connector 'acme': resources must be a list, not a Resource; headers must be a mapping, not None",
        ),
    ],
)
def test_another_kind(build: Any, said: str):
    """The error names the field, what was found and what would do; never what may be a secret."""
    with pytest.raises(ValueError, match=r"must be|is the class") as caught:
        build()

    assert str(caught.value).startswith(said)


def test_nothing_but_an_error_of_ours():
    """Whatever stands in whatever field: it is accepted, or refused in one line by a `ValueError`."""
    tried = 0
    for cls, name, value in changes():
        said = ""
        try:
            built = cls(**{**DECLARED[cls], name: value})
            if cls is sdk.Resource:
                sdk.Connector("acme", resources=[built])
        except ValueError as error:
            said = str(error)
        assert "\n" not in said, (cls, name, value)
        tried += 1

    assert tried > len(DECLARED) * len(NONSENSE)


def test_what_is_meant_passes():
    """Lists for tuples, whole numbers for numbers, functions of any kind."""

    class Filter:
        def __call__(self, record: sdk.Record) -> bool:
            return bool(record)

    resource = sdk.Resource(
        "things",
        primary_key=["id", "part"],
        columns=(column for column in sdk.columns(bigint="id part")),
        skip_statuses={403, 404},
        filter=Filter(),
        answer_hooks=[print],
        headers={"X-Region": sdk.Setting("region")},
        revisit=timedelta(days=1),
    )

    assert resource.primary_key == ("id", "part")
    assert [column.name for column in resource.columns] == ["id", "part"]
    assert resource.answer_hooks == (print,)
    assert sdk.RetryPolicy(initial=2, statuses=range(500, 505)).statuses == {500, 501, 502, 503, 504}


def test_a_subclass_whose_annotations_are_for_type_checkers():
    """A plugin may import what it only annotates with under `TYPE_CHECKING`."""

    @attrs.frozen
    class Policy(sdk.RetryPolicy):
        budget: KnownToTypeCheckersOnly | None = None

    assert "KnownToTypeCheckersOnly" not in vars(inspect.getmodule(Policy) or object())
    assert Policy(attempts=2).attempts == 2
    with pytest.raises(ValueError, match="Policy: retry_after_path must be a text, not 5"):
        Policy(retry_after_path=5)


def test_without_validation():
    """As plugins are built to find all of their mistakes: the connector names them all the same, each once."""
    attrs.validators.set_disabled(True)
    try:
        with pytest.raises(DeclarationError) as caught:
            sdk.Connector("acme", resources=[sdk.Resource("a", params=5), sdk.Resource("b", columns=["id"])])
    finally:
        attrs.validators.set_disabled(False)

    assert caught.value.problems == (
        "resource 'a': params must be a mapping, not 5",
        "resource 'b': columns[0] must be a Column, not a text",
    )
