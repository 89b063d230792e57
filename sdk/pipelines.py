"""Pipelines: where a run loads to, what an interrupted one left in them, and what their errors mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import dlt
from dlt.common.exceptions import DltException
from dlt.common.pipeline import LoadInfo
from dlt.common.storages import LoadStorage
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from sdk.errors import LoadError, SDKError, SettingError
from sdk.redaction import one_line

# How much of another library's error is repeated.
_SHOWN_TEXT: Final = 300
# Each thread holds rows of its own, so that with more of them a limit which does on one machine fails on another; and
# they gain nothing with commits that are small.
_DUCKDB: Final[Mapping[str, Any]] = {"threads": 1, "memory_limit": "400MB"}


def pipeline_to(name: str, to: str | None = None) -> dlt.Pipeline:
    """Return the pipeline *name* that loads into the dataset `<name>_data` of *to*, default the file `<name>.duckdb`.

    Not into a dataset called like the connector: DuckDB names a database after its file, and where both have one name
    no statement can tell them apart.

    Raises:
        SettingError: *to* names no destination that dlt knows.
    """
    # A bare "duckdb" means the same: dlt would take the file where a pipeline of this name first ran.
    target = destination(f"duckdb:///{name}.duckdb" if to in {None, "", "duckdb"} else str(to))
    return dlt.pipeline(pipeline_name=name, destination=target, dataset_name=f"{name}_data")


def destination(to: str) -> Any:
    """Return the dlt destination of a URL such as `duckdb:///data.duckdb`, or of a bare name such as `postgres`.

    A bare name takes its credentials from dlt's configuration, which is where secrets belong.

    Raises:
        SettingError: dlt knows no such destination.
    """
    scheme = to.partition(":")[0] if ":" in to else to
    kind = {"postgresql": "postgres", "file": "filesystem"}.get(scheme, scheme)
    try:
        if kind == "duckdb" and ":" in to:
            parts = urlsplit(to)
            # As in SQLAlchemy: three slashes before a relative path, four before an absolute one.
            path = parts.path.removeprefix("/") if not parts.netloc else f"{parts.netloc}{parts.path}"
            if not path:
                return dlt.destinations.duckdb(":memory:")
            # Absolute, or dlt would look for it where this pipeline first ran. DuckDB alone would take most of the
            # machine's memory to merge a large table; with a limit it takes its time and the disk instead.
            return dlt.destinations.duckdb(DuckDbCredentials(str(Path(path).absolute()), global_config=dict(_DUCKDB)))
        if kind == "filesystem":
            return dlt.destinations.filesystem(bucket_url=to) if ":" in to else dlt.destinations.filesystem()
        return dlt.destination(kind, **({"credentials": to} if ":" in to else {}))
    except (DltException, ImportError, ValueError) as error:
        hint = "give one that dlt knows, such as duckdb:///data.duckdb"
        raise SettingError(f"no destination {kind!r}; {hint}") from error


def recovered(pipeline: dlt.Pipeline) -> bool:
    """Finish what an interrupted run left behind: what it had extracted is loaded, and its state is found again.

    Returns whether some of it may have been loaded before: dlt then loads again what it had not put away as loaded, and
    empties no table for it, so that what replaces a table may stand there twice. That stays known, through any further
    interruption, until `replaced` says that it was put right.

    dlt marks a load package as complete before it puts it away, and deletes what it extracted file by file once that is
    normalized. A process that is killed between the two leaves a package behind that no later run can load, nor drop:
    one is loaded already, and only has to be put away; the other is normalized already, and only has to be deleted.

    Raises:
        SDKError: It cannot be loaded.
    """
    is_new: bool = pipeline.first_run and bool(pipeline.destination)
    try:
        _make_folders(pipeline)
        _delete_normalized(pipeline)
        _put_away(pipeline)
        if pipeline.list_normalized_load_packages():
            _doubt(pipeline).touch()
        if pipeline.has_pending_data:
            pipeline.run()
        elif is_new:
            # The folder may be a new one, on another machine perhaps: the destination knows how far runs came.
            pipeline.sync_destination()
    except (DltException, OSError) as error:
        raise plain(error, pipeline) from error
    return _doubt(pipeline).exists()


def replaced(pipeline: dlt.Pipeline) -> None:
    """Note that all that replaces a table was loaded anew since what an interrupted run left was finished."""
    _doubt(pipeline).unlink(missing_ok=True)


def _doubt(pipeline: dlt.Pipeline) -> Path:
    return Path(pipeline.working_dir) / "sdk_loaded_again"


def _make_folders(pipeline: dlt.Pipeline) -> None:
    """Make the folders that dlt takes for made once the first of them is: it may have been killed in between."""
    load = Path(pipeline.working_dir) / "load"
    if load.is_dir():
        for name in (LoadStorage.NEW_PACKAGES_FOLDER, LoadStorage.NORMALIZED_FOLDER, LoadStorage.LOADED_FOLDER):
            (load / name).mkdir(exist_ok=True)


def _delete_normalized(pipeline: dlt.Pipeline) -> None:
    normalized = set(pipeline.list_normalized_load_packages())
    for load_id in pipeline.list_extracted_load_packages():
        packages = pipeline._get_normalize_storage().extracted_packages  # noqa: SLF001 - dlt has no public way to these
        folder = Path(packages.storage.make_full_path(packages.get_package_path(load_id)))
        schema, jobs = folder / packages.SCHEMA_FILE_NAME, folder / packages.NEW_JOBS_FOLDER
        is_whole, has_rows = schema.exists() and jobs.is_dir(), jobs.is_dir() and any(jobs.iterdir())
        # One without rows is deleted, too, and is normalized nowhere.
        if load_id in normalized or not (is_whole or has_rows):
            packages.delete_package(load_id)


def _put_away(pipeline: dlt.Pipeline) -> None:
    for load_id in pipeline.list_normalized_load_packages():
        storage = pipeline._get_load_storage()  # noqa: SLF001 - as above
        if storage.normalized_packages.is_package_completed(load_id):
            storage.storage.rename_tree(
                storage.get_normalized_package_path(load_id), storage.get_loaded_package_path(load_id)
            )


def loaded(pipeline: dlt.Pipeline, source: Any) -> LoadInfo:
    """Load *source*.

    Raises:
        SDKError: It failed; the one error that explains it.
    """
    try:
        return pipeline.run(source)
    except (DltException, OSError) as error:
        raise plain(error, pipeline) from error


def plain(error: BaseException, pipeline: dlt.Pipeline) -> SDKError:
    """Return the one error that explains *error*: our own from under dlt's wrapping, else the innermost."""
    inner: BaseException | None = error
    last = error
    while inner is not None:
        if isinstance(inner, SDKError):
            return inner
        last, inner = inner, getattr(inner, "exception", None) or inner.__cause__
    # The first sentence says what; dlt goes on with advice for whoever wrote the pipeline.
    text = re.split(r"(?<=[a-z)'\"]{2})\. ", " ".join(str(last).split()), maxsplit=1)[0]
    return LoadError(f"cannot load into {shown(pipeline)}: {type(last).__name__}: {text[:_SHOWN_TEXT]}")


def shown(pipeline: dlt.Pipeline) -> str:
    """Return where a pipeline loads to, without credentials."""
    target: Any = pipeline.destination  # None until somebody names one, whatever its type says
    if target is None:
        return "no destination"
    kind = str(target.destination_name)
    try:
        # dlt's configurations print their location, and leave the password out.
        return one_line(str(pipeline.destination_client().config)) or kind
    except (DltException, OSError):
        return kind
