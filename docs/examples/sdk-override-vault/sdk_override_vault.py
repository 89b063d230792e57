"""Send the token that a secret store keeps in a file, whatever credentials the connector declares."""

# ruff: noqa: INP001 - a distribution of one module

from collections.abc import Generator
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from requests import PreparedRequest
from requests.auth import AuthBase

from sdk import APIKeyAuth, Choice, Connector, Setting, SettingError, hookimpl


@frozen
class VaultAuth(AuthBase):
    """Read the token from a file for each request: the store puts a new one there before the old one runs out."""

    file: Any
    header: Any

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with the token that is in the file now."""
        try:
            token = Path(self.file).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"vault_file {self.file!r} cannot be read: {type(error).__name__}") from None
        # A token that begins with a scheme word of its own is sent as it is.
        return APIKeyAuth(self.header, token, prefix="Bearer " if self.header == "Authorization" else "")(r)

    def refresh(self, stale: PreparedRequest) -> bool:
        """Return whether the file holds another token than *stale* carried: then a refused request is repeated."""
        return bool(self(stale.copy()).headers[self.header] != stale.headers[self.header])


@hookimpl(wrapper=True)
def sdk_declare_connector() -> Generator[None, Connector, Connector]:
    """Replace the credentials of the declaration; with them go the secrets that they would ask for."""
    connector = yield
    auth = VaultAuth(
        Setting("vault_file", default=f"/run/secrets/{connector.name}", description="file that holds the token"),
        Setting("vault_header", default="Authorization", description="header that the token is sent in"),
    )
    return evolve(connector, auth=auth, resources=[_without_auth(one) for one in connector.declared])


def _without_auth(one: Any) -> Any:
    if isinstance(one, Choice):
        return evolve(one, options={name: _without_auth(option) for name, option in one.options.items()})
    return evolve(one, auth=None)
