"""Proxies and certificates of the surroundings: used where somebody asks for them, and nowhere else.

A company may let nothing out but through its proxy, and check certificates against its own authority. Both stand in the
environment, where anybody may have put them: so a run takes them only when its settings say so. `.netrc` is never read,
since it would replace the credentials, and nothing here can switch the verification of certificates off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import requests

from sdk.errors import SettingError
from sdk.redaction import conceal

_trusted: Final[ContextVar[bool]] = ContextVar("trusted", default=False)


@contextmanager
def trusted(trust: bool) -> Iterator[None]:  # noqa: FBT001 - the only thing that there is to say
    """Let what is asked inside the block (for a token, say) use the surroundings, or not."""
    before = _trusted.set(trust)
    try:
        yield
    finally:
        _trusted.reset(before)


def are_trusted() -> bool:
    """Return whether the block that this runs in may use the surroundings."""
    return _trusted.get()


def of(session: requests.Session, url: str) -> dict[str, Any]:
    """Return the proxies for *url* and the certificates to check it with, as `Session.send` takes them.

    Raises:
        SettingError: The certificates are not where the environment says.
    """
    found = session.merge_environment_settings(url, {}, None, True, None)  # noqa: FBT003 - requests' signature
    for proxy in found["proxies"].values():
        if password := urlsplit(proxy).password:
            conceal(unquote(password))
    # A path of certificates, or the usual ones; whatever else it may be, it is no way to trust everybody.
    verify = found["verify"] or True
    if isinstance(verify, str) and not Path(verify).exists():
        raise SettingError(f"trust_env: no certificates at {verify}, where REQUESTS_CA_BUNDLE says that they are")
    return {"proxies": found["proxies"], "verify": verify}
