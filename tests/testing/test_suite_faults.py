"""The suite finds what is wrong with a connector, and nothing with a good one: of a small vendor, fault by fault."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import evolve, field, frozen
from requests import PreparedRequest
from requests.auth import AuthBase

from sdk import (
    APIKeyAuth,
    AuthFrom,
    BearerTokenAuth,
    Connector,
    CursorPaginator,
    EmptyPage,
    HeaderLinkPaginator,
    HttpBasicAuth,
    Incremental,
    MissingToken,
    MultiAuth,
    Page,
    PageNumberPaginator,
    ReadError,
    Resource,
    Secret,
    Setting,
    ShortPage,
    SinglePagePaginator,
    TimeWindow,
    columns,
    hookimpl,
)
from sdk.testing import Finding, check_connector
from sdk.testing.account import NOW, scrubber_of
from sdk.testing.cassette_files import path_of
from sdk.testing.cassettes import made_up_secret
from sdk.testing.recordings import record
from sdk.testing.sampling import SampleSize
from sdk.testing.simulator import (
    AnyOf,
    Cursor,
    Endpoint,
    Enveloped,
    HeaderKey,
    Listed,
    PageNumber,
    PageSize,
    Parent,
    QueryKey,
    Row,
    Seeding,
    Simulator,
    Since,
    Table,
    link_header,
    serve,
    zulu,
)
from sdk.testing.suite import checking, concealing, mutating
from sdk.testing.suite.subject import Subject
from sdk.testing.undisturbed import without_surroundings, without_waiting

DAY = 86_400
SIZE = PageSize("per_page", 5, 10, "clamp")


def bodies(seeding: Seeding) -> Iterator[Row]:
    """Make heavenly bodies: names that differ, kinds that do not."""
    for number in range(1, seeding.size + 1):
        seen = zulu(seeding.now.timestamp() - DAY * (seeding.size - number + 1))
        yield Row(
            {
                "id": 100 + number,
                "name": f"body {number}",
                "kind": "ab"[number % 2],
                "mass": number + 0.5,
                "rings": number,
                "seen_at": seen,
                "updated_at": seen,
            }
        )


def moons(seeding: Seeding) -> Iterator[Row]:
    """Make moons, numbered anew for each planet."""
    for at, planet in enumerate(seeding.rows("planets")):
        for number in (1, 2):
            yield Row({"id": number, "name": f"moon {at} {number}"}, {"planet": planet.value("id")})


def novae(records: list[dict[str, Any]], about: Mapping[str, Any]) -> Any:
    """Send the first page under another name than those that follow."""
    return {"data": records, "older": []} if about["first"] else {"data": [], "older": records}


def listed(name: str, **facts: Any) -> Endpoint:
    """Describe a list of bodies."""
    return Endpoint(name=name, path=f"/{name}", table="planets", **{"shape": Listed("data"), **facts})


SIMULATOR = Simulator(
    name="space",
    base_path="/v1",
    auth=AnyOf(HeaderKey(prefix="Bearer "), QueryKey("key")),
    strict=False,
    tables=(Table("planets", bodies, size=25), Table("moons", moons, updated=None)),
    endpoints=(
        listed("planets", pages=PageNumber("page", SIZE)),
        listed("rocks", pages=PageNumber("page", SIZE, base=0)),
        listed("stars", pages=PageNumber("page", SIZE, headers=link_header)),
        listed("comets", pages=Cursor("cursor", SIZE, body=lambda cut: {"meta": {"next": cut.token}})),
        listed("dust", pages=PageNumber("page", SIZE, body=lambda cut: {"total": cut.total, "has_more": cut.more})),
        listed("flares", pages=PageNumber("page", SIZE), filters=(Since(),)),
        listed("clouds"),
        listed(
            "novae",
            shape=Enveloped(novae),
            pages=PageNumber("page", SIZE, headers=link_header, body=lambda cut: {"first": cut.start == 0}),
        ),
        Endpoint(
            name="moons",
            path="/planets/{planet}/moons",
            shape=Listed("data"),
            parent=Parent("planets", link="planet"),
        ),
    ),
)

COLUMNS = columns(bigint="id rings", text="name kind", double="mass", timestamp="seen_at updated_at")
NUMBERED = PageNumberPaginator(limit_param="per_page", limit=10)

GOOD = {
    one.name: evolve(one, data_selector="data", columns=one.columns or COLUMNS)
    for one in (
        Resource("planets", paginator=NUMBERED),
        Resource("rocks", paginator=evolve(NUMBERED, base_page=0)),
        Resource("stars", paginator=HeaderLinkPaginator()),
        Resource("comets", paginator=CursorPaginator("meta.next", cursor_param="cursor")),
        Resource("dust", paginator=NUMBERED),
        Resource(
            "flares",
            paginator=NUMBERED,
            window=TimeWindow(start_param="updated_since"),
            incremental=Incremental("updated_at"),
        ),
        Resource("clouds"),
        Resource("novae", paginator=HeaderLinkPaginator()),
        Resource("moons", path="/planets/{planets.id}/moons", columns=columns(bigint="id", text="name")),
    )
}


class OlderToo:
    """A plugin's hook that finds the records of both kinds of page."""

    @staticmethod
    @hookimpl
    def sdk_select_records(resource: Resource, page: Page) -> list[dict[str, Any]] | None:
        """Return what stands at either place."""
        return [*page.body["data"], *page.body["older"]] if resource.name == "novae" else None


@frozen
class KeyInQuery(AuthBase):
    """A scheme of the author's own that puts the key into the URL."""

    key: str = field(repr=False)

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with the key."""
        r.prepare_url(r.url, {"key": self.key})
        return r


def space(*names: str, **facts: Any) -> Connector:
    """Declare the good connector, with some of its resources and what they are read from."""
    needed = [*names, *(parent for name in names for parent in GOOD[name].parents if parent not in names)]
    return Connector(
        "space",
        **{
            "description": "What is out there",
            "auth": BearerTokenAuth(Secret("api_key", description="the key")),
            "paginator": SinglePagePaginator(),
            "resources": [GOOD[name] for name in needed],
            **facts,
        },
    )


def changed(connector: Connector, resource: str, **facts: Any) -> Connector:
    """Declare *connector* with other facts for one resource."""
    return evolve(
        connector,
        resources=[evolve(one, **facts) if one.name == resource else one for one in connector.resources],
    )


README = "# space\n\nSettings: `base_url`, `api_key`, `start_date`.\n\nTables: " + ", ".join(
    f"`{name}`" for name in GOOD
)
MODULE = """
import sys
from sdk import hookimpl

@hookimpl
def sdk_declare_connector():
    return sys.modules["planted_space"].connector

if hooks := sys.modules["planted_space"].hooks:
    sdk_select_records = hooks.sdk_select_records
"""


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return a function that installs a connector as an author publishes it; again to replace it."""
    site = tmp_path / "site-packages"
    info = site / "sdk_plugin_space-1.0.dist-info"
    info.mkdir(parents=True)
    monkeypatch.syspath_prepend(site)
    registry: Any = ModuleType("planted_space")
    monkeypatch.setitem(sys.modules, "planted_space", registry)
    registry.simulator = SIMULATOR

    def install(  # noqa: PLR0913 - each is one thing that an author may have got wrong
        connector: Connector,
        *,
        hooks: Any = None,
        distribution: str = "sdk-plugin-space",
        requires: str = "connector-sdk>=0.1,<0.2",
        readme: str = README,
        module: str = MODULE,
        simulator: bool = False,
    ) -> None:
        registry.connector, registry.hooks = connector, hooks
        required = f"Requires-Dist: {requires}\n" if requires else ""
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n{required}"
        (info / "METADATA").write_text(f"{metadata}Description-Content-Type: text/markdown\n\n{readme}\n")
        offered = "[sdk.simulators]\nspace = planted_space:simulator\n" if simulator else ""
        (info / "entry_points.txt").write_text(f"[sdk.connectors]\nspace = sdk_plugin_space\n{offered}")
        (site / "sdk_plugin_space.py").write_text(module)
        sys.modules.pop("sdk_plugin_space", None)
        invalidate_caches()

    yield install
    sys.modules.pop("sdk_plugin_space", None)
    invalidate_caches()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the author's folder of cassettes."""
    return tmp_path / "repository" / "cassettes"


def recorded(folder: Path, *resources: str, **settings: str) -> None:
    """Record the resources of the connector that is installed from the vendor, as `sdk record` does."""
    for resource in resources:
        with without_surroundings(), without_waiting(), serve(SIMULATOR, now=NOW) as server:
            path = path_of(folder, "space", resource)
            record(
                "space",
                resource,
                {**server.settings, **settings},
                path,
                scrubber_of("space", server),
                size=SampleSize(),
            )


def found(folder: Path) -> list[Finding]:
    """Return the findings, those of mutations left out: they have tests of their own."""
    checks = [check for check in checking.OF_RESOURCE if check is not mutating.holds]
    return list(checking.findings(Subject("space", folder), checks))


def places(folder: Path) -> list[str]:
    """Return the places of the findings, each once."""
    return sorted({one.place for one in found(folder)})


def test_the_good_one(plant: Any, folder: Path) -> None:
    """Nothing is found in a good connector, from cassettes alone."""
    plant(space(*GOOD), hooks=OlderToo)
    recorded(folder, *GOOD)

    assert [str(one) for one in found(folder)] == []


def test_the_good_one_with_a_simulator(plant: Any, folder: Path) -> None:
    """Nor from its simulator, without a cassette."""
    plant(space(*GOOD), hooks=OlderToo, simulator=True)

    assert [str(one) for one in found(folder)] == []


def test_mutations(plant: Any, folder: Path) -> None:
    """A connector that only works while every page is full is found out, though its recording shows nothing."""
    code = "mutation:a-short-page-in-the-middle:planets"
    plant(space("planets"))
    recorded(folder, "planets")
    good = {one.place for one in check_connector("space", folder)}
    plant(changed(space("planets"), "planets", paginator=evolve(NUMBERED, end=ShortPage())))
    recorded(folder, "planets")
    short = {one.place for one in check_connector("space", folder)}

    assert (code in good, code in short) == (False, True)


SHORT = PageNumberPaginator(limit_param="per_page", limit=100, end=ShortPage())
KEY = Secret("api_key", description="the key")
EVERYWHERE = MultiAuth(BearerTokenAuth(KEY), APIKeyAuth("key", KEY, location="query"))

# What is wrong, in which resource, what its author declared, what is found when the author recorded it so, and what
# when it plays what the good one recorded.
FAULTS: list[tuple[str, str, dict[str, Any], set[str], set[str]]] = [
    (
        "begins at page 2",
        "planets",
        {"paginator": evolve(NUMBERED, base_page=2)},
        {"unread-records"},
        {"unasked", "unrecorded"},
    ),
    (
        "begins at page 1 of an API that counts from 0",
        "rocks",
        {"paginator": NUMBERED},
        {"unread-records"},
        {"unasked", "unrecorded"},
    ),
    ("stops on a short page", "planets", {"paginator": SHORT}, {"unread-records"}, {"unasked", "unrecorded"}),
    (
        "stops on a short page with a link",
        "stars",
        {"paginator": SHORT},
        {"unread-records", "more-to-read"},
        {"unasked", "unrecorded"},
    ),
    (
        "ignores the Link header",
        "stars",
        {"paginator": SinglePagePaginator()},
        {"more-to-read"},
        {"more-to-read", "unasked"},
    ),
    (
        "ignores the cursor",
        "comets",
        {"paginator": SinglePagePaginator()},
        {"more-to-read"},
        {"more-to-read", "unasked"},
    ),
    (
        "stops on a short page with a cursor",
        "comets",
        {
            "paginator": CursorPaginator(
                "meta.next",
                cursor_param="cursor",
                limit=100,
                limit_param="per_page",
                end=MissingToken() | ShortPage(),
            )
        },
        {"more-to-read"},
        {"unasked", "unrecorded"},
    ),
    (
        "ignores total and has_more",
        "dust",
        {"paginator": SinglePagePaginator()},
        {"more-to-read"},
        {"unasked", "unrecorded"},
    ),
    (
        "pages by a parameter that the API does not know",
        "dust",
        {"paginator": evolve(NUMBERED, page_param="p", end=EmptyPage())},
        {"no-recording"},
        {"unasked", "unrecorded"},
    ),
    ("key that is not unique", "clouds", {"primary_key": "kind"}, {"no-recording"}, {"reading-fails", "unasked"}),
    ("name for a key", "clouds", {"primary_key": "name"}, {"unstable-key"}, set()),
    ("time for a key", "clouds", {"primary_key": "seen_at"}, {"unstable-key"}, set()),
    ("number with a fraction for a key", "clouds", {"primary_key": "mass"}, {"unstable-key"}, set()),
    ("time beside the id in the key", "clouds", {"primary_key": ("id", "updated_at")}, {"unstable-key"}, set()),
    ("key made anew each time", "clouds", {"map": lambda one: {**one, "id": next(NUMBERS)}}, {"unstable-key"}, set()),
    ("child's own key taken for unique", "moons", {"unique_key": True}, {"duplicate-key"}, set()),
    (
        "child without its parent",
        "moons",
        {"include_from_parent": (), "primary_key": "name", "columns": columns(text="name")},
        {"no-parent-key"},
        set(),
    ),
    ("selector that is empty on page two", "novae", {}, {"empty-selection"}, set()),
    ("column that no record has", "clouds", {"columns": columns(text="nmae")}, {"unknown-column"}, set()),
    ("column of another type", "clouds", {"columns": columns(bigint="name")}, {"misfit"}, set()),
    ("seconds taken for milliseconds", "clouds", {"columns": columns(epoch_ms="rings")}, {"misfit"}, set()),
    (
        "cursor that no record has",
        "flares",
        {"incremental": Incremental("changed_at")},
        {"not-incremental"},
        {"not-incremental", "unasked", "unrecorded"},
    ),
    (
        "start that the API does not know",
        "flares",
        {"window": TimeWindow(start_param="since")},
        {"not-incremental"},
        {"unasked", "unrecorded"},
    ),
    (
        "overlap that is none",
        "flares",
        {"map": lambda one: {**one, "updated_at": "2025-06-01T11:00:00Z"}},
        {"skips-changes"},
        {"unasked", "unrecorded"},
    ),
]
NUMBERS = itertools.count()


@pytest.mark.parametrize(("resource", "facts", "expected"), [pytest.param(*one[1:4], id=one[0]) for one in FAULTS])
def test_recorded_by_the_faulty_one(
    plant: Any, folder: Path, resource: str, facts: dict[str, Any], expected: set[str]
) -> None:
    """An author who never knew better recorded it, and it is found all the same."""
    plant(changed(space(resource), resource, **facts))
    with suppress(ReadError):  # the author is told when recording, and has no cassette then
        recorded(folder, resource, *(one for one in GOOD[resource].parents))

    assert places(folder) == sorted(f"{code}:{resource}" for code in expected)


@pytest.mark.parametrize(
    ("resource", "facts", "expected"),
    [pytest.param(*one[1:3], one[3] if not one[4] else one[4], id=one[0]) for one in FAULTS],
)
def test_recorded_by_the_good_one(
    plant: Any, folder: Path, resource: str, facts: dict[str, Any], expected: set[str]
) -> None:
    """A connector that was good once plays what it recorded then."""
    plant(space(resource), hooks=OlderToo)
    recorded(folder, resource, *(one for one in GOOD[resource].parents))
    plant(changed(space(resource), resource, **facts))

    assert places(folder) == sorted(f"{code}:{resource}" for code in expected)


SECRETS: list[tuple[str, Any, set[str]]] = [
    ("in a query parameter", AuthFrom(KeyInQuery, Secret("api_key", description="the key")), {"secret-in-url:clouds"}),
    ("in two places", EVERYWHERE, {"secret-sent-twice:clouds"}),
]


@pytest.mark.parametrize(("auth", "expected"), [pytest.param(*one[1:], id=one[0]) for one in SECRETS])
def test_secret_sent(plant: Any, folder: Path, auth: Any, expected: set[str]) -> None:
    """A secret in a URL is found, and one that travels twice."""
    plant(space("clouds", auth=auth))
    recorded(folder, "clouds")

    assert places(folder) == sorted(expected)


def test_secret_declared_in_the_query(plant: Any, folder: Path) -> None:
    """Where the declaration says so, the API takes it nowhere else."""
    plant(space("clouds", auth=APIKeyAuth("key", Secret("api_key", description="the key"), location="query")))
    recorded(folder, "clouds")

    assert places(folder) == []


def test_secret_kept(plant: Any, folder: Path) -> None:
    """A record that repeats the secret would bring it into the warehouse."""
    secret = made_up_secret("space", "api_key")
    plant(changed(space("clouds"), "clouds", map=lambda one: {**one, "link": f"https://space.test/?k={secret}"}))
    recorded(folder, "clouds")

    assert places(folder) == ["secret-in-records:clouds"]


def test_secret_in_a_cassette(plant: Any, folder: Path) -> None:
    """What somebody put into a cassette by hand is found, and never shown."""
    plant(space("clouds"))
    recorded(folder, "clouds")
    path = path_of(folder, "space", "clouds")
    path.write_text(path.read_text().replace("body 25", "xoxb-not-a-real-token-1234"))

    assert [str(one) for one in found(folder)] == [
        (
            "[secret-in-cassette:clouds] the cassette holds a vendor's key; record it anew, and take that "
            "credential out of use if it is a real one"
        )
    ]


DAMAGES: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("a binary file", lambda held: b"\x89PNG\r\n\xff\xfe" + held, "line 1: this is no UTF-8 text"),
    ("a merge's leftovers", lambda held: b"<<<<<<< HEAD\n" + held, "this is no YAML"),
    (
        "a comma too many",
        lambda held: held.replace(b'"body 25",', b'"body 25",,'),
        "the answer to GET /v1/clouds, interaction 1, is no JSON from its line 221 on: Expecting property name",
    ),
]


@pytest.mark.parametrize(("damage", "said"), [pytest.param(*one[1:], id=one[0]) for one in DAMAGES])
def test_a_cassette_that_cannot_be_read(plant: Any, folder: Path, damage: Callable[[bytes], bytes], said: str) -> None:
    """It is no fault of the connector: the file is named, what is wrong with it, and what makes it anew."""
    plant(space("clouds"))
    recorded(folder, "clouds")
    path = path_of(folder, "space", "clouds")
    path.write_bytes(damage(path.read_bytes()))

    [line] = [str(one) for one in found(folder)]
    assert line.startswith("[unreadable-recording:clouds] space/clouds.yaml: ")
    assert said in line
    assert line.endswith("; record it anew: sdk record space -r clouds")


def test_a_cassette_of_nobody(plant: Any, folder: Path) -> None:
    """After a rename the old recording is played no more; one of a test is the author's own."""
    plant(space("clouds", "planets"))
    recorded(folder, "clouds", "planets")
    path_of(folder, "space", "clouds").rename(path_of(folder, "space", "cloud"))
    path_of(folder, "space", "test_of_mine").write_text("anything")

    assert [str(one) for one in found(folder) if one.code == "stray-recording"] == [
        (
            "[stray-recording] space/cloud.yaml is the recording of no resource that there is, so nothing plays it; "
            "remove it, and record what took its place: sdk record space -r clouds"
        )
    ]


def test_a_simulator_that_fails(plant: Any, folder: Path) -> None:
    """The author's own line is named, whether there is a recording or not, and not what the connector made of it."""

    def make(seeding: Seeding) -> Iterator[Row]:
        yield Row({"id": 1, "made_at": seeding.now + "Z"})  # type: ignore[operator] # the mistake

    plant(space("clouds", "planets"), simulator=True)
    recorded(folder, "planets")
    registry: Any = sys.modules["planted_space"]
    registry.simulator = evolve(SIMULATOR, tables=(Table("planets", make, size=25), *SIMULATOR.tables[1:]))

    line = make.__code__.co_firstlineno + 1
    assert [str(one) for one in found(folder)] == [
        f"[simulator-fails:{name}] the simulator of 'space' fails: TypeError: unsupported operand type(s) for +: "
        f"'datetime.datetime' and 'str' (test_suite_faults.py:{line})"
        for name in ("clouds", "planets")
    ]


def test_a_live_secret_in_a_cassette(plant: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the author's settings is looked for, however harmless it looks, and never shown."""
    plant(space("clouds"))
    recorded(folder, "clouds")
    path = path_of(folder, "space", "clouds")
    path.write_text(path.read_text().replace("body 25", "kestrel harbour"))
    assert places(folder) == []

    monkeypatch.setenv("SOURCES__SPACE__API_KEY", "kestrel harbour")

    assert [str(one) for one in found(folder)] == [
        (
            "[secret-in-cassette:clouds] the cassette holds the secret 'api_key'; record it anew, and take that "
            "credential out of use if it is a real one"
        )
    ]


NO_TABLE = (
    "[readme-table] the README mentions neither the tables clouds nor how many there are; give each its row, or write "
    '"1 table"'
)

DECLARED: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    (
        "setting without a description",
        {"auth": BearerTokenAuth(Secret("api_key"))},
        {},
        [
            (
                "[undocumented-setting] secret 'api_key' has no description; give Secret('api_key', "
                'description="one sentence")'
            )
        ],
    ),
    (
        "secret declared as a setting",
        {"settings": [Setting("access_token", description="who asks")]},
        {"readme": README + " `access_token`"},
        [
            (
                "[plain-secret] setting 'access_token' is named like a secret and would be shown and stored; "
                "declare Secret('access_token', ...)"
            )
        ],
    ),
    (
        "nothing said of itself",
        {"description": ""},
        {},
        ['[undescribed] the connector says nothing of itself: give it description="one sentence"'],
    ),
    (
        "no README",
        {},
        {"readme": ""},
        ["[no-readme] the distribution has no README; write README.md and name it in pyproject.toml"],
    ),
    (
        "setting that the README lacks",
        {},
        {"readme": README.replace("`start_date`", "a start date")},
        ["[readme-setting] the README does not mention the setting 'start_date'"],
    ),
    (
        "table that the README lacks",
        {},
        {"readme": README.replace("`clouds`", "clouds_and_more")},
        [NO_TABLE],
    ),
    (
        "a digit that counts no tables",
        {},
        {"readme": README.replace("`clouds`", "clouds_and_more") + "\n\n1. Declare.\n2. Try.\n\nTables since 1.1"},
        [NO_TABLE],
    ),
    *(
        (f"{said} counts them", {}, {"readme": README.replace("`clouds`", "clouds_and_more") + f"\n\n{said}."}, [])
        for said in ("1 table", "One table", "**1 typed table**")
    ),
    (
        "another name",
        {},
        {"distribution": "space-reader"},
        [
            (
                "[misnamed] the distribution of connector 'space' is called 'space-reader', where people look for "
                "'sdk-plugin-space'; rename it, or put a word of your own before it (acme-sdk-plugin-space)"
            )
        ],
    ),
    ("a word of one's own before the name", {}, {"distribution": "acme-sdk-plugin-space"}, []),
    (
        "no upper bound",
        {},
        {"requires": "connector-sdk>=0.1"},
        [
            (
                "[unbound-dependency] 'connector-sdk>=0.1' has no upper bound, so a later connector-sdk may break the "
                'plugin; declare dependencies = ["connector-sdk>=0.1,<0.2"]'
            )
        ],
    ),
    (
        "no dependency",
        {},
        {"requires": ""},
        [
            (
                "[no-dependency] the distribution does not depend on connector-sdk; "
                'declare dependencies = ["connector-sdk>=0.1,<0.2"]'
            )
        ],
    ),
    (
        "imports from below the public names",
        {},
        {"module": "import sdk.client\nfrom sdk.reader import Reader\nfrom sdk import guards, Page\n" + MODULE},
        [
            f"[private-import] sdk_plugin_space.py, line {line}: {name} is below the public names and may change with "
            "any release; import from sdk, sdk.paginators or sdk.testing"
            for line, name in ((1, "sdk.client"), (2, "sdk.reader.Reader"), (3, "sdk.guards"))
        ],
    ),
]


@pytest.mark.parametrize(("facts", "published", "expected"), [pytest.param(*one[1:], id=one[0]) for one in DECLARED])
def test_declared_and_published(
    plant: Any, folder: Path, facts: dict[str, Any], published: dict[str, Any], expected: list[str]
) -> None:
    """What is wrong around the reading is said in one line, which says what would do."""
    plant(space("clouds", **facts), **published)
    settings = {} if not facts.get("settings") else {"access_token": "t"}
    recorded(folder, "clouds", **settings)

    assert [str(one) for one in found(folder)] == expected


LITERALS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("a token", {"auth": BearerTokenAuth("kestrel-harbour-91")}, ["token of BearerTokenAuth"]),
    (
        "one of several",
        {"auth": MultiAuth(BearerTokenAuth(KEY), APIKeyAuth("key", "kestrel-harbour-91"))},
        ["api_key of APIKeyAuth"],
    ),
    ("a password that says nothing", {"auth": HttpBasicAuth(KEY, "X")}, []),
    (
        "a header",
        {"headers": {"X-Api-Key": "kestrel-harbour-91", "Accept": "application/json"}},
        ["'X-Api-Key' in the headers of Connector"],
    ),
    (
        "a parameter",
        {"resources": [evolve(GOOD["clouds"], params={"token": "kestrel-harbour-91", "sort": "kestrel-harbour"})]},
        ["'token' in the params of resource 'clouds'"],
    ),
]


@pytest.mark.parametrize(("facts", "where"), [pytest.param(*one[1:], id=one[0]) for one in LITERALS])
def test_a_key_in_the_declaration(plant: Any, folder: Path, facts: dict[str, Any], where: list[str]) -> None:
    """A literal where a secret belongs is published with the plugin; it is named by its place, and never shown."""
    plant(space("clouds", **facts))

    assert [str(one) for one in checking.of_connector(concealing.declared, Subject("space", folder))] == [
        f"[hard-coded-secret] {one} holds a literal text, which everyone who installs the plugin gets; declare a "
        "Secret in its place, and take that key out of use if it is a real one"
        for one in where
    ]


def test_broken_declaration(plant: Any, folder: Path) -> None:
    """Nothing else can be said of a connector that does not declare; all of its mistakes are in one finding."""
    broken = MODULE.replace(
        'sys.modules["planted_space"].connector',
        'Connector("space", resources=[Resource("A"), Resource("b", path="x")])',
    ).replace("import hookimpl", "import Connector, Resource, hookimpl")
    plant(space("clouds"), module=broken)

    assert [str(one) for one in check_connector("space", folder)] == [
        (
            "[broken-declaration] connector 'space': resource 'A': its name is not snake_case; "
            "resource 'b': path 'x' does not begin with '/'"
        )
    ]


def test_nothing_recorded(plant: Any, folder: Path) -> None:
    """Without a cassette and without a simulator the author is told what to type."""
    plant(space("clouds"))

    assert [str(one) for one in check_connector("space", folder)] == [
        (
            "[no-recording:clouds] no cassette space/clouds.yaml and no simulator; "
            "record one: sdk record space --resource clouds"
        )
    ]


SIMULATED: list[tuple[str, str, dict[str, Any], set[str]]] = [
    (
        "lacks rows",
        "rocks",
        {"paginator": evolve(NUMBERED, base_page=1)},
        {"missing-records:rocks", "unread-records:rocks"},
    ),
    ("has another key", "clouds", {"primary_key": "name"}, {"unstable-key:clouds"}),
    ("was never described", "clouds", {"name": "mists", "path": "/clouds"}, {"not-simulated:mists", "readme-table"}),
]


@pytest.mark.parametrize(("resource", "facts", "expected"), [pytest.param(*one[1:], id=one[0]) for one in SIMULATED])
def test_simulated(plant: Any, folder: Path, resource: str, facts: dict[str, Any], expected: set[str]) -> None:
    """What the simulator holds is compared with all that the connector reads."""
    plant(changed(space(resource), resource, **facts), simulator=True)

    assert places(folder) == sorted(expected)
