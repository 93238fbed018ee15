"""No certificate runs out.

Why it matters:  A certificate that has run out takes everything behind it away, for everybody at
    once, at a moment that was known for months.
Passed when:     Every certificate that is configured is valid for 30 days at least, renewed where
    it was not, and a handshake shows the new one: its serial, its names, its whole chain.
Failed when:     One runs out earlier and could not be renewed, or the old one is still shown. What
    was better before is put back: the former files, where loading the new ones failed, or a host
    shows nothing any more, or what is not believed.
Could not check when:  A host does not answer, a file cannot be read, or neither certbot nor lego is
    on the machine.
Change it:       Where certificates are looked at, and what renews them: [[certificate]]; how early:
    [certificates] renew_within. Another window or time: a [[task]] with the id
    monthly-certificate-renewal and what is to be different. Not at all: enabled = false in it.
"""

from collections.abc import Sequence
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from fettle.errors import ActFailed, CannotLook
from fettle.maintenance import certificates as judged
from fettle.maintenance.certificates import Before, Standing
from fettle.maintenance.outcomes import together
from fettle.model.certificates import Certificates, Held, Kept, Seen
from fettle.model.task import Automation, Category, Frequency, Procedure, RunOwn, TaskStep, There
from fettle.model.window import Window
from fettle.model.work import Outcome, Told, Work, failed, passed, unknown
from fettle.unit import task

READ = "Read when the certificates run out"
RENEW = "Renew those that run out within 30 days"
USE = "Put the new certificates into use"
PROVE = "Prove them by a handshake"
WATCH = "Watch the new dates"

TASK = task(
    __name__,
    name="Monthly certificate renewal",
    description="See when certificates run out, renew those that do within 30 days",
    frequency=Frequency.MONTHLY,
    category=Category.SECURITY,
    automation=Automation.PARTIAL,
    needs=("certificate", "service"),
    window=Window(time(4), ZoneInfo("UTC"), timedelta(hours=2), timedelta(hours=1), day_of_month=1),
    procedure=Procedure(
        steps=(
            TaskStep(READ, RunOwn(), idempotent=True, there=There.CERTIFICATES),
            # one that was cut off looks at what is kept first: what is not due is left alone
            TaskStep(
                RENEW,
                RunOwn(acts=True),
                timeout=timedelta(hours=1),
                idempotent=True,
                there=There.CERTIFICATES,
            ),
            TaskStep(USE, RunOwn(acts=True), idempotent=True, there=There.CERTIFICATES),
            TaskStep(PROVE, RunOwn(acts=True), idempotent=True, there=There.CERTIFICATES),
            TaskStep(WATCH, RunOwn(), idempotent=True, there=There.CERTIFICATES),
        ),
        estimated_duration=timedelta(hours=1),
        # of several certificates each is renewed, loaded and proved, whatever became of the others
        continue_on_error=True,
    ),
)


@TASK.step(READ)
async def read(work: Work) -> Told:
    """Look everywhere, and say when each runs out."""
    care = _care(work)
    seen = await care.look()
    for one in seen:
        says = f"valid until {one.not_after:%Y-%m-%d}" if isinstance(one, Held) else one.reason
        await work.say(f"{one.place.name}: {says}")
    return judged.read(seen, work.now(), care.within)


@TASK.step(RENEW)
async def renew(work: Work) -> Told:
    """Renew each that is due, one after the other, and look at what came of it."""
    care = _care(work)
    parts = [await _renewed(work, kept) for kept in care.kept]
    others = [one for one in await care.look() if one.place.of is None]
    parts.append(judged.not_renewed(others, work.now(), care.within))
    done = [part.says for part in parts if " was renewed" in part.says]
    return together(parts, "; ".join(done) or "nothing is due: nothing was renewed")


async def _renewed(work: Work, kept: Kept) -> Told:
    care, now = _care(work), work.now()
    standing = Standing(kept, await care.look(kept.name))
    told = judged.to_renew(standing, now, care.within)
    before = standing.store
    if told is not None or not isinstance(before, Held):
        return told or unknown(f"{kept.name} could not be looked at")
    await work.say(f"{kept.name} is due: {kept.renewed_by} is asked to renew it")
    try:
        await care.renew(kept.name, work.run, work.say)
    except CannotLook as error:
        return unknown(f"{kept.name} is due, and was not renewed: {error.reason}", error.remedy)
    except ActFailed as error:
        told = failed(error.reason, error.remedy)
    after = Standing(kept, await care.look(kept.name)).store
    found = judged.renewed(kept.name, before, after, work.now())
    if found.outcome is Outcome.FAILED and await _is_put_back(work, kept, before, after):
        found = failed(f"{found.says}; the former certificate was put back", found.remedy)
    return told or found


async def _is_put_back(work: Work, kept: Kept, before: Held, after: Seen | None) -> bool:
    """Put back what was there where something else is now that is not to be loaded."""
    if isinstance(after, Held) and after.serial == before.serial:
        return False
    return await _care(work).put_back(kept.name, work.run)


@TASK.step(USE)
async def use(work: Work) -> Told:
    """Have what shows a certificate load what is kept, where it shows another one."""
    before = judged.before_of(work.earlier(READ))
    parts = [await _loaded(work, one, before) for one in await _standing(work)]
    done = [part.says for part in parts if "was loaded" in part.says]
    return together(parts, "; ".join(done) or "every host shows what is kept: nothing was loaded")


async def _loaded(work: Work, standing: Standing, before: dict[str, Before]) -> Told:
    care, name = _care(work), standing.kept.name
    if not judged.is_to_load(standing, before):
        return passed(f"{name} is in use")
    if not standing.kept.reloads:
        if not judged.is_to_load(await _after_a_while(work, standing), before):
            return passed(f"{name} is in use")  # its own hook has loaded it
        return failed(
            f"{name} is not in use, and nothing here loads it",
            f"load it by hand, or say in [[certificate]] {name} how: reload",
        )
    try:
        await care.reload(name, work.say)
    except CannotLook as error:
        return unknown(f"{name} was not loaded: {error.reason}", error.remedy)
    except ActFailed as error:
        told = failed(f"{name} was not loaded: {error.reason}", error.remedy)
        return await _back(work, standing, before, told)
    await _after_a_while(work, standing)  # whoever looks next sees no worker that is to end
    return passed(f"{name} was loaded")


@TASK.step(PROVE)
async def prove(work: Work) -> Told:
    """Ask each host, and see that it shows what is kept, whole and believed."""
    before = judged.before_of(work.earlier(READ))
    parts = [await _proved(work, one, before) for one in await _standing(work)]
    right = "; ".join(part.says for part in parts) or "there is none that Fettle renews"
    return together(parts, right)


async def _proved(work: Work, standing: Standing, before: dict[str, Before]) -> Told:
    standing = await _after_a_while(work, standing)
    proof = judged.proved(standing, before, work.now())
    return await _back(work, standing, before, proof.told) if proof.broke else proof.told


async def _after_a_while(work: Work, standing: Standing) -> Standing:
    """Return how it stands once the hosts show what is kept, or have had time to."""
    store = standing.store
    if not isinstance(store, Held):
        return standing
    hosts = await _care(work).shown(standing.kept.name, store.serial)
    return Standing(standing.kept, (store, *hosts))


async def _back(work: Work, standing: Standing, before: dict[str, Before], told: Told) -> Told:
    """Put the former certificate back, where the run has brought another one, and say so."""
    care, name = _care(work), standing.kept.name
    if not judged.is_changed(standing, before):
        return told
    try:
        if not await care.put_back(name, work.run):
            return failed(f"{told.says}; the former certificate was not kept", told.remedy)
        await care.reload(name, work.say)
    except (ActFailed, CannotLook) as error:
        said = f"{told.says}; to go back to the former certificate failed, too: {error.reason}"
        return failed(said, error.remedy or told.remedy)
    former = Standing(standing.kept, await care.look(name))
    shown = not judged.is_to_load(await _after_a_while(work, former), before)
    loaded = "and is shown again" if shown else "and is not shown yet"
    return failed(f"{told.says}; the former certificate was put back {loaded}", told.remedy)


@TASK.step(WATCH)
async def watch(work: Work) -> Told:
    """Look everywhere once more, and say who looks until the next run."""
    care = _care(work)
    said = work.everywhere(WATCH)
    return judged.watched(await care.look(), work.now(), care.within, said)


async def _standing(work: Work) -> Sequence[Standing]:
    """Return how each certificate stands that Fettle renews."""
    care = _care(work)
    seen = await care.look()
    return [
        Standing(kept, [one for one in seen if one.place.of == kept.name])
        for kept in care.kept
        if kept.renewed_by is not None
    ]


def _care(work: Work) -> Certificates:
    """Return what looks after the certificates that are reached here."""
    return work.tools.certificates.reached(work.reaches)
