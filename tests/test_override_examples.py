"""The two override distributions of `docs/examples`, installed, switched on by configuration, and read through."""

from __future__ import annotations

import ast
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import pytest

import sdk
from sdk import Connector, HttpBasicAuth, Resource, Secret, columns
from sdk.auth import APIKeyAuth
from sdk.errors import ResponseError, SettingError
from sdk.paginators import LastRecordPaginator

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
MODULES = [EXAMPLES / f"sdk-override-{name}" / f"sdk_override_{name}.py" for name in ("vault", "mask")]

PEOPLE = [
    {"id": 1, "email": "ada@example.com", "phones": ["555-01", None], "number": 7, "name": "Ada"},
    {"id": 2, "email": "bob@example.com", "phones": [], "number": 8, "name": "Bob"},
    {"id": 3, "email": None, "phones": None, "number": None, "name": "Eve"},
]
ORDERS = [{"id": 10, "email": "bob@example.com"}, {"id": 11, "email": "ada@example.com"}]


@pytest.fixture(autouse=True)
def examples(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, dlt_home: Path
) -> Iterator[None]:
    """Install both, as a wheel of each would be unpacked."""
    site = tmp_path_factory.mktemp("examples")
    for folder in EXAMPLES.iterdir():
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (info / "METADATA").write_text(head + "".join(f"Requires-Dist: {one}\n" for one in project["dependencies"]))
        lines = [
            f"[{group}]\n{name} = {module}\n"
            for group, points in project["entry-points"].items()
            for name, module in points.items()
        ]
        (info / "entry_points.txt").write_text("".join(lines))
        for module in folder.glob("*.py"):
            shutil.copy(module, site)
    monkeypatch.syspath_prepend(site)
    invalidate_caches()
    yield
    for name in [name for name in sys.modules if name.startswith("sdk_override_")]:
        del sys.modules[name]


@pytest.fixture
def shop(acme: Callable[..., Connector], tiny_api: Any) -> Any:
    """Declare an API of people and their orders that wants a key, and return it."""
    tiny_api.lists("/people", PEOPLE[:2], PEOPLE[2:])
    tiny_api.lists("/orders", ORDERS)
    acme(
        Resource(
            "people",
            data_selector="data",
            columns=columns(bigint="id number", text="email name", json="phones"),
            auth=APIKeyAuth("X-People", Secret("people_key")),
        ),
        Resource("orders", data_selector="data", columns=columns(bigint="id", text="email")),
        Resource("lines", path="/people/{people.id}/lines", data_selector="data"),
        auth=HttpBasicAuth(username=Secret("api_key"), password="X"),
    )
    return tiny_api


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, dlt_home: Path) -> Path:
    """Switch the vault on, and return its file with a token in it."""
    file = dlt_home / "token"
    file.write_text("hunter2-vault-one\n")
    monkeypatch.setenv("SOURCES__ACME__OVERRIDES", '["vault"]')
    monkeypatch.setenv("SOURCES__ACME__VAULT_FILE", str(file))
    return file


@pytest.fixture
def mask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the mask on for the columns that hold an address."""
    monkeypatch.setenv("SOURCES__ACME__OVERRIDES", '["mask"]')
    monkeypatch.setenv("SOURCES__ACME__MASKED", "people.email,orders.email,people.phones,people.number")
    monkeypatch.setenv("SOURCES__ACME__MASK_KEY", "hunter2-mask-key")
    monkeypatch.setenv("SOURCES__ACME__API_KEY", "hunter2-declared")
    monkeypatch.setenv("SOURCES__ACME__PEOPLE_KEY", "hunter2-people")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_each_is_small(module: Path):
    """Fewer than 30 statements beside imports and docstrings: little enough to be read before it is installed."""
    statements = [
        node
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Import | ast.ImportFrom)
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]

    assert 10 < len(statements) < 30


def test_the_token_of_the_vault_is_sent(shop: Any, vault: Path):
    """For every resource, instead of what the connector declares, and no secret of its own is asked for."""
    rows = [one["id"] for name in ("people", "orders") for one in sdk.read("acme", name)]

    sent = [(one.headers.get("Authorization"), one.headers.get("X-People")) for one in shop.asked]
    assert rows == [1, 2, 3, 10, 11]
    assert sent == [("Bearer hunter2-vault-one", None)] * 3


def test_where_the_token_is_put_is_a_setting(shop: Any, vault: Path):
    """So that it is good for any API that takes a key in a header."""
    list(sdk.read("acme", "orders", vault_header="X-Key"))

    assert [one.headers.get("X-Key") for one in shop.asked] == ["hunter2-vault-one"]


def test_a_refused_token_is_read_again(shop: Any, vault: Path):
    """The store put a new one there: the request that was refused is repeated with it, once."""

    def answer(asked: Any) -> Any:
        if asked.headers["Authorization"] == "Bearer hunter2-vault-one":
            vault.write_text("hunter2-vault-two")
            return shop.reply({"code": "expired"}, 401)
        return shop.reply({"data": ORDERS, "next": None})

    shop.answer("/orders", answer)

    assert list(sdk.read("acme", "orders")) == ORDERS
    sent = [one.headers["Authorization"] for one in shop.asked]
    assert sent == ["Bearer hunter2-vault-one", "Bearer hunter2-vault-two"]


def test_no_token_of_the_vault_is_in_an_error(shop: Any, vault: Path):
    """Not even when the API repeats it."""
    shop.says("/orders", shop.reply({"code": "hunter2-vault-one"}, 401))

    with pytest.raises(ResponseError) as caught:
        list(sdk.read("acme", "orders"))

    assert "hunter2" not in str(caught.value)
    assert str(caught.value).endswith("check the credentials")


def test_a_vault_without_a_file_is_an_error(shop: Any, vault: Path):
    """It names the setting and the file."""
    vault.unlink()

    with pytest.raises(SettingError) as caught:
        list(sdk.read("acme", "orders"))

    assert str(caught.value) == f"vault_file '{vault}' cannot be read: FileNotFoundError"


def test_masked_columns_are_masked_in_the_destination(shop: Any, mask: None, pipeline: Callable[..., Any]):
    """A text is a text, a number a number, nothing is nothing; joins find what they found before."""
    loaded = pipeline()
    loaded.run(sdk.load("acme", resources=["people", "orders"]))

    rows = loaded.rows("people", "id", "email", "number", "name")
    emails = {email for _, email, _, _ in rows if email is not None}
    assert [(row[0], row[3]) for row in rows] == [(1, "Ada"), (2, "Bob"), (3, "Eve")]
    assert [row[1] is None for row in rows] == [False, False, True]
    assert all(len(email) == 64 for email in emails)
    assert [isinstance(number, int) and number not in {7, 8} for _, _, number, _ in rows] == [True, True, False]
    joined = loaded._select('SELECT o."id", p."id" FROM "orders" o JOIN "people" p USING ("email") ORDER BY 1')
    assert joined == [(10, 2), (11, 1)]
    assert loaded.columns("people")["email"] == "VARCHAR"


def test_a_list_is_masked_item_by_item(shop: Any, mask: None):
    """Its shape stays."""
    ada, bob, eve = sdk.read("acme", "people")

    assert [type(one) for one in ada["phones"]] == [str, type(None)]
    assert "555-01" not in ada["phones"]
    assert (bob["phones"], eve["phones"]) == ([], None)


def test_the_hash_depends_on_the_key(shop: Any, mask: None):
    """The same key gives the same hash in the next run; another gives another."""
    first, again, other = (
        [one["email"] for one in sdk.read("acme", "orders", mask_key=key)]
        for key in ("hunter2-mask-key", "hunter2-mask-key", "hunter2-another")
    )

    assert first == again
    assert not {*first} & {*other}


@pytest.mark.parametrize(
    ("masked", "named"),
    [("people.emial", "people.emial"), ("person.email", "person.email"), ("people.email,people.id", "people.id")],
)
def test_a_name_that_would_not_be_masked_is_an_error(shop: Any, mask: None, masked: str, named: str):
    """A misspelt one would go by unmasked, and a key that a child's path takes would ask for what is not there."""
    with pytest.raises(SettingError) as caught:
        sdk.read("acme", "people", masked=masked)

    assert f"masked names {named}, not declared or needed to read other records" in str(caught.value)
    assert shop.asked == []


def test_what_pages_a_list_is_not_masked(acme: Callable[..., Connector], tiny_api: Any, mask: None):
    """The next page would be asked for with a hash."""
    acme(
        Resource("people", data_selector="data", columns=columns(text="email")),
        paginator=LastRecordPaginator("email", cursor_param="after"),
    )

    with pytest.raises(SettingError, match=r"masked names people\.email, not declared or needed"):
        sdk.read("acme", "people", masked="people.email")


def test_installed_they_do_nothing(shop: Any, monkeypatch: pytest.MonkeyPatch):
    """Without the setting the connector's own credentials are sent, and nothing is masked."""
    found = list(sdk.read("acme", "people", api_key="hunter2-declared", people_key="hunter2-people"))

    assert found == PEOPLE
    assert {one.headers["X-People"] for one in shop.asked} == {"hunter2-people"}


def test_both_together(shop: Any, vault: Path, mask: None, monkeypatch: pytest.MonkeyPatch):
    """Each does its own."""
    monkeypatch.setenv("SOURCES__ACME__OVERRIDES", '["vault", "mask"]')

    found = list(sdk.read("acme", "orders"))

    assert [len(one["email"]) for one in found] == [64, 64]
    assert [one.headers["Authorization"] for one in shop.asked] == ["Bearer hunter2-vault-one"]


def test_their_settings_are_read_from_config_toml(shop: Any, dlt_home: Path):
    """As each README shows it."""
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    (dlt_home / "token").write_text("hunter2-vault-toml")
    (dlt_home / ".dlt").mkdir()
    (dlt_home / ".dlt" / "config.toml").write_text(
        f'[sources.acme]\noverrides = ["vault"]\nvault_file = "{dlt_home / "token"}"\n'
    )
    Container()[PluggableRunContext].reload()

    assert list(sdk.read("acme", "orders")) == ORDERS
    assert [one.headers["Authorization"] for one in shop.asked] == ["Bearer hunter2-vault-toml"]
