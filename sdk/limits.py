"""The pace that an API is declared to allow, for those that refuse without having said anything before."""

from __future__ import annotations

from attrs import Attribute, field, frozen, validators

from sdk.placeholders import Setting


def _at_least_one(_: object, attribute: Attribute[int | Setting], value: int | Setting) -> None:
    if isinstance(value, int) and value < 1:
        raise ValueError(f"{attribute.name} must be at least 1, not {value}")


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
    period: float = field(default=60.0, validator=validators.gt(0))
    name: str = field(default="", kw_only=True)
