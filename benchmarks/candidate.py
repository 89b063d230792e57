"""The candidates: who reads the API, where it runs, and how far it goes."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from attrs import frozen

# How far a candidate goes; each is held against ours that goes as far.
Kind: TypeAlias = Literal["load", "read", "server", "start"]

OURS: Final[dict[Kind, str]] = {"load": "sdk", "read": "sdk-read", "start": "import-sdk"}


@frozen
class Candidate:
    """One way to do a workload.

    Attributes:
        name: What it is called on the command line and in the JSON.
        title: What it is called in the table.
        kind: `load` into DuckDB, `read` only, the `server` alone, or `start`.
        module: The script, in `benchmarks/candidates`.
        option: What tells two candidates of one script apart.
        environment: The requirements file of its own environment; without one it runs in ours, which holds dlt.
    """

    name: str
    title: str
    kind: Kind
    module: str
    option: str = ""
    environment: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether rows that it loses are our fault."""
        return self.module == "by_sdk"


CANDIDATES: Final = {
    one.name: one
    for one in (
        Candidate("sdk", "sdk.load in a plain dlt pipeline", "load", "by_sdk"),
        Candidate("sdk-run", "sdk.run, which commits as it goes", "load", "by_sdk", "run"),
        Candidate("sdk-declared", "the same, the rate declared", "load", "by_sdk", "declared"),
        Candidate("dlt", "dlt rest_api_source, as it comes", "load", "by_dlt"),
        Candidate("dlt-tuned", "dlt rest_api_source, tuned", "load", "by_dlt", "tuned"),
        Candidate("hand", "by hand: urllib3, orjson, Arrow, DuckDB", "load", "by_hand"),
        Candidate("sdk-read", "sdk, extraction alone", "read", "by_sdk", "read"),
        Candidate("dlt-read", "dlt rest_api_source, extraction alone", "read", "by_dlt", "read"),
        Candidate("airbyte", "airbyte-cdk, extraction alone", "read", "by_airbyte", environment="airbyte"),
        Candidate("singer", "singer-sdk, extraction alone", "read", "by_singer", environment="singer"),
        Candidate("hand-read", "by hand: fetch and parse", "read", "by_hand", "read"),
        Candidate("server", "the server's ceiling, nothing parsed", "server", "by_socket"),
        Candidate("import-nothing", "import json", "start", "by_import", "json"),
        Candidate("import-sdk", "import sdk", "start", "by_import", "sdk"),
        Candidate("import-dlt", "import dlt", "start", "by_import", "dlt"),
        Candidate("list", "import sdk, and sdk list", "start", "by_import", "list"),
        Candidate("load-one", "import sdk, and sdk.load of one", "start", "by_import", "load"),
    )
}
