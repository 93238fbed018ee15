"""What arrives becomes issues: once each, joined where it belongs together, and nothing is lost."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from fettle.flow import absorb, regroup
from fettle.intake import own
from fettle.model.classification import By as DecidedBy
from fettle.model.classification import Priority
from fettle.model.issue import Declined, Issue, Moved, Status
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.model.silence import Matcher, Silence
from fettle.store import deliveries, silences
from fettle.store.deliveries import Arrived
from fettle.triage import moves, policy
from fettle.triage.moves import By
from tests.flow.desk import SOURCE, Place, end, fire, named, place_of


async def test_an_alert_opens_an_issue_that_is_classified_timed_assigned_and_announced(
    place: Place,
) -> None:
    await place.arrive(fire(service="shop", text="p95 is 9 s"))

    issue = await place.issue()
    assert (issue.title, issue.status, issue.team) == ("Checkout is slow", Status.TRIAGED, "web")
    assert issue.classification.severity is Severity.HIGH
    assert issue.classification.services == ("shop",)
    assert await place.events() == ["opened", "triaged", "called"]
    clocks = await place.rows("SELECT clock, act FROM clock_event ORDER BY id")
    assert clocks == [
        ("response", "started"),
        ("resolution", "started"),
        ("update", "started"),
    ] or {clock for clock, _ in clocks} == {"response", "update", "resolution"}
    assert await place.told() == [("web", "opened")]


async def test_the_same_key_is_the_same_alert(place: Place) -> None:
    await place.arrive(fire())
    await place.arrive(fire(), fire())

    assert await place.outcomes() == ["opened", "repeated", "repeated"]
    assert (await place.issue()).signals == 1
    assert await place.told() == [("web", "opened")]


async def test_deliveries_that_come_to_the_same_are_each_counted(place: Place) -> None:
    """Also where they are taken up together, as under load."""
    sent = [own.written([fire(key, group=key)]) for key in ("a", "b", "c", "a", "b")]
    came = [Arrived(place.clock.now(), "prod", own.VENDOR, {}, body) for body in sent]
    async with place.pool.connection() as connection, connection.transaction():
        await deliveries.keep(connection, came)

    await place.take()

    counts = await place.rows("SELECT outcome, reason, number FROM intake_count ORDER BY reason")
    assert counts == [("accepted", "opened", 3), ("accepted", "repeated", 2)]


async def test_the_end_of_every_alert_resolves_the_issue_and_is_told(place: Place) -> None:
    await place.arrive(fire("a", group="g"), fire("b", group="g"))
    await place.arrive(end("a", group="g"))
    one_left = (await place.issue()).status
    await place.arrive(end("b", group="g"))

    issue = await place.issue()
    assert (one_left, issue.status) == (Status.TRIAGED, Status.RESOLVED)
    assert await place.told() == [("web", "opened"), ("web", "resolved")]
    assert named(await place.timeline(), "resolved")[0].text == "every alert of it has ended"


async def test_what_was_over_before_it_was_taken_owes_the_review_of_what_it_was(
    place: Place,
) -> None:
    bad = fire(severity=Severity.CRITICAL)
    await place.arrive(bad, replace(bad, firing=False))
    issue = await place.issue()

    assert (issue.status, issue.resolved_as) == (Status.RESOLVED, Priority.P1)


async def test_what_the_source_groups_is_one_issue_and_says_why(place: Place) -> None:
    await place.arrive(fire("a", group="db"), fire("b", "Pool is full", group="db"))
    await place.arrive(fire("c", "Disk is full", group="other"))

    first, second = await place.issues()
    assert (first.signals, second.signals) == (2, 1)
    (joined,) = named(await place.timeline(), "joined")
    assert joined.text == "Pool is full"
    assert joined.detail["why"] == f"{SOURCE} groups them: db"


async def test_alerts_of_one_service_and_kind_are_one_issue_while_it_is_young(
    place: Place,
) -> None:
    await place.arrive(fire("a", "Checkout is slow", service="shop"))
    await place.arrive(fire("b", "Checkout is very slow", service="shop"))
    place.clock.moment += timedelta(hours=5)
    await place.arrive(fire("c", "Checkout is slow again", service="shop"))

    assert [issue.signals for issue in await place.issues()] == [2, 1]


async def test_what_one_source_says_by_the_same_rule_is_one_issue_whatever_its_words_come_to(
    place: Place,
) -> None:
    for number, status in enumerate((500, 503, 404, 418)):
        title = f"Checkout answers {status} on web-{number}"
        await place.arrive(fire(str(number), title, service="shop", severity=None))
    await place.arrive(fire("x", "Card is refused", service="blog", rule="ping"))
    await place.arrive(fire("y", "The database is slow", service="blog", rule="ping"))

    issues = await place.issues()
    assert [issue.signals for issue in issues] == [4, 2]
    joined = named(await place.timeline(), "joined")
    assert {entry.detail["why"] for entry in joined} == {
        f"{SOURCE} says the same of shop (Checkout answers # on web-#), close in time"
    }


async def test_what_would_have_joined_a_merged_issue_joins_the_other(place: Place) -> None:
    await place.arrive(fire("a", group="one"), fire("b", group="two"))
    by = By("cli:ada", place.clock.now())
    async with place.pool.connection() as connection, connection.transaction():
        await regroup.merge(connection, place.taking.desk, 1, 2, by)
    await place.arrive(fire("c", group="one"))

    assert [issue.signals for issue in await place.issues()] == [1, 3]


async def test_what_goes_on_takes_more_though_a_later_one_of_its_group_is_over(
    place: Place,
) -> None:
    await place.arrive(fire("a", group="g"))
    await place.move(1, lambda issue: moves.resolve(issue, By("cli:ada", place.clock.now()), "ok"))
    await place.arrive(fire("b", group="g"))
    await place.move(1, lambda issue: moves.reopen(issue, By("cli:ada", place.clock.now()), "no"))
    await place.arrive(end("b", group="g"))
    await place.arrive(fire("a", group="g"), fire("c", group="g"))

    assert [(issue.status, issue.signals) for issue in await place.issues()] == [
        (Status.INVESTIGATING, 2),
        (Status.RESOLVED, 1),
    ]


async def test_what_joins_is_promised_no_less_than_by_itself(place: Place) -> None:
    await place.arrive(fire("a", group="g", service="blog", severity=Severity.HIGH))
    before = (await place.issue()).classification
    await place.arrive(fire("b", group="g", service="shop", severity=Severity.HIGH))

    made = (await place.issue()).classification
    assert (before.priority, made.priority) == (Priority.P3, Priority.P1)
    assert (made.severity, made.services) == (Severity.HIGH, ("blog", "shop"))
    assert made.sla == policy.BY_PRIORITY[Priority.P1].sla
    (entry,) = named(await place.timeline(), "reclassified")
    assert "has become more urgent" in entry.text


async def test_nobody_is_promised_less_by_what_is_worse(place: Place) -> None:
    await place.arrive(fire("a", group="g", service="blog", severity=Severity.HIGH))
    by = By("cli:ada", place.clock.now())
    urgent = policy.BY_PRIORITY[Priority.P1]

    def sooner(issue: Issue) -> Moved:
        made = replace(
            issue.classification,
            priority=Priority.P1,
            escalation=urgent.escalation,
            sla=urgent.sla,
        )
        return moves.reclassify(issue, by, made, "a demo is on")

    await place.move(1, sooner)
    await place.arrive(fire("b", group="g", service="blog", severity=Severity.CRITICAL))

    made = (await place.issue()).classification
    assert (made.severity, made.priority) == (Severity.CRITICAL, Priority.P1)
    assert (made.escalation, made.sla) == (urgent.escalation, urgent.sla)


async def test_what_has_nothing_in_common_stands_by_itself(place: Place) -> None:
    await place.arrive(fire("a", "Something is odd"), fire("b", "Something else is odd"))

    assert len(await place.issues()) == 2


async def test_an_alert_that_comes_back_soon_reopens_its_issue(place: Place) -> None:
    await place.arrive(fire())
    await place.arrive(end())
    place.clock.moment += timedelta(minutes=30)
    await place.arrive(fire())

    issue = await place.issue()
    assert issue.status is Status.INVESTIGATING
    assert issue.acknowledged_by is None
    assert await place.outcomes() == ["opened", "resolved", "reopened"]
    assert [event for _, event in await place.told()] == ["opened", "resolved", "escalated"]


async def test_one_that_comes_back_later_opens_another(place: Place) -> None:
    await place.arrive(fire())
    await place.arrive(end())
    place.clock.moment += timedelta(hours=2)
    await place.arrive(fire())

    assert len(await place.issues()) == 2


async def test_a_resolve_before_its_fire_opens_nothing(place: Place) -> None:
    began = place.clock.now() - timedelta(minutes=5)
    await place.arrive(replace(end(), started_at=began, ended_at=place.clock.now()))
    place.clock.moment += timedelta(seconds=5)
    await place.arrive(fire(started_at=began))

    assert await place.issues() == []
    assert await place.outcomes() == ["unmatched", "late"]


async def test_a_duplicate_delivery_of_an_old_fire_changes_nothing(place: Place) -> None:
    began = place.clock.now()
    await place.arrive(fire(started_at=began))
    await place.arrive(end(started_at=began))
    place.clock.moment += timedelta(minutes=1)
    await place.arrive(fire(started_at=began))

    assert (await place.issue()).status is Status.RESOLVED
    assert (await place.outcomes())[-1] == "late"


async def test_a_duplicate_of_a_fire_whose_source_is_ahead_changes_nothing(place: Place) -> None:
    ahead = fire(started_at=place.clock.now() + timedelta(hours=2))
    await place.arrive(ahead)
    await place.arrive(end())
    await place.arrive(ahead)

    assert await place.outcomes() == ["opened", "resolved", "late"]
    assert (await place.issue()).status is Status.RESOLVED


async def page(place: Place, *actions: str) -> None:
    """Let what a pager was told of one alert arrive at once, a delivery each, and be taken."""
    arrived = []
    for action in actions:
        place.clock.moment += timedelta(seconds=1)
        said = {"summary": "Checkout is slow", "severity": "critical", "source": "web-1"}
        body = json.dumps({"event_action": action, "dedup_key": "a", "payload": said}).encode()
        arrived.append(Arrived(place.clock.now(), "prod", "pagerduty", {}, body))
    async with place.pool.connection() as connection, connection.transaction():
        await deliveries.keep(connection, arrived)
    await place.take()


async def test_who_has_taken_an_alert_at_its_source_has_taken_its_issue(place: Place) -> None:
    await page(place, "trigger", "acknowledge")
    both = await place.issue()
    await page(place, "resolve", "trigger")
    asks = await place.issue()
    await page(place, "acknowledge")

    assert both.status is Status.ACKNOWLEDGED
    assert asks.acknowledged_by is None
    assert (await place.issue()).acknowledged_by == "prod/pagerduty"


async def test_what_was_taken_and_came_back_asks_for_somebody(place: Place) -> None:
    """Though all of it waited, and is taken together."""
    await page(place, "trigger", "acknowledge", "resolve", "trigger")

    issue = await place.issue()
    assert (issue.status, issue.acknowledged_by) == (Status.INVESTIGATING, None)
    assert issue.calls_made > 0
    events = [one for one in await place.events() if one not in ("triaged", "ended", "joined")]
    assert events == ["opened", "acknowledged", "resolved", "reopened", "called"]


async def test_an_acknowledgement_that_is_replayed_takes_nothing_that_came_later(
    place: Place,
) -> None:
    await page(place, "trigger", "acknowledge", "resolve", "trigger")
    async with place.pool.connection() as connection, connection.transaction():
        await deliveries.replay(connection, [2])
    await place.take()

    assert (await place.issue()).acknowledged_by is None


async def test_something_new_in_an_acknowledged_issue_is_told(place: Place) -> None:
    await place.arrive(fire("a", group="g"))
    await place.move(1, lambda issue: moves.acknowledge(issue, By("cli:ada", place.clock.now())))
    await place.arrive(fire("b", "Checkout is slow on phones", group="g"))

    assert (await place.told())[-1] == ("web", "changed")


async def test_what_makes_an_acknowledged_issue_worse_asks_for_somebody_again(
    place: Place,
) -> None:
    await place.arrive(fire("a", group="g", severity=Severity.MEDIUM))
    await place.move(1, lambda issue: moves.acknowledge(issue, By("cli:ada", place.clock.now())))
    await place.arrive(fire("b", group="g", severity=Severity.CRITICAL))

    issue = await place.issue()
    assert issue.classification.severity is Severity.CRITICAL
    assert issue.classification.priority is Priority.P1
    assert issue.acknowledged_by is None
    assert "reclassified" in await place.events()
    assert "escalated" in [event for _, event in await place.told()]


async def test_a_repetition_that_is_worse_is_heard(place: Place) -> None:
    await place.arrive(fire(severity=Severity.LOW))
    await place.arrive(fire(severity=Severity.CRITICAL))

    assert (await place.issue()).classification.severity is Severity.CRITICAL


async def test_a_repetition_whose_words_are_worse_is_heard_though_it_is_acknowledged(
    place: Place,
) -> None:
    slow = fire(severity=None, text="p95 is 3.1 s")
    worse = replace(slow, text="Nobody can pay: the checkout is down for all customers")
    await place.arrive(slow)
    before = (await place.issue()).classification.severity
    await place.move(1, lambda issue: moves.acknowledge(issue, By("cli:ada", place.clock.now())))
    await place.arrive(worse)

    issue = await place.issue()
    assert before < Severity.CRITICAL
    assert (issue.classification.severity, issue.acknowledged_by) == (Severity.CRITICAL, None)
    assert "reclassified" in await place.events()


async def test_other_words_that_are_no_worse_leave_what_a_person_judged(place: Place) -> None:
    slow = fire(severity=None, text="p95 is 3.1 s")
    await place.arrive(slow)
    by = By("cli:ada", place.clock.now())

    def milder(issue: Issue) -> Moved:
        made = replace(issue.classification, severity=Severity.LOW, by=DecidedBy.PERSON)
        return moves.reclassify(issue, by, made, "a test machine")

    await place.move(1, milder)
    await place.arrive(replace(slow, text="p95 is 3.7 s"))
    judged = (await place.issue()).classification.severity
    await place.arrive(replace(slow, text="The checkout is down for all customers"))

    assert judged is Severity.LOW
    assert (await place.issue()).classification.severity is Severity.CRITICAL


@pytest.mark.parametrize("by_words", [True, False])
async def test_what_a_person_knew_when_they_judged_it_is_no_news_after_something_milder(
    place: Place, by_words: bool
) -> None:
    dead = fire(severity=None, text="Nobody can pay: the checkout is down for all customers")
    slow = replace(dead, text="p95 is 3.1 s")
    if not by_words:
        dead, slow = fire(severity=Severity.HIGH), fire(severity=Severity.MEDIUM)
    await place.arrive(dead)
    by = By("cli:ada", place.clock.now())

    def milder(issue: Issue) -> Moved:
        made = replace(
            issue.classification, severity=Severity.LOW, by=DecidedBy.PERSON, priority=Priority.P4
        )
        return moves.reclassify(issue, by, made, "a test machine")

    await place.move(1, milder)
    await place.move(1, lambda issue: moves.acknowledge(issue, by))
    for said in (slow, dead, slow, replace(dead, severity=Severity.HIGH)):
        await place.arrive(said)
    issue = await place.issue()
    assert (issue.classification.severity, issue.acknowledged_by) == (Severity.LOW, "cli:ada")

    await place.arrive(replace(dead, firing=False))
    await place.arrive(dead)
    assert (await place.issue()).classification.severity > Severity.MEDIUM, "it began anew"


async def test_an_alert_that_flaps_and_comes_back_worse_is_heard(place: Place) -> None:
    mild = fire(severity=Severity.MEDIUM)
    for _ in range(3):
        await place.arrive(mild)
        await place.arrive(replace(mild, firing=False))
    before = await place.issue()
    await place.arrive(replace(mild, severity=Severity.CRITICAL))

    issue = await place.issue()
    assert before.classification.severity is Severity.MEDIUM
    assert (await place.outcomes())[-1] == "flapping"
    assert (issue.classification.severity, issue.classification.priority) == (
        Severity.CRITICAL,
        Priority.P1,
    )


async def test_what_a_person_judged_milder_stays_so_until_the_alert_itself_is_worse(
    place: Place,
) -> None:
    await place.arrive(fire(severity=Severity.HIGH))
    by = By("cli:ada", place.clock.now())

    def milder(issue: Issue) -> Moved:
        made = replace(
            issue.classification, severity=Severity.LOW, by=DecidedBy.PERSON, priority=Priority.P4
        )
        return moves.reclassify(issue, by, made, "a test machine")

    await place.move(1, milder)
    await place.arrive(fire(severity=Severity.HIGH))
    judged = (await place.issue()).classification.severity
    await place.arrive(fire(severity=Severity.CRITICAL))

    assert (judged, (await place.issue()).classification.severity) == (
        Severity.LOW,
        Severity.CRITICAL,
    )


async def test_one_that_people_resolved_and_that_goes_on_is_reopened(place: Place) -> None:
    await place.arrive(fire())
    await place.move(1, lambda issue: moves.resolve(issue, By("cli:ada", place.clock.now()), "ok"))
    await place.arrive(fire())
    at_once = (await place.issue()).status
    place.clock.moment += timedelta(minutes=20)
    await place.arrive(fire())

    assert (at_once, (await place.issue()).status) == (Status.RESOLVED, Status.INVESTIGATING)


async def test_a_declined_alert_stays_quiet_while_it_goes_on(place: Place) -> None:
    await place.arrive(fire())
    by = By("cli:ada", place.clock.now())
    await place.move(
        1, lambda issue: moves.decline(issue, by, Declined.FALSE_POSITIVE, "a test machine")
    )
    place.clock.moment += timedelta(minutes=20)
    await place.arrive(fire())

    assert (await place.issue()).status is Status.DECLINED


async def test_a_declined_alert_that_becomes_worse_is_an_issue_of_its_own(place: Place) -> None:
    await place.arrive(fire(severity=Severity.HIGH))
    by = By("cli:ada", place.clock.now())
    await place.move(
        1, lambda issue: moves.decline(issue, by, Declined.FALSE_POSITIVE, "a test machine")
    )
    await place.arrive(fire(severity=Severity.CRITICAL))

    declined, worse = sorted(await place.issues(), key=lambda issue: issue.number)
    assert declined.status is Status.DECLINED
    assert (worse.status.is_live, worse.classification.severity) == (True, Severity.CRITICAL)


async def test_a_resolved_one_that_becomes_worse_is_reopened_at_once(place: Place) -> None:
    await place.arrive(fire(severity=Severity.HIGH))
    await place.move(1, lambda issue: moves.resolve(issue, By("cli:ada", place.clock.now()), "ok"))
    await place.arrive(fire(severity=Severity.CRITICAL))
    again = await place.issue()

    assert (again.status, again.classification.severity) == (
        Status.INVESTIGATING,
        Severity.CRITICAL,
    )


async def test_an_alert_that_flaps_is_held_until_it_is_calm(place: Place) -> None:
    for _ in range(4):
        await place.arrive(fire())
        place.clock.moment += timedelta(minutes=1)
        await place.arrive(end())
        place.clock.moment += timedelta(minutes=1)
    flapping = await place.issue()
    told = len(await place.told())
    await place.arrive(fire())
    await place.arrive(end())
    silent = len(await place.told()) == told
    await place.look_again()
    still = (await place.issue()).status
    place.clock.moment += timedelta(minutes=11)
    await place.look_again()

    assert flapping.status is Status.INVESTIGATING
    assert "flapping" in await place.events()
    assert silent
    assert still is Status.INVESTIGATING
    assert (await place.issue()).status is Status.RESOLVED
    assert (await place.events())[-2:] == ["calm", "resolved"]


async def silence(place: Place, minutes: float, *matchers: str) -> None:
    now = place.clock.now()
    made = Silence(
        uuid4(),
        tuple(map(Matcher.parse, matchers)),
        "we are on it",
        now,
        now + timedelta(minutes=minutes),
        "cli:ada",
        now,
    )
    async with place.pool.connection() as connection:
        await silences.create(connection, made)


async def test_a_silence_keeps_quiet_and_what_goes_on_after_it_opens(place: Place) -> None:
    await silence(place, 30, "service=shop")
    await place.arrive(
        fire("a", service="shop"), fire("b", service="blog"), fire("c", service="shop")
    )
    await place.arrive(end("c", service="shop"))
    quiet = [issue.classification.services for issue in await place.issues()]
    await place.look_again()
    place.clock.moment += timedelta(minutes=31)
    await place.look_again()

    assert quiet == [("blog",)]
    assert [issue.title for issue in await place.issues()] == ["Checkout is slow"] * 2
    assert await place.outcomes() == ["silenced", "opened", "silenced", "resolved", "opened"]
    counts = await place.rows("SELECT outcome, reason, number FROM intake_count ORDER BY 1, 2")
    assert ("suppressed", 2) in {(outcome, number) for outcome, _, number in counts}
    assert any("we are on it" in reason for _, reason, _ in counts)


async def test_a_window_mutes_the_services_that_are_worked_on(
    store_environ: dict[str, str],
) -> None:
    window = {"name": "upkeep", "services": ["shop"], "start": "12:00", "duration": "1h"}
    services = [{"name": "shop", "also": ["webshop"]}, {"name": "blog"}]
    async with place_of(store_environ, window=[window], service=services) as place:
        await place.arrive(
            fire("a", service="shop"),
            fire("b", service="blog"),
            fire("c", service="webshop"),
            fire("d", "shop is down"),
            fire("e", "shop and blog are down"),
        )
        inside = await place.outcomes()
        place.clock.moment += timedelta(hours=1)
        await place.look_again()

        assert inside == ["muted", "opened", "muted", "muted", "opened"]
        assert "muted" not in (await place.outcomes())[5:]


async def test_what_is_no_news_beside_another_alert_is_inhibited(
    store_environ: dict[str, str],
) -> None:
    rule = {"when": ["name=DbDown"], "mute": ["severity=~high|medium"], "equal": ["cluster"]}
    async with place_of(store_environ, inhibit=[rule]) as place:
        down = {"name": "DbDown", "cluster": "one"}
        await place.arrive(fire("db", "Database down", labels=down, severity=Severity.CRITICAL))
        await place.arrive(
            fire("a", labels={"cluster": "one"}), fire("b", labels={"cluster": "two"})
        )
        await place.arrive(end("db", labels=down))
        await place.look_again()

        assert await place.outcomes() == ["opened", "inhibited", "opened", "resolved", "opened"]


async def test_an_alert_that_people_say_is_over_inhibits_nothing_though_nobody_ends_it(
    store_environ: dict[str, str],
) -> None:
    rule = {"when": ["name=DbDown"], "mute": ["severity=high"]}
    async with place_of(store_environ, inhibit=[rule]) as place:
        await place.arrive(fire("db", "Database down", labels={"name": "DbDown"}))
        await place.arrive(fire("a", service="shop"))
        await place.move(1, lambda issue: moves.resolve(issue, By("ada", place.clock.now()), "ok"))
        await place.look_again()
        await place.arrive(fire("b", service="blog"))

        assert await place.outcomes() == ["opened", "inhibited", "opened", "opened"]


async def test_what_begins_in_the_same_moment_inhibits_and_what_has_ended_does_not(
    store_environ: dict[str, str],
) -> None:
    rule = {"when": ["name=DbDown"], "mute": ["severity=high"], "equal": ["cluster"]}
    async with place_of(store_environ, inhibit=[rule]) as place:
        one = {"name": "DbDown", "cluster": "one"}
        two = {"name": "DbDown", "cluster": "two"}
        await place.arrive(
            fire("db", "Database down", labels=one, severity=Severity.CRITICAL),
            fire("a", labels={"cluster": "one"}),
        )
        await place.arrive(end("db", labels=one), fire("b", labels={"cluster": "one"}))
        await place.arrive(fire("db2", labels=two), fire("c", labels={"cluster": "two"}))

        assert await place.outcomes() == [
            *("opened", "inhibited"),
            *("resolved", "opened"),
            *("opened", "inhibited"),
        ]


async def test_only_what_is_heard_again_is_written_again(place: Place) -> None:
    for _ in range(4):
        await place.arrive(fire("a"))
        await place.arrive(end("a"))
    await silence(place, 30, "service=shop")
    await place.arrive(fire("b", service="shop"))
    before = await place.rows("SELECT id, xmin FROM alert ORDER BY id")
    await place.look_again()

    assert await place.rows("SELECT id, xmin FROM alert ORDER BY id") == before


async def test_a_report_is_never_hushed_and_stays_until_people_end_it(place: Place) -> None:
    await silence(place, 30, "source=~.+")
    told = Signal("people", SignalKind.REPORT, "r1", True, "I cannot pay", "card refused")
    async with place.pool.connection() as connection, connection.transaction():
        issue = await absorb.report(connection, place.taking, told)

    assert issue.classification.class_ == "payment-processing-failure"
    assert await place.told() == [("web", "opened")]
    assert await place.rows("SELECT state, vendor FROM delivery") == [("taken", "fettle")]


async def test_what_cannot_be_read_is_a_dead_letter_with_the_reason(place: Place) -> None:
    bad = Arrived(place.clock.now(), "prod", own.VENDOR, {}, b'{"signals": [{"key": 1}]}')
    gone = Arrived(place.clock.now(), "prod", "nobody", {}, b"{}")
    good = Arrived(place.clock.now(), "prod", own.VENDOR, {}, own.written([fire()]))
    async with place.pool.connection() as connection:
        await deliveries.keep(connection, [bad, gone, good])
    await place.take()

    rows = await place.rows("SELECT state, reason FROM delivery ORDER BY id")
    assert [state for state, _ in rows] == ["dead", "dead", "taken"]
    assert rows[0][1].startswith("signals.0")
    assert "nobody reads the payloads of 'nobody'" in rows[1][1]
    assert len(await place.issues()) == 1


async def test_a_replay_of_what_is_over_tells_nothing_new(place: Place) -> None:
    await place.arrive(fire())
    place.clock.moment += timedelta(minutes=5)
    await place.arrive(end())
    async with place.pool.connection() as connection:
        await deliveries.replay(connection, [1])
    await place.take()

    assert await place.outcomes() == ["opened", "resolved", "late"]
    assert (await place.issue()).status is Status.RESOLVED


async def test_hostile_texts_are_data(place: Place) -> None:
    title = "<script>alert(1)</script>\0\ud800 {0} %s '; DROP TABLE issue; --"
    await place.arrive(fire("k" * 100_000, title, text="x" * 1_000_000, labels={"\0": "\ud800"}))
    await place.arrive(end("k" * 100_000, title))

    issue = await place.issue()
    assert issue.title.startswith("<script>alert(1)</script>")
    assert issue.status is Status.RESOLVED


async def test_a_burst_is_taken_in_order_whoever_takes(place: Place) -> None:
    for number in range(120):
        group = f"g{number % 10}"
        body = own.written([fire(f"{number}-{one}", group=group) for one in range(5)])
        async with place.pool.connection() as connection:
            await deliveries.keep(
                connection, [Arrived(place.clock.now(), "prod", own.VENDOR, {}, body)]
            )
    await place.take()

    found = await place.issues()
    assert [issue.signals for issue in found] == [60] * 10
    assert len(await place.outcomes()) == 600
    assert await place.told() == [("web", "opened")] * 10
