"""The pace that an API is declared to allow, for those that refuse without having said anything before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from sdk.checks import number, whole_number
from sdk.placeholders import Setting

if TYPE_CHECKING:
    from attrs import Attribute

_count = whole_number(1)


def _at_least_one(instance: object, attribute: Attribute[Any], value: int | Setting) -> None:
    if not isinstance(value, Setting):
        _count(instance, attribute, value)


@frozen
class RateLimit:
    """Declare how many requests the API takes in how many seconds.

    Declared for the connector it counts for all that its credential sends; declared for a resource it counts beside
    that, for all resources that declare the same one.

    Attributes:
        requests: How many.
        period: In how many seconds.
        name: Tells apart limits of the same numbers that count by themselves, such as one for each kind of endpoint.
    """

    requests: int | Setting = field(validator=_at_least_one)
    period: float = field(default=60.0, validator=number(0, above=True))
    name: str = field(default="", kw_only=True)
