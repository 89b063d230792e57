"""What a connector declares says what it means, and everything that a user has to know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sdk.errors import SDKError
from sdk.placeholders import Secret
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject

_SECRET: Final = re.compile(r"(?i)(^|_)(secret|token|password|passwd|credentials?)$|(api|access|private|app\w*)_?key$")


def declares(subject: Subject) -> Iterator[Finding]:
    """The plugin is installed, can be imported, and its declaration has no mistakes."""
    try:
        connector = subject.declared
    except SDKError as error:
        yield Finding("broken-declaration", "", str(error))
        return
    if not connector.description:
        yield Finding("undescribed", "", 'the connector says nothing of itself: give it description="one sentence"')


def settings(subject: Subject) -> Iterator[Finding]:
    """Each setting says what it is for, and what is secret is declared so."""
    for setting in subject.declared.declared_settings:
        kind = "secret" if isinstance(setting, Secret) else "setting"
        if not setting.description:
            yield Finding(
                "undocumented-setting",
                "",
                f"{kind} {setting.name!r} has no description; give {type(setting).__name__}({setting.name!r}, "
                'description="one sentence")',
            )
        if kind == "setting" and setting.kind == "text" and _SECRET.search(setting.name):
            yield Finding(
                "plain-secret",
                "",
                f"setting {setting.name!r} is named like a secret and would be shown and stored; "
                f"declare Secret({setting.name!r}, ...)",
            )
