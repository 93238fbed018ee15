"""Where a unit is defined: its id, its page and what lies beside it follow from that."""

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fettle.model.page import Page


@dataclass(frozen=True)
class Module:
    """The module of a unit, by its name."""

    name: str

    @property
    def id(self) -> str:
        """The file's name."""
        return self.name.rpartition(".")[2]

    @property
    def category(self) -> str:
        """The folder's name."""
        return self.name.split(".")[-2]

    @cached_property
    def page(self) -> Page:
        """The docstring, as labelled sections."""
        return Page.read(sys.modules[self.name].__doc__ or "")

    def beside(self, file: str) -> Path:
        """Return the path of a file in the same folder."""
        return Path(sys.modules[self.name].__file__ or "").with_name(file)


@dataclass(frozen=True)
class Unit:
    """What is defined in a module of its own, and called as that is."""

    module: Module

    @property
    def id(self) -> str:
        """The file's name."""
        return self.module.id

    @property
    def page(self) -> Page:
        """What `fettle explain` shows."""
        return self.module.page
