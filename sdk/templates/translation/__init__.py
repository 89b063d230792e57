"""A dictionary that declares an API, as the declaration of a connector.

All that the dictionary says becomes a value of ours or a note with its path in the document. A value that is a secret
there is in neither: it becomes the place of one.
"""

from sdk.templates.translation.drafts import Draft, SettingRow, TableRow
from sdk.templates.translation.translating import translated

__all__ = ["Draft", "SettingRow", "TableRow", "translated"]
