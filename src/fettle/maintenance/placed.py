"""Steps that are done where things are: once for each label of the workers that reach them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from fettle.model.task import Placed, Task, TaskStep, There

Labels = Callable[[There], Sequence[str | None]]


def named(step: str, label: str | None) -> str:
    """Return what a step is called that workers with a label do."""
    return step if label is None else f"{step} on {label}"


def placed(task: Task, labels: Labels) -> Task:
    """Return a task whose steps are done by those who reach what they are about, by its labels.

    Where there is no label a step is as it was: whoever does it reaches all.
    """
    steps = tuple(one for step in task.procedure.steps for one in _at(step, labels))
    return replace(task, procedure=replace(task.procedure, steps=steps))


def _at(step: TaskStep, labels: Labels) -> Iterator[TaskStep]:
    each = [] if step.there is None else list(dict.fromkeys(labels(step.there)))
    if not any(each):
        yield step
    for label in each if any(each) else ():
        yield at(step, label)


def at(step: TaskStep, label: str | None) -> TaskStep:
    """Return a step as workers with that label do it."""
    name = named(step.name, label)
    return replace(step, name=name, on=label, placed=Placed(step.name, label))


def kept(steps: Sequence[TaskStep]) -> Mapping[str, Sequence[str | None]]:
    """Return, by their names, of which step and at which label those are that are placed."""
    return {
        one.name: [one.placed.step, one.placed.label] for one in steps if one.placed is not None
    }
