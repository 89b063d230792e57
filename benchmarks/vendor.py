"""The API that all candidates read: quick enough to be no part of what is measured, on loopback, in a process of its own.

It answers from bytes that were made before, after a latency, and keeps a rate limit where it is told to. What it
was asked is told at `/_stats`, so that a candidate's requests, refusals and requests at a time are counted by the
other side.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qs, urlsplit

PARENTS = 1000
_LIFETIME = 1800.0


def record(number: int) -> dict[str, Any]:
    """Return a help-desk ticket: flat, but for two small nested fields."""
    moment = f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00Z"
    return {
        "id": 10_000_000_000 + number,
        "subject": f"Printer {number} does not print",
        "description": f"Since this morning the printer on floor {number % 40} answers nothing at all. " * 3,
        "status": number % 5,
        "priority": number % 4,
        "requester_id": 20_000_000_000 + number % 5000,
        "responder_id": None if number % 3 else 30_000_000_000 + number % 200,
        "group_id": 40_000_000_000 + number % 20,
        "source": number % 8,
        "spam": False,
        "deleted": number % 50 == 0,
        "score": number / 7,
        "type": "Incident" if number % 4 else "Service Request",
        "category": ["Hardware", "Software", "Network", None][number % 4],
        "due_by": moment,
        "created_at": moment,
        "updated_at": moment,
        "tags": ["printer", f"floor-{number % 40}"],
        "custom_fields": {"asset": number % 1000, "building": f"B{number % 9}"},
    }


class Vendor:
    """Answers by path; every page is made once."""

    def __init__(self, records: int, page_size: int, latency: float, rate: float) -> None:
        self.records, self.page_size, self.latency, self.rate = records, page_size, latency, rate
        self.stats = {"requests": 0, "refused": 0, "at_once": 0}
        self.under_way = 0
        self._turns: deque[float] = deque()
        self._pages: dict[str, bytes] = {}

    def answer(self, target: str) -> tuple[bytes, float]:
        """Return the answer to a request, and after how many seconds it comes."""
        if target == "/_stats":
            return _reply(200, json.dumps(self.stats).encode()), 0.0
        self.stats["requests"] += 1
        if self.rate and not self._may_pass():
            self.stats["refused"] += 1
            return _reply(429, b'{"message": "too many requests"}', f"Retry-After: {self._wait():.2f}\r\n"), 0.0
        page = self._pages.get(target)
        if page is None:
            status, body = self._page(target)
            page = self._pages[target] = _reply(status, json.dumps(body).encode())
        return page, self.latency

    def _may_pass(self) -> bool:
        now = time.monotonic()
        while self._turns and now - self._turns[0] >= 1.0:
            self._turns.popleft()
        if len(self._turns) >= self.rate:
            return False
        self._turns.append(now)
        return True

    def _wait(self) -> float:
        return max(1.0 - (time.monotonic() - self._turns[0]), 0.01) if self._turns else 0.01

    def _page(self, target: str) -> tuple[int, Any]:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match parts.path.strip("/").split("/"):
            case ["tickets"]:
                page = int(query.get("page", 1))
                rows = range(self.records)[(page - 1) * self.page_size : page * self.page_size]
                return 200, {"tickets": [record(one) for one in rows], "total": self.records}
            case ["groups"]:
                return 200, {"groups": [{"id": one, "name": f"Group {one}"} for one in range(PARENTS)]}
            case ["groups", number, ("members" | "rules") as kind]:
                return 200, {kind: [{"id": int(number) * 10 + one, "name": f"{kind} {one}"} for one in range(2)]}
        return 404, {"message": "not found"}


class Connection(asyncio.Protocol):
    """HTTP/1.1 with connections that stay open; requests have no body."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            target = head.split(b" ", 2)[1].decode()
            content, delay = self.vendor.answer(target)
            if not delay:
                self._transport.write(content)  # type: ignore[attr-defined]
                continue
            self.vendor.under_way += 1
            self.vendor.stats["at_once"] = max(self.vendor.stats["at_once"], self.vendor.under_way)
            asyncio.get_running_loop().call_later(delay, self._send, content)

    def _send(self, content: bytes) -> None:
        self.vendor.under_way -= 1
        self._transport.write(content)  # type: ignore[attr-defined]


def _reply(status: int, body: bytes, headers: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def serve(vendor: Vendor) -> None:
    """Serve until the lifetime is over or the process is ended; the first line printed is the address."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(vendor), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    # Pages are made before anybody waits for them.
    for page in range(1, -(-vendor.records // vendor.page_size) + 2):
        target = f"/tickets?page={page}&per_page={vendor.page_size}"
        vendor._pages[target] = _reply(200, json.dumps(vendor._page(target)[1]).encode())
    print(f"http://127.0.0.1:{port}", flush=True)
    async with server:
        await asyncio.sleep(_LIFETIME)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: no limit")
    given = parser.parse_args()
    asyncio.run(serve(Vendor(given.records, given.page_size, given.latency, given.rate)))
