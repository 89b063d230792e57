"""What the author of a new connector says about the API: a frozen value, all of whose mistakes are told together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

import requests
from attrs import field, frozen

from sdk.errors import SDKError
from sdk.templates.names import SNAKE_CASE, check_name, distribution_of, module_of, snake_case

AuthKind: TypeAlias = Literal["bearer", "api-key", "basic", "oauth2", "none"]
PageKind: TypeAlias = Literal["detect", "next-link", "link-header", "page-number", "offset", "cursor", "single"]
LicenseKind: TypeAlias = Literal["Apache-2.0", "none"]

AUTHS: Final[tuple[AuthKind, ...]] = get_args(AuthKind)
PAGES: Final[tuple[PageKind, ...]] = get_args(PageKind)
LICENSES: Final[tuple[LicenseKind, ...]] = get_args(LicenseKind)

# RFC 3986, 2: what a URL may hold; braces, quotes and backslashes are not among it.
_URL: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
# RFC 9110, 5.6.2.
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Control characters, unpaired surrogates, line breaks, and what changes the direction of the text after it.
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_LONGEST_AUTHOR: Final = 200
_LONGEST_RESOURCE: Final = 50


class AnswersError(SDKError, ValueError):
    """No repository can be made of these answers; `problems` holds every mistake in them."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def _trimmed(text: str) -> str:
    return text.strip()


def _without_slash(url: str) -> str:
    # Not the two that belong to `https://`.
    return re.sub(r"(?<=[^:/])/+$", "", url.strip())


@frozen(kw_only=True)
class Answers:
    """Say what a new connector is called and how its API works.

    Attributes:
        name: Name of the connector.
        base_url: Where the API is, for everybody; empty when that is a setting that each user gives.
        auth: How a request shows who sends it.
        auth_header: For `api-key`: the header that carries the key.
        token_url: For `oauth2`: where access tokens are given out; empty when each user says it.
        resource: The first resource.
        pages: How a list goes on; `detect` lets the answers tell.
        author: Who holds the copyright; empty for "the authors".
        license: The licence to publish under; `none` for a plugin that is not published.
        year: The year of the copyright.

    Raises:
        AnswersError: With every mistake found.
    """

    name: str
    base_url: str = field(default="", converter=_without_slash)
    auth: AuthKind = "bearer"
    auth_header: str = "X-API-Key"
    token_url: str = field(default="", converter=_trimmed)
    resource: str = "items"
    pages: PageKind = "detect"
    author: str = field(default="", converter=_trimmed)
    license: LicenseKind = "Apache-2.0"
    year: int = field(factory=lambda: datetime.now(UTC).year)

    def __attrs_post_init__(self) -> None:
        if problems := tuple(self._problems()):
            raise AnswersError(problems)

    @property
    def distribution(self) -> str:
        """Name of the distribution, and of the folder."""
        return distribution_of(self.name)

    @property
    def module(self) -> str:
        """Name of the import package."""
        return module_of(self.name)

    @property
    def base_path(self) -> str:
        """The part of `base_url` after the host, as it is sent."""
        # Not what stands there: `%7e` is sent as `~`, and `/..` is followed.
        sent = requests.Request("GET", self.base_url).prepare() if self.base_url else None
        return urlsplit(sent.url or "").path.rstrip("/") if sent else ""

    def _problems(self) -> Iterator[str]:
        yield from check_name(self.name)
        yield from check_url("base URL", self.base_url)
        yield from check_resource(self.resource)
        if self.auth == "api-key":
            yield from check_header(self.auth_header)
        if self.auth == "oauth2":
            yield from check_url("token URL", self.token_url)
        yield from check_author(self.author)
        kinds: tuple[tuple[str, str, tuple[str, ...]], ...] = (
            ("auth", self.auth, AUTHS),
            ("pages", self.pages, PAGES),
            ("license", self.license, LICENSES),
        )
        yield from (
            f"{what} {kind!r} is none of {', '.join(known)}" for what, kind, known in kinds if kind not in known
        )


def check_resource(name: str) -> Iterator[str]:
    """Yield what keeps *name* from being a resource's name."""
    if SNAKE_CASE.fullmatch(name) and len(name) <= _LONGEST_RESOURCE:
        return
    nearest = snake_case(name)
    known = name and nearest and nearest != name
    why = "is too long" if SNAKE_CASE.fullmatch(name) else "is not snake_case"
    yield f"resource {name!r} {why}; {f'try {nearest!r}' if known else 'choose a word such as planets'}"


def check_url(what: str, url: str) -> Iterator[str]:
    """Yield what is wrong with a URL that everybody will read; an empty one is left to each user."""
    if not url:
        return
    parts = _split(url)
    # What may hold a password or a key is not repeated.
    if parts is None:
        yield f"{what} is no URL; write it as https://api.example.com/v1"
    elif "@" in url.partition("://")[2].partition("/")[0]:
        yield f"{what} holds a user name or password; leave them out, they are settings of their own"
    elif parts.query or parts.fragment or "?" in url or "#" in url:
        yield f"{what} holds a query or a fragment; end it before the '?' or '#'"
    elif parts.scheme not in {"http", "https"} or not parts.hostname:
        yield f"{what} {url!r} does not begin with https:// and a host; write it as https://api.example.com/v1"
    elif not _URL.fullmatch(url):
        yield (
            f"{what} {url!r} holds a character that no URL can hold as it is; percent-encode it, "
            "or leave the URL out when each user has another"
        )


def _split(url: str) -> Any:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is read only when asked for, and then refused
    except ValueError:
        return None
    return parts


def check_header(name: str) -> Iterator[str]:
    """Yield what keeps *name* from being a header's name."""
    if not _HEADER.fullmatch(name):
        yield f"header {name!r} cannot name a header; write it as X-API-Key"


def check_author(author: str) -> Iterator[str]:
    """Yield what keeps *author* from standing in a licence."""
    if any(unicodedata.category(character) in _UNSHOWN for character in author):
        yield "the author's name holds a line break or another character that is not shown; leave it out"
    if len(author) > _LONGEST_AUTHOR:
        yield f"the author's name has more than {_LONGEST_AUTHOR} characters; shorten it"
