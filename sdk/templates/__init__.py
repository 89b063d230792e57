"""The repository of a new connector: what its author is asked, and what is written from the answers.

The files are templates in `repository/`, laid out as they will be: `NAME` in a path is the connector's name, `dot_`
at the start of one is a dot. One that comes out empty is left out. So a further file is a further template.
"""

from sdk.templates.answers import (
    AUTHS,
    LICENSES,
    PAGES,
    Answers,
    AnswersError,
    check_author,
    check_header,
    check_resource,
    check_url,
)
from sdk.templates.creation import CreationError, create, target_of

__all__ = [
    "AUTHS",
    "LICENSES",
    "PAGES",
    "Answers",
    "AnswersError",
    "CreationError",
    "check_author",
    "check_header",
    "check_resource",
    "check_url",
    "create",
    "target_of",
]
