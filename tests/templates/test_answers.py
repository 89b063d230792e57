"""What is said about a new connector is right before anything is made of it."""

from __future__ import annotations

from typing import Any

import pytest

from sdk.templates import Answers, AnswersError

WRITTEN = "write it as https://api.example.com/v1"


def problems(**given: Any) -> tuple[str, ...]:
    """Return what is wrong with some answers."""
    with pytest.raises(AnswersError) as caught:
        Answers(**{"name": "planets", **given})
    return caught.value.problems


def test_all_at_once():
    """Every mistake is told in one message."""
    message = (
        "name 'Star Maps' is not snake_case; try 'star_maps'; "
        "base URL is no URL; write it as https://api.example.com/v1; "
        "resource '7' is not snake_case; choose a word such as planets; "
        "pages 'scroll' is none of detect, next-link, link-header, page-number, offset, cursor, single"
    )

    with pytest.raises(AnswersError) as caught:
        Answers(name="Star Maps", base_url="https://[", resource="7", pages="scroll")  # type: ignore[arg-type]

    assert message == str(caught.value)


@pytest.mark.parametrize("what", ["base_url", "token_url"])
@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("api.example.com/v1", "'api.example.com/v1' does not begin with https:// and a host; " + WRITTEN),
        ("ftp://example.com", "'ftp://example.com' does not begin with https:// and a host; " + WRITTEN),
        ("https://", "'https://' does not begin with https:// and a host; " + WRITTEN),
        ("https://example.com:http", "is no URL; " + WRITTEN),
        (
            "https://me:hunter2@example.com",
            "holds a user name or password; leave them out, they are settings of their own",
        ),
        ("https://example.com?key=hunter2", "holds a query or a fragment; end it before the '?' or '#'"),
        ("https://example.com/?", "holds a query or a fragment; end it before the '?' or '#'"),
        ("https://example.com/#v2", "holds a query or a fragment; end it before the '?' or '#'"),
        *(
            (
                f"https://example.com/{character}x",
                (
                    f"{f'https://example.com/{character}x'!r} holds a character that no URL can hold as it is; "
                    "percent-encode it, or leave the URL out when each user has another"
                ),
            )
            for character in '{"\\ `|é\x07\u202e'
        ),
    ],
)
def test_bad_url(what: str, url: str, problem: str):
    """A URL that everybody will read is whole and holds no secret, and what may be one is not repeated."""
    found = problems(auth="oauth2", **{what: url})

    assert found == (f"{what.replace('_url', ' URL')} {problem}",)


@pytest.mark.parametrize(
    ("resource", "problem"),
    [
        ("Star Charts", "resource 'Star Charts' is not snake_case; try 'star_charts'"),
        ("star/charts", "resource 'star/charts' is not snake_case; try 'star_charts'"),
        ("", "resource '' is not snake_case; choose a word such as planets"),
        ('x") or (', "resource 'x\") or (' is not snake_case; try 'x_or'"),
        ("a" * 51, f"resource '{'a' * 51}' is too long; try '{'a' * 50}'"),
    ],
)
def test_bad_resource(resource: str, problem: str):
    """A resource names a table."""
    assert problems(resource=resource) == (problem,)


@pytest.mark.parametrize("header", ["", "X Key", "X-Key:", "X-Key\r\nHost", "Schlüssel", '"X"'])
def test_bad_header(header: str):
    """A header's name is a token; nobody else's answers depend on it."""
    assert problems(auth="api-key", auth_header=header) == (
        f"header {header!r} cannot name a header; write it as X-API-Key",
    )
    assert Answers(name="planets", auth_header=header).auth == "bearer"


@pytest.mark.parametrize("author", ["A\nB", "A\x00", "A\u202eB", "A\u2028B", "A\udce9"])
def test_bad_author(author: str):
    """A name is what can be seen of it."""
    [problem] = problems(author=author)

    assert problem == "the author's name holds a line break or another character that is not shown; leave it out"


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        ("", ""),
        ("https://example.com", ""),
        (" https://example.com/ ", ""),
        ("https://example.com/api/v2//", "/api/v2"),
        ("https://example.com/%7eme/a/../b", "/~me/b"),
    ],
)
def test_base_path(base_url: str, path: str):
    """The simulator stands where requests will be sent to."""
    assert path == Answers(name="planets", base_url=base_url).base_path
