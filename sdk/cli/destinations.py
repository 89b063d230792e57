"""Where the data is, how to look at it, and what may not stand in `--to`."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from sdk.cli.failures import WrongUsageError
from sdk.errors import LoadError
from sdk.redaction import conceal, one_line

if TYPE_CHECKING:
    import dlt

_TELLTALES = ("password", "token", "secret", "key", "credential")


def refuse_credentials(to: str | None) -> None:
    """Refuse a destination with a password in it.

    Raises:
        WrongUsageError: It holds one; the message says where it belongs.
    """
    try:
        parts = urlsplit(to or "")
        secrets = [value for name, value in parse_qsl(parts.query) if any(one in name.lower() for one in _TELLTALES)]
        secrets += [parts.password] if parts.password else []
    except ValueError:
        return
    for secret in secrets:
        conceal(secret)
    if secrets:
        kind = parts.scheme.partition("+")[0].replace("postgresql", "postgres")
        raise WrongUsageError(
            f"--to holds a password, which is never taken from a command line: give --to {kind} and set "
            f"DESTINATION__{kind.upper()}__CREDENTIALS, or destination.{kind}.credentials in .dlt/secrets.toml"
        )


def check_destination(pipeline: dlt.Pipeline) -> None:
    """Find out before anything is read whether the destination can be opened.

    Raises:
        LoadError: It cannot; the message says what to do.
    """
    from dlt.common.configuration.exceptions import ConfigFieldMissingException
    from dlt.common.exceptions import MissingDependencyException

    kind = pipeline.destination.destination_name if pipeline.destination is not None else ""
    try:
        pipeline.destination_client()
    except MissingDependencyException as error:
        packages = " ".join(f"'{one}'" for one in error.dependencies)
        raise LoadError(f"destination {kind!r} needs more packages: pip install {packages}") from error
    except ConfigFieldMissingException as error:
        field = error.fields[0]
        raise LoadError(
            f"destination {kind!r} needs {field}: set DESTINATION__{kind.upper()}__{field.upper()}, "
            f"or destination.{kind}.{field} in .dlt/secrets.toml"
        ) from error
    file = duckdb_file(pipeline)
    if file is not None:
        _check_file(file, pipeline.dataset_name or "")


def _check_file(file: Path, dataset: str) -> None:
    import duckdb

    where = f"cannot load into {_short(file)}"
    if file.stem.lower() == dataset.lower():
        raise LoadError(f"{where}: DuckDB cannot tell it from the dataset {dataset!r}; give the file another name")
    if not file.parent.is_dir():
        raise LoadError(f"{where}: there is no folder {_short(file.parent)}; make it, or give --to another one")
    try:
        duckdb.connect(str(file)).close()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        if "not a valid DuckDB" in reason:
            reason = "it is no DuckDB file; give --to another one"
        elif "lock" in reason:
            reason = "another program has it open; close it there, or give --to another file"
        raise LoadError(f"{where}: {reason}") from error


def duckdb_file(pipeline: dlt.Pipeline) -> Path | None:
    """Return the file that a pipeline loads into, when it is one of DuckDB's."""
    if pipeline.destination is None or pipeline.destination.destination_name != "duckdb":
        return None
    try:
        database = getattr(pipeline.destination_client().config.credentials, "database", None)
    except Exception:  # noqa: BLE001 - only for a message about data that is safe already
        return None
    return Path(database) if isinstance(database, str) and database != ":memory:" else None


def place(pipeline: dlt.Pipeline) -> str:
    """Return where the tables are, for a person."""
    file = duckdb_file(pipeline)
    if file is not None:
        return _short(file)
    try:
        return one_line(str(pipeline.destination_client().config))
    except Exception:  # noqa: BLE001 - as above
        return pipeline.destination.destination_name if pipeline.destination else ""


def next_command(pipeline: dlt.Pipeline, table: str) -> str:
    """Return a command that shows *table*, and works with what is installed here."""
    file = duckdb_file(pipeline)
    if file is None:
        return f"{callable_here('dlt')} pipeline {pipeline.pipeline_name} info"
    query = f"FROM {pipeline.dataset_name}.{table} LIMIT 5"
    if shutil.which("duckdb"):
        return _shell("duckdb", _short(file), "-c", query)
    code = f"import duckdb; duckdb.connect({_short(file)!r}).sql({query!r}).show()"
    python = callable_here("python")
    return f'{python} -c "{code}"' if not set(code) & set('"$`\\!') else _shell(python, "-c", code)


def callable_here(name: str) -> str:
    """Return how to call a command of this environment from here: by name when that finds it, else by its path."""
    beside = Path(sys.executable).parent
    found = shutil.which(name)
    if found is not None and Path(found).parent == beside:
        return name
    return shlex.quote(_short(beside / name))


def _short(path: Path) -> str:
    """Return *path* as seen from the current folder when it lies below it."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would follow a virtual environment's link
    try:
        return str(absolute.relative_to(Path.cwd()))
    except ValueError:
        return str(absolute)


def _shell(*words: str) -> str:
    return shlex.join(words)


def first_rows(pipeline: dlt.Pipeline, table: str, limit: int) -> Sequence[dict[str, Any]]:
    """Return a few rows of a table that was loaded, without dlt's own columns."""
    with pipeline.sql_client() as client:
        name = client.make_qualified_table_name(table)
        with client.execute_query(f"SELECT * FROM {name} LIMIT {int(limit)}") as cursor:  # noqa: S608 - names are ours
            columns = [column[0] for column in cursor.description]
            rows = [zip(columns, row, strict=True) for row in cursor.fetchall()]
    return [{name: value for name, value in row if not name.startswith("_dlt_")} for row in rows]
