"""Bodies of another shape: errors beside an empty list, and a list under another key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sdk.testing.mutations.answers import Place, body, homes, place_of, put, raw_records, rename, replaced, with_body
from sdk.testing.mutations.listings import Listing
from sdk.testing.mutations.mutation import Mutation
from sdk.testing.mutations.observed import Observed

_ERRORS: Final = [{"code": "internal", "message": "something went wrong"}]
_REFUSE: Final = "refuse a page whose body names errors: raise ReadError in the plugin's sdk_select_records"
_MOVED: Final = "select records where they are declared, so that a list which is not there is an error"


def bodies(observed: Observed, listing: Listing) -> Iterator[Mutation]:
    """Yield what the body of a page may be instead."""
    position = listing.filled[1] if len(listing.filled) > 1 else listing.filled[0]
    asked = listing.questions[position]
    page = listing.pages[position]
    original = observed.answer(asked)

    refuse = _REFUSE
    if not listing.resource.error_paths:
        refuse = "leave error_paths to its default, which fails a page whose body names errors"
    elif "errors" not in listing.resource.error_paths:
        refuse = 'name "errors" in error_paths too, so that a page whose body names errors fails'

    def mutation(name: str, data: Any, help_: str) -> Mutation:
        return Mutation(
            name=name,
            request=observed.text(page),
            help=help_,
            change=lambda: replaced(observed.account.contents, asked, with_body(original, data)),
            observed=observed,
        )

    place = _place(listing, body(original), position)
    if not place:
        return
    alone: dict[str, Any] = {"errors": _ERRORS}
    put(alone, place, [])
    yield mutation("errors and an empty list", alone, refuse)
    beside = body(original)
    put(beside, place, [])
    beside = {"errors": _ERRORS, **{key: value for key, value in beside.items() if key != "errors"}}
    yield mutation("errors beside an emptied list", beside, refuse)
    moved = body(original)
    keys = [step for step in place if isinstance(step, str)]
    rename(moved, place[: place.index(keys[-1]) + 1], f"{keys[-1]}_v2")
    yield mutation("a list under another key", moved, _MOVED)


def _place(listing: Listing, data: Any, position: int) -> Place:
    """Return where the list of a page stands, empty when the body itself is the list or there are several."""
    found = raw_records(listing.resource, data, listing.pages[position].records)
    lists = homes(data, found)
    one_list = lists[:1] if all(one is lists[0] for one in lists) else []
    place = place_of(data, one_list[0]) if one_list else None
    if place is None and len(found) == 1:
        place = place_of(data, found[0])
    return place if place is not None and isinstance(data, dict) else ()
