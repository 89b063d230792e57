"""What a connector declares says what it means, and everything that a user has to know."""

from __future__ import annotations

from collections.abc import Iterator

from sdk.errors import SDKError
from sdk.placeholders import Secret, Setting
from sdk.testing.credentials import SECRET_NAME, plain_credentials
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject


def declares(subject: Subject) -> Iterator[Finding]:
    """The plugin is installed, can be imported, and its declaration has no mistakes."""
    try:
        connector = subject.declared
    except SDKError as error:
        yield Finding("broken-declaration", "", str(error))
        return
    if not connector.description:
        yield Finding("undescribed", "", 'the connector says nothing of itself: give it description="one sentence"')
    if not isinstance(connector.base_url, Setting):
        yield Finding(
            "fixed-base-url",
            "",
            "base_url is a fixed address, so no other installation and no test server can be read; "
            'declare Setting("base_url", default=..., description=...)',
        )


def settings(subject: Subject) -> Iterator[Finding]:
    """Each setting says what it is for, and what is secret is declared so."""
    sent = {one.name for one in plain_credentials(subject.declared)}
    for setting in subject.declared.declared_settings:
        kind = "secret" if isinstance(setting, Secret) else "setting"
        if not setting.description:
            yield Finding(
                "undocumented-setting",
                "",
                f"{kind} {setting.name!r} has no description; give {type(setting).__name__}({setting.name!r}, "
                'description="one sentence")',
            )
        is_named = kind == "setting" and setting.kind == "text" and SECRET_NAME.search(setting.name)
        if is_named or setting.name in sent:
            yield Finding(
                "plain-secret",
                "",
                f"setting {setting.name!r} is {'named like a secret' if is_named else 'sent as a credential'} and "
                "would be shown and stored; "
                f"declare Secret({setting.name!r}, ...)",
            )
