"""How a connector is opened to be recorded and to be played: the same, but for whose account it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import asdict, evolve, field, frozen

from sdk import plugins as installed
from sdk.connector import BASE_URL, Connector
from sdk.errors import SettingError
from sdk.hookspecs import hookimpl
from sdk.instants import format_instant, parse_instant
from sdk.opening import GENERAL
from sdk.origin import Origin
from sdk.placeholders import Secret, Setting
from sdk.settings import resolve
from sdk.testing.cassette_files import CassetteError, Contents
from sdk.testing.cassettes import made_up_secret, stored_origin
from sdk.testing.personal import PersonalData
from sdk.testing.sampling import SampleSize
from sdk.testing.scrubbing import Scrubber

_CREDENTIALS: Final = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*@")

RUNS: Final = 2
"""How many runs a recorded sample has: the second continues from the first."""


class Movable:
    """A plugin that makes the address a setting where a connector names it, since answers are played elsewhere."""

    @hookimpl(wrapper=True)
    def sdk_declare_connector(self) -> Generator[None, Any, Any]:
        """Return the declaration with a setting as its `base_url`."""
        declared = yield
        if not isinstance(declared, Connector) or isinstance(declared.base_url, Setting):
            return declared
        return evolve(declared, base_url=evolve(BASE_URL, default=declared.base_url))


@frozen
class Access:
    """What an account is read with.

    Attributes:
        connector: The connector's name.
        base_url: Where the API is.
        settings: Each setting that is no secret, with its value; `None` where it has none.
        secrets: The secrets that are set.
        declared: The connector's declaration.
    """

    connector: str
    base_url: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    declared: Connector = field(repr=False)

    @classmethod
    def of(cls, connector: str, given: Mapping[str, Any], plugins: Sequence[object] = ()) -> Access:
        """Return what is *given*, completed as `sdk.load` does it: from dlt's providers and declared defaults.

        Raises:
            PluginError: The connector is unknown, doubled or broken.
            SettingError: A setting is missing, unknown or of the wrong kind.
        """
        declared, _ = installed.declare(connector, (*plugins, Movable()))
        # An installation's overrides are no part of the connector, and not there when it is played.
        general = {one.name for one in GENERAL}
        own = {name: value for name, value in given.items() if name not in general or (name == "overrides" and value)}
        values = resolve(connector, declared.declared_settings, own)
        secret = {one.name for one in declared.declared_settings if isinstance(one, Secret)}
        for name in sorted(values.keys() - secret - {"base_url"}):
            told = values[name] if isinstance(values[name], list) else [values[name]]
            if any(isinstance(one, str) and _CREDENTIALS.match(one) for one in told):
                raise SettingError(f"connector {connector!r}: setting {name!r} holds credentials; leave them out")
        return cls(
            connector,
            values["base_url"],
            {name: value for name, value in values.items() if name not in {*secret, "base_url"}},
            {name: values[name] for name in sorted(secret) if values[name] is not None},
            declared,
        )

    @property
    def keywords(self) -> dict[str, Any]:
        """What `sdk.read` takes to read this account, and nothing but it."""
        given = {name: value for name, value in self.settings.items() if value is not None}
        return {**given, **self.secrets, "base_url": self.base_url, "overrides": [], "in_flight": 1}

    def scrubber(self, personal: PersonalData | None = None, blank: Iterable[str] = ()) -> Scrubber:
        """Return what takes this account out of a recording; the arguments are those of `Scrubber`.

        Raises:
            SettingError: `base_url` is none, or holds credentials.
        """
        return Scrubber(self.secrets, str(Origin.of(self.base_url)), stored_origin(self.connector), personal, blank)


@frozen
class Opening:
    """How a connector is opened for one run of a sample.

    Attributes:
        clock: The start of the run.
        base_path: The path of `base_url`.
        settings: The settings that are no secret, beside `base_url`, as JSON data.
        size: How much is read.
    """

    clock: datetime
    base_path: str
    settings: Mapping[str, Any]
    size: SampleSize

    @classmethod
    def at(cls, clock: datetime, access: Access, size: SampleSize) -> Opening:
        """Return the opening of an account at the time of *clock*."""
        text = json.dumps(dict(sorted(access.settings.items())), default=_as_text)
        # A setting may be an address too, such as a token endpoint's, and is played where the answers are stored.
        settings = json.loads(text.replace(str(Origin.of(access.base_url)), stored_origin(access.connector)))
        return cls(clock, urlsplit(access.base_url.strip()).path.rstrip("/"), settings, size)

    @classmethod
    def of(cls, noted: Any) -> Opening:
        """Return the opening that a cassette holds.

        Raises:
            CassetteError: It is none, or lacks something.
        """
        try:
            clock, size = parse_instant(noted["clock"]), SampleSize(**noted["size"])
            if clock is not None and isinstance(noted["base_path"], str):
                return cls(clock, noted["base_path"], dict(noted["settings"]), size)
        except (KeyError, TypeError, ValueError):
            pass
        raise CassetteError("an opening needs clock, base_path, settings and size, as `sdk record` writes them")

    @property
    def noted(self) -> dict[str, Any]:
        """The opening as a cassette holds it."""
        return {
            "clock": format_instant(self.clock, "iso_us"),
            "base_path": self.base_path,
            "settings": dict(self.settings),
            "size": asdict(self.size),
        }


def openings(contents: Contents) -> list[Opening]:
    """Return how the two runs of a recorded sample were opened.

    Raises:
        CassetteError: These are not the contents of a recorded sample.
    """
    found = [Opening.of(one) for one in contents.openings]
    if len(found) != RUNS:
        raise CassetteError(f"a recorded sample has {RUNS} openings, one for each run; this has {len(found)}")
    return found


def played(connector: str, contents: Contents, opening: Opening, plugins: Sequence[object] = ()) -> Access:
    """Return what the account of a recording is read with: its own settings, and secrets that are made up.

    A setting that the connector has no longer is left out, so that other versions of it can be played too.

    Raises:
        PluginError: The connector is unknown, doubled or broken.
    """
    declared, _ = installed.declare(connector, (*plugins, Movable()))
    known = {one.name: one for one in declared.declared_settings}
    secret = {name for name, one in known.items() if isinstance(one, Secret)}
    return Access(
        connector,
        stored_origin(connector) + opening.base_path,
        {name: value for name, value in opening.settings.items() if name in known.keys() - secret},
        {
            name: made_up_secret(connector, name)
            for name in sorted(secret)
            if known[name].required or name in contents.secrets
        },
        declared,
    )


def _as_text(value: Any) -> str:
    return format_instant(value, "iso_us") if isinstance(value, datetime) else str(value)
