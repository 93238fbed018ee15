"""What a statement of a step answers, as the log of the step shows it."""

from dataclasses import dataclass

from fettle.model.excerpt import Excerpt, Say
from fettle.model.ports import Rows

_ABSENT = "NULL"


@dataclass
class Answer:
    """The rows of an answer, a line each: the first, the last, and how many; no others are kept.

    `only` is the value of an answer that is one value alone.
    """

    say: Say
    rows: int = 0
    only: str | None = None

    def __post_init__(self) -> None:
        self._excerpt = Excerpt(self.say)
        self._columns: tuple[str, ...] = ()

    async def hear(self, part: Rows) -> None:
        """Say what comes next."""
        if part.columns != self._columns:
            self._columns = part.columns
            await self._excerpt.hear(" | ".join(part.columns))
        for row in part.values:
            texts = [_ABSENT if value is None else str(value) for value in row]
            self.rows += 1
            self.only = texts[0] if (self.rows, len(texts)) == (1, 1) else None
            await self._excerpt.hear(" | ".join(texts))

    async def over(self) -> None:
        """Say the last rows."""
        await self._excerpt.over()
