"""A template's context is a type: it says all that the template may show, and no more."""

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from fettle.frontends import web
from fettle.frontends.web.templates import compile_all, templates

FOLDER = Path(web.__path__[0])
GIVEN = re.compile(r"What (?P<template>\w+\.html) is given")


def contexts() -> Iterator[tuple[str, type]]:
    for module in pkgutil.iter_modules(web.__path__):
        name = f"fettle.frontends.web.{module.name}"
        for kind in vars(importlib.import_module(name)).values():  # noqa: TID251
            given = GIVEN.match(getattr(kind, "__doc__", None) or "")
            if isinstance(kind, type) and kind.__module__ == name and given:
                yield given["template"], kind


CONTEXTS = dict(contexts())
PAGES = sorted(
    file.name for file in FOLDER.glob("*.html") if "{% block main %}" in file.read_text()
)
FRAMES = {"page.html", "shell.html"}


def shown(name: str) -> set[str]:
    """Return the attributes of `page` that a template, and what it includes, reads."""
    environment = templates()
    assert environment.loader
    source, _, _ = environment.loader.get_source(environment, name)
    tree = environment.parse(source)
    found = {
        one.attr
        for one in tree.find_all(nodes.Getattr)
        if isinstance(one.node, nodes.Name) and one.node.name == "page"
    }
    for include in tree.find_all(nodes.Include):
        assert isinstance(include.template, nodes.Const)
        found |= shown(include.template.value)
    return found


@pytest.mark.parametrize("name", [name for name in PAGES if name not in FRAMES])
def test_a_template_shows_what_its_context_gives_and_nothing_else(name: str) -> None:
    context = CONTEXTS[name]
    fields = {field.name for field in dataclasses.fields(context)}
    given = fields | {
        key
        for key, value in vars(context).items()
        if isinstance(value, property) or callable(value)
    }

    assert shown(name) <= given
    assert fields - shown(name) <= _read_by_properties(context)


def _read_by_properties(context: type) -> set[str]:
    """Return the fields that a context's own properties and methods read."""
    names: set[str] = set()
    for value in vars(context).values():
        function = value.fget if isinstance(value, property) else value
        if callable(function) and hasattr(function, "__code__") and function.__name__[0] != "_":
            names |= set(function.__code__.co_names)
    return names


class Typing:
    """A shell in which nobody has typed anything."""

    def typed(self, _: str, otherwise: str = "") -> str:
        return otherwise


def test_names_are_shown_as_they_are_and_kinds_as_words() -> None:
    choice = templates().get_template("parts.html").module.choice  # type: ignore[attr-defined]
    options = ["", "web-eu", "false-positive"]
    names = choice(Typing(), "team", "Team", options)
    kinds = choice(Typing(), "why", "It is", options, kinds=True)

    assert ">web-eu</option>" in names
    assert ">false positive</option>" in kinds
    assert ">—</option>" in names
    assert ">—</option>" in kinds


def test_templates_are_compiled_before_anybody_asks_for_a_page() -> None:
    templates.cache_clear()
    compile_all()

    made = templates().cache
    assert made is not None
    names = {name for _, name in made.keys()}  # noqa: SIM118 - it is no dict
    assert names >= {file.name for file in FOLDER.glob("*.html")}


def test_every_context_has_its_template() -> None:
    assert all((FOLDER / name).exists() for name in CONTEXTS)
