"""The workloads, in full and small."""

from __future__ import annotations

from attrs import field, frozen

from benchmarks.vendor import CHILDREN

_LOADS = ("sdk", "dlt", "dlt-tuned", "hand")
_READS = ("sdk-read", "dlt-read", "airbyte", "singer", "hand-read")
_FOR_MEMORY = ("sdk", "sdk-run", "dlt-tuned", "hand")
_TOO_LARGE = {"dlt": "as it comes it takes gigabytes for a tenth of this"}


@frozen(kw_only=True)
class Workload:
    """One thing to do, by several candidates against one server.

    Attributes:
        name: What it is called on the command line.
        title: What is done.
        candidates: Names of those who do it.
        tables: What is read.
        records: Tickets that the server has.
        parents: Groups that the server has, each with its children.
        latency: Seconds until an answer comes.
        rate: Requests that the server allows a second; 0: all.
        in_flight: How many requests may be under way at a time.
        installed: How many plugins are installed beside ours, for a start.
        left_out: Who is not measured here, and why.
    """

    name: str
    title: str
    candidates: tuple[str, ...]
    tables: tuple[str, ...] = ("tickets",)
    records: int = 0
    parents: int = 0
    page_size: int = 100
    latency: float = 0.0
    rate: float = 0.0
    in_flight: int = 8
    installed: int = 0
    left_out: dict[str, str] = field(factory=dict)

    @property
    def expected(self) -> dict[str, int]:
        """How many rows each table must have."""
        sizes = {"tickets": self.records, "groups": self.parents}
        return {table: sizes.get(table, CHILDREN * self.parents) for table in self.tables}

    @property
    def units(self) -> int:
        """How many pages or groups there are."""
        return -(-self.records // self.page_size) if "tickets" in self.tables else self.parents

    @property
    def requests(self) -> int:
        """How many requests it takes at least."""
        return self.units if "tickets" in self.tables else 1 + self.parents * (len(self.tables) - 1)

    @property
    def ideal(self) -> float | None:
        """Seconds that go by when nothing but latency and rate takes any; `None` where neither does."""
        slowest = max(self.requests * self.latency / self.in_flight, self.requests / self.rate if self.rate else 0.0)
        return slowest or None


def workloads(*, quick: bool) -> tuple[Workload, ...]:
    """Return all workloads; the quick ones only show that everything works."""
    latency, rate = (0.01, 20.0) if quick else (0.05, 50.0)
    parents = 40 if quick else 1000
    at = f"at {latency * 1000:.0f} ms"
    return (
        _flat("load", 1_000 if quick else 50_000, "flat records into DuckDB, merge", _LOADS),
        _flat("extract", 1_000 if quick else 50_000, "flat records read, not loaded", _READS),
        Workload(
            name="children",
            title=f"2 x {parents:,} children {at}, 20 in flight",
            candidates=(*_LOADS, *_READS, "server"),
            tables=("groups", "members", "rules"),
            parents=parents,
            latency=latency,
            in_flight=20,
        ),
        Workload(
            name="pages",
            title=f"{20 if quick else 200} pages {at}, numbered, with a total, 8 in flight",
            candidates=(*_LOADS, *_READS, "server"),
            records=2_000 if quick else 20_000,
            latency=latency,
        ),
        Workload(
            name="rate",
            title=f"{1 + parents:,} requests {at} to a server that allows {rate:.0f} a second",
            candidates=("sdk", "sdk-declared", "dlt", "dlt-tuned", "sdk-read", "airbyte", "singer"),
            tables=("groups", "members"),
            parents=parents,
            latency=latency,
            rate=rate,
            in_flight=20,
            left_out={"hand": "keeps no pace, so it would end at the first refusal"},
        ),
        *(_start(plugins) for plugins in ((0, 20) if quick else (0, 500))),
        *(
            _flat(name, records, "flat records into DuckDB, for the memory", _FOR_MEMORY, _TOO_LARGE)
            for name, records in (
                ("memory", 2_000 if quick else 100_000),
                ("memory-5x", 10_000 if quick else 500_000),
            )
        ),
    )


def _flat(
    name: str, records: int, title: str, candidates: tuple[str, ...], left_out: dict[str, str] | None = None
) -> Workload:
    return Workload(
        name=name,
        title=f"{records:,} {title}",
        candidates=(*candidates, "server"),
        records=records,
        left_out=left_out or {},
    )


def _start(installed: int) -> Workload:
    if not installed:
        imports = ("import-nothing", "import-sdk", "import-dlt", "list")
        return Workload(name="start", title="start-up, nothing but ours installed", candidates=imports, tables=())
    return Workload(
        name="start-many",
        title=f"start-up, {installed} plugins installed",
        candidates=("import-sdk", "list", "load-one"),
        tables=(),
        installed=installed,
    )
