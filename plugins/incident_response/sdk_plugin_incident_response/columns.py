"""The typed columns of each resource, as the API documents its fields.

Ids are text. Whoever acted, what was chosen and what is configured are objects and lists, and stay JSON.
"""

from sdk import columns

ACTIONS = columns(
    text="id incident_id description status",
    json="assignee creator",
    timestamp="completed_at created_at updated_at",
)

_CATALOG_TYPES = columns(
    text="""id name description type_name icon color registry_type dynamic_resource_parameter source_repo_url""",
    bool="ranked is_editable",
    bigint="estimated_count",
    json="schema categories annotations required_integrations",
    timestamp="last_synced_at created_at updated_at",
)

CATALOG_TYPES_V2 = (*_CATALOG_TYPES, *columns(text="semantic_type"))

CATALOG_TYPES_V3 = (
    *_CATALOG_TYPES,
    *columns(text="engine_resource_type", bool="use_name_as_identifier is_team_type", json="owning_team_ids"),
)

CUSTOM_FIELDS = columns(
    text="""id name description field_type catalog_type_id group_by_catalog_attribute_id
    helptext_catalog_attribute_id""",
    json="filter_by fixed_filter",
    timestamp="created_at updated_at",
)

FOLLOW_UPS = columns(
    text="id incident_id title description status",
    json="labels priority assignee assignee_team creator external_issue_reference",
    timestamp="completed_at created_at updated_at",
)

INCIDENT_ROLES = columns(
    text="id name shortform description instructions role_type",
    timestamp="created_at updated_at",
)

INCIDENT_ROLES_V1 = (*INCIDENT_ROLES, *columns(bool="required"))

INCIDENT_TIMESTAMPS = columns(text="id name", bigint="rank")

INCIDENT_UPDATES = columns(
    text="id incident_id message merged_into_incident_id",
    json="new_incident_status new_severity updater",
    timestamp="created_at",
)

INCIDENT_STATUSES = columns(
    text="id name description category",
    bigint="rank",
    timestamp="created_at updated_at",
)

WORKFLOWS = columns(
    text="id name folder shortform state private_incident_scope runs_on_incidents",
    bigint="version",
    bool="include_private_incidents include_private_escalations continue_on_step_error",
    json="trigger steps condition_groups expressions once_for delay runs_on_incident_modes owning_team_ids",
    timestamp="runs_from",
)

USERS = columns(
    text="id name email slack_user_id role",
    bool="is_active",
    json="base_role custom_roles seats",
)

SEVERITIES = columns(
    text="id name description",
    bigint="rank",
    timestamp="created_at updated_at",
)

SCHEDULES = columns(
    text="id name timezone permalink",
    json="config current_shifts next_shifts holidays_public_config annotations team_ids",
    timestamp="created_at updated_at",
)

# The minutes of one incident come as an integer or as a fraction, so they are declared as what holds both.
INCIDENTS = columns(
    text="""id reference name summary mode visibility permalink call_url slack_team_id slack_channel_id
    slack_channel_name postmortem_document_url""",
    bool="has_debrief",
    double="""workload_minutes_total workload_minutes_working workload_minutes_sleeping workload_minutes_late""",
    json="""incident_status incident_type severity creator incident_role_assignments custom_field_entries
    incident_timestamp_values duration_metrics external_issue_reference postmortem_document_ids""",
    timestamp="created_at updated_at",
)
