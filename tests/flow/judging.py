"""What was sent, what is kept of it, and who was told, compared: nothing is lost, or doubled."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fettle.store.pool import Pool
from tests.flow.crew import Member
from tests.flow.hearing import Heard, Hearing
from tests.flow.sending import Sender


async def judge(
    pool: Pool, sender: Sender, told: Hearing, crew: Sequence[Member], rounds: int
) -> None:
    """Compare it all, when all is at rest."""
    await _deliveries_are_kept(pool, sender)
    await _alerts_are_as_they_were_said(pool, sender)
    await _groups_are_issues(pool, sender)
    await _timers_rang(pool, rounds)
    members = {one.name: one for one in crew}
    await _people_were_told(pool, told, members)
    _doubled_only_by_death(told, members)


async def _deliveries_are_kept(pool: Pool, sender: Sender) -> None:
    rows = await _ask(pool, "SELECT body, state FROM delivery")
    kept = {json.loads(body)["externalURL"] for body, _ in rows}
    assert sender.accepted <= kept
    assert Counter(state for _, state in rows).keys() == {"taken"}


async def _alerts_are_as_they_were_said(pool: Pool, sender: Sender) -> None:
    kept = dict(await _ask(pool, "SELECT key, firing FROM alert"))
    assert kept == {key: alert.ends_at is None for key, alert in sender.alerts.items()}


async def _groups_are_issues(pool: Pool, sender: Sender) -> None:
    """Each group is one issue, which was resolved once, when its last alert had ended."""
    rows = await _ask(pool, "SELECT number, joined_by, status FROM issue")
    assert len(rows) == len(sender.groups)
    events: dict[int, Counter[str]] = defaultdict(Counter)
    for issue, event in await _ask(pool, "SELECT issue, event FROM timeline"):
        events[issue][event] += 1
    for number, group, status in rows:
        (name,) = (name for name in sender.groups if f'"{name}"' in group)
        goes_on = any(sender.alerts[key].ends_at is None for key in sender.groups[name])
        assert status == ("triaged" if goes_on else "resolved"), group
        assert events[number]["opened"] == 1
        assert events[number]["resolved"] == (not goes_on)
        assert events[number]["reopened"] == 0


async def _timers_rang(pool: Pool, rounds: int) -> None:
    """Everybody was called, time after time, for what nobody took; and no timer was left behind."""
    rows = await _ask(
        pool,
        "SELECT i.number, i.calls_made, count(t.*) FILTER (WHERE t.event = 'called')"
        " FROM issue AS i JOIN timeline AS t ON t.issue = i.number"
        " WHERE i.status = 'triaged' GROUP BY i.number",
    )
    assert {(made, written) for _, made, written in rows} == {(rounds, rounds)}
    overdue = await _ask(
        pool,
        "SELECT subject FROM timer WHERE done_at IS NULL AND due_at < now() - interval '30 s'",
    )
    assert overdue == []


async def _people_were_told(pool: Pool, told: Hearing, members: Mapping[str, Member]) -> None:
    """Every issue was told, once, and its end; but for one that was over before it was told.

    Of each one thing was told after the other; what was not told before the end was told with it.
    """
    rows = await _ask(pool, "SELECT id::text, issue, event, state FROM outbox ORDER BY number")
    assert Counter(state for *_, state in rows).keys() <= {"sent", "merged"}
    sent = {id_ for id_, _, _, state in rows if state == "sent"}
    assert sent <= told.taken.keys()
    for id_ in told.taken.keys() - sent:  # handed over, and told in a later one all the same
        assert not _by_who_was_well(told.taken[id_], members), f"{told.taken[id_]}; {members}"
    said: dict[int, Counter[str]] = defaultdict(Counter)
    heard: dict[int, list[float]] = defaultdict(list)
    for id_, issue, event, state in rows:
        said[issue][event] += 1
        if state == "sent":
            heard[issue].append(min(one.at for one in told.taken[id_]))
    assert all(times == sorted(times) for times in heard.values()), "told out of order"
    at_once = await _ask(
        pool,
        "SELECT o.issue FROM timeline AS o JOIN timeline AS r ON r.issue = o.issue"
        " WHERE o.event = 'opened' AND r.event = 'resolved' AND o.xmin = r.xmin",
    )
    over = {issue for (issue,) in at_once}
    for number, status in await _ask(pool, "SELECT number, status FROM issue"):
        if number in over:
            assert not said[number]
            continue
        assert said[number]["opened"] == 1
        assert said[number]["resolved"] == (status == "resolved")


def _doubled_only_by_death(told: Hearing, members: Mapping[str, Member]) -> None:
    """What was taken twice came, all but once, from one who was killed or frozen just then."""
    doubled = 0
    for times in told.taken.values():
        assert len({_what(one) for one in times}) == 1
        doubled += len(times) - 1
        well = _by_who_was_well(times, members)
        assert len(well) <= 1, f"{well} were well, of {times}; {members}"
    print(f"{len(told.taken)} notifications, {doubled} of them doubled")  # noqa: T201


def _by_who_was_well(times: Sequence[Heard], members: Mapping[str, Member]) -> list[Heard]:
    return [one for one in times if not members[one.by].was_hurt(one.at)]


def _what(heard: Heard) -> tuple[str, int | None]:
    return heard.event, heard.issue


async def _ask(pool: Pool, question: str) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        return await (await connection.execute(question.encode())).fetchall()
