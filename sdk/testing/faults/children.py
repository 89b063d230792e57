"""Faults of parents and children: ids that lead elsewhere, children that are gone, keys that are only theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sdk.messages import Record
from sdk.testing.faults.api import Api
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage, honestly
from sdk.testing.faults.wire import Answer, Asked

_IDS: Final = (1, 2, 3, 4, 5)


def _children(ids: Sequence[Any], count: int = 3) -> Mapping[str, Sequence[Record]]:
    return {str(one): [{"id": number, "note": f"{one}-{number}"} for number in range(1, count + 1)] for one in ids}


def _api(ids: Sequence[Any] = _IDS, count: int = 3, **child: Any) -> Api:
    return Api(rows=[{"id": one} for one in ids], children=_children(ids, count), child=child)


def _of(*ids: Any, count: int = 3) -> list[Record]:
    """Return the children of some parents, as they must arrive."""
    found = _children(ids, count)
    return [{**child, "_items_id": one} for one in ids for child in found[str(one)]]


def _third(answer: Answer, times: int | None = None) -> Play:
    """Answer what is asked for the third parent's children."""

    def play(stage: Stage, asked: Asked) -> Answer:
        falls = asked.path == "/items/3/children" and (times is None or stage.times(asked) <= times)
        return answer if falls else stage.good(asked)

    return play


def _second_page(answer: Answer) -> Play:
    def play(stage: Stage, asked: Asked) -> Answer:
        falls = asked.path == "/items/3/children" and asked.query.get("page") == "2"
        return answer if falls else stage.good(asked)

    return play


def _parents(*rows: Any) -> Play:
    """List parents that no honest API would list."""

    def play(stage: Stage, asked: Asked) -> Answer:
        if asked.path == "/items":
            return Answer({"items": list(rows) if asked.query.get("page") == "1" else []})
        if asked.path.startswith("/items/"):
            return stage.good(asked)
        return Answer({"items": [{"id": 666, "note": "admin"}] if asked.query.get("page", "1") == "1" else []})

    return play


def _repeated(stage: Stage, asked: Asked) -> Answer:
    """List the third parent on two pages."""
    if asked.path == "/items":
        page = {"1": [1, 2, 3], "2": [3, 4, 5]}.get(asked.query["page"], [])
        return Answer({"items": [{"id": one} for one in page]})
    return stage.good(asked)


def _deleted(stage: Stage, asked: Asked) -> Answer:
    """Delete the fourth parent while the children are read."""
    if asked.path == "/items/4/children":
        return Answer({"message": "gone"}, 404)
    return stage.good(asked)


def _fault(  # noqa: PLR0913, PLR0917 - each is a fact of its own
    name: str, api: Api, play: Play, must: Must, what: str, truth: Sequence[Record], **facts: Any
) -> Fault:
    given = {"in_pipeline": must == "all rows", **facts}
    return Fault(name=name, group="children", must=must, what=what, play=play, api=api, truth=truth, **given)


_NO: Final = {"message": "no"}
_ALL: Final = _of(*_IDS)
_OTHERS: Final = _of(1, 2, 4, 5)
_ODD: Final = ("a/b", "q?x=1", "h#f", "p%2Fq", "s p+c&d=e", "ä€😀", "semi;colon", "..a", "@", "a:b")
_TEMPLATES: Final = ("{items.id}", "{0}", "%s", "${x}", "{{y}}")
_BIG: Final = (2**53 + 1, 2**63 - 1)
_SKIPPING: Final = _api(skip_statuses={403, 404, 410})

FAULTS: Final[tuple[Fault, ...]] = (
    _fault("pc_plain", _api(), honestly, "all rows", "nothing is wrong", _ALL, slow=True),
    _fault(
        "pc_child_404",
        _SKIPPING,
        _third(Answer(_NO, 404)),
        "all rows",
        "one parent's children are gone, which is declared to be skipped",
        _OTHERS,
        skips=1,
    ),
    _fault(
        "pc_child_403",
        _SKIPPING,
        _third(Answer(_NO, 403)),
        "all rows",
        "one parent's children are forbidden, which is declared to be skipped",
        _OTHERS,
        skips=1,
        slow=True,
    ),
    _fault(
        "pc_child_410",
        _SKIPPING,
        _third(Answer(_NO, 410)),
        "all rows",
        "one parent's children are gone for good, which is declared to be skipped",
        _OTHERS,
        skips=1,
        slow=True,
    ),
    _fault(
        "pc_child_404_empty",
        _api(empty_statuses={404}),
        _third(Answer(_NO, 404)),
        "all rows",
        "a parent without children is a 404, as declared",
        _OTHERS,
        slow=True,
    ),
    _fault("pc_child_404_undeclared", _api(), _third(Answer(_NO, 404)), "raise", "one parent's children are gone", ()),
    _fault(
        "pc_child_403_undeclared", _api(), _third(Answer(_NO, 403)), "raise", "one parent's children are forbidden", ()
    ),
    _fault(
        "pc_child_404_second_page",
        _api(count=8, skip_statuses={404}),
        _second_page(Answer(_NO, 404)),
        "raise",
        "a page of children that follows another is a 404",
        (),
    ),
    _fault(
        "pc_child_403_ratelimit",
        _SKIPPING,
        _third(Answer(_NO, 403, {"Retry-After": "5"}), 1),
        "all rows",
        "a 403 that names a wait is no reason to skip",
        _ALL,
        waits=5,
    ),
    _fault("pc_child_500", _api(), _third(Answer(_NO, 500)), "raise", "one parent's children cannot be had", ()),
    _fault("pc_child_500_once", _api(), _third(Answer(_NO, 500), 1), "all rows", "the same, once", _ALL, slow=True),
    _fault("pc_child_error200", _api(), _third(Answer({"error": "no"})), "raise", "an error under a good status", ()),
    _fault(
        "pc_child_repaid",
        _SKIPPING,
        lambda s, a: _third(Answer(_NO, 404))(s, a) if s.run == 1 else s.good(a),
        "all rows",
        "what was skipped is there in the next run",
        _ALL,
        runs=2,
    ),
    _fault(
        "pc_deleted_mid",
        _SKIPPING,
        _deleted,
        "all rows",
        "a parent goes away after it was listed",
        _of(1, 2, 3, 5),
        skips=1,
    ),
    _fault("pc_null_id", _api(), _parents({"id": 1}, {"id": None}), "raise", "a parent's key is null", ()),
    _fault("pc_missing_id", _api(), _parents({"id": 1}, {"name": "x"}), "raise", "a parent has no key", ()),
    _fault("pc_empty_id", _api(), _parents({"id": "1"}, {"id": ""}), "raise", "a parent's key is empty", ()),
    _fault("pc_object_id", _api(), _parents({"id": {"a": 1}}), "raise", "a parent's key is an object", ()),
    _fault("pc_float_id", _api(), _parents({"id": 1.5}), "raise", "a parent's key is a fraction", ()),
    _fault("pc_bool_id", _api(), _parents({"id": True}), "raise", "a parent's key is true", ()),
    _fault("pc_traversal", _api(), _parents({"id": "../admin"}), "raise", "a parent's key leads up", ()),
    _fault("pc_traversal_dots", _api(), _parents({"id": ".."}), "raise", "a parent's key is two dots", ()),
    _fault("pc_traversal_dot", _api(), _parents({"id": "."}), "raise", "a parent's key is a dot", ()),
    _fault(
        "pc_traversal_encoded",
        _api(),
        _parents({"id": "..%2f..%2fadmin"}),
        "raise",
        "a parent's key leads up when it is decoded twice",
        (),
    ),
    _fault(
        "pc_traversal_backslash",
        _api(),
        _parents({"id": "..\\admin"}),
        "raise",
        "a parent's key leads up, as on other systems",
        (),
    ),
    _fault("pc_url_id", _api(), _parents({"id": "http://127.0.0.1:1/"}), "raise", "a parent's key is an address", ()),
    _fault(
        "pc_reserved_chars", _api(_ODD), honestly, "all rows", "parents' keys hold what a path must not", _of(*_ODD)
    ),
    _fault(
        "pc_braces",
        _api(_TEMPLATES),
        honestly,
        "all rows",
        "parents' keys look like templates",
        _of(*_TEMPLATES),
        slow=True,
    ),
    _fault("pc_big_ids", _api(_BIG), honestly, "all rows", "parents' keys are too large for a double", _of(*_BIG)),
    _fault(
        "pc_control_chars", _api(), _parents({"id": "1\r\nX-Evil: 1"}), "raise", "a parent's key holds a line break", ()
    ),
    _fault("pc_key_collision", _api(), honestly, "all rows", "children's keys are their parent's only", _ALL),
    _fault(
        "pc_many_pages",
        _api(count=12),
        honestly,
        "all rows",
        "each parent has several pages of children",
        _of(*_IDS, count=12),
        slow=True,
    ),
    _fault("pc_repeated_parent", _api(), _repeated, "all rows", "a parent is listed twice", _ALL, slow=True),
    _fault("pc_no_parents", _api(()), honestly, "all rows", "there are no parents", (), slow=True),
    _fault("pc_no_children", _api(count=0), honestly, "all rows", "no parent has children", (), slow=True),
)
