"""A database with troubles, what Fettle finds in it, and what is mended."""

from fettle.flow import watch
from fettle.store import diagnoses
from tests.demonstration.story import Told
from tests.engine.conftest import until
from tests.frontends.api.conftest import Api
from tests.servers import Server

SETTINGS = """
[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"
"""
_ORDERS = """
CREATE TABLE customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text NOT NULL);
CREATE TABLE orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer int NOT NULL,
    placed timestamptz NOT NULL DEFAULT now(),
    note text
);
CREATE TABLE cart_event (at timestamptz, what text);
ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customer NOT VALID;
CREATE INDEX orders_placed ON orders (placed);
CREATE INDEX orders_placed_again ON orders (placed);
CREATE INDEX orders_note ON orders (note);
CREATE INDEX orders_note_2 ON orders (note);
CREATE SEQUENCE invoice_number AS smallint;
SELECT setval('invoice_number', 31000);
INSERT INTO customer (mail) SELECT 'c' || n || '@example.org' FROM generate_series(1, 2000) AS n;
INSERT INTO orders (customer, note) SELECT 1 + n % 2000, 'gift' FROM generate_series(1, 60000) AS n;
ANALYZE
"""


def plant(server: Server, database: str) -> None:
    """Make the database of a shop, with troubles."""
    server.run(*_ORDERS.split(";"), database=database)


async def look(api: Api, told: Told) -> None:
    """Let a worker look at it for an issue; one fix is applied, one is taken back."""
    await api.serving.engine.prepare()
    async with api.serving.pool.connection() as connection:
        await watch.prepare(connection, api.serving.settings, api.serving.clock)
    async with api.serving.engine.worker():
        await until(lambda: _seen(api))
        for number in (told.reviewed, told.new):
            await api.try_to(number, "diagnose")
            await _looked(api, number)
        answer = await api.responder.post(
            "/api/v1/plans", json={"target": "main-db", "fix": "drop_duplicate_index"}
        )
        place = answer.headers["location"]
        plans = (await _ended(api, place, "state", ("done", "failed")))["plans"]
        for plan in plans[:2]:
            applied = await api.responder.post(f"/api/v1/plans/{plan['plan']}/apply")
            run = applied.headers["location"]
            await _ended(api, run, "ended", (True,))
        undone = await api.responder.post(f"{run}/undo")
        await _ended(api, undone.headers["location"], "ended", (True,))
        for fix in ("create_foreign_key_index", "validate_foreign_key"):
            wish = {"target": "main-db", "fix": fix}
            asked = await api.responder.post("/api/v1/plans", json=wish)
            await _ended(api, asked.headers["location"], "state", ("done", "failed"))


async def _seen(api: Api) -> bool:
    """Whether the database was looked at by itself."""
    async with api.serving.pool.connection() as connection:
        return bool(await diagnoses.latest(connection))


async def _looked(api: Api, number: int) -> None:
    async def over() -> bool:
        diagnosis = (await api.show(number))["diagnosis"]
        return diagnosis is not None and not diagnosis["waiting"]

    await until(over)


async def _ended(
    api: Api, place: str, name: str, wanted: tuple[object, ...]
) -> dict[str, list[dict[str, str]]]:
    found = {}

    async def over() -> bool:
        nonlocal found
        found = (await api.viewer.get(place)).json()
        return found[name] in wanted

    await until(over)
    return found
