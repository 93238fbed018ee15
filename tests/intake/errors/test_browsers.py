"""What engines of JavaScript say in their own words is understood to be the same."""

import pytest

from fettle.intake.errors.browsers import LONGEST, told


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        (
            (
                "Cannot read properties of undefined (reading 'x')",
                "Cannot read property 'x' of undefined",
                "Cannot set properties of undefined (setting 'x')",
                "Cannot destructure property 'x' of 'a.b' as it is undefined.",
                'can\'t access property "x", a.b is undefined',
                "a.x is undefined",
                "undefined is not an object (evaluating 'a.b.x')",
                "undefined is not an object (evaluating 'a[0].x += 1')",
                "undefined is not an object (evaluating 'a.x(b.map((c)=>c.d))')",
                "undefined is not an object (evaluating 'a.x(function(e){return e.')",
                "TypeError: Cannot read properties of undefined (reading 'x')",
                "Uncaught (in promise) TypeError: a.x is undefined",
            ),
            "reached for x of undefined",
        ),
        (
            (
                "Cannot read properties of null (reading '0')",
                "null is not an object (evaluating 'a[0]')",
            ),
            "reached for * of null",
        ),
        (
            (
                "a.pay is not a function",
                "(0 , a.pay) is not a function",
                "a.pay is not a function. (In 'a.pay(1)', 'a.pay' is undefined)",
                "undefined is not a function (evaluating 'a.pay()')",
            ),
            "not a function: pay",
        ),
        (("t is not a function", "e is not a function"), "not a function: *"),
        (("gtag is not defined", "Can't find variable: gtag"), "not defined: gtag"),
        (
            (
                "Identifier 'a1' has already been declared",
                "redeclaration of const a1",
                "Can't create duplicate variable: 'a1'",
            ),
            "declared twice: a1",
        ),
        (
            (
                "Class extends value undefined is not a constructor or null",
                "class heritage t is not an object or null",
                "The superclass is not a constructor.",
            ),
            "it extends what is no class",
        ),
    ],
)
def test_it_says_the_same_in_every_browser(messages: tuple[str, ...], says: str) -> None:
    found = {message: told(message) for message in messages}

    assert {message: one and one.says for message, one in found.items()} == dict.fromkeys(
        messages, says
    )


@pytest.mark.parametrize(
    "message",
    [
        "the order is not defined by us",
        "",
        "x" * (LONGEST + 1),
        "Failed to fetch orders",
        "load failed",
    ],
)
def test_what_an_application_says_is_its_own(message: str) -> None:
    assert told(message) is None


def test_a_kind_of_its_own_in_firefox_is_called_as_elsewhere() -> None:
    found = told("too much recursion")

    assert found is not None
    assert found.type == "RangeError"
