"""Simulate a vendor's API on loopback, from a frozen description.

A description (`Simulator`) says which tables a vendor has, which endpoints show them, and what each endpoint does to
a caller that does not read its documentation: default windows, hidden rows, pages that end early, limits, modules
that are off. `serve` makes fresh data and answers over real HTTP::

    with serve(SIMULATOR, seed=7) as server:
        records = list(sdk.read("tickets", "tickets", **server.settings))
    assert records == server.truth("tickets")

One question, one module: who may call (`auth`), which rows (`filters`), in which order (`orders`), how many at a time
(`pages`, `cuts`), which fields (`views`), in what body (`shapes`), how often (`limits`). Every answer is a small frozen
value, and an own value with the same methods is as good as a ready-made one.
"""

from sdk.testing.simulator.auth import (
    AllOf,
    AnyOf,
    AuthScheme,
    BasicPair,
    BasicUser,
    HeaderKey,
    NoAuth,
    QueryKey,
    RequiredHeader,
)
from sdk.testing.simulator.bodies import json_params
from sdk.testing.simulator.cuts import Cap, Cut, PageSize, link_header, nothing
from sdk.testing.simulator.description import Endpoint, ErrorReplies, Parent, Seeding, Simulator, Table
from sdk.testing.simulator.failing import FailedSimulatorError
from sdk.testing.simulator.filters import Choice, Filter, OneOf, RecentUnless, Required, Scope, Since, Where, Window
from sdk.testing.simulator.limits import Quota, RateLimit, Usage
from sdk.testing.simulator.making import ages, chance, every, lacking, large_id, maybe, pick, some_id
from sdk.testing.simulator.messages import (
    UNKNOWN_PARAMETER,
    Call,
    InvalidParameterError,
    Listing,
    LoggedRequest,
    Record,
    Refusal,
    Reply,
    Row,
    SimulatorError,
)
from sdk.testing.simulator.orders import AsStored, NamedOrders, Order, OrderBy, SortList
from sdk.testing.simulator.pages import Cursor, KeyCursor, Offset, PageNumber, PageStyle, Unpaged
from sdk.testing.simulator.server import SimulatorServer, serve
from sdk.testing.simulator.shapes import BareList, Enveloped, Listed, Shape, SingleObject
from sdk.testing.simulator.times import instant, with_offset, zulu, zulu_millis
from sdk.testing.simulator.tokens import ACCESS_TOKENS, ClientPair, IssuedToken, token_endpoint
from sdk.testing.simulator.views import HiddenWhen, Included, Reshaped, View

__all__ = [
    "ACCESS_TOKENS",
    "UNKNOWN_PARAMETER",
    "AllOf",
    "AnyOf",
    "AsStored",
    "AuthScheme",
    "BareList",
    "BasicPair",
    "BasicUser",
    "Call",
    "Cap",
    "Choice",
    "ClientPair",
    "Cursor",
    "Cut",
    "Endpoint",
    "Enveloped",
    "ErrorReplies",
    "FailedSimulatorError",
    "Filter",
    "HeaderKey",
    "HiddenWhen",
    "Included",
    "InvalidParameterError",
    "IssuedToken",
    "KeyCursor",
    "Listed",
    "Listing",
    "LoggedRequest",
    "NamedOrders",
    "NoAuth",
    "Offset",
    "OneOf",
    "Order",
    "OrderBy",
    "PageNumber",
    "PageSize",
    "PageStyle",
    "Parent",
    "QueryKey",
    "Quota",
    "RateLimit",
    "RecentUnless",
    "Record",
    "Refusal",
    "Reply",
    "Required",
    "RequiredHeader",
    "Reshaped",
    "Row",
    "Scope",
    "Seeding",
    "Shape",
    "Simulator",
    "SimulatorError",
    "SimulatorServer",
    "Since",
    "SingleObject",
    "SortList",
    "Table",
    "Unpaged",
    "Usage",
    "View",
    "Where",
    "Window",
    "ages",
    "chance",
    "every",
    "instant",
    "json_params",
    "lacking",
    "large_id",
    "link_header",
    "maybe",
    "nothing",
    "pick",
    "serve",
    "some_id",
    "token_endpoint",
    "with_offset",
    "zulu",
    "zulu_millis",
]
