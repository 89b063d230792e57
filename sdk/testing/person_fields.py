"""Tell by the names of fields what in a record says who somebody is."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from sdk.testing.literal_json import Members


def listed(names: str) -> frozenset[str]:
    """Return the names in a text, which are separated by blanks."""
    return frozenset(names.split())


PERSONS: Final = listed("""
    actor agent applicant approver assignee attendee attorney author buyer caller candidate cashier client_user
    coach collaborator commenter committer contact contributor creator customer doctor driver editor employee
    follower friend guest handler human inviter invitee lead manager member mentor modifier moderator nurse
    operator opener organizer owner participant patient payer people person poster principal profile recipient
    rep reporter requester requestor resident respondent responder reviewer salesperson seller sender signatory
    signer speaker staff student submitter subscriber supervisor teacher technician tenant_user updater uploader
    user visitor volunteer voter watcher worker
""")
"""Names of resources and fields that hold persons."""

_NAMED: Final = listed("""
    approver assignee author commenter committer creator editor employee manager organizer owner recipient
    reporter requester requestor responder reviewer sender submitter updater uploader user voter
""")
"""Those that also stand before a plain text, which is then a name."""

_GROUPS: Final = listed("""
    account app application board bot brand branch business campaign category channel city client company country
    dashboard department device domain environment event folder form function group integration label list
    location monitor org organisation organization place plan policy product project queue region repo repository
    role room schedule service site space squad subsidiary tag team template tenant tool vendor workflow
    workspace
""")
"""Names of what has a name, and often an e-mail address or a picture, without being a person."""

_WRAPPERS: Final = listed("""
    attributes content contents data docs edge edges element elements embedded entries entry fields hits included
    item items list node nodes object objects page payload properties record records resource resources response
    result results row rows value values
""")
"""Names that say nothing of what is inside: it is what the field around it, or the address, says."""

_KINDS_OF_TYPES: Final = ("type", "object", "kind", "_type", "__typename")

_OWN_NAMES: Final = listed("""
    first_name firstname given_name givenname last_name lastname family_name familyname surname middle_name
    middlename maiden_name full_name fullname real_name realname legal_name preferred_name nick_name nickname
    screen_name screenname user_name username login login_name user_login account_name_of_user sam_account_name
""")
_NAMES_OF_PERSONS: Final = listed("name display_name displayname formatted alias handle formatted_name mention_name")
_BY: Final = listed("""
    added approved archived assigned authored changed closed commented completed created deleted edited invited
    last merged modified opened owned posted published reported requested resolved reviewed sent submitted
    updated uploaded verified written acknowledged triggered handled
""")
_PHONES: Final = listed("phone phones mobile telephone cellphone fax msisdn whatsapp tel")
_OF_PHONES: Final = listed("""
    number numbers no nr primary secondary home work business office private raw formatted national international
    e164
""")
_PICTURES: Final = listed("avatar avatars gravatar picture photo headshot")
_PICTURES_OF_PERSONS: Final = listed("image image_url thumbnail thumb icon_url")
_STREETS: Final = listed("""
    street street1 street2 street_address streetaddress address_line address_line1 address_line2 address_line_1
    address_line_2 address1 address2 line1 line2 home_address postal_address mailing_address
""")
_CODES: Final = listed("postal_code postalcode postcode zip zip_code zipcode")
_BIRTHS: Final = listed("birthday birth_date birthdate date_of_birth dateofbirth dob born_on")
_IPS: Final = listed("ip ips ipv4 ipv6")
_ADDRESSES: Final = listed("ipaddress remote_addr remote_address client_address")
_HASHES: Final = listed("gravatar email mail")
_NO_VALUES: Final = listed(
    "id ids type kind count total enabled verified status state format at on key country locale version"
)
_MARKERS: Final = listed("""
    email emails email_address mail primary_email phone phone_number mobile mobile_phone work_phone_number
    mobile_phone_number avatar avatar_url picture photo login username user_name first_name last_name given_name
    family_name job_title date_of_birth birthday
""")
_FIXED: Final = listed("""
    type kind object status state role roles action category categories priority severity locale language lang
    time_zone timezone tz currency country typename scope scopes event event_type visibility method format
""")

_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ID: Final = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{20,}|[\W\d_]+")
_HASH: Final = re.compile(r"(?i)[0-9a-f]{32,128}")
_KEY: Final = re.compile(r"(?=(?:\D*\d){3})[\w-]{12,}")


class Kind(Enum):
    """What a value says of somebody."""

    TEXT = "text"
    FIXED = "a word of the API"
    NAME = "name"
    PHONE = "phone"
    IP = "ip"
    PICTURE = "picture"
    HASH = "hash"
    STREET = "street"
    CODE = "code"
    DAY = "day"


def words(name: str) -> str:
    """Return the name of a field in lower case, its words joined by `_`: `firstName` is `first_name`."""
    return "_".join(_PART.findall(name)).lower()


def singular(name: str) -> str:
    """Return what one of *name* is called: `agents` are each an `agent`."""
    if name == "people":
        return "person"
    return name.removesuffix("s")


def names_person(name: str) -> bool:
    """Return whether a field or list called *name* (as `words` says it) holds persons."""
    if name.endswith("user_agent"):
        return False
    return singular(name.rpartition("_")[2]) in PERSONS or _names_actor(name)


def _names_actor(name: str) -> bool:
    """Return whether *name* says by whom something was done."""
    first, _, by = name.rpartition("_")
    return (by == "by" and first.rpartition("_")[2] in _BY) or name in {"assigned_to", "cc", "bcc"}


def is_wrapper(name: str) -> bool:
    """Return whether *name* says nothing of what is inside."""
    return name in _WRAPPERS or not name


def is_person(name: str, record: Members) -> bool:
    """Return whether *record*, found under *name*, is about a person."""
    fields = {words(one): value for one, value in record.pairs}
    said = [words(value) for one in _KINDS_OF_TYPES if isinstance(value := record.get(one), str)]
    for called in (*said, name):
        if singular(called.rpartition("_")[2]) in _GROUPS:
            return False
        if names_person(called):
            return True
    return any(fields.get(one) for one in _MARKERS)


def kind_of(name: str, value: str, *, person: bool) -> Kind:
    """Return what the text *value* of the field *name* (as `words` says it) is, in a record about a *person* or not."""
    parts = name.split("_")
    if name in _FIXED:
        return Kind.FIXED
    if next((one for one in reversed(parts) if one not in _OF_PHONES and not one.isdigit()), "") in _PHONES:
        return Kind.PHONE
    if parts[-1] not in _NO_VALUES and (not _IPS.isdisjoint(parts) or name in _ADDRESSES):
        return Kind.IP
    if _is_name(name, value, person=person):
        return Kind.NAME
    return _of_picture(name, value, person=person) or _of_address(name, person=person)


def _of_picture(name: str, value: str, *, person: bool) -> Kind | None:
    parts = name.split("_")
    if not _HASHES.isdisjoint(parts) and _HASH.fullmatch(value):
        return Kind.HASH
    named = not _PICTURES.isdisjoint(parts) or (person and name in _PICTURES_OF_PERSONS)
    return Kind.PICTURE if named and ("/" in value or ":" in value) else None


def _is_name(name: str, value: str, *, person: bool) -> bool:
    if _ID.fullmatch(value) or "@" in value.strip("@") or "://" in value:
        return False
    if name in _OWN_NAMES or (person and name in _NAMES_OF_PERSONS):
        return True
    first, _, last = name.rpartition("_")
    if last in {"name", "login", "username"} and first:
        return names_person(first)
    named = singular(name.rpartition("_")[2]) in _NAMED or _names_actor(name)
    return named and not _KEY.fullmatch(value)


def _of_address(name: str, *, person: bool) -> Kind:
    if name in _STREETS or (person and name == "address"):
        return Kind.STREET
    if name in _BIRTHS:
        return Kind.DAY
    return Kind.CODE if person and name in _CODES else Kind.TEXT
