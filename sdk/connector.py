"""A connector, as its author declares it: frozen values that do their own step of the work.

Every mistake of a declaration is found when the connector is built, and all of them are reported together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

from attrs import evolve, field, frozen
from requests.auth import AuthBase

from sdk import kinds
from sdk.checks import whole_number
from sdk.errors import DeclarationError
from sdk.limits import RateLimit
from sdk.mistakes import mistakes
from sdk.paginators import AutoPaginator, Paginator
from sdk.placeholders import Choice, Setting, Text, fill, placeholders
from sdk.resource import Resource
from sdk.retry import RetryPolicy

BASE_URL = Setting("base_url", description="where the API is, such as https://api.example.com")

START_DATE = Setting(
    "start_date",
    kind="timestamp",
    default=None,
    description="ISO date or timestamp from which on to read; default: everything that the API will give",
)


def _declared(value: Iterable[Resource | Choice]) -> Any:
    return kinds.several(value)


# More threads than these only wait for one another.
_CONNECTIONS: Final = 64


def _settings(value: Iterable[Any]) -> Any:
    return kinds.several(value)


@frozen(kw_only=True, slots=False)
class Connector:
    """An API, as a plugin declares it.

    Attributes:
        name: Name of the connector: its entry point, its settings' section, its dlt source.
        base_url: Where the API is; a `Setting`, since a connector names no vendor.
        declared: What it lists (the argument is called `resources`), parents before or after their children; a
            `Choice` stands for the resource that a setting picks.
        auth: Credentials, any `requests.auth.AuthBase`.
        paginator: How to page where a resource does not say; default: detect, and fail when that is not certain.
        headers: Headers of every request.
        retry: What is repeated, and when.
        rate_limit: The pace to keep when the API does not announce one.
        in_flight: How many requests may be under way at a time, unless the setting `in_flight` says otherwise.
        settings: Settings that only hooks read, or values that hold such settings, beside those that stand in the
            declaration.
        description: One sentence for `sdk describe`.

    Raises:
        DeclarationError: With every mistake found.
    """

    name: str = field(kw_only=False)
    base_url: Text = BASE_URL
    declared: tuple[Resource | Choice, ...] = field(default=(), converter=_declared, alias="resources")
    auth: AuthBase | None = None
    paginator: Paginator = field(factory=AutoPaginator)
    headers: Mapping[str, Text] = field(factory=dict)
    retry: RetryPolicy = field(factory=RetryPolicy)
    rate_limit: RateLimit | None = None
    in_flight: int = field(default=8, validator=whole_number(1, _CONNECTIONS))
    settings: tuple[Any, ...] = field(default=(), converter=_settings)
    start_date: Any = START_DATE
    description: str = ""

    def __attrs_post_init__(self) -> None:
        if problems := mistakes(self):
            raise DeclarationError(f"connector {self.name!r}", problems)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """The resources; of a `Choice` whose setting is not filled in, the one that is picked by default."""
        return tuple(one.picked() if isinstance(one, Choice) else one for one in self.declared)

    def resource(self, name: str) -> Resource:
        """Return the resource *name*.

        Raises:
            KeyError: There is none.
        """
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Resource]:
        return {resource.name: resource for resource in self.resources}

    @property
    def tables(self) -> tuple[Resource, ...]:
        """The resources that become tables: all but the hidden ones and the parts."""
        return tuple(one for one in self.resources if not one.hidden and one.part_of is None)

    def parts_of(self, resource: Resource) -> tuple[Resource, ...]:
        """Return the further ways to read *resource*."""
        return tuple(one for one in self.resources if one.part_of == resource.name)

    @property
    def declared_settings(self) -> tuple[Setting, ...]:
        """Each setting and secret of the declaration, once, in the order in which they stand there."""
        found: dict[str, Setting] = {}
        for setting in placeholders(self):
            found.setdefault(setting.name, setting)
        return tuple(found.values())

    def filled(self, values: Mapping[str, Any], in_flight: int | None = None) -> Connector:
        """Return the connector with the *values* of its settings in their places, and perhaps another `in_flight`.

        Raises:
            ValueError: A value does not fit its place.
        """
        return evolve(fill(self, values), in_flight=self.in_flight if in_flight is None else in_flight)

    def auth_of(self, resource: Resource) -> AuthBase | None:
        """Return the credentials for *resource*."""
        return resource.auth if resource.auth is not None else self.auth

    def paginator_of(self, resource: Resource) -> Paginator:
        """Return how *resource* is paged."""
        return resource.paginator if resource.paginator is not None else self.paginator

    def retry_of(self, resource: Resource) -> RetryPolicy:
        """Return what is repeated for *resource*."""
        return resource.retry if resource.retry is not None else self.retry
