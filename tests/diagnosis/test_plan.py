"""What a plan does, and what its conditions compare."""

import pytest

from fettle.diagnosis.plan import Comparison, Node, column_of, comparisons, essence

NONE: frozenset[str] = frozenset()


def test_a_plan_on_one_line_tells_what_it_does_to_what() -> None:
    plan = Node.read(
        {
            "Node Type": "Hash Join",
            "Total Cost": 10.5,
            "Plan Rows": 3,
            "Hash Cond": "(o.id = l.order_id)",
            "Plans": [
                {"Node Type": "Seq Scan", "Total Cost": 1, "Plan Rows": 1, "Relation Name": "o"},
                {
                    "Node Type": "Sort",
                    "Total Cost": 1,
                    "Plan Rows": 1,
                    "Sort Key": ["l.at DESC"],
                    "Plans": [
                        {
                            "Node Type": "Seq Scan",
                            "Total Cost": 1,
                            "Plan Rows": 1,
                            "Relation Name": "l",
                            "Filter": "(l.a = $1)",
                        }
                    ],
                },
            ],
        }
    )

    assert essence(plan) == (
        "Hash Join (o.id = l.order_id) ← Seq Scan on o, [Sort by l.at DESC ← Seq Scan on l"
        " (l.a = $1)]"
    )


def test_a_plan_that_is_too_long_to_read_is_cut() -> None:
    step = Node("Result", 1, 1)
    for _ in range(100):
        step = Node("Materialize", 1, 1, children=(step,))

    assert len(essence(step)) == 501


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("(t.a = $1)", [Comparison("t", "a", "=", NONE)]),
        ("($1 < t.a)", [Comparison("t", "a", ">", NONE)]),
        (
            "((t.a >= $1) AND (t.b <= (now() - $2)))",
            [Comparison("t", "a", ">=", NONE), Comparison("t", "b", "<=", NONE)],
        ),
        ("((t.email)::text = $1)", [Comparison("t", "email", "=", NONE, as_text=True)]),
        ("(t.a = ANY ($1))", [Comparison("t", "a", "=", NONE, many=True)]),
        ('("T x"."No ""te" = $1)', [Comparison("T x", 'No "te', "=", NONE)]),
        ("(t.счёт = $1)", [Comparison("t", "счёт", "=", NONE)]),
        (
            "(l.order_id = o.id)",
            [
                Comparison("l", "order_id", "=", frozenset({"o"})),
                Comparison("o", "id", "=", frozenset({"l"})),
            ],
        ),
        ("((t.a = $1) AND ((t.b = $2) OR (t.c = $3)))", [Comparison("t", "a", "=", NONE)]),
        ("(t.a = (InitPlan 1).col1)", [Comparison("t", "a", "=", NONE)]),
        # an index on the column serves none of these
        ("((t.a = $1) OR (t.b = $2))", []),
        ("(lower(t.a) = $1)", []),
        ("(lower((t.a)::text) = $1)", []),
        ("((t.a + t.b) = $1)", []),
        ("((- t.a) = $1)", []),
        ("((t.id)::numeric = $1)", []),
        ("(t.a = t.b)", []),
        ("(t.a IS NULL)", []),
        ("(t.a <> $1)", []),
        ("(t.a ~~ $1)", []),
        ("(NOT t.a)", []),
        ("(NOT (t.a = $1))", []),
        ("(t.a IS DISTINCT FROM $1)", []),
        ("((t.a = $1) IS NOT TRUE)", []),
        ("CASE WHEN (t.a = $1) THEN true ELSE false END", []),
        ("(t.a[1] = $1)", []),
        ("(COALESCE(t.a, 0) = $1)", []),
        ("(hashed SubPlan 1)", []),
        ("(t.a = 'open", []),
        (None, []),
    ],
)
def test_the_columns_that_are_compared_are_found(
    condition: str | None, found: list[Comparison]
) -> None:
    assert comparisons(condition) == found


@pytest.mark.parametrize(
    ("expression", "column"),
    [
        ("t.a", ("t", "a")),
        ('"T"."a b"', ("T", "a b")),
        ("lower(t.a)", None),
        ("(t.a)::text", None),
        ("t.a NULLS FIRST", None),
        ("'open", None),
    ],
)
def test_a_sort_key_is_a_plain_column_or_none(
    expression: str, column: tuple[str, str] | None
) -> None:
    assert column_of(expression) == column
