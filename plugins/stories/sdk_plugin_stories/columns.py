"""The typed columns of each resource. Ids are numbers in some and texts in others, so none is declared for all."""

from sdk import columns

CATEGORIES = columns(
    bigint="id",
    text="name type color external_id global_id entity_type",
    bool="archived",
    timestamp="created_at updated_at",
)

OBJECTIVES = columns(
    bigint="id position",
    text="name description state app_url global_id entity_type",
    bool="archived started completed",
    json="categories key_result_ids stats",
    timestamp="started_at started_at_override completed_at completed_at_override created_at updated_at",
)

OBJECTIVES_OF_CATEGORIES = OBJECTIVES + columns(bigint="_categories_id")

CUSTOM_FIELDS = columns(
    text="id name description field_type canonical_name icon_set_identifier entity_type",
    bigint="position",
    bool="enabled fixed_position",
    json="values story_types",
    timestamp="created_at updated_at",
)

EPIC_WORKFLOW = columns(
    bigint="id default_epic_state_id", text="entity_type", json="epic_states", timestamp="created_at updated_at"
)

EPICS = columns(
    bigint="id epic_state_id position stories_without_projects milestone_id",
    text="""name description state app_url external_id global_id entity_type requested_by_id group_id productboard_id
    productboard_name productboard_url productboard_plugin_id""",
    bool="archived started completed",
    json="""labels label_ids objective_ids group_ids owner_ids follower_ids project_ids mention_ids member_mention_ids
    group_mention_ids associated_groups stats""",
    timestamp="""created_at updated_at started_at started_at_override completed_at completed_at_override
    planned_start_date deadline""",
)

EPICS_OF_MILESTONES = EPICS + columns(bigint="_milestones_id")
EPICS_OF_OBJECTIVES = EPICS + columns(bigint="_objectives_id")
SEARCH_EPICS = EPICS + columns(json="comments health")

EPICS_COMMENTS = columns(
    bigint="id _epics_id",
    text="text author_id app_url external_id entity_type",
    bool="deleted",
    json="comments mention_ids member_mention_ids group_mention_ids",
    timestamp="created_at updated_at",
)

STORIES = columns(
    bigint="""id workflow_id workflow_state_id epic_id iteration_id project_id parent_story_id estimate position
    num_tasks_completed lead_time cycle_time""",
    text="""name description story_type app_url global_id external_id entity_type requested_by_id group_id
    story_template_id formatted_vcs_branch_name""",
    bool="archived started completed blocked blocker",
    json="""labels label_ids task_ids file_ids linked_file_ids comment_ids owner_ids follower_ids external_links
    previous_iteration_ids sub_task_story_ids custom_fields story_links mention_ids member_mention_ids
    group_mention_ids stats synced_item""",
    timestamp="""created_at updated_at moved_at started_at started_at_override completed_at completed_at_override
    deadline""",
)

STORIES_OF_EPICS = STORIES + columns(bigint="_epics_id")
STORIES_OF_ITERATIONS = STORIES + columns(bigint="_iterations_id")
STORIES_OF_GROUPS = STORIES + columns(text="_groups_id")

FILES = columns(
    bigint="id size",
    text="""name filename content_type description url thumbnail_url external_id uploader_id entity_type""",
    json="story_ids mention_ids member_mention_ids group_mention_ids",
    timestamp="created_at updated_at",
)

GROUPS = columns(
    text="id name mention_name description app_url global_id color color_key entity_type card_aging_mode",
    bool="archived",
    bigint="""num_stories num_stories_started num_stories_backlog num_epics_started default_workflow_id
    card_aging_threshold_days""",
    json="member_ids workflow_ids display_icon",
    timestamp="created_at updated_at",
)

ITERATIONS = columns(
    bigint="id",
    text="name status app_url global_id entity_type",
    json="""labels label_ids group_ids follower_ids mention_ids member_mention_ids group_mention_ids associated_groups
    stats""",
    timestamp="start_date end_date created_at updated_at",
)

LABELS = columns(
    bigint="id",
    text="name description color external_id app_url global_id entity_type",
    bool="archived",
    json="stats",
    timestamp="created_at updated_at",
)

MEMBER = columns(text="id name mention_name role", bool="is_owner", json="workspace2 organization2")

MEMBERS = columns(
    text="id role state global_id entity_type installation_id replaced_by",
    bool="disabled created_without_invite",
    json="profile group_ids",
    timestamp="created_at updated_at",
)

WORKFLOWS = columns(
    bigint="id default_state_id team_id",
    text="name description entity_type",
    bool="auto_assign_owner",
    json="states project_ids",
    timestamp="created_at updated_at",
)

STORIES_COMMENTS = columns(
    bigint="id _stories_id story_id parent_id position",
    text="text author_id app_url external_id entity_type",
    bool="deleted linked_to_slack blocker unblocks_parent",
    json="reactions mention_ids member_mention_ids group_mention_ids",
    timestamp="created_at updated_at",
)

STORY_HISTORY = columns(
    text="id version actor_name member_id external_id webhook_id automation_id primary_id",
    bigint="_stories_id",
    json="actions references",
    timestamp="changed_at",
)
