"""`sdk lint FILE` and `sdk run FILE`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pytest
from click.testing import Result

Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def document(folder: Path, tiny_api: Any) -> dict[str, Any]:
    """Return a dictionary of the tiny API, and write it to `api.json`."""
    tiny_api.lists("/posts", [{"id": 1}, {"id": 2}], [{"id": 3}])
    for post in (1, 2, 3):
        tiny_api.says(f"/posts/{post}/comments", {"data": [{"id": post, "text": "x"}]})
    config = {
        "client": {"base_url": tiny_api.url, "auth": {"type": "basic", "username": "user", "password": "secret-word"}},
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [
            {"name": "posts", "endpoint": {"path": "/posts", "paginator": "json_link"}},
            {"name": "comments", "endpoint": {"path": "/posts/{post_id}/comments", "paginator": "single_page"}},
        ],
    }
    (folder / "api.json").write_text(json.dumps(config))
    return config


def test_lint(run: Run, document: dict[str, Any], tiny_api: Any) -> None:
    """Repairs are told, nothing is sent, and no secret is shown."""
    result = run("lint", "api.json")

    assert result.exit_code == 0
    assert "repaired: client.auth.type: 'basic'; 'http_basic' was taken (that is dlt's word)" in result.stdout
    assert result.stdout.splitlines()[-1] == "0 mistakes, 3 repairs"
    assert tiny_api.asked == []
    assert document["client"]["auth"]["password"] not in result.output


def test_lint_finds_mistakes(run: Run, folder: Path, document: dict[str, Any]) -> None:
    """Each on a line of its own, and the exit code says so."""
    document["resources"][0]["endpoint"]["paginator"] = {"type": "json_link", "next_url_pth": "next"}
    document["resources"].append({"nam": "x"})
    (folder / "api.json").write_text(json.dumps(document))

    result = run("lint", "api.json", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["mistakes"] == [
        "resources[0].endpoint.paginator.next_url_pth: is no key here; did you mean 'next_url_path'?",
        "resources[2].name: is missing",
        "resources[2].nam: is no key here; did you mean 'name'?",
    ]


def test_lint_points_at_a_connector(run: Run, folder: Path) -> None:
    """One that is installed and reads much the same."""
    config = {"client": {"base_url": "https://example.com"}, "resources": ["tickets", "problems", "changes", "agents"]}
    (folder / "desk.json").write_text(json.dumps(config))

    result = run("lint", "desk.json")

    assert "advice: resources: the connector 'tickets' reads 4 of these; see sdk describe tickets" in result.stdout


@pytest.mark.usefixtures("document")
def test_run(run: Run, folder: Path) -> None:
    """The rows are where a connector's would be, and what was guessed is told at the end."""
    result = run("run", "api.json")

    assert result.exit_code == 0
    assert "6 rows in" in result.stdout
    assert (
        "repaired: resources[1].endpoint.path: '{post_id}' and no parent named; 'id' of posts was taken"
        in result.stdout
    )
    lines = [re.sub(r"^[0-9:]{8} ", "", line) for line in result.stderr.splitlines()]
    said = ["api.posts: 3 rows, 2 requests", "api.comments: 3 rows, 3 requests"]
    assert [line for line in lines if not line.endswith("reading")] == said
    with duckdb.connect(str(folder / "api.duckdb"), read_only=True) as database:
        found = database.execute("SELECT id, _posts_id FROM api_data.comments ORDER BY id").fetchall()
    assert found == [(1, 1), (2, 2), (3, 3)]


@pytest.mark.usefixtures("document")
def test_run_commits_as_it_goes(run: Run) -> None:
    """After so many records, as a connector's run."""
    once, twice = (json.loads(run("run", "api.json", "--json", *how).stdout) for how in ((), ("--commit-records", "1")))

    assert (once["commits"], twice["commits"]) == (1, 2)
    assert [one["rows"] for one in once["resources"]] == [one["rows"] for one in twice["resources"]] == [3, 3]


def test_run_with_something_missing(run: Run, folder: Path, document: dict[str, Any], tiny_api: Any) -> None:
    """What is there is shown, what is missing is said, and the exit code is that of a failure."""
    tiny_api.lists("/tags", [{"id": 1}])
    document["resources"].append({"name": "tags", "endpoint": {"data_selector": "data", "paginator": "single_page"}})
    (folder / "api.json").write_text(json.dumps(document))
    tiny_api.says("/posts", tiny_api.reply({"code": "no"}, 400))

    result = run("run", "api.json")

    assert result.exit_code == 1
    assert "1 row in" in result.stdout
    assert "sdk: api: rows are missing in posts: api.posts: GET /posts" in result.stderr


@pytest.mark.usefixtures("document")
def test_run_one_resource(run: Run) -> None:
    """Its parent is read for it, and none of its rows loaded."""
    report = json.loads(run("run", "api.json", "-r", "comments", "--json").stdout)

    assert [(one["resource"], one["loaded"], one["rows"]) for one in report["resources"]] == [
        ("posts", False, 0),
        ("comments", True, 3),
    ]


def test_run_strict(run: Run, folder: Path, document: dict[str, Any], tiny_api: Any) -> None:
    """What is passed over as declared is told, in JSON too, and exit code 3 says so where that is asked for."""
    actions = [{"status_code": 404, "action": "ignore"}]
    document["resources"][1]["endpoint"]["response_actions"] = actions
    (folder / "api.json").write_text(json.dumps(document))

    complete = run("run", "api.json", "--strict", "--json")
    tiny_api.says("/posts/3/comments", tiny_api.reply({"code": "gone"}, 404))
    skipped = run("run", "api.json", "--strict", "--json")

    assert (complete.exit_code, skipped.exit_code) == (0, 3)
    [note] = [one for one in json.loads(skipped.stdout)["notes"] if one["sort"] == "ignored"]
    assert note == {
        "path": "resources[1].endpoint.response_actions",
        "sort": "ignored",
        "found": "GET /posts/3/comments",
        "taken": "its list ends here, as declared",
        "why": "",
    }
    assert run("run", "api.json").exit_code == 0


def test_run_nested(run: Run, folder: Path, tiny_api: Any) -> None:
    """Nested lists become dlt's child tables, unless JSON is asked for."""
    tiny_api.lists("/posts", [{"id": 1, "tags": [{"name": "a"}]}])
    posts = {"name": "posts", "endpoint": {"paginator": "json_link"}}
    (folder / "api.json").write_text(json.dumps({"client": {"base_url": tiny_api.url}, "resources": [posts]}))

    tables = {}
    for options in ((), ("--max-table-nesting", "0")):
        assert run("run", "api.json", "--to", f"duckdb:///{len(options)}.duckdb", *options).exit_code == 0
        with duckdb.connect(str(folder / f"{len(options)}.duckdb"), read_only=True) as database:
            found = database.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'posts%'").fetchall()
        tables[options] = sorted(name for (name,) in found)

    assert tables == {(): ["posts", "posts__tags"], ("--max-table-nesting", "0"): ["posts"]}


@pytest.mark.usefixtures("document")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["run", "none.yaml"], "sdk: there is no file none.yaml"),
        (["run", "api.json", "-r", "post"], "sdk: api.json has no resource 'post'; its resources are posts, comments"),
        (["run", "api.json", "--demo"], "sdk: a file has no settings and no demo"),
    ],
)
def test_wrong_usage(run: Run, arguments: list[str], problem: str) -> None:
    """It is said in one line."""
    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith(problem)
