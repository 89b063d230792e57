"""The typed columns of each resource, as the API documents and sends its fields.

Where records carry their fields under `attributes`, these are the fields after lifting. Moments come as text, as
seconds and as milliseconds; all of them become timestamps.
"""

from sdk import columns

AUDIT_LOGS = columns(
    text="id type message service",
    json="attributes tags",
    timestamp="timestamp",
)

DASHBOARDS = columns(
    text="id title description author_handle layout_type url",
    bool="is_read_only",
    timestamp="created_at modified_at deleted_at",
)

DOWNTIMES = columns(
    bigint="id org_id creator_id updater_id monitor_id parent_id child_id downtime_type",
    text="message status timezone uuid",
    bool="active disabled mute_first_recovery_notification",
    json="scope monitor_tags notify_end_states notify_end_types recurrence active_child creator",
    epoch_s="start end created modified canceled",
)

DOWNTIMES_V2 = columns(
    text="id type display_timezone message scope status",
    bool="mute_first_recovery_notification",
    json="monitor_identifier schedule notify_end_states notify_end_types relationships",
    timestamp="canceled created modified",
)

INCIDENT_TEAMS = columns(
    text="id type name",
    json="relationships",
    timestamp="created modified",
)

TEAMS = columns(
    text="id type name handle description summary avatar",
    bigint="banner link_count user_count",
    bool="is_managed",
    json="hidden_modules visible_modules relationships",
    timestamp="created_at modified_at",
)

INCIDENTS = columns(
    text="""id type title state severity visibility incident_type_uuid created_by_uuid last_modified_by_uuid
    declared_by_uuid customer_impact_scope creation_idempotency_key""",
    bigint="""public_id customer_impact_duration time_to_detect time_to_internal_response time_to_repair
    time_to_resolve case_id""",
    bool="customer_impacted is_test",
    json="fields notification_handles non_datadog_creator field_analytics relationships",
    timestamp="""created modified detected declared resolved archived customer_impact_start
    customer_impact_end""",
)

LOGS = columns(
    text="id type message host service status",
    json="attributes tags",
    timestamp="timestamp",
)

METRICS = columns(
    text="id type metric_type",
    bool="include_percentiles exclude_tags_mode",
    json="tags aggregations",
    timestamp="created_at modified_at",
)

MONITORS = columns(
    bigint="id org_id priority",
    text="name type query message overall_state draft_status",
    bool="multi",
    json="tags options creator restricted_roles matching_downtimes state assets",
    timestamp="created modified overall_state_modified deleted",
    epoch_ms="created_at",
)

# A threshold comes as 99 or as 99.9.
SERVICE_LEVEL_OBJECTIVES = columns(
    text="id name description type timeframe",
    bigint="type_id",
    double="target_threshold warning_threshold",
    json="tags monitor_tags monitor_ids groups thresholds query sli_specification creator",
    epoch_s="created_at modified_at",
)

SYNTHETIC_TESTS = columns(
    text="public_id name status type subtype message",
    bigint="monitor_id",
    json="config options locations tags creator",
    timestamp="created_at modified_at",
)

USERS = columns(
    text="id type name handle email title icon status uuid",
    bool="verified disabled service_account mfa_enabled",
    json="allowed_login_methods relationships",
    timestamp="created_at modified_at last_login_time",
)
