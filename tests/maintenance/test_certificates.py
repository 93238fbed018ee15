"""What becomes of certificates is decided by what is seen of them, and by nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from fettle.errors import ActFailed
from fettle.maintenance import certificates as judged
from fettle.maintenance.certificates import Before, Standing
from fettle.maintenance.tasks.monthly_certificate_renewal import PROVE, READ, RENEW, TASK, USE
from fettle.model.certificates import Held, Kept, Missed, Place, Say, Seen, Where
from fettle.model.work import Outcome
from fettle.testing import START
from tests.maintenance.working import Steps, tools

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
DAY, MONTH = timedelta(days=1), timedelta(days=30)
STORE = Place("/store/shop.crt", Where.STORE, "shop")
HOST = Place("shop.example:443", Where.HANDSHAKE, "shop", "front")
SHOP = Kept("shop", "lego", reloads=True)


def held(place: Place, serial: str, days: float, **more: tuple[str, ...]) -> Held:
    began, ends = START - 60 * DAY, START + days * DAY
    found = Held(place, serial, began, ends, "an authority", ("shop.example",))
    return replace(found, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "due"), [(30.001, False), (30, False), (29.999, True), (0, True), (-3, True)]
)
def test_due_is_what_runs_out_earlier_than_the_limit(days: float, due: bool) -> None:
    standing = Standing(SHOP, [held(STORE, "1", days)])
    assert judged.is_due(held(STORE, "1", days), START, MONTH) is due
    assert (judged.to_renew(standing, START, MONTH) is None) is due


@pytest.mark.parametrize(("days", "due"), [(2, False), (1.81, False), (1.79, True), (-1, True)])
def test_what_lives_for_days_is_due_in_the_last_third_of_them(days: float, due: bool) -> None:
    ends = START + days * DAY
    six_days = replace(held(HOST, "1", 0), not_before=ends - 6 * DAY, not_after=ends)
    assert judged.is_due(six_days, START, MONTH) is due
    told = judged.watched([six_days, held(STORE, "2", 60)], START, MONTH)
    assert told.outcome is (FAILED if due else PASSED)
    assert due or "at least, but 1 that lives for less, and watched" in told.says
    # nothing is known to renew by itself what nobody believes, or what is a file
    assert judged.is_due(replace(six_days, distrust=("self-signed",)), START, MONTH)
    copy = Place("/etc/partner.pem", Where.FILE)
    assert judged.is_due(replace(six_days, place=copy), START, MONTH)


def test_a_host_that_shows_an_old_one_is_no_reason_to_renew_what_is_kept() -> None:
    standing = Standing(SHOP, [held(STORE, "2", 89), held(HOST, "1", 3)])
    told = judged.to_renew(standing, START, MONTH)
    assert told is not None
    assert told.outcome is PASSED
    assert judged.is_to_load(standing, {})


def test_a_copy_that_is_old_is_to_be_made_anew_and_is_no_proof() -> None:
    copy = Place("/etc/haproxy/shop.pem", Where.FILE, "shop")
    seen = [held(STORE, "2", 89), held(HOST, "2", 89), held(copy, "1", 3)]
    assert judged.is_to_load(Standing(SHOP, seen), {})
    told = judged.proved(Standing(SHOP, seen), {}, START).told
    assert told.outcome is FAILED
    assert told.says.startswith("/etc/haproxy/shop.pem holds not the certificate that is kept")


def test_what_was_never_obtained_is_not_obtained_by_a_renewal() -> None:
    told = judged.to_renew(Standing(SHOP, [Missed(STORE, "no such file")]), START, MONTH)
    assert told is not None
    assert (told.outcome, told.remedy) == (UNKNOWN, "obtain the first one with lego by hand")


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (held(STORE, "1", 3), "was not renewed"),
        (held(STORE, "2", 3), "was not renewed"),
        (held(STORE, "2", 90, names=("other.example",)), "is not for shop.example any more"),
        (Missed(STORE, "no such file"), "cannot be read after it was renewed: no such file"),
        (None, "it is gone"),
    ],
)
def test_a_renewal_that_gave_nothing_better_failed(after: Seen | None, says: str) -> None:
    told = judged.renewed("shop", held(STORE, "1", 3), after, START)
    assert told.outcome is FAILED
    assert says in told.says


_UNBELIEVED = ("of an authority that is not known",)


@pytest.mark.parametrize(
    ("seen", "was", "outcome", "broke"),
    [
        (held(HOST, "2", 90), Before("1", believed=True), PASSED, False),
        (held(HOST, "1", 3), Before("1", believed=True), FAILED, False),
        (held(HOST, "2", 90, distrust=_UNBELIEVED), Before("1", believed=True), FAILED, True),
        (held(HOST, "2", 90, distrust=_UNBELIEVED), Before("1", believed=False), FAILED, False),
        (Missed(HOST, "no connection"), Before("1", believed=True), FAILED, True),
        (Missed(HOST, "no connection"), None, UNKNOWN, False),
    ],
)
def test_a_handshake_proves_it_or_says_what_is_worse_than_before(
    seen: Seen, was: Before | None, outcome: Outcome, broke: bool
) -> None:
    before = {judged.key(STORE): Before("1", believed=True)}
    before |= {} if was is None else {judged.key(HOST): was}
    proof = judged.proved(Standing(SHOP, [held(STORE, "2", 90), seen]), before, START)
    assert (proof.told.outcome, proof.broke) == (outcome, broke)


def test_nothing_is_proved_where_nobody_shows_it() -> None:
    proof = judged.proved(Standing(SHOP, [held(STORE, "2", 90)]), {}, START)
    assert proof.told.outcome is UNKNOWN


def test_what_is_not_valid_long_enough_is_never_called_watched() -> None:
    told = judged.watched([held(HOST, "1", 29), held(STORE, "1", 90)], START, MONTH)
    assert told.outcome is FAILED
    assert judged.watched([], START, MONTH).outcome is UNKNOWN
    gone = judged.watched([held(HOST, "1", 90), Missed(STORE, "gone")], START, MONTH)
    assert gone.outcome is UNKNOWN


def test_the_report_is_of_what_was_seen_elsewhere_too() -> None:
    there = judged.watched([held(STORE, "2", 60)], START, MONTH)
    told = judged.watched([held(HOST, "1", 90)], START, MONTH, [None, there.detail])
    assert told.says.startswith("all 1 are valid")
    assert told.report is not None
    table = told.report.sections[0].table
    assert table is not None
    assert [row[0] for row in table.rows] == [STORE.name, HOST.name]


# ruff: noqa: ARG002 - there is one certificate, and it needs no telling


@dataclass
class Given:
    """Certificates in memory; what renews one gives `gives`; implements model.certificates."""

    gives: Held
    store: Held = field(default_factory=lambda: held(STORE, "1", 3))
    loaded: str = "1"
    acts: list[str] = field(default_factory=list)
    fails: tuple[str, ...] = ()
    within: timedelta = MONTH
    kept: Sequence[Kept] = (SHOP,)

    def reached(self, by: Callable[[str | None], bool]) -> "Given":
        return self

    async def look(self, of: str | None = None) -> Sequence[Seen]:
        return [self.store, replace(self.store, place=HOST, serial=self.loaded)]

    async def shown(self, of: str, serial: str) -> Sequence[Seen]:
        return (await self.look())[1:]

    async def renew(self, name: str, run: str, say: Say) -> None:
        self.acts.append("renew")
        self.store = self.gives
        if "renew" in self.fails:
            raise ActFailed("it ended with 1")

    async def reload(self, name: str, say: Say) -> None:
        self.acts.append("reload")
        if "reload" in self.fails:
            raise ActFailed("it ended with 1")
        self.loaded = self.store.serial

    async def put_back(self, name: str, run: str) -> bool:
        self.acts.append("put back")
        self.store = held(STORE, "1", 3)
        return True


async def test_a_certificate_that_lost_a_name_is_put_back_before_anything_loads_it() -> None:
    given = Given(gives=held(STORE, "2", 90, names=()))
    steps = Steps(TASK, tools(certificates=given), moment=START)
    told = await steps.do(READ, RENEW)
    assert told.outcome is FAILED
    assert "the former certificate was put back" in told.says
    await steps.do(USE, PROVE)
    assert given.acts == ["renew", "put back"]


async def test_what_was_renewed_although_its_tool_failed_is_used_and_the_failure_is_told() -> None:
    given = Given(gives=held(STORE, "2", 90), fails=("renew",))
    steps = Steps(TASK, tools(certificates=given), moment=START)
    assert (await steps.do(READ, RENEW)).says == "it ended with 1"
    assert [told.outcome for told in [await steps.do(USE), await steps.do(PROVE)]] == [PASSED] * 2
    assert given.loaded == "2"


async def test_a_certificate_that_lost_nothing_is_renewed_once() -> None:
    given = Given(gives=held(STORE, "2", 90))
    steps = Steps(TASK, tools(certificates=given), moment=START)
    await steps.all()
    await steps.do(RENEW, USE, PROVE)
    assert given.acts == ["renew", "reload"]
