"""The API that all candidates read: quick enough to be no part of what is measured, in a process of its own.

It answers from bytes that were made before, after a latency, and keeps a rate limit where it is told to. What it
was asked is told at `/_stats` and forgotten at `/_reset`, so that a candidate's requests, refusals and requests at a
time are counted by the other side.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

CHILDREN = 2
# It ends by itself, should nobody end it.
_LIFETIME = 7200.0


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

    def __init__(self, *, records: int, parents: int, page_size: int, latency: float, rate: float) -> None:
        self.records, self.parents, self.page_size = records, parents, page_size
        self.latency, self.rate = latency, rate
        self.under_way = 0
        self._pages: dict[str, bytes] = {}
        self.reset()

    def reset(self) -> None:
        """Forget what was asked."""
        self.stats: dict[str, float] = {"requests": 0, "refused": 0, "at_once": 0}
        self._cpu = time.process_time()
        self._first = self._last = 0.0
        self._turns: deque[float] = deque()

    def prepare(self) -> None:
        """Make the pages before anybody waits for them."""
        for page in range(1, -(-self.records // self.page_size) + 2):
            target = self._address(page)
            self._pages[target] = self._page(target)

    def answer(self, target: str) -> tuple[bytes, float]:
        """Return the answer to a request, and after how many seconds it comes."""
        if target == "/_stats":
            told = {**self.stats, "seconds": self._last - self._first, "cpu": time.process_time() - self._cpu}
            return _reply(200, told), 0.0
        if target == "/_reset":
            self.reset()
            return _reply(200, {}), 0.0
        self._last = time.monotonic()
        self._first = self._first or self._last
        self.stats["requests"] += 1
        if self.rate and not self._may_pass():
            self.stats["refused"] += 1
            return _reply(429, {"message": "too many requests"}, f"Retry-After: {self._wait()}\r\n"), self.latency
        page = self._pages.get(target)
        if page is None:
            page = self._pages[target] = self._page(target)
        return page, self.latency

    def _may_pass(self) -> bool:
        now = time.monotonic()
        while self._turns and now - self._turns[0] >= 1.0:
            self._turns.popleft()
        if len(self._turns) >= self.rate:
            return False
        self._turns.append(now)
        return True

    def _wait(self) -> int:
        # Whole seconds, as RFC 9110 has it: not every client understands a fraction.
        return max(math.ceil(1.0 - (time.monotonic() - self._turns[0])), 1)

    def _page(self, target: str) -> bytes:
        parts = urlsplit(target)
        if parts.path != "/tickets":
            return _reply(*self._body(parts.path))
        # However a client writes the parameters, it gets the page that was made before.
        number = int(parse_qs(parts.query).get("page", ["1"])[0])
        known = self._pages.get(self._address(number))
        return known or _reply(200, {"tickets": self._tickets(number), "total": self.records})

    def _address(self, number: int) -> str:
        return f"/tickets?page={number}&per_page={self.page_size}"

    def _tickets(self, number: int) -> list[dict[str, Any]]:
        return [record(one) for one in range(self.records)[(number - 1) * self.page_size : number * self.page_size]]

    def _body(self, path: str) -> tuple[int, Any]:
        match path.strip("/").split("/"):
            case ["groups"]:
                return 200, {"groups": [{"id": one, "name": f"Group {one}"} for one in range(self.parents)]}
            case ["groups", number, ("members" | "rules") as kind]:
                first = int(number) * CHILDREN
                return 200, {kind: [{"id": one, "name": f"{kind} {one}"} for one in range(first, first + CHILDREN)]}
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


def _reply(status: int, content: Any, headers: str = "") -> bytes:
    body = orjson.dumps(content)
    head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(vendor: Vendor) -> None:
    """Serve until the lifetime is over or the process is ended; the first line printed is the address."""
    vendor.prepare()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(vendor), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    async with server:
        await asyncio.sleep(_LIFETIME)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--parents", type=int, default=1000)
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: no limit")
    asyncio.run(serve(Vendor(**vars(parser.parse_args()))))
