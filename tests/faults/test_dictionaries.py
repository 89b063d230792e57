"""Every fault that makes sense for a dictionary, played against one that is loaded through `sdk.from_config`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

import sdk
from sdk.testing.faults import FAULTS, Fault, hold
from sdk.testing.faults.dictionaries import LoadingDictionary, dictated, dictionary, spoken

# What is not held, and why: each turns red when it comes to be held.
NOT_HELD: Final[Mapping[str, str]] = {
    "drift_update": "a row that moves while the list is read hides another, and no total shows it",
}

# No dictionary can say what these are about.
UNSPOKEN: Final = {"link_query_only", "limit_clamped_short"}

# One or two of each kind; all of them are played with the slow ones.
SAMPLE: Final = frozenset(
    [
        "stall_once",
        "s429_seconds",
        "s403_ratelimit_once",
        "s204_mid",
        "s204_all",
        "s200_error_mid",
        "s200_empty_object",
        "redirect_then_500",
        "token_expires_mid",
        "token_redirects",
        "token_200_error",
        "s401_always_query",
        "cursor_cycle",
        "cursor_missing_mid",
        "cursor_renamed",
        "cursor_same_at_end",
        "link_self",
        "link_other_port",
        "redirect_other_host_307_header",
        "page_param_ignored",
        "page_zero_is_one",
        "limit_clamped_offset_total",
        "empty_page_mid_page",
        "total_too_low",
        "total_too_low_offset",
        "drift_delete",
        "drift_delete_offset",
        "int_over_64",
        "float_digits",
        "key_collision",
        "id_missing",
        "dup_ids_differ",
        "id_number_and_text",
        "selector_gone",
        "s404_past_end",
        "inc_tie",
        "inc_future",
        "inc_number_text",
        "inc_tz_text",
        "pc_child_404",
        "pc_child_404_second_page",
        "pc_child_403_ratelimit",
        "pc_reserved_chars",
        "pc_key_collision",
    ]
)


def cases() -> list[Any]:
    """Return the faults as they are for dictionaries, with their marks."""
    found = []
    for one in FAULTS:
        if (fault := spoken(one)) is not None:
            marks = [] if one.name in SAMPLE else [pytest.mark.slow]
            marks += [pytest.mark.xfail(reason=NOT_HELD[one.name], strict=True)] if one.name in NOT_HELD else []
            found.append(pytest.param(fault, id=f"{fault.group}-{fault.name}", marks=marks))
    return found


@pytest.mark.parametrize("fault", cases())
def test_a_fault(fault: Fault, on, dlt_home, capfd):
    """The table holds exactly the true rows, or the run fails where that is right; bounds and secret are kept."""
    outcome = hold(dictated(fault), fault, on=on, reading=LoadingDictionary(dlt_home))

    assert outcome.held, str(outcome)
    assert not any("s3cret" in text for text in capfd.readouterr())


def test_what_is_played():
    """All faults but those that need words which dlt does not have."""
    assert {one.name for one in FAULTS if spoken(one) is None} == UNSPOKEN
    assert {*SAMPLE, *NOT_HELD} <= {one.name for one in FAULTS}


def test_the_dictionaries_are_dlts():
    """Each is in dlt's words throughout: nothing is repaired, and dlt's own function takes it."""
    for one in FAULTS:
        if (fault := spoken(one)) is not None:
            config: Any = dictionary(fault.api, "http://127.0.0.1:1", "s3cret")
            assert [note.sort for note in sdk.from_config(config).report.notes] == []
            sdk.rest_api_source(config)


def test_children_with_their_parents_key_left_out(on, dlt_home):
    """A merge by a key that is a parent's only would keep one of two children: the run fails and says so."""
    fault = next(one for one in FAULTS if one.name == "pc_key_collision")
    subject = dictated(fault)

    class Keyless(LoadingDictionary):
        def run(self, opened, name):
            resource = opened.opened.config["resources"][1]
            del resource["include_from_parent"]
            resource["primary_key"] = "id"
            super().run(opened, name)

    outcome = hold(subject, fault, on=on, reading=Keyless(dlt_home))

    assert "different records of two parents have the same 'id', which is the primary key" in str(outcome.failure)
