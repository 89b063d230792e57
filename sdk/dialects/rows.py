"""What is handed to dlt as rows: no two fields in one column, no two records under one key, no value changed.

dlt makes a table of whatever it is given: of two fields that share a column it keeps one value, of two records that
share a key one record, of a number's digits as many as the column holds, and of a text what its destination can hold.
None of that shows in the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import dlt
from attrs import define, field

from sdk.dialects.keeping import Keeping, Repairing
from sdk.dialects.keys import Keys
from sdk.errors import ReadError
from sdk.messages import Record


@define
class Rows:
    """Watch the records of one resource, and return them as rows.

    Attributes:
        keeping: Keeps their values.
        keys: Watches their keys, where they are known.
        where: The resource, for what is said of it.
        nested: What the dictionary tells of child tables.
    """

    keeping: Keeping | Repairing
    keys: Keys | None = None
    where: str = ""
    nested: Mapping[Any, Any] = field(factory=dict)

    def of(self, records: Sequence[Any], stamp: Mapping[str, Any], owner: bytes) -> Any:
        """Return the rows for a page of *records*, with what dlt has to know of them.

        Args:
            records: The records.
            stamp: The parent's fields that each carries.
            owner: What makes their parent another than all others.

        Raises:
            ReadError: A table would lose one of them, or a part of it.
        """
        if self.keys is not None:
            self.keys.check(records, stamp, owner)
        return self.finished([{**one, **stamp} for one in records] if stamp else records)

    def finished(self, records: Sequence[Any]) -> Any:
        """Return the rows for *records* that have all they will have.

        Raises:
            ReadError: A table would lose a part of one.
        """
        try:
            found = self.keeping.rows(records)
        except ReadError as error:
            said, renames, _ = str(error).partition("; rename")
            raise ReadError(f"{said}; rename one in a processing step" if renames else said) from None
        self._check_fit(found)
        self.keeping.repairs.say(self.where)
        return dlt.mark.with_hints(found, cast(Any, news)) if (news := self._news()) else found

    def _check_fit(self, found: Sequence[Any]) -> None:
        """Raise when a key does not fit the type that its column has by the records before."""
        for name in self.keeping.keys:
            for row in found:
                if isinstance(row, dict) and name not in row and f"{name}__v_" in "".join(row):
                    raise ReadError(
                        f"a record's {name!r}, which is the primary key, is of another type than those before it; "
                        f"declare columns: {{{name!r}: {{'data_type': 'text'}}}}"
                    )

    def _news(self) -> Any:
        news = self.keeping.news()
        if not news:
            return None
        if "nested_hints" in news:
            # dlt puts them in the place of what was told before.
            news["nested_hints"] = {**self.nested, **news["nested_hints"]}
        return dlt.mark.make_hints(**news)


def restored(record: Record) -> Record:
    """Return a parent's row as its record again, as far as a request may name it: what stands aside is in its place."""
    if "__v_" not in "".join(record):
        return record
    aside = {name.rpartition("__v_")[0]: value for name, value in record.items() if "__v_" in name}
    return {**aside, **record}
