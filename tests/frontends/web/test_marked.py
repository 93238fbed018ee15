"""Markdown is shown as what it says, and never as markup of whoever wrote it."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fettle.frontends.web.marked import html
from fettle.review import markdown

LOGS = "https://logs.example/x"
TABLE = '<div class="table"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>'


def shown(text: str) -> str:
    """Return a text as a page shows it, its white space between elements left out."""
    return "".join(line.strip() for line in html(text).splitlines())


@pytest.mark.parametrize(
    ("text", "as_html"),
    [
        ("It was slow.", "<p>It was slow.</p>"),
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
        ("### Why", "<h3>Why</h3>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("a:\n- b", "<p>a:</p><ul><li>b</li></ul>"),
        ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("- a\n\n  b", "<ul><li><p>a</p><p>b</p></li></ul>"),
        (
            "- [x] a",
            '<ul><li class="task"><span role="img" aria-label="done">☑</span> a</li></ul>',
        ),
        ("> Why?", "<blockquote><p>Why?</p></blockquote>"),
        ("```sql\nSELECT '*'\n```", "<pre><code class=\"language-sql\">SELECT '*'</code></pre>"),
        ("```\nopen", "<pre><code>open</code></pre>"),
        ("a\n---\nb", "<h3>a</h3><p>b</p>"),
        ("**a** and *b*, `c*d*`", "<p><strong>a</strong> and <em>b</em>, <code>c*d*</code></p>"),
        ("snake_case_name 2 * 3 * 4", "<p>snake_case_name 2 * 3 * 4</p>"),
        (r"orders\_note\_idx \*", "<p>orders_note_idx *</p>"),
        ("see #12, not a#12", '<p>see <a href="/issues/12">#12</a>, not a#12</p>'),
        (
            "[log](https://logs.example/?a=1&b=2)",
            '<p><a href="https://logs.example/?a=1&amp;b=2" rel="noreferrer nofollow">log</a></p>',
        ),
        (
            "at https://logs.example/x.",
            f'<p>at <a href="{LOGS}" rel="noreferrer nofollow">{LOGS}</a>.</p>',
        ),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("a \u202eb", "<p>a \ufffdb</p>"),
        (
            "| a | b |\n| --- | :-: |\n| 1 | x \\| y |",
            f"{TABLE}<tr><td>1</td><td>x | y</td></tr></tbody></table></div>",
        ),
    ],
)
def test_it_is_shown_as_what_it_says(text: str, as_html: str) -> None:
    assert shown(text) == as_html


@given(st.text(alphabet="aB1 \n\t-*_`~#>|[]()<&\\:/.h\u202e", max_size=300))
@settings(max_examples=300, deadline=None)
def test_whatever_is_written_can_be_shown(text: str) -> None:
    assert "\u202e" not in shown(text)


@given(st.text(max_size=100))
@example("-")
@example("---")
@example("1. x")
@settings(max_examples=200, deadline=None)
def test_what_is_written_as_text_from_outside_is_text(text: str) -> None:
    line = markdown.shown(text)
    kinds = set(re.findall(r"<(\w+)", html(f"- {line}"))) if line else set()
    assert kinds <= {"ul", "li", "a"}  # an address leads where it says


@pytest.mark.parametrize("piece", ["**a ", "*a ", "[a", "`a", "> ", "- ", "|a", "\\", "<", "_a "])
def test_no_text_takes_long(piece: str) -> None:
    html(piece * (100_000 // len(piece)))  # a square of it would outlast the tests' patience
    html(f"{piece}\n" * 2_000)


def test_a_very_long_text_is_cut_and_says_so() -> None:
    assert "the rest stands in its Markdown" in html("a\n\n" * 7_000)
