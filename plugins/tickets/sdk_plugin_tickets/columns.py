"""The typed columns of each resource, as the API documents its fields.

Ids are 64-bit. Phone numbers are text although the documentation calls some of them numbers.
"""

from sdk import columns

TICKETS = columns(
    bigint="""id workspace_id group_id department_id requester_id requested_for_id responder_id email_config_id
    sla_policy_id priority urgency impact status source""",
    text="subject description description_text type category sub_category item_category email name phone",
    bool="deleted spam fr_escalated is_escalated",
    json="cc_emails fwd_emails reply_cc_emails to_emails tags attachments custom_fields",
    timestamp="due_by fr_due_by created_at updated_at",
)

SATISFACTION_SURVEY_RESPONSES = columns(
    bigint="id overall_rating",
    text="overall_rating_text primary_question",
    json="questionnaire_responses score",
    timestamp="created_at updated_at",
)

REQUESTED_ITEMS = columns(
    bigint="id quantity stage service_item_id",
    text="service_item_name remarks",
    bool="loaned is_parent",
    double="cost_per_request delivery_time",
    json="custom_fields attachments",
    timestamp="created_at updated_at",
)

PROBLEMS = columns(
    bigint="""id workspace_id agent_id requester_id group_id department_id priority impact status
    associated_change""",
    text="subject description description_text category sub_category item_category",
    bool="known_error",
    json="assets custom_fields analysis_fields",
    timestamp="due_by created_at updated_at",
)

CHANGES = columns(
    bigint="""id workspace_id agent_id requester_id group_id department_id priority impact status risk change_type
    approval_status""",
    text="subject description description_text category sub_category item_category",
    json="custom_fields maintenance_window blackout_window assets impacted_services",
    timestamp="planned_start_date planned_end_date created_at updated_at",
)

RELEASES = columns(
    bigint="id workspace_id agent_id group_id department_id priority status release_type",
    text="subject description category sub_category item_category",
    json="assets associated_assets associated_changes custom_fields planning_fields",
    timestamp="planned_start_date planned_end_date work_start_date work_end_date created_at updated_at",
)

REQUESTERS = columns(
    bigint="id reporting_manager_id location_id",
    text="""first_name last_name job_title primary_email work_phone_number mobile_phone_number address time_zone
    time_format language background_information external_id""",
    bool="active is_agent has_logged_in can_see_all_tickets_from_associated_departments",
    json="secondary_emails department_ids custom_fields",
    timestamp="created_at updated_at",
)

AGENTS = columns(
    bigint="id reporting_manager_id location_id scoreboard_level_id",
    text="""first_name last_name job_title email work_phone_number mobile_phone_number address time_zone time_format
    language background_information""",
    bool="occasional active has_logged_in can_see_all_tickets_from_associated_departments",
    json="""department_ids member_of observer_of member_of_pending_approval observer_of_pending_approval roles
    workspace_ids custom_fields""",
    timestamp="last_login_at last_active_at created_at updated_at",
)

LOCATIONS = columns(
    bigint="id workspace_id parent_location_id primary_contact_id",
    text="name email phone contact_name",
    bool="primary",
    json="address",
    timestamp="created_at updated_at",
)

PRODUCTS = columns(
    bigint="id asset_type_id depreciation_type_id",
    text="name manufacturer status mode_of_procurement description description_text",
    timestamp="created_at updated_at",
)

VENDORS = columns(
    bigint="id primary_contact_id",
    text="name description",
    json="address",
    timestamp="created_at updated_at",
)

ASSETS = columns(
    bigint="""id display_id workspace_id asset_type_id user_id location_id department_id agent_id group_id
    created_by_user last_updated_by_user""",
    text="name description asset_tag impact author_type usage_type created_by_source last_updated_by_source",
    json="sources type_fields",
    timestamp="assigned_on created_at updated_at",
)

SOFTWARE = columns(
    bigint="id workspace_id publisher_id managed_by_id user_count installation_count",
    text="name description application_type status notes category source",
    json="sources",
    timestamp="created_at updated_at",
)

PURCHASE_ORDERS = columns(
    bigint="id workspace_id vendor_id department_id created_by status",
    text="name po_number vendor_details shipping_address billing_address currency_code",
    bool="billing_same_as_shipping",
    double="conversion_rate discount_percentage tax_percentage shipping_cost",
    json="purchase_items custom_fields",
    timestamp="expected_delivery_date created_at updated_at",
)
