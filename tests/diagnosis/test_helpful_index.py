"""The indexes that a plan asks for."""

from dataclasses import replace

import pytest

from fettle.diagnosis.helpful_index import Table, candidates, tables
from fettle.diagnosis.plan import Node
from fettle.model.finding import Relation

ORDERS = Table(
    schema="shop",
    name="orders",
    table=Relation("shop.orders"),
    rows=100_000,
    partition=False,
    names=("id", "customer", "state", "Placed at", "note"),
    quoted=("id", "customer", "state", '"Placed at"', "note"),
    numbers=(1, 2, 3, 4, 6),
    distinct=(100_000.0, 5_000.0, 5.0, 90_000.0, None),
    strings=(False, False, True, False, True),
    fitting=(True, True, True, True, False),
    indexed=("1",),
    taken=("orders",),
    page_cost=4.0,
)


def scan(filter_: str | None, rows: float = 20, alias: str = "o", role: str | None = None) -> Node:
    return Node("Seq Scan", 2_000, rows, "shop", "orders", alias, filter=filter_, role=role)


def first_rows(limit: float, keys: tuple[str, ...], below: Node) -> Node:
    sort = Node("Sort", below.cost + 1, below.rows, sorted_by=keys, children=(below,))
    return Node("Limit", sort.cost, limit, children=(sort,))


def best(plan: Node, table: Table = ORDERS) -> tuple[str, ...] | None:
    """Return the columns of the index that saves the most, if it saves half."""
    worth = [one for one in candidates(plan, [table]) if one.gain >= 0.5]
    return worth[0].quoted if worth else None


@pytest.mark.parametrize(
    ("filter_", "rows", "columns"),
    [
        ("(o.customer = $1)", 20, ("customer",)),
        ('((o."Placed at" > $1) AND (o.customer = $2))', 7, ("customer", '"Placed at"')),
        # the column with the most values first
        ("((o.state = $1) AND (o.customer = $2))", 4, ("customer", "state")),
        ("((o.state)::text = $1)", 20_000, None),
        ("((o.customer)::text = $1)", 500, None),  # it is no string
        ('(o."Placed at" > $1)', 33_333, None),  # nobody knows how many
        ('((o."Placed at" > $1) AND (o."Placed at" < $2))', 500, None),
        ("(o.id = $1)", 1, None),  # it has its index
        ("(o.note = $1)", 1, None),  # it does not fit into one
        ("(o.gone = $1)", 1, None),
        (None, 100_000, None),
    ],
)
def test_what_a_filter_compares_becomes_the_index(
    filter_: str | None, rows: float, columns: tuple[str, ...] | None
) -> None:
    assert best(scan(filter_, rows)) == columns


def test_a_limit_wants_its_order_behind_what_is_equal() -> None:
    below = scan("(o.state = $1)", 20_000)

    assert best(first_rows(10, ('o."Placed at" DESC',), below)) == ("state", '"Placed at"')
    assert best(first_rows(10, ('o."Placed at"',), scan(None, 100_000))) == ('"Placed at"',)
    assert best(first_rows(10, ("o.customer DESC", "o.id"), below)) is None  # it runs both ways
    assert best(first_rows(10, ("lower(o.state)",), below)) is None
    # of many values each has its own order
    many = scan("(o.state = ANY ($1))", 20_000)
    assert best(first_rows(10, ('o."Placed at"',), many)) is None


@pytest.mark.parametrize(
    ("join_type", "role", "columns"),
    [
        ("Inner", "Outer", ("customer",)),
        ("Left", "Inner", ("customer",)),
        ("Left", "Outer", None),  # all its rows are kept
        ("Full", "Inner", None),
    ],
)
def test_a_join_to_few_rows_wants_the_index_of_its_columns(
    join_type: str, role: str, columns: tuple[str, ...] | None
) -> None:
    other_role = "Inner" if role == "Outer" else "Outer"
    other = Node("Index Scan", 8, 3, "shop", "customers", "c", role=other_role)
    plan = Node(
        "Hash Join",
        2_100,
        60,
        join="(o.customer = c.id)",
        join_type=join_type,
        children=(scan(None, 100_000, role=role), other),
    )

    assert best(plan) == columns
    many = replace(plan, children=(plan.children[0], replace(other, rows=5_000)))
    assert best(many) is None


def test_what_is_read_again_for_each_row_weighs_as_often() -> None:
    inner = scan("(o.customer = c.id)", role="Inner")
    outer = Node("Seq Scan", 1, 50, "shop", "customers", "c", role="Outer")
    loop = Node("Nested Loop", 100_001, 1_000, join_type="Inner", children=(outer, inner))
    assert best(loop) == ("customer",)

    query = replace(inner, role="SubPlan")
    assert best(Node("Seq Scan", 100_001, 50, "shop", "c", "c", children=(query,))) == ("customer",)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (replace(ORDERS, rows=9_999), None),
        (replace(ORDERS, partition=True), None),
        (replace(ORDERS, indexed=("3,2,4",)), None),  # in any order
        (replace(ORDERS, indexed=("4,3,2",)), ("customer", "state")),
        (replace(ORDERS, indexed=("2",)), ("customer", "state")),
        (replace(ORDERS, indexed=("0,2",)), ("customer", "state")),  # of an expression
    ],
)
def test_no_index_is_wanted_where_none_helps_or_one_is(
    table: Table, columns: tuple[str, ...] | None
) -> None:
    plan = scan("((o.state = $1) AND (o.customer = $2))", 4)

    assert best(plan, table) == columns


def test_only_tables_that_are_read_whole_are_asked_about() -> None:
    children = (scan(None), Node("Index Scan", 1, 1, "shop", "c"), scan(None, alias="again"))
    own = Node("Seq Scan", 1, 1, "pg_catalog", "pg_class", "c")

    assert tables(Node("Append", 1, 1, children=(*children, own))) == [("shop", "orders")]
