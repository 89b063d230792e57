"""Make the rows that machines write: logs, audit events, metrics.

Events crowd towards now: some lie in the last 15 minutes, most in the last month, some are older than what is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sdk.testing.simulator import Record, Row, Seeding, every, lacking, maybe, pick, zulu_millis
from sdk_plugin_observability.simulator_making import micros

_DAY = 86_400
_OLDEST_DAYS = 40
_MESSAGES = (
    "GET /checkout 200 in 31 ms",
    "payment refused: Karte abgelaufen",
    "connexion à la base refusée, nouvel essai",
    "再試行します (2/3)",
    'panic: "index out of range" 🔥',
    "cache warmed\n\tkeys=12",
)
_SERVICES = ("web", "checkout", "поиск", "batch")
_WORDS = ("requests", "latency", "errors", "queue.depth", "disk.used", "größe")


def _moments(seeding: Seeding) -> Iterator[float]:
    """Yield a moment for each row, the oldest first; one in ten is that of the row before."""
    now, size, moment = seeding.now.timestamp(), seeding.size, 0.0
    for index in range(size):
        if not every(10, index):
            moment = now - _OLDEST_DAYS * _DAY * ((size - index) / size) ** 3
        yield moment


def _event_id(random: Random) -> str:
    return f"AwAAA{random.getrandbits(120):030x}"


def logs(seeding: Seeding) -> Iterator[Row]:
    """Make log lines; a seventh of them lies in the cheaper tiers, which a search leaves out."""
    random = seeding.random
    for index, moment in enumerate(_moments(seeding)):
        attributes: Record = {
            "timestamp": zulu_millis(moment),
            "message": f"{pick(random, _MESSAGES)} #{index}",
            "status": pick(random, ("info", "info", "warn", "error")),
            "tags": [f"env:{pick(random, ('prod', 'staging'))}", f"pod:{index % 12}"],
            "service": pick(random, _SERVICES),
            "host": f"host-{index % 17:02d}",
            "attributes": {"duration": pick(random, (31, 0.25, None)), "http": {"status_code": 200, "größe": index}},
        }
        attributes = lacking(random, attributes, ("service",), 0.3)
        attributes = lacking(random, attributes, ("host", "attributes"), 0.3)
        tier = ("flex" if index % 2 else "online-archives") if every(7, index) else "indexes"
        marks = {"index": "main" if index % 3 else "retention-7", "tier": tier}
        yield Row({"id": _event_id(random), "type": "log", "attributes": attributes}, marks)


def audit_logs(seeding: Seeding) -> Iterator[Row]:
    """Make audit events."""
    random = seeding.random
    for index, moment in enumerate(_moments(seeding)):
        what = pick(random, ("Dashboard", "Monitor", "Access Management"))
        attributes: Record = {
            "timestamp": zulu_millis(moment),
            "message": f"{pick(random, ('Ana Souza', 'Jörg Weiß', 'Aiko 山田'))} changed {what} {index}",
            "service": pick(random, ("dashboards", "monitors", "organization")),
            "tags": ["source:datasource"] if index % 4 else [],
            "attributes": {"evt": {"name": what}, "action": maybe(random, "modified"), "http": {"status_code": 200}},
        }
        yield Row({"id": _event_id(random), "type": "audit", "attributes": lacking(random, attributes, ("service",))})


def metrics(seeding: Seeding) -> Iterator[Row]:
    """Make metrics, known by their names; a fifth reported in the last hour, a few not within a month."""
    random = seeding.random
    now = seeding.now.timestamp()
    for index in range(seeding.size):
        recent = every(5, index) or index == seeding.size - 1
        silent = random.random() * (3_000 if recent else _OLDEST_DAYS * _DAY) + 1
        name = f"app.{pick(random, _WORDS)}.{index:05d}"
        yield Row(_metric(random, index, name, now - silent), {"reported": now - silent})


def _metric(random: Random, index: int, name: str, reported: float) -> Record:
    if index % 3:
        return {"type": "metrics", "id": name}
    attributes: Record = {
        "tags": ["datacenter", "app"] if index % 2 else [],
        "aggregations": [{"space": "avg", "time": "avg"}],
        "metric_type": pick(random, ("gauge", "count", "rate", "distribution")),
        "include_percentiles": every(4, index),
        "exclude_tags_mode": False,
        "created_at": micros(reported - 90 * _DAY),
        "modified_at": micros(reported - 30 * _DAY),
    }
    attributes = lacking(random, attributes, ("include_percentiles", "exclude_tags_mode"), 0.5)
    return {"type": "manage_tags", "id": name, "attributes": lacking(random, attributes, ("aggregations",), 0.2)}
