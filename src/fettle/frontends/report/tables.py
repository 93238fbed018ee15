"""Evidence and listings as blocks: tables, names with values, statements to copy."""

from collections.abc import Iterator, Mapping, Sequence

from fettle.frontends.report import figures
from fettle.frontends.report.blocks import Block, Code, Column, Grid, Pairs
from fettle.frontends.report.visible import visible, visible_lines
from fettle.model.diagnosis import Listing
from fettle.model.finding import Evidence, Scalar
from fettle.model.quantity import say_count


def evidence(rows: Sequence[Evidence], most: int | None, said: str = "") -> Iterator[Block]:
    """Yield the rows as a table, one row as names with values, and statements by themselves.

    Of one row, what is said already is left out.
    """
    if len(rows) == 1:
        short = {name: value for name, value in rows[0].items() if not _long(name, value)}
        if (told := pairs(short, said)).pairs:
            yield told
        for name, value in rows[0].items():
            if _long(name, value):
                yield Code(tuple(visible_lines(str(value))), "sql")
    elif rows:
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        values = [tuple(row.get(name) for name in columns) for row in rows]
        yield grid(columns, values, most)


def _long(name: str, value: Scalar) -> bool:
    return isinstance(value, str) and figures.is_statement(name) and bool(value.strip())


def pairs(values: Mapping[str, Scalar], said: str = "") -> Pairs:
    """Return names with values; what is said already is left out."""
    shown = (
        (figures.label(name), figures.shown(name, value))
        for name, value in values.items()
        if value is not None
    )
    return Pairs(
        tuple(
            (visible(label), visible(text))
            for label, text in shown
            if len(text) < 3 or text not in said
        )
    )


def grid(columns: Sequence[str], rows: Sequence[tuple[Scalar, ...]], most: int | None) -> Grid:
    """Return a table; a column that is empty in every row says nothing and is left out."""
    kept = [n for n in range(len(columns)) if any(row[n] is not None for row in rows)]
    left = 0 if most is None else max(0, len(rows) - most)
    return Grid(
        tuple(
            Column(
                visible(figures.label(columns[n])),
                right=all(row[n] is None or figures.is_number(row[n]) for row in rows),
            )
            for n in kept
        ),
        tuple(
            tuple(visible(figures.shown(columns[n], row[n])) for n in kept) for row in rows[:most]
        ),
        f"… and {say_count(left, 'more row')}, with --verbose" if left else "",
    )


def in_a_line(listing: Listing) -> str:
    """Return a listing's content in one line."""
    if not listing.rows:
        return visible(listing.note or "none")
    if len(listing.rows) == 1 and len(listing.columns) > 1:
        row = dict(zip(listing.columns, listing.rows[0], strict=True))
        short = {name: value for name, value in row.items() if not _long(name, value)}
        return ", ".join(f"{label} {value}" for label, value in pairs(short).pairs)
    return f"{say_count(len(listing.rows), 'row')}, with --verbose"
