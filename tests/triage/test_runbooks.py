"""Runbooks: the steps in Markdown, whose they are, and how they are ticked."""

from dataclasses import replace
from typing import Any

import pytest

from fettle.errors import BadSettings, NotFound
from fettle.model.issue import Entry
from fettle.model.runbook import Copied, Runbook
from fettle.settings import Settings
from fettle.testing import START
from fettle.triage import runbooks
from fettle.triage.runbooks import STEP, Step, shelf_of
from tests.triage.test_moves import decided

BOOK = """# Search is down
Read this first.

## Look
- [ ] Is the index there?
* [x] Is the disk full?
  1. [ ] Look at the *log*

```sh
- [ ] not a step
```
~~~
- [ ] nor this
```
- [ ] nor this
~~~
## Mend ##
+ [X] Restart it
- [] not a step
- [ ]
-[ ] nor this
"""


def copied(*texts: str) -> list[Copied]:
    return [Copied(n, f"book {n}", text, START) for n, text in enumerate(texts, 1)]


def ticked(step: int, *, done: bool = True, note: str = "", actor: str = "ada") -> Entry:
    detail = {"step": str(step), "done": str(done).lower(), "note": note}
    return Entry(STEP, actor, START, "", detail)


def test_the_task_items_are_the_steps() -> None:
    (steps,) = runbooks.steps(copied(BOOK), [])

    assert [(step.number, step.section, step.text) for step in steps] == [
        (1, "Look", "Is the index there?"),
        (2, "Look", "Is the disk full?"),
        (3, "Look", "Look at the *log*"),
        (4, "Mend", "Restart it"),
    ]
    assert not any(step.done for step in steps)  # what was ticked in the file says nothing


def test_steps_are_counted_over_all_runbooks_and_ticked_by_their_numbers() -> None:
    timeline = [ticked(2), ticked(3, note="it is"), ticked(2, done=False), ticked(99)]

    first, second = runbooks.steps(copied("- [ ] a\n- [ ] b", "- [ ] c"), timeline)

    assert [step.number for step in (*first, *second)] == [1, 2, 3]
    assert [step.done for step in first] == [False, False]
    assert second == [Step(3, "c", "", (), True, "ada", START, "it is")]


COMMANDS = """- [ ] Restart it
  ```sh
  systemctl restart shop
    --now
  ```
  and look
  ```
  systemctl status shop
  ```
- [ ] Wait
## After
```
of nobody
```
- [ ] Tell
~~~
fettle issue note 7
"""


def test_the_code_below_a_step_is_its_commands() -> None:
    (steps,) = runbooks.steps(copied(COMMANDS), [])

    assert [step.commands for step in steps] == [
        ("systemctl restart shop\n  --now", "systemctl status shop"),
        (),
        ("fettle issue note 7",),
    ]


def settings(**given: Any) -> Settings:  # noqa: ANN401 - settings
    return Settings.model_validate(given)


def test_a_class_and_services_tell_what_to_do() -> None:
    shelf = shelf_of(
        settings(
            **{
                "class": [
                    {"name": "x", "match": ["x"], "severity": "low", "runbook": "- [ ] a"},
                    {"name": "y", "match": ["y"], "severity": "low"},
                ]
            },
            service=[{"name": "shop", "runbook": "- [ ] b"}, {"name": "blog"}],
            triage={"runbooks": {"system-outage": "- [ ] c"}},
        )
    )
    made = replace(decided(), class_="x", services=("blog", "shop"))

    assert shelf.of(made) == [Runbook("class x", "- [ ] a"), Runbook("service shop", "- [ ] b")]
    assert shelf.of(replace(made, class_="system-outage", services=())) == [
        Runbook("class system-outage", "- [ ] c")
    ]
    assert shelf.of(replace(made, class_="y", services=())) == []
    assert shelf.names() == ["class x", "class system-outage", "service shop"]
    assert shelf.named("service shop") == Runbook("service shop", "- [ ] b")
    with pytest.raises(NotFound, match="no runbook service blog"):
        shelf.named("service blog")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"service": [{"name": "shop", "runbook": "call somebody"}]}, "no step to tick"),
        ({"triage": {"runbooks": {"mine": "- [ ] a"}}}, "none of the fixed classes"),
        ({"service": [{"name": "shop", "runbook": "- [ ] a\n" * 20_000}]}, "more than 100,000"),
    ],
)
def test_a_runbook_that_is_none_is_refused_at_the_start(given: dict[str, Any], why: str) -> None:
    with pytest.raises(BadSettings, match=why):
        shelf_of(settings(**given))
