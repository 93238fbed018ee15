"""The report in Markdown."""

import re

from hypothesis import example, given
from markdown_it import MarkdownIt
from syrupy.assertion import SnapshotAssertion

from fettle.frontends.report import markdown
from tests.frontends.report.oddities import TEXTS, odd
from tests.frontends.report.pictures import MarkdownPicture
from tests.frontends.report.sample import HEALTHY, SAMPLE, UNREACHABLE

READER = MarkdownIt("commonmark").enable("table")
OURS = {"<details>", "<summary>", "</summary>", "</details>", "<!-- -->"}


def test_the_whole_report(snapshot: SnapshotAssertion) -> None:
    written = markdown.write([SAMPLE, HEALTHY, UNREACHABLE], False)

    assert written == snapshot(extension_class=MarkdownPicture)


@given(TEXTS)
@example("<img src=x onerror=alert(1)>")
@example("[a](javascript:alert(1))")
@example("```\n# title\n```")
@example("</details>")
@example("- a\n- b")
@example("| a |\n| - |")
def test_a_name_makes_no_markup(name: str) -> None:
    written = markdown.write([odd(name)], False)

    for token in READER.parse(written):
        for part in [token, *(token.children or ())]:
            assert part.type not in ("link_open", "image", "em_open", "s_open", "hr")
            if part.type.startswith("html"):
                assert set(re.findall(r"<[^>]*>", part.content)) <= OURS


def test_names_ping_nobody() -> None:
    escaped = markdown.escaped("@team #12 GH-3 www.example.com https://example.com app@shop")

    assert escaped == (
        "@<!-- -->team #<!-- -->12 GH-<!-- -->3 www<!-- -->.example.com "
        "https:<!-- -->//example.com app@shop"
    )


def test_a_table_keeps_its_columns_whatever_is_in_a_cell() -> None:
    written = markdown.write([odd("a|b`c|`\\|")], False)
    tables = re.findall(r"(?:^\|.*\|\n)+", written, re.MULTILINE)

    assert tables
    for table in tables:
        columns = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in table.splitlines()}
        assert len(columns) == 1


def test_statements_are_fenced_for_copying() -> None:
    written = markdown.write([SAMPLE], False)

    assert "```sql\nSELECT pg_terminate_backend(4242);\n```" in written
    assert (
        "```sh\nfettle fix plan shop-db terminate_session --subject 'app@shop (web 🕸)'\n" in written
    )
