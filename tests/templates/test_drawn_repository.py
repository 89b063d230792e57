"""A repository that was made of a dictionary reads what the dictionary reads, and its own tests hold it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sdk
from sdk.templates import Answers, create
from sdk.templates.translation import translated

ROOT = Path(__file__).parents[2]
STARS = [
    {"id": number, "name": f"star {number}", "changed": f"2024-01-{number:02}T00:00:00Z"} for number in range(1, 25)
]


def lay(tiny_api: Any) -> None:
    """Lay out an API with a list for each way of paging, and children."""
    reply = tiny_api.reply

    def guarded(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def asked(one: Any) -> Any:
            right = one.headers.get("Authorization") == "Bearer s3cret-token"
            return answer(one) if right else reply({"message": "who is it"}, 401)

        return asked

    def numbered(asked: Any) -> Any:
        number = int(asked.query["page"])
        return reply({"data": STARS[(number - 1) * 10 : number * 10], "meta": {"pages": 3}})

    def passed(asked: Any) -> Any:
        begin = int(asked.query["offset"])
        return reply({"items": STARS[begin : begin + 10], "more": begin + 10 < len(STARS)})

    def tokens(asked: Any) -> Any:
        begin = int(asked.query.get("after", 0))
        following = str(begin + 10) if begin + 10 < len(STARS) else None
        return reply({"data": STARS[begin : begin + 10], "meta": {"next": following}})

    def changed(asked: Any) -> Any:
        since, number = asked.query["since"], int(asked.query.get("page", 1))
        records = [one for one in STARS if one["changed"] >= since]
        more = f"/changed?page={number + 1}&since={since}" if number * 10 < len(records) else None
        return reply({"data": records[(number - 1) * 10 : number * 10], "next": more})

    answers = {"/numbered": numbered, "/passed": passed, "/tokens": tokens, "/changed": changed}
    answers["/plain"] = lambda _asked: reply({"data": STARS[:3]})
    for star in STARS:
        moons = [{"id": moon, "name": f"moon {moon}"} for moon in range(int(str(star["id"])) % 3)]
        answers[f"/plain/{star['id']}/moons"] = lambda _asked, moons=moons: reply({"moons": moons})
        answers[f"/plain/{star['id']}"] = lambda _asked, star=star: reply({**star, "size": 7})
    for path, answer in answers.items():
        tiny_api.answer(path, guarded(answer))


def dictionary(url: str) -> dict[str, Any]:
    """Return a dictionary of that API."""
    return {
        "client": {"base_url": url, "auth": {"type": "bearer", "token": "s3cret-token"}, "headers": {"X-V": "2"}},
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [
            {
                "name": "numbered",
                "columns": {"id": {"data_type": "bigint"}, "changed": {"data_type": "timestamp"}},
                "endpoint": {
                    "data_selector": "data",
                    "paginator": {"type": "page_number", "base_page": 1, "total_path": "meta.pages"},
                },
            },
            {
                "name": "passed",
                "endpoint": {
                    "data_selector": "items",
                    "paginator": {"type": "offset", "limit": 10, "total_path": None, "has_more_path": "more"},
                },
            },
            {
                "name": "tokens",
                "endpoint": {
                    "data_selector": "data",
                    "paginator": {"type": "cursor", "cursor_path": "meta.next", "cursor_param": "after"},
                },
            },
            {
                "name": "changed",
                "endpoint": {
                    "data_selector": "data",
                    "paginator": "json_link",
                    "incremental": {
                        "cursor_path": "changed",
                        "start_param": "since",
                        "initial_value": "2024-01-05T00:00:00Z",
                    },
                },
            },
            {"name": "plain", "endpoint": {"paginator": "single_page"}},
            {
                "name": "moons",
                "include_from_parent": ["name"],
                "endpoint": {
                    "path": "plain/{star}/moons",
                    "data_selector": "moons",
                    "paginator": "single_page",
                    "params": {"star": {"type": "resolve", "resource": "plain", "field": "id"}},
                },
            },
            {"name": "detail", "endpoint": "plain/{resources.plain.id}"},
        ],
    }


def shown(rows: Any) -> list[str]:
    """Return rows in one order, as text, without the parent's key that ours have and dlt's need not have."""
    return sorted(json.dumps({key: one[key] for key in sorted(one) if key != "_plain_id"}, default=str) for one in rows)


def test_the_same_rows_and_its_own_tests(tiny_api: Any, tmp_path: Path, installed: Callable[[Path], Path]):
    """The repository reads what the dictionary reads, and once it is recorded its own tests, linter and types pass."""
    lay(tiny_api)
    config = dictionary(tiny_api.url)
    answers = Answers(name="drawn", author="Ada", auth="none")
    create(answers, tmp_path, translated(config, "drawn", answers.module))
    repository = tmp_path / answers.distribution
    site = installed(repository)

    for name in [one["name"] for one in config["resources"]]:
        source = sdk.from_config(config, "drawn").with_resources(name)
        assert shown(sdk.read("drawn", name, token="s3cret-token")) == shown(source), name

    texts = [path.read_text() for path in repository.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert not [text for text in texts if "s3cret" in text]
    path = os.pathsep.join(map(str, [ROOT, repository, site]))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*command: str, **more: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", *command],
            cwd=repository,
            env={**environment, **more},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"

    run("sdk", "record", "drawn", SOURCES__DRAWN__TOKEN="s3cret-token")
    run("pytest", "-q", "-p", "no:cacheprovider")
    run("ruff", "check", "--no-cache", ".")
    run("mypy", "--no-incremental")
