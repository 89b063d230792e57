"""A PostgreSQL cluster on loopback, which is thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from attrs import frozen

_USER: Final = "loader"
_OTHERS: Final = ("postgres", "nobody")
_SECONDS: Final = 20


@frozen
class Cluster:
    """A PostgreSQL server on loopback."""

    port: int

    def database(self) -> str:
        """Return the address of a new database."""
        import psycopg2

        name = f"db_{uuid4().hex}"
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user=_USER, dbname="postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        finally:
            connection.close()
        return f"postgresql://{_USER}:trusted@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a PostgreSQL cluster of its own, which ends with the tests."""
    pytest.importorskip("psycopg2", reason="psycopg2-binary is not installed")
    initdb, postgres = _binary("initdb"), _binary("postgres")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    user = _owner(folder)
    try:
        data = folder / "data"
        made = [initdb, "-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, timeout=60, **user)  # noqa: S603 - PostgreSQL's own program
        port = _free_port()
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603 - as above
                [*_ends_with_us(), postgres, "-D", str(data), *given], stdout=log, stderr=log, cwd=folder, **user
            )
        try:
            _wait_for(server, port, folder / "log")
            yield Cluster(port)
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            server.wait(_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binary(name: str) -> str:
    """Return the path of one of PostgreSQL's programs; Debian keeps most of them out of the way."""
    found = shutil.which(name) or next(
        (str(one) for one in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        pytest.skip(f"PostgreSQL is not installed: there is no {name}")
    return found


def _owner(folder: Path) -> dict[str, Any]:
    """Return as whom PostgreSQL runs, which refuses root, and give that user the folder."""
    if os.geteuid() != 0:
        return {}
    for name in _OTHERS:
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            os.chown(folder, user.pw_uid, user.pw_gid)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip(f"PostgreSQL does not run as root, and there is no user {' or '.join(_OTHERS)}")


def _ends_with_us() -> list[str]:
    """Return the command that has a server end when its parent does, however that ends."""
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "INT"] if found else []


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import psycopg2

    end = time.monotonic() + _SECONDS
    while True:
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user=_USER, dbname="postgres").close()
        except psycopg2.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                pytest.fail(f"PostgreSQL does not start: {log.read_text()[-500:]}")
            time.sleep(0.05)
        else:
            return
