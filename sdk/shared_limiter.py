"""A limiter that several processes of one machine share, through a file that one at a time may change."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, field
from filelock import FileLock

from sdk.errors import SettingError
from sdk.limiter import Limiter
from sdk.limits import RateLimit
from sdk.quotas import Quota

_KEPT: Final = ("_held_until", "_rate", "_doubles", "_ceiling", "_next", "_raised", "_since", "_sent", "_last")


@define
class SharedLimiter(Limiter):
    """Say when the next request may go, in whichever process.

    Its times are times of day: the processes' own clocks have nothing in common. What lies in the file is numbers; a
    file that cannot be read is begun anew, which costs a refusal at most.

    Attributes:
        path: The file.
    """

    path: Path = field(kw_only=True)

    def take(self, resource: str, limits: tuple[RateLimit, ...] = (), *, paced: bool = True) -> float:
        """Take a turn, see `Limiter.take`."""
        with self._shared():
            return super().take(resource, limits, paced=paced)

    def answered(self, resource: str, quota: Quota | None = None) -> None:
        """Give back a turn, see `Limiter.answered`."""
        with self._shared():
            super().answered(resource, quota)

    def refused(self, wait: float, sent: float, limits: tuple[RateLimit, ...] = ()) -> None:
        """Slow down, see `Limiter.refused`."""
        with self._shared():
            super().refused(wait, sent, limits)

    @contextmanager
    def _shared(self) -> Iterator[None]:
        with FileLock(f"{self.path}.lock", mode=0o600):
            self._load()
            yield
            replacement = self.path.with_suffix(".new")
            replacement.write_text(json.dumps(self._dumped()), encoding="utf-8")
            replacement.replace(self.path)

    def _load(self) -> None:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            turns = {RateLimit(size, period, name=name): deque(times) for size, period, name, times in data["turns"]}
            quotas = {name: (float(left), float(full_at)) for name, (left, full_at) in data["quotas"].items()}
            values = {name: data[name] for name in _KEPT}
        except (OSError, ValueError, KeyError, TypeError):
            return
        self._turns, self._quotas, self._quota_of = turns, quotas, dict(data["quota_of"])
        for name, value in values.items():
            setattr(self, name, value)

    def _dumped(self) -> dict[str, Any]:
        turns = [[limit.requests, limit.period, limit.name, list(times)] for limit, times in self._turns.items()]
        kept = {name: getattr(self, name) for name in _KEPT}
        return {"turns": turns, "quotas": self._quotas, "quota_of": self._quota_of, **kept}


def shared_path(key: Sequence[str]) -> Path:
    """Return the file of the limiter for *key*, a host and its secrets; its name tells nothing of them.

    Raises:
        SettingError: The folder for it belongs to somebody else.
    """
    folder = Path(tempfile.gettempdir()) / f"connector-sdk-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        raise SettingError(f"share_limits keeps its files in {folder}, which belongs to somebody else; remove it")
    # Slow on purpose: a name that is quick to compute from a secret would let a short one be guessed.
    digest = hashlib.scrypt("\0".join(key).encode(), salt=b"connector-sdk", n=2**14, r=8, p=1, dklen=16)
    return folder / f"{digest.hex()}.json"
