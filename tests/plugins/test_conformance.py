"""The five connectors keep what every connector promises; what is accepted is how their API really is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sdk.testing import ConnectorSuite


class TestIncidents(ConnectorSuite):
    """The on-call API, version 2."""

    connector = "incidents"
    accepted: ClassVar[Mapping[str, str]] = {
        "more-to-read:incident_logs": "the log begins where the one oldest incident begins; no other is wanted there",
        "unknown-column:incidents": "conference_bridge and body come only when include[] names them",
        "unknown-column:priorities": "the list leaves out what the copies inside incidents have, and may add it",
    }


class TestIncidentResponse(ConnectorSuite):
    """The incident management API, versions 1 to 3."""

    connector = "incident_response"
    _OPTIONAL = "pagination_meta.after is optional in the specification, and its absence is the documented end"
    accepted: ClassVar[Mapping[str, str]] = {
        "mutation:an-empty-page-in-the-middle": "an empty list is a documented end, and filters come before paging",
        "mutation:a-token-s-key-renamed": _OPTIONAL,
        "mutation:a-token-that-is-not-there": _OPTIONAL,
    }


class TestObservability(ConnectorSuite):
    """The observability API, versions 1 and 2."""

    connector = "observability"
    asked: ClassVar[Mapping[str, Mapping[str, Any]]] = {"downtimes": {"with_creator": True}}


class TestStories(ConnectorSuite):
    """The project-tracking API, version 3."""

    connector = "stories"
    accepted: ClassVar[Mapping[str, str]] = {
        "missing-records:search_epics": "the default query goes by the time of creation, and an epic may have none",
        "missing-records:stories_comments": "a story that is in no epic, iteration or group is in no list",
        "missing-records:story_history": "a story that is in no epic, iteration or group is in no list",
        "unknown-column:groups_stories": "this list cannot be asked for descriptions; those of epics can",
        "unknown-column:milestones_epics": "this list cannot be asked for descriptions; that of epics can",
        "unknown-column:objectives_epics": "this list cannot be asked for descriptions; that of epics can",
    }
    asked: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "epics": {"includes_description": True},
        "epics_stories": {"includes_description": True},
        "iterations_stories": {"includes_description": True},
    }


class TestTickets(ConnectorSuite):
    """The help-desk API, version 2."""

    connector = "tickets"
    accepted: ClassVar[Mapping[str, str]] = {
        "unknown-column:tickets": "tags and attachments come with include=tags, which costs two more requests a page",
    }
    # Few tickets have a survey answer; with these dice an early one does.
    simulated: ClassVar[Mapping[str, Any]] = {"seed": 20}
    asked: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "assets": {"include": "type_fields"},
        "purchase_orders": {"include": "purchase_items,custom_fields"},
    }
