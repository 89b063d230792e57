"""Make the rows of what the account owns and buys: products, vendors, assets, software, purchase orders."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sdk.testing.simulator import Record, Row, Seeding, ages, chance, every, lacking, maybe, pick, some_id, zulu

_MAKERS = ("Acme", "Überall GmbH", "株式会社テスト", "Globex")
_THINGS = ("Laptop 14″", "Monitor", "Telefon", "Docking station", "Стул")
_WORKSPACE_DICE = (2, 2, 2, 3, 3, 5)


def _dated(record: Record, age: tuple[float, float]) -> Record:
    return record | {"created_at": zulu(age[0]), "updated_at": zulu(age[1])}


def products(seeding: Seeding) -> Iterator[Row]:
    """Make products."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 900)):
        record = {
            "id": some_id(index, 1, 23),
            "asset_type_id": index % 8 + 1,
            "depreciation_type_id": maybe(random, 3, 0.6),
            "name": f"{pick(random, _THINGS)} {index}",
            "manufacturer": maybe(random, pick(random, _MAKERS)),
            "status": maybe(random, pick(random, ("In Production", "Retired"))),
            "mode_of_procurement": maybe(random, pick(random, ("Buy", "Lease", "Both"))),
            "description": "<p>Groß &amp; schwer</p>",
            "description_text": "Groß & schwer",
        }
        yield Row(lacking(random, _dated(record, age), ("description_text",)))


def vendors(seeding: Seeding) -> Iterator[Row]:
    """Make vendors."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 900)):
        record = {
            "id": some_id(index, 1, 13),
            "primary_contact_id": maybe(random, index + 1, 0.4),
            "name": f"{pick(random, _MAKERS)} {index}",
            "description": maybe(random, "Lieferant seit 1998", 0.4),
            "address": {"line1": "1 Main St", "city": "Springfield", "country": "US", "zipcode": None},
        }
        yield Row(_dated(record, age))


def assets(seeding: Seeding) -> Iterator[Row]:
    """Make assets, one in eleven in the trash, which only the vendor knows."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 800)):
        record = _asset(random, index) | {"assigned_on": maybe(random, zulu(age[1]), 0.4)}
        yield Row(lacking(random, _dated(record, age), ("sources", "group_id")), {"trashed": every(11, index)})


def _asset(random: Random, index: int) -> Record:
    return {
        "id": some_id(index),
        "display_id": index + 1,
        "workspace_id": pick(random, _WORKSPACE_DICE),
        "asset_type_id": index % 8 + 1,
        "user_id": maybe(random, index % 60 + 1, 0.4),
        "location_id": maybe(random, index % 10 + 1, 0.4),
        "department_id": maybe(random, 19_000_000_001, 0.5),
        "agent_id": maybe(random, 2_000 + index % 30, 0.5),
        "group_id": maybe(random, 27_000_000_001, 0.5),
        "created_by_user": 2_001,
        "last_updated_by_user": maybe(random, 2_002, 0.3),
        "name": f"{pick(random, _THINGS)} {index}",
        "description": maybe(random, "Gehört zum Empfang", 0.5),
        "asset_tag": maybe(random, f"A-{index:05d}", 0.2),
        "impact": pick(random, ("low", "medium", "high")),
        "author_type": "User",
        "usage_type": pick(random, ("permanent", "loaner")),
        "created_by_source": maybe(random, "API"),
        "last_updated_by_source": None,
        "sources": ["API"] if index % 3 else [],
        "type_fields": {
            f"product_{index % 8 + 1}": index % 25 + 1,
            f"cost_{index % 8 + 1}": pick(random, (999, 1299.5, None)),
            f"serial_number_{index % 8 + 1}": f"SN{index:08d}",
        },
    }


def software(seeding: Seeding) -> Iterator[Row]:
    """Make applications."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 800)):
        record = {
            "id": some_id(index, 1, 41),
            "workspace_id": pick(random, _WORKSPACE_DICE),
            "publisher_id": maybe(random, index % 15 + 1),
            "managed_by_id": maybe(random, 2_001, 0.5),
            "user_count": index % 70,
            "installation_count": index % 90,
            "name": f"{pick(random, ('Editor', 'Browser', '表計算', 'Büroklammer'))} {index}",
            "description": None,
            "application_type": pick(random, ("desktop", "saas", "mobile")),
            "status": maybe(random, pick(random, ("managed", "ignored", "blacklisted"))),
            "notes": maybe(random, "Läuft bald ab ⏳", 0.7),
            "category": maybe(random, "Office", 0.4),
            "source": pick(random, ("API", "Discovery", None)),
            "sources": ["API"],
        }
        yield Row(lacking(random, _dated(record, age), ("sources", "category")))


def purchase_orders(seeding: Seeding) -> Iterator[Row]:
    """Make purchase orders; their amounts come as whole numbers and as fractions."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 600)):
        record = _order(random, index) | {"expected_delivery_date": maybe(random, zulu(age[0] + 864_000))}
        yield Row(lacking(random, _dated(record, age), ("shipping_address", "custom_fields")))


def _order(random: Random, index: int) -> Record:
    return {
        "id": some_id(index, 1, 37),
        "workspace_id": pick(random, _WORKSPACE_DICE),
        "vendor_id": index % 15 + 1,
        "department_id": maybe(random, 19_000_000_001, 0.5),
        "created_by": 2_001,
        "status": pick(random, (20, 25, 30, 35)),
        "name": f"Bestellung {index}",
        "po_number": f"PO{index:06d}",
        "vendor_details": maybe(random, "Acme, Köln"),
        "shipping_address": maybe(random, "Tor 4\n50667 Köln", 0.3),
        "billing_address": maybe(random, "Postfach 1"),
        "currency_code": pick(random, ("EUR", "USD", "JPY")),
        "billing_same_as_shipping": chance(random, 0.5),
        "conversion_rate": pick(random, (1, 1.08, 0.0067)),
        "discount_percentage": pick(random, (0, 2.5, None)),
        "tax_percentage": pick(random, (19, 7.7, None)),
        "shipping_cost": pick(random, (0, 4.99, None)),
        "purchase_items": [
            {"item_type": 1, "item_name": pick(random, _THINGS), "cost": 999.9, "quantity": 2, "tax_percentage": 19}
        ],
        "custom_fields": {"project": maybe(random, f"P-{index}", 0.5)},
    }
