"""The typed columns of each resource; every object carries the first five."""

from sdk import columns

COMMON = columns(text="id type summary self html_url")

INCIDENTS = COMMON + columns(
    bigint="incident_number",
    text="title description status incident_key assigned_via urgency",
    bool="is_mergeable",
    json="""service assignments first_trigger_log_entry alert_counts incident_type escalation_policy teams
    pending_actions acknowledgements alert_grouping basic_alert_grouping last_status_change_by priority resolve_reason
    conference_bridge incidents_responders responder_requests subscriber_requests body""",
    timestamp="created_at updated_at last_status_change_at resolved_at",
)

# The union of the columns of all kinds of entry: `type` tells which it is.
INCIDENT_LOGS = COMMON + columns(
    text="_incidents_id note",
    bigint="acknowledgement_timeout",
    json="channel agent contexts service incident teams event_details changeset assignees user changed_actions",
    timestamp="created_at",
)

TEAMS = COMMON + columns(text="name description default_role", json="parent")

SERVICES = COMMON + columns(
    text="name description status alert_creation alert_grouping",
    bigint="auto_resolve_timeout acknowledgement_timeout alert_grouping_timeout",
    json="""escalation_policy response_play teams integrations incident_urgency_rule support_hours scheduled_actions
    addons alert_grouping_parameters auto_pause_notifications_parameters""",
    timestamp="created_at updated_at last_incident_timestamp",
)

USERS = COMMON + columns(
    text="name email time_zone color role avatar_url description job_title",
    bool="invitation_sent billed created_via_sso",
    json="teams contact_methods notification_rules coordinated_incidents",
)

PRIORITIES = COMMON + columns(
    text="name description account_id color",
    bigint="order schema_version",
    timestamp="created_at updated_at",
)
