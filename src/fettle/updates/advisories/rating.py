"""How bad an advisory is: by the word of who published it, and by CVSS (2, 3.0, 3.1 and 4.0).

Source: FIRST, Common Vulnerability Scoring System, its qualitative ratings. Where several rate
one, the worst is taken.
"""

from collections.abc import Iterable, Iterator

from cvss import CVSS2, CVSS3, CVSS4, CVSSError

from fettle.model.severity import Severity, graded, said_severity

_LONGEST = 500
_READ_BY = {"CVSS_V2": CVSS2, "CVSS_V3": CVSS3, "CVSS_V4": CVSS4}


def rated(vectors: Iterable[tuple[str, str]], words: Iterable[object]) -> Severity | None:
    """Return the worst that is said; None where nobody says anything that is understood."""
    said = [said_severity(word) for word in words if isinstance(word, str)]
    return max((one for one in (*said, *_by_vectors(vectors)) if one is not None), default=None)


def _by_vectors(vectors: Iterable[tuple[str, str]]) -> Iterator[Severity | None]:
    for kind, vector in vectors:
        if (read := _READ_BY.get(kind)) is None or len(vector) > _LONGEST:
            continue
        try:
            score = float(read(vector).base_score)
        except CVSSError:
            continue
        yield graded(score, low=0.1, medium=4.0, high=7.0, critical=9.0) or Severity.INFO
