"""`sdk lint` on each document: the code as it stands, and the same dictionary as YAML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # PyYAML comes without types
from click.testing import CliRunner, Result

import sdk
from sdk.cli import cli
from sdk.dialects.files import read

# What is said of each document before anything is read, by the paths: repairs, and what a connector knows better.
SAID: dict[str, tuple[list[str], list[str]]] = {
    "incidents": (
        ["resources[1].endpoint.path", "resources[1]"],
        ["resources", "resources[0]", "resources[2]", "resources[3]", "resources[4]", "resources[5]"],
    ),
    "incident_response": (
        ["resources[6, 9, 11-12].endpoint.paginator.limit"],
        ["resources", "resources[0]", "resources[3]", "resources[9]", "resources[12]"],
    ),
    "observability": (
        [
            "resources[2, 7].endpoint.data_selector",
            "resources[3].endpoint.paginator.cursor_param",
            "resources[5].endpoint.error_handler",
            "resources[5].endpoint.paginator.cursor_param",
            "resources[10].endpoint.paginator.limit",
        ],
        ["resources", *(f"resources[{number}]" for number in (0, 1, 2, 5, 6, 7, 8, 9))],
    ),
    "tickets": (
        [
            "client.auth.type",
            "resources[0, 3-13].endpoint.error_handler",
            "resources[0-13].endpoint.paginator.limit",
            "resources[1].endpoint.error_handler",
            "resources[1-2].endpoint.path",
            "resources[1-2]",
            "resources[2].endpoint.error_handler",
        ],
        ["resources", *(f"resources[{number}]" for number in (0, 3, 4, 5, 11, 12, 13))],
    ),
    "stories": (
        [
            "resources[0-23].endpoint.error_handler",
            *(
                f"resources[{numbers}]{rest}"
                for numbers in ("1-2", "6-7", "10", "12", "17", "19", "21-22")
                for rest in (".endpoint.path", "")
            ),
            "resources[23].endpoint.paginator.limit",
        ],
        ["resources", *(f"resources[{number}]" for number in (5, 7, 10, 12, 23))],
    ),
}


@pytest.fixture
def lint(documented: Any, dlt_home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lints a document in a file of that kind; no secret is set anywhere."""

    def linted(name: str, kind: str, *options: str) -> Result:
        code = documented.code(name)
        if kind == "py":
            Path("api.py").write_text(code, encoding="utf-8")
        else:
            with monkeypatch.context() as instead:
                taken: list[Any] = []
                instead.setattr(sdk, "from_config", taken.append)
                documented.run(name)
            Path("api.yaml").write_text(yaml.safe_dump(taken[0]), encoding="utf-8")
        monkeypatch.delenv("API_KEY")
        return CliRunner().invoke(cli, ["lint", f"api.{kind}", *options])

    return linted


@pytest.mark.parametrize("kind", ["py", "yaml"])
@pytest.mark.parametrize("name", SAID)
def test_each_document(lint: Any, name: str, kind: str):
    """Every repair and all advice on a line of its own, alike ones in one, a count at the end, and no secret."""
    result = lint(name, kind)

    repairs, advice = SAID[name]
    lines = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert [one.split(": ")[:2] for one in lines[:-1]] == [
        *(["repaired", path] for path in repairs),
        *(["advice", path] for path in advice),
    ]
    assert lines[-1].startswith("0 mistakes, ")
    assert "0815" not in result.output


@pytest.mark.parametrize("name", SAID)
def test_each_document_for_programs(lint: Any, name: str):
    """Each note by itself, with the path in the document."""
    result = lint(name, "py", "--json")

    said = json.loads(result.stdout)
    assert said["mistakes"] == []
    assert {one["sort"] for one in said["notes"]} == {"repaired", "advice"}
    assert all("," not in one["path"] for one in said["notes"])


def test_a_mistake_in_a_document(documented: Any, dlt_home: Path):
    """It has its path and what was found, stands first, and the exit code says so."""
    code = documented.code("stories").replace('"max_retries": 3', '"max_retries": "3"', 1)
    Path("api.py").write_text(code.replace('"type": "cursor"', '"type": "cursr"'), encoding="utf-8")

    result = CliRunner().invoke(cli, ["lint", "api.py"])

    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "resources[0].endpoint.error_handler.max_retries: found a text; allowed is a whole number from 0 on",
        "resources[23].endpoint.paginator.type: found 'cursr'; did you mean 'cursor'?",
    ]


def test_a_run_without_the_secret(documented: Any, dlt_home: Path, monkeypatch: pytest.MonkeyPatch):
    """The code of the document is what `sdk run` takes, too; it says what it lacks and where that could be set."""
    Path("api.py").write_text(documented.code("incidents"), encoding="utf-8")
    monkeypatch.delenv("API_KEY")

    result = CliRunner().invoke(cli, ["run", "api.py"])

    assert result.exit_code == 2
    assert result.stderr == (
        "sdk: api.py cannot be run: it needs 'api_key', which is set nowhere: set API_KEY, or the same in "
        ".dlt/secrets.toml\n"
    )


def test_a_run_of_the_code_as_it_stands(documented: Any, dlt_home: Path, key: str):
    """`sdk run` loads it; the file's own source, and what it would do with it, is left alone."""
    documented.admits = lambda asked: asked.headers.get("Authorization") == key
    incidents = documented.lays("incidents", "/incidents", documented.rows(9), lambda rows, _query: {"incidents": rows})
    code = documented.code("incidents").replace("https://api.example.com", documented.tiny.url)
    Path("api.py").write_text(f"{code}\ndlt.pipeline('own').run(source)\n", encoding="utf-8")

    result = CliRunner().invoke(cli, ["run", "api.py", "-r", "incidents", "--json"])

    assert result.exit_code == 0, result.output
    assert [one["rows"] for one in json.loads(result.stdout)["resources"]] == [len(incidents)]
    assert documented.tiny.targets == ["/incidents"]


def test_several_sources_in_one_file(tmp_path: Path):
    """Each is found by the name that it has in the file."""
    first, second = "{'client': {}, 'resources': []}", "{'client': {}, 'resources': [1]}"
    path = tmp_path / "two.py"
    path.write_text(f"from sdk import rest_api_source as made\na = made({first})\nb = made({second})\n")

    assert read(f"{path}:b")[1] == {"client": {}, "resources": [1]}
    with pytest.raises(Exception, match="it has a, b"):
        read(str(path))
