"""A small API whose every row is known: what most faults are played on.

It lists 25 rows in five pages, in one of six styles of paging, behind a credential in one of four places; it has
parents with children, and a list of what changed since. It is a frozen value, like the connector that reads it, which
it declares itself; what changes while a fault is played is kept by the stage.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import unquote

from attrs import field, frozen
from requests.auth import AuthBase

from sdk.auth import APIKeyAuth, BearerTokenAuth, HttpBasicAuth, OAuth2ClientCredentials
from sdk.connector import Connector
from sdk.instants import format_instant
from sdk.messages import Record
from sdk.paginators import (
    CursorPaginator,
    HeaderLinkPaginator,
    NextLinkPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    Paginator,
    SinglePagePaginator,
)
from sdk.placeholders import Secret
from sdk.resource import Resource
from sdk.testing.faults.wire import Answer, Asked

Style: TypeAlias = Literal["page", "offset", "cursor", "link", "header", "single"]
Credential: TypeAlias = Literal["bearer", "header", "query", "basic", "oauth"]

BEGIN: Final = datetime(2025, 6, 1, 12, tzinfo=UTC)
SIZE: Final = 5


def row(number: int, **fields: Any) -> Record:
    """Return the row *number*, changed so many minutes after the beginning."""
    changed = format_instant(BEGIN + timedelta(minutes=number), "iso")
    return {"id": number, "name": f"row {number}", "updated_at": changed, **fields}


ROWS: Final[Sequence[Record]] = tuple(row(number) for number in range(1, 26))

PAGINATORS: Final[Mapping[Style, Paginator]] = {
    "page": PageNumberPaginator(limit_param="limit", limit=SIZE),
    "offset": OffsetPaginator(limit=SIZE),
    "cursor": CursorPaginator("next", cursor_param="after"),
    "link": NextLinkPaginator(),
    "header": HeaderLinkPaginator(),
    "single": SinglePagePaginator(),
}

AUTHS: Final[Mapping[Credential, AuthBase]] = {
    "bearer": BearerTokenAuth(Secret("api_key")),
    "header": APIKeyAuth("X-Api-Key", Secret("api_key")),
    "query": APIKeyAuth("sig", Secret("api_key"), location="query"),
    "basic": HttpBasicAuth(Secret("api_key"), Secret("api_key")),
}


@frozen(kw_only=True)
class Api:
    """What is served and how it is declared.

    Attributes:
        rows: The rows of the one list, `/items`.
        children: The rows of each parent, for an API of parents and children: `/items/<id>/children`.
        style: How the list is paged.
        credential: Where the credential is expected.
        resource: What the connector declares of the list beside where it is.
        child: What it declares of the children.
        connector: What it declares of itself.
    """

    rows: Sequence[Record] = ROWS
    children: Mapping[str, Sequence[Record]] = field(factory=dict)
    style: Style = "page"
    credential: Credential = "bearer"
    resource: Mapping[str, Any] = field(factory=dict)
    child: Mapping[str, Any] = field(factory=dict)
    connector: Mapping[str, Any] = field(factory=dict)

    def declared(self, base_url: str) -> Connector:
        """Return the connector that reads this API at *base_url*."""
        auth = AUTHS.get(self.credential) or OAuth2ClientCredentials(
            f"{base_url}/token", "client", Secret("api_key"), default_token_expiration=3600
        )
        items = {"data_selector": "items", "paginator": PAGINATORS[self.style], **self.resource}
        resources = [Resource("items", **items)]
        if self.children:
            child = {"path": "/items/{items.id}/children", "data_selector": "items", **self.child}
            resources.append(Resource("children", **{"paginator": PAGINATORS[self.style], **child}))
        return Connector("faulty", resources=resources, **{"auth": auth, **self.connector})

    @property
    def read(self) -> str:
        """Name of the resource that is read: the children, if there are any."""
        return "children" if self.children else "items"

    def lets_in(self, asked: Asked, secret: str) -> bool:
        """Return whether a request carries the credential where it belongs."""
        pair = b64encode(f"{secret}:{secret}".encode()).decode()
        given, expected = {
            "bearer": (asked.headers.get("Authorization"), f"Bearer {secret}"),
            "header": (asked.headers.get("X-Api-Key"), secret),
            "query": (asked.query.get("sig"), secret),
            "basic": (asked.headers.get("Authorization"), f"Basic {pair}"),
            "oauth": ("", ""),
        }[self.credential]
        return given == expected

    def answer(self, asked: Asked, rows: Sequence[Record], here: str, secret: str = "") -> Answer:
        """Return the honest answer, when *rows* are there."""
        steps = asked.path.strip("/").split("/")
        if asked.path == "/token":
            return Answer({"access_token": f"{secret}-token", "token_type": "bearer", "expires_in": 3600})
        if secret and not self.lets_in(asked, secret):
            return Answer({"error": "unauthorized"}, 401)
        if steps == ["items"]:
            return self.listed(asked, self._since(asked, rows), here)
        if len(steps) == 3 and (steps[0], steps[2]) == ("items", "children"):  # noqa: PLR2004 - the path above
            found = self.children.get(unquote(steps[1]))
            return Answer({"error": "no such parent"}, 404) if found is None else self.listed(asked, found, here)
        return Answer({"error": "no such path"}, 404)

    def listed(self, asked: Asked, rows: Sequence[Record], here: str) -> Answer:
        """Return the page of *rows* that is asked for."""
        if self.style == "single":
            return Answer({"items": list(rows)})
        start, size = self.place(asked)
        if start < 0:
            return Answer({"items": [], "next": None, "total": len(rows)})
        following = start + size if start + size < len(rows) else None
        body: Record = {
            "items": list(rows[start : start + size]),
            "total": len(rows),
            "has_more": following is not None,
        }
        headers = {}
        if self.style == "cursor":
            body["next"] = None if following is None else f"c{following}"
        if self.style in {"link", "header"}:
            link = None if following is None else f"{here}{asked.path}?after=c{following}"
            body |= {"next": link} if self.style == "link" else {}
            headers = {"Link": f'<{link}>; rel="next"'} if link and self.style == "header" else {}
        return Answer(body, headers=headers)

    def place(self, asked: Asked) -> tuple[int, int]:
        """Return from where on a request wants rows, and how many."""
        size = int(asked.query.get("limit", SIZE))
        if self.style == "page":
            return (int(asked.query.get("page", 1)) - 1) * size, size
        if self.style == "offset":
            return int(asked.query.get("offset", 0)), size
        return int(asked.query.get("after", "c0").removeprefix("c")), size

    def _since(self, asked: Asked, rows: Sequence[Record]) -> Sequence[Record]:
        since = asked.query.get("updated_since")
        return rows if since is None else [one for one in rows if one["updated_at"] >= since]
