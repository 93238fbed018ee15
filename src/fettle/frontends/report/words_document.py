"""What a language model made of the evidence about an issue."""

from collections.abc import Iterable
from typing import Literal

from typing_extensions import TypedDict

from fettle.flow.wording import Words
from fettle.frontends.report.moments import moment


class WordsItem(TypedDict):
    """A language model's words: read by people, checked by nobody, and acted on by nothing."""

    about: Literal["causes", "enquiries"]
    """What may be behind the trouble; or what to look at next, where nobody knows an error."""
    by: Literal["llm"]
    asking: bool
    """Whether it is asked now; what it said before is in the timeline."""
    asked_by: str
    at: str | None
    """When it answered."""
    sentences: list[str]
    dropped: int
    """How many sentences were left out: they named what does not stand in the evidence."""
    evidence: list[str]
    """All that it was given."""
    reason: str | None
    """Why there are none, where it was asked in vain."""


class WordsDocument(TypedDict):
    """What a language model made of the evidence about an issue, by what it was asked for."""

    schema: Literal["fettle.words/1"]
    issue: int
    items: list[WordsItem]


def of_words(number: int, words: Iterable[Words]) -> WordsDocument:
    """Return what stands of the words that were asked for."""
    return {
        "schema": "fettle.words/1",
        "issue": number,
        "items": [of_item(one) for one in words],
    }


def of_item(one: Words) -> WordsItem:
    """Return a language model's words."""
    return {
        "about": one.wording.value,
        "by": "llm",
        "asking": one.asking,
        "asked_by": one.asked_by,
        "at": moment(one.at),
        "sentences": list(one.sentences),
        "dropped": one.dropped,
        "evidence": list(one.evidence),
        "reason": one.reason,
    }
