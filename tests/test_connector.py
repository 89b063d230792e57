"""Declarations: frozen values that do their own step, and whose mistakes are reported together."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any

import attrs
import pytest

import sdk
from sdk.auth import BearerTokenAuth, HttpBasicAuth
from sdk.columns import columns
from sdk.connector import START_DATE, Connector
from sdk.errors import DeclarationError
from sdk.mistakes import RESERVED
from sdk.paginators import AutoPaginator, PageNumberPaginator
from sdk.paths import Reference
from sdk.placeholders import Choice, Secret, Setting, fill
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.selectors import Selector
from sdk.windows import Incremental, TimeWindow

WINDOW = TimeWindow(start_param="since")
USERS, TEAMS = Resource("users"), Resource("teams")


def problems(*resources: Resource | Choice, name: str = "planets", **declared: Any) -> tuple[str, ...]:
    """Return the mistakes of a declaration; none when it is sound."""
    try:
        Connector(name, resources=resources, **declared)
    except DeclarationError as error:
        return error.problems
    return ()


def test_all_mistakes_are_reported_together():
    """One error holds them all, each with its place, so that one edit cures them."""
    with pytest.raises(DeclarationError) as caught:
        Connector(
            "Help Desk",
            resources=[
                Resource("tickets", path="tickets"),
                Resource("tickets"),
                Resource("items", path="/tickets/{tickts.id}/items"),
                Resource("notes", data_selector="notes[", primary_key=()),
            ],
        )

    assert caught.value.problems == (
        "name 'Help Desk' is not snake_case",
        "resource 'tickets' is declared 2 times",
        "resource 'tickets': path 'tickets' does not begin with '/'",
        (
            "resource 'items': path names parent 'tickts', which is not one of its resources: "
            "tickets, tickets, items, notes"
        ),
        "resource 'notes': data_selector 'notes[' is neither a dotted path nor a JSONPath",
        "resource 'notes': merge needs a primary_key; without one say write_disposition='replace' or 'append'",
    )
    assert str(caught.value) == "connector 'Help Desk': " + "; ".join(caught.value.problems)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("name", ["", "Tickets", "1st", "_private", "a-b", "a b", "café", "a\n"])
def test_names_are_snake_case(name: str):
    """They become tables, environment variables and parts of messages."""
    assert problems(USERS, name=name)[0].endswith("is not snake_case")
    assert problems(Resource(name, path="/x"))[0].endswith("its name is not snake_case")


def test_a_connector_has_resources():
    """An empty declaration is an unfinished one."""
    assert problems() == ("it has no resources",)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ({"path": "things"}, "path 'things' does not begin with '/'"),
        ({"method": "PUT"}, "method 'PUT' is none of GET, POST"),
        ({"write_disposition": "upsert"}, "write_disposition 'upsert' is none of merge, append, replace"),
        (
            {"primary_key": ()},
            "merge needs a primary_key; without one say write_disposition='replace' or 'append'",
        ),
        ({"columns": columns(text="a b", bigint="b")}, "column 'b' is declared 2 times"),
        ({"data_selector": "a["}, "data_selector 'a[' is neither a dotted path nor a JSONPath"),
        (
            {"incremental": Incremental("a["), "window": WINDOW},
            "cursor_path 'a[' is neither a dotted path nor a JSONPath",
        ),
        ({"incremental": Incremental("at")}, "incremental needs a window, which says how to ask for what is new"),
        ({"skip_statuses": [403, 404], "empty_statuses": [404]}, "status 404 is both skipped and empty"),
        ({"given": ["a"], "primary_key": ("a", "b")}, "given lists the values of one primary_key"),
        ({"only_continuing": True}, "only_continuing is for a part_of another resource"),
        ({"part_of": "thngs"}, "it is part_of 'thngs', which is not one of its resources: things"),
        (
            {"include_from_parent": ["id"]},
            "include_from_parent and revisit are for children, and no place names a parent",
        ),
        ({"path": "/{id}"}, "'{id}' in '/{id}' does not read {resource.field}"),
        ({"path": "/{users.id!r}"}, "'{users.id!r}' in '/{users.id!r}' does not read {resource.field}"),
        ({"path": "/{users.id"}, "unbalanced braces in '/{users.id'"),
        ({"params": {"user": "{users}"}}, "'{users}' in '{users}' does not read {resource.field}"),
        ({"path": "/{users.id}"}, "path names parent 'users', which is not one of its resources: things"),
    ],
)
def test_a_mistaken_resource_is_named(declared: dict[str, Any], problem: str):
    """What was found and what would do."""
    assert problems(Resource("things", **declared)) == (f"resource 'things': {problem}",)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        (
            {"path": "/{users.id|teams.id}"},
            "it has several parents (users, teams) and needs parent_as, the name for their key's column",
        ),
        (
            {"path": "/{users.id}", "params": {"team": "{teams.id}"}, "parent_as": "owner"},
            (
                "{users.id} names no field of teams; where there are several parents, name each",
                "{teams.id} names no field of users; where there are several parents, name each",
            ),
        ),
        (
            {"path": "/{users.id|teams.key}", "parent_as": "owner"},
            "its parents' fields would go to different columns; name the same ones in include_from_parent",
        ),
        ({"path": "/{users.id}", "revisit": timedelta(days=1)}, "revisit needs a parent that is incremental"),
        (
            {"path": "/{users.id}", "optional_parent": True, "unique_key": True},
            "optional_parent is for places in parameters: a path cannot be filled without a parent",
        ),
        (
            {"params": {"user": "{users.id}"}, "optional_parent": True},
            "optional_parent needs unique_key or include_from_parent=(): without a parent its key would be empty",
        ),
    ],
)
def test_a_mistaken_child_is_named(declared: dict[str, Any], problem: str | tuple[str, ...]):
    """A child that could not be read, or whose rows could not be told apart."""
    expected = (problem,) if isinstance(problem, str) else problem

    assert problems(USERS, TEAMS, Resource("things", **declared)) == tuple(
        f"resource 'things': {one}" for one in expected
    )


@pytest.mark.parametrize(
    "declared",
    [
        {"path": "/{users.id|teams.id}", "parent_as": "owner"},
        {"path": "/{users.id|teams.key}", "parent_as": "owner", "include_from_parent": ["id"]},
        {"params": {"user": "{users.id}"}, "optional_parent": True, "unique_key": True},
        {"params": {"user": "{users.id}"}, "optional_parent": True, "include_from_parent": ()},
        {"path": "/{users.id}", "include_from_parent": ["id", "name"]},
        {"part_of": "users", "only_continuing": True},
        {"primary_key": (), "write_disposition": "append"},
        {"given": Setting("things", kind="list", default=None)},
        {"incremental": Incremental("at"), "window": WINDOW},
    ],
)
def test_a_sound_resource_has_no_mistakes(declared: dict[str, Any]):
    """What each of the rules asks for passes it."""
    assert problems(USERS, TEAMS, Resource("things", **declared)) == ()


@pytest.mark.parametrize(
    ("parents", "circle"),
    [
        ({"a": "a"}, "a"),
        ({"a": "b", "b": "a"}, "a, b"),
        ({"a": "b", "b": "c", "c": "a", "d": "a"}, "a, b, c, d"),
    ],
)
def test_resources_that_wait_for_one_another_are_named(parents: dict[str, str], circle: str):
    """None of them could ever be read."""
    resources = [Resource(name, path=f"/{name}/{{{parent}.id}}") for name, parent in parents.items()]

    assert problems(USERS, *resources) == (f"resources are one another's parents: {circle}",)


def test_parents_may_stand_after_their_children():
    """And children may have children."""
    notes = Resource("notes", path="/items/{items.id}/notes")
    items = Resource("items", path="/users/{users.id}/items")

    assert problems(notes, items, USERS) == ()


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        (Secret("key"), Setting("key"), "setting 'key' is declared both as a secret and as a plain setting"),
        (Setting("key", kind="int"), Setting("key"), "setting 'key' is declared both as int and as text"),
    ],
)
def test_one_setting_has_one_meaning(one: Setting, other: Setting, problem: str):
    """A secret that is a plain setting elsewhere would be shown there."""
    assert problems(USERS, settings=[one, other]) == (problem,)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_setting_does_not_take_the_name_of_an_argument(name: str):
    """It could not be passed as keyword, or would be taken for something else."""
    assert problems(USERS, settings=[Setting(name)]) == (
        f"setting {name!r} has a name that sdk.load, sdk.read and sdk.run take for themselves",
    )


def test_every_argument_of_the_functions_that_load_is_reserved():
    """A new argument must not shadow somebody's setting unnoticed."""
    arguments = {
        name
        for function in (sdk.load, sdk.read, sdk.run)
        for name, one in inspect.signature(function).parameters.items()
        if one.kind is not one.VAR_KEYWORD
    }

    assert arguments | {"overrides", "in_flight", "share_limits", "trust_env"} == RESERVED


def test_a_declaration_cannot_be_changed():
    """It is built whole; `evolve` makes another one, checked again."""
    connector = Connector("planets", resources=[USERS])

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        connector.name = "moons"  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        USERS.path = "/people"  # type: ignore[misc]
    with pytest.raises(DeclarationError):
        attrs.evolve(connector, name="Moons")


def test_settings_are_found_wherever_they_stand():
    """Each once, in the order of the declaration: where they are filled in and what `sdk describe` lists."""
    connector = Connector(
        "planets",
        resources=[
            Resource("users", params={"region": Setting("region")}, auth=BearerTokenAuth(token=Secret("user_key"))),
            Resource("teams", paginator=PageNumberPaginator(limit=Setting("limit", kind="int"), limit_param="n")),
        ],
        auth=HttpBasicAuth(username=Secret("api_key"), password="X"),
        headers={"X-Region": Setting("region")},
        settings=[Setting("vault")],
    )

    assert [one.name for one in connector.declared_settings] == [
        "base_url",
        "region",
        "user_key",
        "limit",
        "api_key",
        "vault",
        "start_date",
    ]
    assert connector.declared_settings[-1] == START_DATE


def test_a_resource_goes_before_its_connector():
    """Credentials, paginator and retry policy: the nearest counts."""
    own = {
        "auth": BearerTokenAuth(token="x-connector-test"),
        "paginator": PageNumberPaginator(),
        "retry": RetryPolicy(attempts=1),
    }
    users = Resource("users", **own)
    connector = Connector("planets", resources=[users, TEAMS], auth=HttpBasicAuth(username="u", password="p-conn-test"))

    assert [connector.auth_of(users), connector.paginator_of(users), connector.retry_of(users)] == list(own.values())
    assert connector.auth_of(TEAMS) is connector.auth
    assert connector.paginator_of(TEAMS) == AutoPaginator()
    assert connector.retry_of(TEAMS) == RetryPolicy()


def test_hidden_resources_and_parts_are_no_tables():
    """They are read all the same: for their children, and for the table that they are a part of."""
    hidden, part = Resource("hidden", hidden=True), Resource("old_users", part_of="users")
    connector = Connector("planets", resources=[hidden, USERS, part])

    assert connector.tables == (USERS,)
    assert connector.parts_of(USERS) == (part,)
    assert connector.resource("old_users").table == "users"
    with pytest.raises(KeyError):
        connector.resource("moons")


def test_a_choice_stands_for_the_resource_that_a_setting_picks():
    """By default the default's; every option is checked."""
    version = Setting("version", default="v2", choices=("v1", "v2"))
    options = {one: Resource("users", path=f"/{one}/users") for one in ("v1", "v2")}
    connector = Connector("planets", resources=[Choice(version, options)])
    values = {"version": "v1", "base_url": "https://api.example.com", "start_date": None}

    assert connector.resource("users").path == "/v2/users"
    assert fill(connector, values).resource("users").path == "/v1/users"
    assert problems(Choice(version, {**options, "v1": Resource("users", path="v1")})) == (
        "resource 'users': path 'v1' does not begin with '/'",
    )


def test_a_resource_is_made_from_its_name():
    """The path below the base URL, and the key that most APIs have."""
    assert (USERS.path, USERS.table, USERS.primary_key, USERS.key) == ("/users", "users", ("id",), ("id",))
    assert (USERS.parents, USERS.references, USERS.beginning) == ((), (), None)
    assert USERS.selector == Selector()


@pytest.mark.parametrize(
    ("declared", "stamps", "key"),
    [
        ({}, {"_users_id": "id"}, ("_users_id", "id")),
        ({"unique_key": True}, {"_users_id": "id"}, ("id",)),
        ({"primary_key": (), "write_disposition": "replace"}, {"_users_id": "id"}, ()),
        ({"primary_key": ("a", "b")}, {"_users_id": "id"}, ("_users_id", "a", "b")),
        ({"parent_as": "owner"}, {"_owner_id": "id"}, ("_owner_id", "id")),
        ({"include_from_parent": "name"}, {"_users_name": "name"}, ("_users_name", "id")),
        (
            {"include_from_parent": ["id", "meta.kind"]},
            {"_users_id": "id", "_users_meta_kind": "meta.kind"},
            ("_users_id", "_users_meta_kind", "id"),
        ),
        ({"include_from_parent": ()}, {}, ("id",)),
    ],
)
def test_a_child_carries_its_parents_key(declared: dict[str, Any], stamps: dict[str, str], key: tuple[str, ...]):
    """As `_<parent>_<field>`, dlt's name; it is a part of the key, so that no link is lost on merge."""
    child = Resource("items", path="/users/{users.id}/items", **declared)

    assert child.parents == ("users",)
    assert (child.stamps("users"), child.key) == (stamps, key)


def test_references_are_gathered_from_path_and_parameters():
    """Each once, in order."""
    child = Resource("items", path="/{users.id}/{users.kind}", params={"user": "{users.id}", "sort": "at", "n": 5})

    assert child.references == (Reference("users", "id"), Reference("users", "kind"))
    assert list(child.param_templates) == ["user"]


def test_a_window_may_begin_where_a_parent_says():
    """Then the resource waits for that parent."""
    child = Resource("items", window=TimeWindow(start_param="since", initial_value="{account.created_at}"))

    assert child.parents == ("account",)
    assert problems(child) == (
        "resource 'items': path names parent 'account', which is not one of its resources: items",
    )


def test_a_secret_is_no_parameter():
    """What a request carries is stored in checkpoints and skips; credentials are added when it is sent."""
    resource = Resource("users", params={"token": Secret("api_key")})

    assert problems(resource) == (
        "resource 'users': its params or json hold a secret, which would be stored with the request; put it into auth",
    )
