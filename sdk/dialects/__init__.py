"""Dictionaries that declare an API, dlt's above all, as sources that we read."""

from __future__ import annotations

from sdk.dialects.documents import ConfigError
from sdk.dialects.entry import ConfigSource, from_config, rest_api_resources, rest_api_source
from sdk.dialects.reports import Note, Report
from sdk.dialects.running import run_config

__all__ = [
    "ConfigError",
    "ConfigSource",
    "Note",
    "Report",
    "from_config",
    "rest_api_resources",
    "rest_api_source",
    "run_config",
]
