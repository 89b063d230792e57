"""Spans and metrics: what OpenTelemetry is told when it is configured, and that nothing happens when it is not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sdk
from sdk import APIKeyAuth, BearerTokenAuth, PageNumberPaginator, Resource, ResponseError, Secret
from sdk.opening import open_connector
from sdk.source import Watch, source_of
from sdk.telemetry import here, run_span

PARTS = Resource("parts", path="/things/{things.id}/parts", data_selector="data", skip_statuses=[404])


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Set a tracer provider for the test, and return where its spans go."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    # Set for good it could not be replaced by the next test's.
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield exporter
    provider.shutdown()


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Set a meter provider for the test, and return a function that reads an instrument's points."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)

    def read(name: str) -> list[Any]:
        data = reader.get_metrics_data()
        found = [one for scope in data.resource_metrics for inner in scope.scope_metrics for one in inner.metrics]
        return [point for one in found if one.name == name for point in one.data.data_points]

    yield read
    provider.shutdown()


def tree(exporter: InMemorySpanExporter) -> dict[str, list[str]]:
    """Return the names of the spans below each span, in the order in which they ended."""
    found = exporter.get_finished_spans()
    names = {one.context.span_id: one.name for one in found}
    below: dict[str, list[str]] = {}
    for one in found:
        below.setdefault(names[one.parent.span_id] if one.parent is not None else "", []).append(one.name)
    return below


def named(exporter: InMemorySpanExporter, name: str) -> list[Any]:
    """Return the spans of a name."""
    return [one for one in exporter.get_finished_spans() if one.name == name]


@pytest.fixture
def loaded(tiny_api, acme, pipeline):
    """Return a function that loads `acme` inside of a run's span."""

    def load(*resources, lists=True, **facts):
        acme(*(resources or ("things", PARTS)), **facts)
        if lists:
            tiny_api.lists("/things", [{"id": 1}], [{"id": 2}])
            tiny_api.lists("/things/1/parts", [{"id": 10}])
            tiny_api.says("/things/2/parts", tiny_api.reply(None, 503), tiny_api.reply({"code": "gone"}, 404))
        opened, watch = open_connector("acme", {}), Watch()
        with run_span("acme", "20260110T120000Z-abcdef", watch.tallies):
            pipeline().run(source_of(opened, watch=watch))

    return load


@pytest.mark.parametrize("in_flight", [1, 4])
def test_the_spans_of_a_run(loaded, spans, no_waiting, in_flight):
    """One for the run, below it one for each resource, below that one for each attempt, whichever thread sends it."""
    loaded(in_flight=in_flight)

    found = tree(spans)
    assert {name: sorted(below) for name, below in found.items()} == {
        "": ["run acme"],
        "run acme": ["read acme.parts", "read acme.things"],
        "read acme.things": ["GET /things"] * 2,
        "read acme.parts": ["GET /things/{things.id}/parts"] * 3,
    }
    [run], [parts] = named(spans, "run acme"), named(spans, "read acme.parts")
    assert dict(run.attributes) == {"sdk.connector": "acme", "sdk.run_id": "20260110T120000Z-abcdef"}
    counted = {name: value for name, value in parts.attributes.items() if name != "sdk.waited"}
    assert counted == {
        "sdk.connector": "acme",
        "sdk.resource": "parts",
        "sdk.rows": 1,
        "sdk.requests": 3,
        "sdk.retries": 1,
        "sdk.skips": 1,
        "sdk.gaps": 0,
    }
    assert run.start_time <= parts.start_time <= parts.end_time <= run.end_time


def test_the_span_of_a_request(tiny_api, loaded, spans, no_waiting):
    """Its attributes are those of OpenTelemetry's conventions for HTTP clients."""
    loaded()

    port = int(tiny_api.url.rpartition(":")[2])
    common = {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": port,
        "sdk.connector": "acme",
    }
    assert [dict(one.attributes) for one in named(spans, "GET /things")] == [
        {
            **common,
            "sdk.resource": "things",
            "url.full": f"{tiny_api.url}/things{query}",
            "url.template": "/things",
            "http.response.status_code": 200,
        }
        for query in ("", "?page=REDACTED")
    ]
    refused = [one for one in named(spans, "GET /things/{things.id}/parts") if one.attributes.get("error.type")]
    assert [one.kind for one in refused] == [trace.SpanKind.CLIENT] * 2
    assert [(one.status.status_code.name, one.attributes["error.type"]) for one in refused] == [
        ("ERROR", "503"),
        ("ERROR", "404"),
    ]
    assert [one.attributes.get("http.request.resend_count") for one in refused] == [None, 1]


def test_a_run_that_fails(tiny_api, loaded, spans, points):
    """The spans of the run and of its request say by what."""
    tiny_api.says("/things", tiny_api.reply(None, 401))

    with pytest.raises(Exception, match="401"):
        loaded("things", lists=False)

    [run], [asked] = named(spans, "run acme"), named(spans, "GET /things")
    assert (run.status.status_code.name, run.attributes["error.type"]) == ("ERROR", "PipelineStepFailed")
    assert (asked.status.status_code.name, asked.attributes["error.type"]) == ("ERROR", "401")
    [point] = points("sdk.run.duration")
    assert dict(point.attributes) == {"sdk.connector": "acme", "error.type": "PipelineStepFailed"}


def test_a_request_without_an_answer(tiny_api, acme, spans, no_waiting):
    """The kind of error stands for the status; a body that breaks off has one all the same."""
    acme("things")
    whole = b'{"data": [], "next": null}'
    broken = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n" + whole
    tiny_api.says("/things", tiny_api.hangs_up, tiny_api.reply(raw=broken), {"data": [], "next": None})

    list(sdk.read("acme", "things"))

    said = [
        (one.attributes.get("error.type"), one.attributes.get("http.response.status_code"))
        for one in named(spans, "GET /things")
    ]
    assert said == [("ResponseError", None), ("BrokenAnswer", 200), (None, 200)]


def test_no_secret_and_no_value(tiny_api, acme, spans, points):
    """A key in the query, one in the path and every value of a parameter stay out of all attributes."""
    acme(
        Resource("things", path="/s3cret-in-path/things", data_selector="data", params={"owner": "ann@example.com"}),
        auth=APIKeyAuth(name="sig", api_key=Secret("api_key"), location="query"),
        paginator=PageNumberPaginator(),
    )
    sdk.redaction.conceal("s3cret-in-path")
    tiny_api.says("/s3cret-in-path/things", {"data": [{"id": 1}]}, {"data": []})

    list(sdk.read("acme", "things", api_key="s3cret-in-query"))

    found = spans.get_finished_spans()
    shown = repr([(one.name, dict(one.attributes)) for one in found])
    shown += repr([dict(one.attributes) for one in points("http.client.request.duration")])
    assert [one.attributes["url.full"].rpartition("/")[2] for one in found] == [
        "things?owner=REDACTED&page=REDACTED"
    ] * 2
    assert "s3cret" not in shown
    assert "ann@" not in shown


def test_the_metrics_of_a_run(loaded, points, no_waiting):
    """Counters for each resource; the durations of requests, resources and the run."""
    loaded()

    counted = {
        name: {point.attributes["sdk.resource"]: point.value for point in points(f"sdk.{name}")}
        for name in ("rows", "requests", "retries", "skips", "gaps")
    }
    assert counted == {
        "rows": {"things": 2, "parts": 1},
        "requests": {"things": 2, "parts": 3},
        "retries": {"things": 0, "parts": 1},
        "skips": {"things": 0, "parts": 1},
        "gaps": {"things": 0, "parts": 0},
    }
    assert sum(point.value for point in points("sdk.waited")) == sum(no_waiting)
    asked = {
        (point.attributes["sdk.resource"], point.attributes["http.response.status_code"]): point.count
        for point in points("http.client.request.duration")
    }
    assert asked == {("things", 200): 2, ("parts", 200): 1, ("parts", 503): 1, ("parts", 404): 1}
    assert [point.count for point in points("sdk.resource.duration")] == [1, 1]
    assert [point.count for point in points("sdk.run.duration")] == [1]


def test_without_a_run_requests_belong_to_the_callers_span(tiny_api, acme, spans):
    """Whoever reads or loads in a program of their own sees them below their own span, from other threads too."""
    acme("things", in_flight=4)
    tiny_api.lists("/things", [{"id": 1}], [{"id": 2}])

    with trace.get_tracer_provider().get_tracer("theirs").start_as_current_span("mine"):
        list(sdk.read("acme", "things"))

    assert tree(spans) == {"": ["mine"], "mine": ["GET /things"] * 2}


def test_nothing_happens_without_a_provider(loaded, no_waiting):
    """The package is imported here, and nobody has set one."""
    with run_span("acme", "id", Watch().tallies):
        assert here().tracer is None

    loaded()


def test_an_error_passes_through_unchanged(tiny_api, acme, spans):
    """Whether or not anybody watches."""
    acme("things", auth=BearerTokenAuth(token=Secret("api_key")))
    tiny_api.says("/things", tiny_api.reply(None, 401))

    with pytest.raises(ResponseError, match="answered 401"):
        list(sdk.read("acme", "things", api_key="s3cret-telemetry"))


def test_it_is_never_imported():
    """Neither by the package nor by its reader: only what others imported is used."""
    code = "import sys, sdk, sdk.reader, sdk.telemetry; print([one for one in sys.modules if 'opentelemetry' in one])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our code

    assert done.stdout.strip() == "[]"
