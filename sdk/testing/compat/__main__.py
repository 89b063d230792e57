"""The process that describes one version of a plugin: `python -m sdk.testing.compat JOB`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sdk.testing.compat.facts import Job
from sdk.testing.compat.sight import see_only


def main(path: str) -> None:
    """Do the job that the file at *path* says, and write the answer where it says."""
    job: Job = json.loads(Path(path).read_text(encoding="utf-8"))
    see_only(job["home"], job["paths"], job["distribution"], job["connectors"])
    from sdk.testing.compat.describing import describe

    Path(job["answer"]).write_text(json.dumps(describe(job)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
