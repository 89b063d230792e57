"""Reading records without a pipeline."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

import sdk
from sdk import Incremental, Resource, ResponseError, Secret, Setting, SettingError, TimeWindow
from sdk.auth import BearerTokenAuth

GATED = Resource("parts", path="/things/{things.id}/parts", data_selector="data", skip_statuses=[403])


def test_records_come_page_by_page(tiny_api, acme, dlt_home):
    """Nothing is asked before the first record is taken, and a page only when its first record is."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}], [], [{"id": 3}])
    records = sdk.read("acme", "things")
    assert tiny_api.targets == []

    assert [next(records), next(records)] == [{"id": 1}, {"id": 2}]
    assert tiny_api.targets == ["/things"]

    assert list(records) == [{"id": 3}]
    assert list(records) == []
    assert len(tiny_api.asked) == 3


def test_values_are_the_api_s_own(tiny_api, acme, dlt_home):
    """Declared types are for tables: nothing is converted here, and a child carries its parent's key."""
    acme(Resource("things", data_selector="data", columns=sdk.columns(timestamp="at", bigint="n")), GATED)
    tiny_api.lists("/things", [{"id": 1, "at": "2026-01-01T00:00:00+02:00", "n": "5"}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])

    assert list(sdk.read("acme", "things")) == [{"id": 1, "at": "2026-01-01T00:00:00+02:00", "n": "5"}]
    assert list(sdk.read("acme", "parts")) == [{"id": 10, "_things_id": 1}]


def test_what_was_skipped_is_on_the_iterator(tiny_api, acme, dlt_home):
    """It grows while the records are taken."""
    acme("things", GATED)
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}, {"id": 3}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.says("/things/2/parts", tiny_api.reply({"code": "off"}, 403))
    tiny_api.lists("/things/3/parts", [{"id": 30}])
    records = sdk.read("acme", "parts")
    assert records.skips == []

    assert [one["id"] for one in records] == [10, 30]

    assert [(one.resource, one.parent_key, one.request, one.status, one.reason) for one in records.skips] == [
        (
            "parts",
            '{"_things_id": 2}',
            "GET /things/2/parts",
            403,
            "off: forbidden: no permission, or not in the account's plan",
        )
    ]


def test_everything_is_read_from_the_start_date_on(tiny_api, acme, dlt_home):
    """There is no state to continue from: twice the same."""
    acme(
        Resource(
            "things",
            data_selector="data",
            window=TimeWindow(start_param="since"),
            incremental=Incremental("at"),
        )
    )
    tiny_api.lists("/things", [{"id": 1, "at": "2026-01-05T00:00:00Z"}])

    for _ in range(2):
        list(sdk.read("acme", "things", start_date="2026-01-01"))

    assert [one.query for one in tiny_api.asked] == [{"since": "2026-01-01T00:00:00Z"}] * 2


def test_the_clock_ends_what_is_asked(tiny_api, acme, clock, dlt_home):
    """A window's end is the start of the run, not the moment of each request."""
    acme(Resource("things", data_selector="data", window=TimeWindow(start_param="since", end_param="until")))
    tiny_api.lists("/things", [{"id": 1}])

    list(sdk.read("acme", "things", clock=clock, start_date=datetime(2026, 1, 1, tzinfo=UTC)))

    assert tiny_api.asked[0].query == {"since": "2026-01-01T00:00:00Z", "until": "2026-01-10T12:00:00Z"}


def test_an_error_comes_while_iterating(tiny_api, acme, dlt_home):
    """The records before it were good; the iterator is at its end after it."""
    acme("things")
    tiny_api.says("/things", {"data": [{"id": 1}], "next": "/things?page=2"}, tiny_api.reply(None, 403))
    records = sdk.read("acme", "things")

    assert next(records) == {"id": 1}
    with pytest.raises(ResponseError, match=r"^acme\.things: GET /things\?page=2 answered 403"):
        next(records)


def test_a_resource_that_does_not_exist(acme, dlt_home):
    """The call fails, not the first record; a hidden resource has no records of its own."""
    acme("things", Resource("secret_things", hidden=True))

    with pytest.raises(SettingError, match="has no resource 'thing'; did you mean 'things'"):
        sdk.read("acme", "thing")
    with pytest.raises(SettingError, match="has no resource 'secret_things'"):
        sdk.read("acme", "secret_things")


def test_secrets_are_sent_and_not_shown(tiny_api, acme, dlt_home):
    """They come as keywords, and show in no text of what is returned."""
    acme("things", base_url=Setting("base_url"), auth=BearerTokenAuth(token=Secret("api_key")))
    tiny_api.lists("/things", [{"id": 1}])

    records = sdk.read("acme", "things", base_url=tiny_api.url, api_key="hunter2-records")

    assert list(records) == [{"id": 1}]
    assert tiny_api.asked[0].headers["authorization"] == "Bearer hunter2-records"
    assert "hunter2-records" not in repr(records) + repr(vars(records))


_READS = """
import sys
import sdk
given = dict(base_url={url!r}, start_date="2026-01-01", overrides=[], in_flight=2)
given |= dict(share_limits=False, trust_env=False, max_skips=0.5)
assert list(sdk.read("acme", "things", **given)) == [{{"id": 1}}]
assert "dlt" not in sys.modules
"""

_PLUGIN = """
from sdk import Connector, NextLinkPaginator, Resource, hookimpl

@hookimpl
def sdk_declare_connector():
    return Connector("acme", paginator=NextLinkPaginator(), resources=[Resource("things", data_selector="data")])
"""


def test_dlt_is_not_imported_when_every_setting_is_passed(tiny_api, tmp_path):
    """It takes most of a second; a script that passes everything need not wait for it."""
    tiny_api.lists("/things", [{"id": 1}])
    info = tmp_path / "fake_acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sdk.connectors]\nacme = fake_acme\n")
    (tmp_path / "fake_acme.py").write_text(_PLUGIN)

    done = subprocess.run(  # noqa: S603 - our own interpreter and our own text
        [sys.executable, "-c", _READS.format(url=tiny_api.url)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
