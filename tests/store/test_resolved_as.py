"""What issues were resolved as is known of those that were over before it was kept."""

from fettle.store.migrate import known, migrate
from tests.store.test_counted import SCHEMA, connected, fill

BEFORE = 44
REVIEW = """
INSERT INTO review (issue, state, why, due_at, version, changed_at)
VALUES (%s, 'draft', %s, now(), 0, now())
"""


async def test_what_was_over_before_owes_the_review_that_was_asked_for(address: str) -> None:
    async with connected(address) as connection:
        await migrate(connection, SCHEMA, [one for one in known() if one.number <= BEFORE])
        await fill(connection, 3)
        for number, status in ((1, "resolved"), (2, "in-review"), (3, "triaged")):
            row = (status, "p3", number)
            await connection.execute(
                "UPDATE issue SET status = %s, priority = %s WHERE number = %s", row
            )
        await connection.execute(REVIEW, (1, "it was a p1"))
        await connection.execute(REVIEW, (2, "it came back after it was fixed"))
        await migrate(connection, SCHEMA)

        told = await connection.execute("SELECT number, resolved_as FROM issue ORDER BY number")
        assert await told.fetchall() == [(1, "p1"), (2, "p3"), (3, None)]
