"""The tables of the author kit hold what the kit finds, no more and no less."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from vcr.request import Request  # type: ignore[import-untyped]

from sdk.testing import Finding
from sdk.testing.mutations import mutations
from sdk.testing.suite.subject import Subject
from sdk.testing.unrecorded import explain

ROOT = Path(__file__).parents[2]
TEST = (ROOT / "docs" / "test.md").read_text()


def rows(heading: str) -> list[str]:
    """Return the first cells of the table under a heading of the page."""
    section = TEST.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)


def test_findings_are_all_there():
    """The table has each code that the suite gives, once."""
    shown = [row.strip("`") for row in rows("What it checks")]

    assert sorted(shown) == sorted({*given_codes(), "mutation:…", "fault:…"})


def given_codes() -> set[str]:
    """Return the codes in the suite's own code, but for those of mutations."""
    found = set()
    for path in (ROOT / "sdk" / "testing" / "suite").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == Finding.__name__:
                code = node.args[0]
                assert isinstance(code, ast.Constant | ast.JoinedStr), f"{path.name}: a code that nobody can read"
                found.add(code.value if isinstance(code, ast.Constant) else "mutation:…")
    return found


def documented() -> dict[str, re.Pattern[str]]:
    """Return the mutations of the table, each with what its name looks like; `…` stands for anything."""
    names = [name for row in rows("What may happen to an API") for name in re.findall(r"`(.+?)`", row)]
    return {name: re.compile(re.escape(name).replace("…", ".+")) for name in names}


@pytest.mark.parametrize(
    ("connector", "resource"),
    [("tickets", "problems"), ("tickets", "requested_items"), ("observability", "logs"), ("incidents", "incidents")],
)
def test_mutations_have_their_rows(connector: str, resource: str, tmp_path: Path):
    """Whatever is done to a recording stands in the table."""
    recording = Subject(connector, tmp_path / "cassettes", {}, {}).recording(resource)
    known = documented().values()

    made = {one.name for one in mutations(recording)}

    assert sorted(one for one in made if not any(name.fullmatch(one) for name in known)) == []
    assert made


def test_no_row_is_about_nothing():
    """Each mutation of the table stands in the code of the mutations."""
    texts = " ".join(
        "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        if isinstance(node, ast.JoinedStr)
        else str(node.value)
        for path in (ROOT / "sdk" / "testing" / "mutations").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    )

    # What an f-string fills in at the end is named apart from it.
    assert [name for name in documented() if name.removesuffix(" …") not in texts] == []


def test_an_unrecorded_request_says_what_the_page_shows(blocks: Any):
    """The page's message is the one of a request with another parameter."""
    asked, held = (
        Request("GET", f"https://planets.test/v1/planets?page=2&per_page={size}", "", {}) for size in (50, 20)
    )
    [shown] = [block.text.strip() for block in blocks("record.md") if block.title == "an unrecorded request"]

    assert explain(asked, [(held, False)]) == shown
    assert "asked 2 times, recorded 1" in explain(held, [(held, True)])
    assert "which was played already" in explain(asked, [(held, True)])
    assert explain(asked, []).endswith("it holds no request at all")


def test_the_code_of_the_page_can_be_compiled(blocks: Any):
    """What needs a repository is run in that of the tutorial; here it is Python at least."""
    for block in blocks("test.md"):
        if block.language == "python":
            compile(block.text, f"line {block.line}", "exec")
