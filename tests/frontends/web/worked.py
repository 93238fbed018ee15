"""An issue that has been worked on: all that its page can show stands in it."""

import json
from datetime import timedelta

from fettle.frontends.report import as_json
from fettle.model.investigation import Aim
from fettle.model.issue import Entry
from fettle.store import investigations, issues
from fettle.store.investigations import Asked, Completed
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.test_issues import fire
from tests.frontends.report.sample import SAMPLE

RUNBOOKS = '''
[triage.runbooks]
system-outage = """
## Look
- [ ] Does the checkout answer? `curl -fsS https://shop.example/health`
- [ ] What holds the locks?
```sql
SELECT pid, state, query FROM pg_stat_activity WHERE wait_event_type = 'Lock';
```
- [ ] Was something deployed? Go back to the version before.
## Tell
- [ ] Say on the status page what is down
"""
database-performance-degradation = "- [ ] Look at the slowest statements"
'''
WORKED = SETTINGS + RUNBOOKS


async def past(api: Api) -> int:
    """Let an issue be over of which somebody said what helped; return its number."""
    number: int = (await api.report("Checkout refuses cards of the shop", service="shop"))["number"]
    await api.act(number, "root-cause", text="an expired certificate")
    await api.act(number, "resolve", evidence="cards go through again")
    return number


async def begun(api: Api) -> int:
    """Open an issue with all that stands beside one before anybody works on it."""
    at = api.clock.now()
    for version, before in (("1.4.1", timedelta(hours=20)), ("1.4.2", timedelta(minutes=4))):
        body = {"service": "shop", "version": version, "at": (at - before).isoformat()}
        more = {"note": "carts are kept longer", "url": "https://ci.example/7"}
        assert (await api.responder.post("/api/v1/deploys", json={**body, **more})).is_success
    signal = fire("checkout", "Checkout of the shop is down", service="shop", text="5xx from 14:01")
    await api.arrive(signal)
    found = (await api.viewer.get("/api/v1/issues")).json()["items"][0]
    number: int = found["number"]
    body = {"class": "system-outage", "reason": "nobody can pay"}
    await api.act(number, "classify", **body)
    return number


async def looked(api: Api, number: int) -> None:
    """Hang on an issue what a look at its database found."""
    document = json.loads(as_json.write([SAMPLE], verbose=False))
    now = api.clock.now()
    asked = Asked(number, Aim("main-db", "the shop needs it"), "fettle")
    detail = {"database": "main-db", "status": "critical", "findings": "5", "cause": "pid 4242"}
    entry = Entry("diagnosed", "fettle", now, "main-db: 5 findings, 1 critical", detail)
    async with api.serving.pool.connection() as connection, connection.transaction():
        await investigations.ask(connection, [asked], now)
        (waiting,) = await investigations.waiting(connection, "main-db", 2**31, 1)
        snapshot = await investigations.save_snapshot(connection, "main-db", document, [], [])
        await investigations.complete(
            connection, snapshot.id, [Completed(waiting.id, (), None)], now
        )
        await issues.write_entries(connection, [(number, entry)])


async def worked_on(api: Api) -> int:
    """Let an issue be worked on for a while; return its number."""
    await past(api)
    number = await begun(api)
    await looked(api, number)
    await api.act(number, "acknowledge")
    api.clock.moment += timedelta(minutes=3)
    await api.act(number, "roles", lead="ada")
    await api.act(number, "steps/1", note="502 from every node")
    await api.act(number, "stages/reproduce", note="with curl")
    await api.act(number, "note", text="We go back to 1.4.1")
    return number
