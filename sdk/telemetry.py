"""Spans and metrics for OpenTelemetry, where its API package is installed and somebody set a provider.

A span for a run, one below it for each resource, and below that one for each attempt at a request; without a run the
requests belong to whatever span is current where reading begins. Names follow OpenTelemetry's conventions for HTTP
clients. No attribute holds a secret or the value of a query parameter, and no body is looked at.

Nothing is imported for it: whoever set a provider has imported the package already. So it costs nothing where it is
not used, and needs no switch.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from attrs import define, field

from sdk.messages import Request
from sdk.redaction import redact
from sdk.tally import Tallies, Tally

_SCOPE: Final = "connector-sdk"
_HIDDEN: Final = "REDACTED"
_ERRORS_FROM: Final = 400

# What is counted for each resource: the tally's name for it, the unit, and what it is.
_COUNTERS: Final = (
    ("rows", "{row}", "Rows handed on."),
    ("requests", "{request}", "Requests sent, repeats included."),
    ("retries", "{request}", "Requests sent again."),
    ("waited", "s", "Time spent waiting for a rate limit, or before a repeat."),
    ("skips", "{skip}", "Partitions left out on purpose."),
    ("gaps", "{row}", "Rows that were announced and did not come."),
)
# What the conventions advise for the duration of a request.
_BOUNDARIES: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


@define
class Told:
    """What a request's span is told while it lasts.

    Attributes:
        status: The HTTP status, once there is one.
        error: What went wrong after that, in a word.
    """

    status: int | None = None
    error: str | None = None


@define(eq=False)
class Trace:
    """Where the spans of a reader's requests belong: below the current span, or below the resources of a run.

    Attributes:
        tracer: Makes spans; `None` when nobody wants any.
        context: OpenTelemetry's context of the span that is above.
        connector: Name of the connector that a run reads, `None` without a run.
    """

    tracer: Any = None
    context: Any = None
    connector: str | None = None
    _spans: dict[str, tuple[Any, Any]] = field(factory=dict, init=False)
    _ended: dict[str, int] = field(factory=dict, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def below(self, resource: str) -> Any:
        """Return the context for the requests of *resource*; in a run, that of a span of its own."""
        if self.connector is None:
            return self.context
        with self._lock:
            if resource not in self._spans:
                names = {"sdk.connector": self.connector, "sdk.resource": resource}
                span = self.tracer.start_span(f"read {self.connector}.{resource}", self.context, attributes=names)
                self._spans[resource] = span, _trace().set_span_in_context(span, self.context)
            return self._spans[resource][1]

    def asked(self, resource: str) -> None:
        """Note that an answer for *resource* came just now."""
        self._ended[resource] = time.time_ns()

    def end(self, tallies: Tallies) -> None:
        """End the spans of the resources, each with its last answer and what was counted."""
        counted = dict(tallies.items())
        for resource, (span, _) in self._spans.items():
            tally = counted.get(resource, Tally())
            span.set_attributes({f"sdk.{name}": getattr(tally, name) for name, *_ in _COUNTERS})
            span.end(self._ended.get(resource))


_run: ContextVar[Trace | None] = ContextVar("sdk_run", default=None)


def here() -> Trace:
    """Return where the requests of a reader belong that is made here: threads of its own know nothing of it."""
    run = _run.get()
    if run is not None:
        return run
    tracer = _tracer()
    return Trace() if tracer is None else Trace(tracer, _api("opentelemetry.context").get_current())


@contextmanager
def run_span(connector: str, run_id: str, tallies: Tallies) -> Iterator[None]:
    """Make a span of what runs inside, with one below it for each resource; at the end count what *tallies* hold.

    The connector must be read in the same thread, or one that got a copy of its context.
    """
    begun, tracer = time.monotonic(), _tracer()
    error: str | None = None
    try:
        if tracer is None:
            yield
            return
        names = {"sdk.connector": connector, "sdk.run_id": run_id}
        with tracer.start_as_current_span(
            f"run {connector}", attributes=names, record_exception=False, set_status_on_exception=False
        ) as span:
            trace = Trace(tracer, _api("opentelemetry.context").get_current(), connector)
            token = _run.set(trace)
            try:
                yield
            except BaseException as failure:
                _fail(span, type(failure).__name__)
                raise
            finally:
                _run.reset(token)
                trace.end(tallies)
    except BaseException as failure:
        error = type(failure).__name__
        raise
    finally:
        _count(connector, tallies, time.monotonic() - begun, error)


@contextmanager
def request_span(trace: Trace, place: tuple[str, str], request: Request, **facts: Any) -> Iterator[Told]:
    """Make a span of one attempt at a request, and count how long it took.

    Args:
        trace: Where it belongs.
        place: The connector and the resource.
        request: What is asked, before redirects and authentication; the values of its query are left out.
        **facts: `template`, the path as it was declared, and `resent`, how often the request was sent before.
    """
    told = Told()
    instruments = _instruments()
    if trace.tracer is None and instruments is None:
        yield told
        return
    attributes = _attributes(place, request)
    begun, error = time.monotonic(), None
    span = _started(trace, request, attributes, **facts) if trace.tracer is not None else None
    try:
        yield told
    except BaseException as failure:
        error = type(getattr(failure, "error", failure)).__name__
        raise
    finally:
        refused = told.status is not None and told.status >= _ERRORS_FROM
        error = error or told.error or (str(told.status) if refused else None)
        answered = {} if told.status is None else {"http.response.status_code": told.status}
        if span is not None:
            span.set_attributes(answered)
            if error is not None:
                _fail(span, error)
            span.end()
            trace.asked(place[1])
        if instruments is not None:
            failed = {} if error is None else {"error.type": error}
            instruments["http.client.request.duration"].record(
                time.monotonic() - begun, {**attributes, **answered, **failed}
            )


def _started(trace: Trace, request: Request, attributes: dict[str, Any], **facts: Any) -> Any:
    template, resent = facts.get("template"), facts.get("resent")
    more: dict[str, Any] = {"url.full": _without_values(request)}
    if template:
        more["url.template"] = redact(template)
    if resent:
        more["http.request.resend_count"] = resent
    name = " ".join(filter(None, (request.method, more.get("url.template"))))
    kind = _trace().SpanKind.CLIENT
    return trace.tracer.start_span(
        name, trace.below(attributes["sdk.resource"]), kind, attributes={**attributes, **more}
    )


def _attributes(place: tuple[str, str], request: Request) -> dict[str, Any]:
    parts = urlsplit(request.url)
    return {
        "http.request.method": request.method,
        "server.address": redact(parts.hostname or ""),
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
        "sdk.connector": place[0],
        "sdk.resource": place[1],
    }


def _without_values(request: Request) -> str:
    parts = urlsplit(request.url)
    pairs = (*parse_qsl(parts.query, keep_blank_values=True), *request.params)
    query = "&".join(f"{quote(name, safe='[]')}={_HIDDEN}" for name, _ in pairs)
    host = parts.netloc.rpartition("@")[2]
    return redact(parts._replace(netloc=host, query=query, fragment="").geturl())


def _fail(span: Any, error: str) -> None:
    span.set_attribute("error.type", error)
    span.set_status(_trace().Status(_trace().StatusCode.ERROR))


def _count(connector: str, tallies: Tallies, seconds: float, error: str | None) -> None:
    instruments = _instruments()
    if instruments is None:
        return
    names = {"sdk.connector": connector}
    for resource, tally in tallies.items():
        for name, *_ in _COUNTERS:
            instruments[f"sdk.{name}"].add(getattr(tally, name), {**names, "sdk.resource": resource})
        instruments["sdk.resource.duration"].record(tally.seconds, {**names, "sdk.resource": resource})
    instruments["sdk.run.duration"].record(seconds, names if error is None else {**names, "error.type": error})


def _api(module: str) -> Any:
    """Return a module of OpenTelemetry's, if anybody has imported it."""
    return sys.modules.get(module)


def _trace() -> Any:
    return _api("opentelemetry.trace")


def _tracer() -> Any:
    """Return a tracer, or `None` when no provider was set."""
    trace = _trace()
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    return trace.get_tracer(_SCOPE, _version())


def _instruments() -> dict[str, Any] | None:
    """Return the instruments of the meter provider that was set, `None` when there is none."""
    metrics = _api("opentelemetry.metrics")
    provider = metrics.get_meter_provider() if metrics is not None else None
    # Until one is set there is a stand-in, which has no public name.
    if provider is None or type(provider).__module__.startswith("opentelemetry.metrics"):
        return None
    return _made(provider)


@lru_cache(maxsize=4)
def _made(provider: Any) -> dict[str, Any]:
    meter = provider.get_meter(_SCOPE, _version())
    counters = {f"sdk.{name}": meter.create_counter(f"sdk.{name}", unit, said) for name, unit, said in _COUNTERS}
    return counters | {
        name: meter.create_histogram(name, "s", said, explicit_bucket_boundaries_advisory=boundaries)
        for name, said, boundaries in (
            ("http.client.request.duration", "Duration of HTTP client requests.", _BOUNDARIES),
            ("sdk.resource.duration", "Time from a resource's first request to its last answer.", None),
            ("sdk.run.duration", "Duration of runs, loading included.", None),
        )
    }


@lru_cache(maxsize=1)
def _version() -> str | None:
    try:
        return version(_SCOPE)
    except PackageNotFoundError:
        return None
