"""Every kind of credential in every situation: it goes to its own host only, and comes out nowhere."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import pytest
from attrs import field, frozen
from requests.auth import AuthBase

import sdk
from sdk import (
    APIKeyAuth,
    AuthFrom,
    BearerTokenAuth,
    Connector,
    HttpBasicAuth,
    MultiAuth,
    NextLinkPaginator,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
    Resource,
    RetryPolicy,
    Secret,
    Setting,
    hookimpl,
)
from sdk.opening import open_connector
from sdk.paginators import HeaderLinkPaginator

KEY: Final = "s3cr/et+Zq~8x=K9_w%41-(7)&#'9"
OTHER: Final = "0ther/key?with=all+of[them]"
PASSWORD: Final = "pä s$\"w/ö'rd\\9 {x}"
REFRESH: Final = "r3fresh/+=token~2x"
TOKEN: Final = "t0k/en+gi=ven~by_the.server"


class Stamp(AuthBase):
    """A scheme of another package: it knows neither settings nor secrets."""

    def __init__(self, key: str, *, words: Mapping[str, str]) -> None:
        self.key, self.words = key, words

    def __call__(self, r: Any) -> Any:
        """Return the request with the key in it."""
        r.headers["X-Stamp"] = f"{self.words['before']} {self.key}"
        return r


@frozen
class Kind:
    """A kind of credential.

    Attributes:
        auth: The scheme, for an API whose tokens come from a URL.
        secrets: The secret settings.
        learned: What becomes secret on the way.
        config: The scheme in a dictionary of dlt's, where it is read from one.
    """

    name: str
    auth: Callable[[str], AuthBase] | None = None
    secrets: Mapping[str, str] = field(factory=dict)
    learned: tuple[str, ...] = ()
    config: Callable[[str], Any] | None = None
    headers: Mapping[str, str] = field(factory=dict)

    @property
    def values(self) -> tuple[str, ...]:
        """All that must not come out."""
        return (*self.secrets.values(), *self.learned)


def _oauth(url: str, **more: Any) -> Mapping[str, Any]:
    return {
        "access_token_url": f"{url}/token",
        "client_id": "client-1",
        "client_secret": Secret("client_secret"),
        **more,
    }


KINDS: Final = (
    Kind("header", lambda _: APIKeyAuth("X-Api-Key", Secret("api_key")), {"api_key": KEY}),
    Kind("query", lambda _: APIKeyAuth("sig", Secret("api_key"), location="query"), {"api_key": KEY}),
    Kind("cookie", lambda _: APIKeyAuth("session", Secret("api_key"), location="cookie"), {"api_key": KEY[:-2]}),
    Kind("bearer", lambda _: BearerTokenAuth(Secret("api_key")), {"api_key": KEY}),
    Kind("basic", lambda _: HttpBasicAuth(Setting("user", default="ann"), Secret("password")), {"password": PASSWORD}),
    Kind("basic, key as user", lambda _: HttpBasicAuth(Secret("api_key"), "X"), {"api_key": KEY}),
    Kind(
        "several",
        lambda _: MultiAuth(
            APIKeyAuth("X-Api-Key", Secret("api_key")), APIKeyAuth("sig", Secret("other_key"), location="query")
        ),
        {"api_key": KEY, "other_key": OTHER},
    ),
    Kind("client credentials", lambda url: OAuth2ClientCredentials(**_oauth(url)), {"client_secret": KEY}, (TOKEN,)),
    Kind(
        "refresh token",
        lambda url: OAuth2RefreshToken(**_oauth(url, send_as="post"), refresh_token=Secret("refresh_token")),
        {"client_secret": KEY, "refresh_token": REFRESH},
        (TOKEN,),
    ),
    Kind("foreign", lambda _: AuthFrom(Stamp, Secret("api_key"), words={"before": "Stamp"}), {"api_key": KEY}),
    Kind("config, bearer", config=lambda _: {"type": "bearer", "token": KEY}, learned=(KEY,)),
    Kind(
        "config, key in the query",
        config=lambda _: {"type": "api_key", "name": "sig", "api_key": KEY, "location": "query"},
        learned=(KEY,),
    ),
    Kind(
        "config, key in a header",
        config=lambda _: {"type": "api_key", "name": "X-Api-Key", "api_key": KEY, "location": "header"},
        learned=(KEY,),
    ),
    Kind(
        "config, basic",
        config=lambda _: {"type": "http_basic", "username": "ann", "password": OTHER},
        learned=(OTHER,),
    ),
    Kind(
        "config, oauth2",
        config=lambda url: {
            "type": "oauth2_client_credentials",
            "access_token_url": f"{url}/token",
            "client_id": "client-1",
            "client_secret": KEY,
        },
        learned=(KEY, TOKEN),
    ),
    Kind("config, header by hand", headers={"X-Api-Key": KEY}, config=lambda _: None, learned=(KEY,)),
)


class Curious:
    """A user's plugin that fails with all that it was shown."""

    @hookimpl(wrapper=True)
    def sdk_authenticate(self) -> Iterator[None]:
        """Let the credentials be added, and fail with them."""
        made = yield
        raise RuntimeError(f"cannot send {made.headers} to {made.url}", made)


Lay: TypeAlias = Callable[[Any, str], None]
"""Lays out the answers of an API, beside another host's URL."""


@frozen
class Situation:
    """What happens to a run.

    Attributes:
        name: What it is called.
        lay: Lays out what the API answers.
        fails: Whether the run does.
        plugin: The user's.
        header_links: Whether the pages are linked by a header.
    """

    name: str
    lay: Lay
    fails: bool = True
    plugin: object | None = None
    header_links: bool = False


def credentials(asked: Any) -> str:
    """Return what a request proves itself with, as it came."""
    names = ("Authorization", "X-Api-Key", "X-Stamp", "Cookie")
    sent = [asked.headers[name] for name in names if name in asked.headers]
    return " ".join([*sent, *(value for name, value in asked.query.items() if name == "sig")])


def _pages(api: Any, **more: Any) -> None:
    def answer(asked: Any) -> Any:
        last = asked.query.get("page") == "2"
        told = {name: make(asked) for name, make in more.items()}
        return api.reply({"data": [{"id": 2 if last else 1}], "next": None if last else "/things?page=2", **told})

    api.answer("/things", answer)


def _status(status: int) -> Lay:
    return lambda api, _: api.says("/things", api.reply({"message": "no"}, status))


def _echoed(api: Any, make: Callable[[str], Any]) -> None:
    api.answer("/things", lambda asked: make(credentials(asked)))


def _in_body(api: Any, _: str) -> None:
    _echoed(api, lambda sent: api.reply({"code": sent[:40], "error": {"code": sent, "message": sent}, sent: sent}, 403))


def _in_keys(api: Any, _: str) -> None:
    _echoed(api, lambda sent: api.reply({sent: [], "at": {sent: sent}}))


def _in_header(api: Any, _: str) -> None:
    def make(sent: str) -> Any:
        sent = sent.encode("ascii", "backslashreplace").decode()
        return api.reply({}, 429, {"X-Echo": sent, "Retry-After": sent, "Content-Type": f"text/plain; charset={sent}"})

    _echoed(api, make)


def _in_reason(api: Any, _: str) -> None:
    _echoed(api, lambda sent: api.reply(raw=f"HTTP/1.1 418 {sent}\r\nContent-Length: 0\r\n\r\n".encode()))


def _in_links(api: Any, _: str) -> None:
    def answer(asked: Any) -> Any:
        last = asked.query.get("page") == "2"
        sent = quote(credentials(asked), safe="")
        more = f"{api.url}/things?page=2&sig={sent}&api_key={sent}"
        return api.reply({"data": [{"id": 2 if last else 1}], "next": None if last else more}, 500 if last else 200)

    api.answer("/things", answer)


def _broken(api: Any, _: str) -> None:
    _echoed(api, lambda sent: api.reply(f'{{"data": [{{"id": "{sent}'.encode()))


def _redirect(api: Any, foreign: str) -> None:
    api.says("/things", api.reply(None, 307, {"Location": f"{foreign}/things"}))


def _refresh(api: Any, foreign: str) -> None:
    api.says("/things", api.reply({"data": []}, 500, {"Refresh": f"0; url={foreign}/things", "Location": foreign}))


def _link(api: Any, foreign: str) -> None:
    api.says("/things", {"data": [{"id": 1}], "next": f"{foreign}/things?page=2"})


def _link_header(api: Any, foreign: str) -> None:
    api.says("/things", api.reply({"data": [{"id": 1}]}, 200, {"Link": f'<{foreign}/things?page=2>; rel="next"'}))


def _nobody(api: Any, _: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        api.url = f"http://127.0.0.1:{server.getsockname()[1]}"


def _skipped(api: Any, _: str) -> None:
    _echoed(api, lambda sent: api.reply({"code": sent[:40], "reason_tag": sent}, 410))


SITUATIONS: Final = (
    Situation("healthy", lambda api, _: _pages(api, meta=credentials), fails=False),
    Situation("401", _status(401)),
    Situation("500", _status(500)),
    Situation("refused", _nobody),
    Situation("redirect", _redirect),
    Situation("refresh", _refresh),
    Situation("link", _link),
    Situation("link header", _link_header, header_links=True),
    Situation("echo in the body", _in_body),
    Situation("echo in the keys", _in_keys),
    Situation("echo in a header", _in_header),
    Situation("echo in the reason", _in_reason),
    Situation("echo in links", _in_links),
    Situation("skipped", _skipped, fails=False),
    Situation("broken", _broken),
    Situation("curious plugin", lambda api, _: _pages(api), plugin=Curious()),
)


def _token(api: Any) -> Any:
    return lambda _: api.reply({"access_token": TOKEN, "expires_in": 3600, "id_token": KEY})


def declared(kind: Kind, situation: Situation, url: str) -> Connector:
    """Return the connector of a kind, in a situation."""
    assert kind.auth is not None
    paginator = HeaderLinkPaginator() if situation.header_links else NextLinkPaginator()
    return Connector(
        "acme",
        resources=[Resource("things", data_selector="data", skip_statuses=410)],
        auth=kind.auth(url),
        paginator=paginator,
        retry=RetryPolicy(attempts=2, refusals=2),
        in_flight=2,
    )


def configured(kind: Kind, situation: Situation, url: str) -> dict[str, Any]:
    """Return the dictionary of a kind, in a situation."""
    assert kind.config is not None
    auth = kind.config(url)
    paginator = "header_link" if situation.header_links else {"type": "json_link", "next_url_path": "next"}
    client = {"base_url": url, "paginator": paginator, "headers": dict(kind.headers)}
    endpoint: dict[str, Any] = {"path": "things", "data_selector": "data"}
    return {
        "client": {**client, **({"auth": auth} if auth is not None else {})},
        "resources": [{"name": "things", "endpoint": endpoint}],
    }


@frozen
class Play:
    """One kind in one situation, ready to be read.

    Attributes:
        read: Reads all records, without a pipeline.
        source: Returns the dlt source.
        shown: What was made, by name.
    """

    read: Callable[[], list[Any]]
    source: Callable[[], Any]
    shown: Mapping[str, Any]


@pytest.fixture
def play(tiny_api, foreign_api, installed, no_waiting) -> Callable[[Kind, Situation], Play]:
    """Return a function that lays out a situation for a kind of credential."""

    def make(kind: Kind, situation: Situation) -> Play:
        tiny_api.answer("/token", _token(tiny_api))
        token_url = tiny_api.url
        situation.lay(tiny_api, foreign_api.url)
        plugins = [situation.plugin] if situation.plugin is not None else []
        if kind.config is not None:
            config = configured(kind, situation, tiny_api.url)
            if "access_token_url" in str(config):
                config["client"]["auth"]["access_token_url"] = f"{token_url}/token"
            config["resources"][0]["endpoint"]["response_actions"] = [{"status_code": 410, "action": "ignore"}]

            def source() -> Any:
                return sdk.from_config(config, plugins=plugins)

            made = source()
            return Play(lambda: list(source()), source, {"source": made, "report": made.report})
        connector = declared(kind, situation, token_url)
        installed(connector)
        given = {"base_url": tiny_api.url, "start_date": "2026-01-01", "overrides": [], "in_flight": 2}
        given |= {"share_limits": False, **kind.secrets}
        opened = open_connector("acme", given, extra_plugins=plugins)
        reader = opened.reader()
        shown = {"connector": opened.connector, "opened": opened, "reader": reader, "client": reader.client}
        return Play(
            lambda: list(sdk.read("acme", "things", plugins=plugins, **given)),
            lambda: sdk.load("acme", plugins=plugins, **given),
            {**shown, "auth": opened.connector.auth, "declared": connector},
        )

    return make


def cases(every: int) -> list[Any]:
    """Return each kind in each situation; all but one of *every* so many take too long for every day."""
    found = []
    for row, kind in enumerate(KINDS):
        for column, situation in enumerate(SITUATIONS):
            marks = [] if (row + 3 * column) % every == 0 else [pytest.mark.slow]
            found.append(pytest.param(kind, situation, id=f"{kind.name}-{situation.name}", marks=marks))
    return found


@frozen
class Watch:
    """Sees what comes out, and who is asked.

    Attributes:
        outputs: What came out.
        foreign: The other host.
        printed: Returns what was printed.
    """

    outputs: Any
    foreign: Any
    printed: Callable[[], tuple[str, str]]

    def run(self, work: Callable[[], Any]) -> bool:
        """Do some work, note all that comes out of it, and return whether it failed."""
        failed = False
        try:
            self.outputs.add("what it returned", repr(work()))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
            failed = True
            self.outputs.raised(error)
        for name, text in zip(("stdout", "stderr"), self.printed(), strict=True):
            self.outputs.add(name, text)
        return failed

    def check(self, *secrets: str) -> None:
        """See that no secret came out, and that nobody else was asked."""
        assert not (leaks := self.outputs.found(*secrets)), "; ".join(leaks)
        assert self.foreign.targets == []


@pytest.fixture
def watch(outputs, foreign_api, capfd) -> Watch:
    """Return what sees everything."""
    return Watch(outputs, foreign_api, capfd.readouterr)


@pytest.mark.parametrize(("kind", "situation"), cases(4))
def test_no_secret_comes_out_of_a_read(kind, situation, play, watch):
    """Neither in what is logged, nor printed, nor raised, nor in how anything looks; and no other host is asked."""
    made = play(kind, situation)
    watch.outputs.shown(**made.shown)

    failed = watch.run(made.read)
    watch.outputs.shown(**made.shown)

    watch.check(*kind.values)
    assert failed is situation.fails


@pytest.fixture
def loading(pipeline, monkeypatch) -> Any:
    """Return a pipeline of which dlt tells all that it can, in a folder of its own."""
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "DEBUG")
    return pipeline()


@pytest.mark.parametrize(("kind", "situation"), cases(16))
def test_no_secret_comes_out_of_a_pipeline(kind, situation, play, watch, loading):
    """Nor does one reach dlt's folder, with its trace, its state and its packages, or a table of the destination."""
    made = play(kind, situation)

    failed = watch.run(lambda: loading.run(made.source()))
    watch.run(lambda: vars(loading.pipeline.last_trace))
    watch.run(lambda: loading.pipeline.state)
    watch.outputs.add("tables", repr(loading.everything()))
    watch.outputs.files(Path.cwd())

    assert "file dlt/pipelines/loading/trace.pickle" in watch.outputs.texts
    watch.check(*kind.values)
    assert failed is situation.fails
