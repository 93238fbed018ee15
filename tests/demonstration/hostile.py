"""Somebody who means no good, or whose names are long, in every text that can reach a page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from fettle.flow.logs import Learning
from fettle.flow.update_looks import Keeping, keep
from fettle.model.experiment import Earned, LeftAlone, Outcome, Patch, Risk, StepTaken
from fettle.model.signal import Signal, SignalKind
from fettle.model.update import (
    Advisory,
    Ecosystem,
    Installed,
    Level,
    Open,
    Package,
    Passed,
    Raise,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
)
from fettle.settings.logs import LogsSettings
from fettle.store import deliveries
from fettle.store.deliveries import Arrived, Settled
from tests import optimised_run
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
    await _update(api)
    await _optimisation(api)


async def _update(api: Api) -> None:
    """Let a registry, an advisory and a look for updates say such things."""
    package = Package(Ecosystem.PYPI, TEXT[:300])
    advisory = Advisory(SHORT, frozenset({SHORT}), TEXT, url="javascript:alert(1)", told_by=TEXT)
    update = Update(
        SHORT,
        package,
        TEXT,
        SHORT,
        TEXT[:500],
        UpdateType.SECURITY,
        Level.OTHER,
        advisories=(advisory,),
        through=(Raise(package, SHORT, TEXT),),
        held=(TEXT,),
        grounds=(TEXT,),
        notes=TEXT,
        notes_url="javascript:alert(1)",
    )
    now = api.clock.now()
    passed = (Passed(TEXT, TEXT, TEXT),)
    source = SourceResult(SHORT, SourceState.FAILED, now, 1, 2, passed, TEXT, TEXT, now, TEXT)
    known = Open(Installed(package, TEXT, TEXT), advisory)
    told = UpdateCheck(now, (update,), (source,), (known,))
    async with api.serving.pool.connection() as connection, connection.transaction():
        await keep(connection, told, Keeping(uuid4(), SHORT, api.serving.settings))


async def _optimisation(api: Api) -> None:
    """Keep a run on a web root in which every text is such."""
    run = optimised_run.done("0123456789ab", root=f"/srv/{TEXT}")
    step = StepTaken(
        *(SHORT, TEXT, Risk.GATED, Outcome.TAKEN_BACK, TEXT, (TEXT,) * 30),
        passed=(LeftAlone(TEXT, TEXT),) * 30,
        earned=(Earned(TEXT, "phone", "lcp", 2.0, 1.0),),
        patches=(Patch(TEXT, TEXT, TEXT),),
    )
    loads = []
    for one in run.loads:
        request = replace(one.measured.typical.requests[1], url=f"https://x/{TEXT}", failed=TEXT)
        typical = replace(one.measured.typical, requests=(request,) * 30)
        loads.append(replace(one, page=TEXT, measured=replace(one.measured, typical=typical)))
    run = replace(
        run,
        urls=(TEXT,) * 12,
        reason=TEXT,
        steps=(step, *run.steps),
        compared=step.earned,
        notes=(TEXT,),
        loads=tuple(loads),
        shots=tuple(replace(one, page=TEXT) for one in run.shots),
    )
    await optimised_run.keep(api.store.connection, run, SHORT)


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
