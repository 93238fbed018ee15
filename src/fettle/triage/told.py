"""A case as it is kept beside what was decided, so that it can be learnt from later."""

from dataclasses import replace

from pydantic import TypeAdapter

from fettle.model.run import Json
from fettle.triage.case import Case

_CASES = TypeAdapter(Case)
# More than a model reads of a text (2,000 words); what a machine dumps says nothing new after it.
_TEXT_AT_MOST = 16_000
_TITLE_AT_MOST = 2_000
_MOST = 50
_VALUE_AT_MOST = 500


def written(case: Case) -> Json:
    """Return a case as JSON, with as much of its texts as says something."""
    labels = [
        (name[:_VALUE_AT_MOST], value[:_VALUE_AT_MOST]) for name, value in case.labels.items()
    ]
    kept = replace(
        case,
        title=case.title[:_TITLE_AT_MOST],
        text=case.text[:_TEXT_AT_MOST],
        symptoms=tuple(symptom[:_TITLE_AT_MOST] for symptom in case.symptoms[:_MOST]),
        labels=dict(labels[:_MOST]),
    )
    document: Json = _CASES.dump_python(kept, mode="json")
    return document


def read(document: Json) -> Case:
    """Return the case that `written` wrote."""
    return _CASES.validate_python(document)


def read_text(document: str) -> Case:
    """Return the case that `written` wrote, from its JSON."""
    return _CASES.validate_json(document)
