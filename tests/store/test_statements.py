"""Documents are kept as they are, but for what PostgreSQL cannot keep."""

from types import MappingProxyType

import psycopg
import pytest

from fettle.store import statements
from tests.conftest import FreshDatabase


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        ({"a": ["plain", 1, 2.5, None, True]}, {"a": ["plain", 1, 2.5, None, True]}),
        ({"grüße": "日本 🙂"}, {"grüße": "日本 🙂"}),
        ({"nul\0": "a\0b"}, {"nul\ufffd": "a\ufffdb"}),
        ({"half": "\ud83d"}, {"half": "\ufffd"}),
        ({"halves": ["\ude42\0"]}, {"halves": ["\ufffd\ufffd"]}),
        ({"written": "\\u0000 and \\ud83d"}, {"written": "\\u0000 and \\ud83d"}),
        (MappingProxyType({"inside": MappingProxyType({"a": ("b",)})}), {"inside": {"a": ["b"]}}),
        (MappingProxyType({"a": MappingProxyType({"b": "\0"})}), {"a": {"b": "\ufffd"}}),
    ],
)
async def test_a_document_comes_back(
    pg18_database: FreshDatabase, document: object, kept: object
) -> None:
    async with await psycopg.AsyncConnection.connect(pg18_database.url) as connection:
        cursor = await connection.execute("SELECT %s", (statements.json(document),))
        assert await cursor.fetchone() == (kept,)
