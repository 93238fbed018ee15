"""A look for updates as people and programs read it: nothing is called safe that was not seen."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest

from fettle.frontends.cli import exits, updating_text
from fettle.frontends.report import update_markdown, update_text
from fettle.frontends.report.rehearsal_document import of_history
from fettle.frontends.report.update_document import of_check, of_plan
from fettle.model.severity import Severity
from fettle.model.update import Installed, Open, SourceState, UpdateCheck
from fettle.model.update_kept import CheckRecord
from tests.frontends.report.update_sample import (
    CLOSES,
    GHSA,
    JINJA,
    KNOWN,
    LEAK,
    NEWER,
    PARTLY,
    UNNAMED,
    WHOLE,
    WITHDRAWN,
    check,
)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (
            check(CLOSES, NEWER),
            "1 update that closes a weakness, 1 newer version on offer.",
        ),
        (
            check(),
            "No weakness is known of the 2 of 2 that were looked at, 0 newer versions on offer.",
        ),
        (
            check(security=PARTLY),
            (
                "No weakness is known of the 2 of 9 that were looked at, 0 newer versions on "
                "offer; not everything was looked at."
            ),
        ),
        (
            check(security=UNNAMED),
            (
                "Nobody looked for weaknesses, 0 newer versions on offer; not everything was "
                "looked at."
            ),
        ),
        (
            check(security=replace(PARTLY, state=SourceState.STALE, reason="they are of 2020")),
            (
                "No weakness is known, by what is too old (they are of 2020), 0 newer versions on "
                "offer; not everything was looked at."
            ),
        ),
        (
            check(open=(Open(Installed(JINJA, "2.4.1", "uv.lock"), GHSA),)),
            "1 weakness that nothing on offer closes, 0 newer versions on offer.",
        ),
    ],
)
def test_what_it_came_to_is_said_in_a_sentence(told: UpdateCheck, says: str) -> None:
    assert next(update_text.check(told)) == says
    assert says in list(update_markdown.check(told))


def test_text_tells_what_is_on_offer_and_what_was_not_looked_at() -> None:
    told = check(CLOSES, NEWER, security=PARTLY)
    assert list(update_text.check(told))[2:] == [
        "CRITICAL  jinja2 2.4.1 → 3.1.6  /srv/shop/uv.lock  [u1]",
        "          - GHSA-1 (critical): templates run anything",
        "          - raise flask 1.0 → 3.0",
        "          - confidence 80 %: 9 days old",
        "minor     anyio 4.8.0 → 4.9.0  /srv/shop/uv.lock  [u2]",
        "          - held: it is 2 days old, of 7 days",
        "",
        "Sources:",
        "  dependencies  ok       2 of 2 looked at; by registries of 2026-01-01 12:00 UTC",
        "  security      ok       2 of 9 looked at",
        "",
        "Not looked at:",
        (
            "  7 × it is gone: p0 in uv.lock, p1 in uv.lock, p2 in uv.lock, p3 in uv.lock, "
            "p4 in uv.lock and 2 more"
        ),
        "      → look again",
    ]


def test_what_is_withdrawn_is_told_where_nothing_is_newer() -> None:
    told = check(sources=(WITHDRAWN, KNOWN))
    line = "anyio 4.8.0  /srv/shop/uv.lock: it was withdrawn: it waits for ever"
    assert next(update_text.check(told)).endswith(
        " looked at, 1 version in use that was withdrawn, 0 newer versions on offer."
    )
    for lines in (list(update_text.check(told)), list(update_text.plan(told))):
        assert lines[2:4] == ["In use, and withdrawn:", f"  {line}"]
    for lines in (list(update_markdown.check(told)), list(update_markdown.plan(told))):
        assert lines[4:7] == ["## In use, and withdrawn", "", f"- {line}"]
    for document in (of_check(told), of_plan(told)):
        assert document["sources"][0]["withdrawn"] == [
            {
                "ecosystem": "pypi",
                "package": "anyio",
                "current": "4.8.0",
                "where": "/srv/shop/uv.lock",
                "reason": "it was withdrawn: it waits for ever",
            }
        ]


def test_where_advisories_disagree_it_is_said_to_people_and_programs() -> None:
    """Of what an update closes, and of what nothing closes."""
    (says,) = LEAK.contradictions
    leaks = Open(Installed(JINJA, "2.4.1", "uv.lock"), LEAK)
    for told in (check(replace(CLOSES, advisories=(LEAK,))), check(open=(leaks,))):
        assert any(says in line for line in update_text.check(told))
        assert any(says in line for line in update_markdown.check(told))
    document = of_check(check(replace(CLOSES, advisories=(LEAK,)), open=(leaks,)))
    assert document["updates"][0]["advisories"][0]["contradictions"] == [says]
    assert document["open"][0]["advisory"]["contradictions"] == [says]


def test_a_plan_tells_what_would_be_taken_in_groups_and_why_others_are_held() -> None:
    lines = list(update_text.plan(check(CLOSES, NEWER)))
    assert lines[:3] == ["1 of 2 would be taken, in 1 group.", "", "web:"]
    assert "Held:" in lines
    document = of_plan(check(CLOSES, NEWER))
    assert [(one["group"], [u["id"] for u in one["updates"]]) for one in document["groups"]] == [
        ("web", ["u1"])
    ]
    assert [one["held"] for one in document["held"]] == [["it is 2 days old, of 7 days"]]


def test_a_plan_of_nothing_says_where_not_everything_was_looked_at() -> None:
    says = "0 of 0 would be taken, in 0 groups; not everything was looked at."
    assert next(update_text.plan(check(security=PARTLY))) == says
    assert says in list(update_markdown.plan(check(security=PARTLY)))


def test_a_history_has_no_figure_of_weaknesses_where_nobody_looked() -> None:
    record = CheckRecord(uuid4(), 3, check().at, "ada", 0, 2, 0, 0, False, (UNNAMED,))
    document = of_history([], [], {}, [], [record])
    (line,) = updating_text.history(document)
    assert "look 3: none known that close a weakness, 2 only newer; not everything" in line


def test_programs_read_the_guides_figures_with_what_was_passed() -> None:
    document = json.loads(json.dumps(of_check(check(CLOSES, NEWER, security=PARTLY))))
    assert document["schema"] == "fettle.update_check/1"
    assert (document["total"], document["security"], document["regular"]) == (2, 1, 1)
    assert document["whole"] is False
    first, second = document["updates"]
    assert (first["type"], first["severity"], first["advisories"][0]["aliases"]) == (
        "security",
        "critical",
        ["CVE-1"],
    )
    assert (second["severity"], second["held"]) == (None, ["it is 2 days old, of 7 days"])
    assert len(document["sources"][1]["passed"]) == 7


@pytest.mark.parametrize(
    ("told", "security"),
    [
        (check(NEWER), 0),
        (check(NEWER, security=PARTLY), None),
        (check(NEWER, security=UNNAMED), None),
        (check(NEWER, sources=(WHOLE,)), None),
        (check(NEWER, security=replace(KNOWN, state=SourceState.STALE)), None),
        (check(CLOSES, security=PARTLY), 1),
    ],
)
def test_no_weakness_is_a_figure_only_where_everything_was_looked_at(
    told: UpdateCheck, security: int | None
) -> None:
    """Who reads the figure alone never takes what was not looked at for none."""
    assert of_check(told)["security"] == security
    for line in (next(update_text.check(told)), list(update_markdown.check(told))[2]):
        assert "0 weaknesses" not in line
        assert ("not everything was looked at" in line) is (not told.whole)


def test_markdown_shows_what_came_from_outside_as_text() -> None:
    evil = replace(GHSA, summary="<script> | [link](http://evil.example) @team \x1b[31m")
    text = "\n".join(update_markdown.check(check(replace(CLOSES, advisories=(evil,)))))
    (row,) = [line for line in text.splitlines() if "GHSA-1" in line]
    assert row.startswith("| CRITICAL | `jinja2` 2.4.1 → 3.1.6 | `/srv/shop/uv.lock` | ")
    assert "<script>" not in row
    assert "\\[link\\](http:<!-- -->//evil" in row
    assert "\x1b" not in row
    assert row.replace("\\|", "").count("|") == 5


NOTES = "## 3.1.6\n~~~ <script>\n- \x1b[31mred\n- @team\n"


def test_a_plan_shows_what_has_changed_as_text() -> None:
    """A changelog is somebody else's: it colours nothing, and ends no block."""
    told = check(replace(CLOSES, notes=NOTES))
    lines = list(update_text.plan(told))
    assert lines[7:11] == [
        "          | ## 3.1.6",
        "          | ~~~ <script>",
        "          | - \\x1b[31mred",
        "          | - @team",
    ]
    markdown = list(update_markdown.plan(told))
    begins = markdown.index("~~~~text")
    assert markdown[begins + 1 : begins + 6] == [
        "## 3.1.6", "~~~ <script>", "- \\x1b[31mred", "- @team", "~~~~",
    ]  # fmt: skip
    (group,) = of_plan(told)["groups"]
    assert group["updates"][0]["notes"] == NOTES


def test_of_long_notes_as_much_is_shown_as_there_is_room_for() -> None:
    told = check(replace(CLOSES, notes="\n".join(map(str, range(100)))))
    shown = [line for line in update_text.plan(told) if line.startswith("          | ")]
    assert len(shown) == 13
    assert shown[-1] == "          | … 88 lines more"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (check(CLOSES), exits.BAD),
        (check(NEWER), exits.OK),
        (check(NEWER, security=UNNAMED), exits.UNKNOWN),
        (check(CLOSES, security=PARTLY), exits.BAD),
        (check(CLOSES, accepted={(JINJA, "GHSA-1"): "known"}), exits.OK),
        (check(security=replace(KNOWN, state=SourceState.STALE)), exits.UNKNOWN),
    ],
)
def test_exit_codes_are_of_the_worst_weakness_and_then_of_what_was_not_seen(
    told: UpdateCheck, code: int
) -> None:
    assert exits.of_updates(told, None) == code


def test_fail_on_passes_what_is_below_it() -> None:
    medium = replace(CLOSES, advisories=(replace(GHSA, severity=Severity.MEDIUM),))
    assert exits.of_updates(check(medium), None) == exits.MEDIUM
    assert exits.of_updates(check(medium, security=PARTLY), Severity.HIGH) == exits.OK
