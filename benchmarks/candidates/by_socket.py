"""The server's own ceiling: bytes asked for and thrown away, over as many connections as may be open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.candidates.job import PARENT, Done, Job, perform


async def fetch_all(job: Job, targets: Iterator[str]) -> None:
    """Ask for all targets, each connection for the next one."""
    address = urlsplit(job.url)

    async def fetch() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**20)
        for target in targets:
            writer.write(f"GET {target} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.rpartition(b"Content-Length: ")[2]))
        writer.close()

    await asyncio.gather(*(fetch() for _ in range(job.in_flight)))


def ask(job: Job) -> Done:
    """Ask for what the others ask for; the option tells how many pages or groups there are."""
    count = int(job.option)
    pages = [f"/tickets?page={page}&per_page={job.page_size}" for page in range(1, count + 1)]
    children = [f"/{PARENT}/{group}/{kind}" for kind in job.children for group in range(count)]
    asyncio.run(fetch_all(job, iter(pages if "tickets" in job.tables else [f"/{PARENT}", *children])))
    return Done(dict)


if __name__ == "__main__":
    perform(ask)
