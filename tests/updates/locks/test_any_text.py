"""Whatever a lock file holds, its reader tells what is in it or raises its one error."""

from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import UnreadableLock
from fettle.updates import locks

NAMES = (
    "uv.lock",
    "poetry.lock",
    "requirements.txt",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
)
PIECES = st.sampled_from(
    [
        "version = 1\n", "[[package]]\n", 'name = "a"\n', 'version = "1"\n', "source = 3\n",
        "[metadata]\n", "lockfileVersion: '9.0'\n", "packages:\n", "  a@1:\n", "    x: 1\n",
        '{"lockfileVersion": 3, "packages": {', '"node_modules/a": ', '{"version": "1"}', "}}",
        "a@^1:\n", '  version "1"\n', "  dependencies:\n", '    b "2"\n', "__metadata:\n",
        "  version: 8\n", "a==1\n", "\\\n", "# via b\n", "-r x\n", ":", ",", "\x00", "ü", "\n",
    ]
)  # fmt: skip


@given(st.sampled_from(NAMES), st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join))
def test_no_text_breaks_a_reader(name: str, text: str) -> None:
    """What is wrong with a file is told as such, and never as a bug of Fettle's."""
    try:
        lock = locks.read(name, text, name)
    except UnreadableLock:
        return
    assert all(one.package.name and one.version for one in lock.installed)
