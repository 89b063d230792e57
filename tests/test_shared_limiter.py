"""Processes that share a limit through a file."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sdk.errors import SettingError
from sdk.limits import RateLimit
from sdk.quotas import Quota
from sdk.shared_limiter import SharedLimiter, shared_path

_TAKE = """
import sys, time
from pathlib import Path
from sdk.limits import RateLimit
from sdk.shared_limiter import SharedLimiter

limiter = SharedLimiter(lambda: 1000.0, path=Path(sys.argv[1]))
print(sum(not limiter.take("things", (RateLimit(30, 60),)) for _ in range(20)))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the limiter lies."""
    return tmp_path / "limit.json"


def limiter(path: Path, now: float = 1000.0) -> SharedLimiter:
    """Return the limiter as another process would make it."""
    return SharedLimiter(lambda: now, path=path)


def test_processes_share_what_is_allowed(path: Path):
    """Three of them, at the same time: together they get just as many turns as the limit has."""
    command = [sys.executable, "-c", _TAKE, str(path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]  # noqa: S603 - our own code

    assert sum(int(one.communicate(timeout=60)[0]) for one in started) == 30


def test_what_one_process_learns_the_other_keeps(path: Path):
    """A refusal, a quota, and the pace after it."""
    first = limiter(path)
    first.take("things")
    first.answered("things", Quota("", remaining=0, reset=30))
    assert limiter(path).take("things") == 30

    first.refused(50, sent=1000.0)
    assert limiter(path).take("things") == 50
    assert [limiter(path, 1050).take("things"), limiter(path, 1050).take("things")] == [0, pytest.approx(0.1)]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"turns": 5}', "\x00\x01"])
def test_a_file_that_cannot_be_read_is_begun_anew(path: Path, content: str):
    """It costs a refusal at most, and no run."""
    path.write_text(content)

    assert [limiter(path).take("things", (RateLimit(1, 60),)) for _ in range(2)] == [0, pytest.approx(60.1)]


def test_the_name_tells_nothing_of_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another key, another file; the folder is nobody else's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    one, other = (shared_path(("https://api.example.com", key)) for key in ("hunter2-a", "hunter2-b"))

    assert one != other
    assert one == shared_path(("https://api.example.com", "hunter2-a"))
    assert "hunter2" not in str(one)
    assert one.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Somebody else may have put it there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = shared_path(("a",)).parent
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SettingError, match="belongs to somebody else"):
        shared_path(("a",))
