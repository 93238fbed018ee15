"""Names and values as PostgreSQL writes them, for statements that a person reads before they run.

Nothing from outside reaches a statement except through these two functions, through a bound
parameter, or through PostgreSQL's own `format('%I')`.
Source: quote_identifier() in ruleutils.c and quote_literal() in quote.c.
"""

import math
from collections.abc import Collection, Sequence
from datetime import datetime

_LONGEST_NAME = 63  # bytes: NAMEDATALEN - 1


def identifier(*names: str) -> str:
    """Return a quoted, dotted name: `identifier("shop", 'odd"name')` → `"shop"."odd""name"`.

    Always quoted, so that it needs no list of the reserved words of each version.
    """
    if any("\0" in name for name in names):
        raise ValueError("a name in PostgreSQL cannot hold a NUL character")
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(value: str | int | float | datetime) -> str:
    """Return a value as a literal; a datetime must carry its zone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment without a zone means nothing to a server elsewhere")
        return f"timestamptz '{value.isoformat(sep=' ')}'"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float8 '{value}'"
    if isinstance(value, int | float):
        return str(value)
    if "\0" in value:
        raise ValueError("a text in PostgreSQL cannot hold a NUL character")
    quoted = "'" + value.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in quoted else quoted


def index_name(table: str, columns: Sequence[str], taken: Collection[str]) -> str:
    """Return PostgreSQL's own kind of name for an index, shortened to fit, that nothing has.

    None of the names is quoted. `taken` are those in the table's schema.
    """
    for number in range(1, len(taken) + 2):
        ending = "_idx" if number == 1 else f"_idx{number}"
        stem = "_".join((table, *columns)).encode()[: _LONGEST_NAME - len(ending)]
        name = stem.decode(errors="ignore") + ending
        if name not in taken:
            return name
    raise AssertionError("more names than names taken were tried")
