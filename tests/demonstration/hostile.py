"""Somebody who means no good, or whose names are long, in every text that can reach a page."""

from datetime import timedelta
from typing import Any

from fettle.flow.logs import Learning
from fettle.model.signal import Signal, SignalKind
from fettle.settings.logs import LogsSettings
from fettle.store import deliveries
from fettle.store.deliveries import Arrived, Settled
from tests.demonstration import telling
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import a_key, take
from tests.frontends.api.sending_errors import a_sender, event

TEXT = (
    "</bdi><b><img src=x onerror=document.title='hit'><script>document.title='hit'</script>"
    "' \" &lt;b&gt; {{ 7 * 7 }} \u202eteg\u202c \u2066x \x1b[31m مرحبا بالعالم שלום 🧯👩‍🚒 \n"
    + "w"
    * 10_000
)
SHORT = TEXT[:200]


async def tell(api: Api) -> None:
    """Let such texts come in by every door and every form."""
    await api.arrive(
        Signal(
            SHORT,
            SignalKind.ALERT,
            TEXT[:500],
            True,
            TEXT,
            TEXT,
            service="shop",
            labels={SHORT: TEXT, "host": SHORT},
            symptoms=(TEXT[:900],),
        )
    )
    await api.report(TEXT, title=TEXT[:500], service="wiki")
    for number in (1, 2):
        await api.act(number, "acknowledge")
        await api.act(number, "note", text=TEXT)
    await api.act(2, "hold", reason=TEXT)
    await api.act(1, "resolve", evidence=TEXT)
    await _post(api, "/api/v1/issues/1/root-cause", text=TEXT)
    matcher = {"name": SHORT, "op": "=", "value": TEXT[:5000]}
    await _post(api, "/api/v1/silences", matchers=[matcher], comment=TEXT, duration="2h")
    await _post(api, "/api/v1/deploys", service="shop", version=SHORT, note=TEXT[:2000])
    await _post(api, "/api/v1/filters", name=TEXT[:100], query="q=x", shared=True)
    await _post(api, "/api/v1/action-items", issue=1, title=TEXT[:900], owner=TEXT[:150])
    await _write(api, TEXT)
    await _dead_letter(api)
    await _look(api)
    await _error(api)
    await _log(api)


async def _error(api: Api) -> None:
    """Let an application send an error in which every text is such."""
    frame = {
        **dict.fromkeys(("function", "module", "filename", "abs_path", "context_line"), TEXT),
        "pre_context": [TEXT],
        "post_context": [TEXT],
        "vars": {SHORT: TEXT},
        "in_app": True,
    }
    raised = {"type": TEXT, "value": TEXT, "stacktrace": {"frames": [frame] * 3}}
    named = dict.fromkeys(("release", "environment", "server_name", "transaction"), SHORT)
    sender = await a_sender(api, SHORT)
    await sender.send(
        event(
            exception={"values": [raised, raised]},
            tags={SHORT: SHORT},
            user={"id": SHORT},
            request={"method": SHORT, "url": TEXT, "headers": {SHORT: TEXT}, "data": TEXT},
            breadcrumbs=[{"category": SHORT, "message": TEXT}],
            contexts={SHORT: {SHORT: TEXT}},
            **named,
        )
    )


async def _log(api: Api) -> None:
    """Let lines of such texts come of a log of such a name, and be news."""
    key, text = await a_key(api, SHORT), {"Content-Type": "text/plain"}
    for line in ("INFO nothing", f"ERROR {TEXT}"):
        answer = await api.nobody.post(
            f"/hooks/{key}/logs", content=line.replace("\n", " ").encode(), headers=text
        )
        assert answer.is_success, answer.text
        process = Learning(api.serving.pool, api.clock, LogsSettings(learn=timedelta(0)))
        while await process.take():
            pass
    await take(api)


async def _write(api: Api, text: str) -> None:
    """Write in the review of the first issue."""
    path = "/api/v1/issues/1/review"
    review = (await api.responder.get(path)).json()
    sections = {"causes": text, "summary": f"# {text[:200]}\n\n[x](javascript:alert(1)) `{text}`"}
    answer = await api.responder.put(
        path, json={"version": review["version"], "sections": sections}
    )
    assert answer.is_success, answer.text


async def _dead_letter(api: Api) -> None:
    arrived = Arrived(api.clock.now(), SHORT, "alertmanager", {}, TEXT.encode())
    async with api.serving.pool.connection() as connection, connection.transaction():
        (letter,) = await deliveries.keep(connection, [arrived])
        await deliveries.settle(connection, [Settled(letter, "dead", TEXT)])


async def _look(api: Api) -> None:
    """Keep a look at a database, and a plan, whose names are such."""
    finding: dict[str, Any] = {
        "key": f"index_duplicate:{TEXT}",
        "check": "index_duplicate",
        "category": "database",
        "severity": "medium",
        "subject": TEXT,
        "title": "Twins",
        "description": TEXT,
        "impact": TEXT,
        "recommendations": [TEXT, "DROP INDEX x;"],
        "metrics": {},
        "evidence": [{"same_as": TEXT}],
        "fixes": ["drop_duplicate_index"],
        "pids": [],
    }
    kept = telling.kept()
    look = {**kept["look"], "target": "main-db", "findings": [finding]}
    unknown = [{"check": "slow_queries", "reason": TEXT, "remedy": TEXT}]
    await api.store.tables.save_diagnosis({**look, "unknown": unknown})
    plan = {**kept["plan"], "subject": TEXT, "statements": [TEXT], "finding": finding}
    await api.store.tables.save_plan({**plan, "advice": [TEXT], "prechecks": [TEXT]}, SHORT)


async def _post(api: Api, path: str, **body: object) -> None:
    answer = await api.responder.post(path, json=body)
    assert answer.is_success, answer.text
