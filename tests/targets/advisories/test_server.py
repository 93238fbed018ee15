"""A server of advisories is asked about everything at once; what it does not answer is said."""

import json
from datetime import timedelta
from typing import Any

import pytest

from fettle.model.ports_updates import Told
from fettle.model.update import Ecosystem, Installed, Package
from fettle.targets.advisories.server import AT_ONCE, OsvServer
from fettle.targets.registries.asking import asking
from fettle.testing import START, SteppedClock
from fettle.updates.advisories.published import FromServer
from fettle.updates.weaknesses import unclosed
from tests.osv_server import OsvApi, serving


def record(id_: str, name: str, *versions: str, **rest: object) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "versions": list(versions)}
    return {"id": id_, "modified": "2026-01-01T00:00:00Z", "affected": [affected], **rest}


def installed(name: str, version: str, **rest: object) -> Installed:
    package = Package(Ecosystem.PYPI, name)
    return Installed(package, version, "uv.lock", **rest)  # type: ignore[arg-type] # its fields


async def told_by(
    api: OsvApi,
    *used: Installed,
    clock: SteppedClock | None = None,
    whole: timedelta = timedelta(minutes=1),
) -> Told:
    clock = clock or SteppedClock()
    async with asking(clock, whole=whole) as asked:
        return await FromServer(OsvServer(f"{api.url}/", asked), clock).about(used)


async def test_what_is_known_of_each_version_is_told() -> None:
    """One question for all, and one for each record, however many it is about."""
    with serving(record("GHSA-1", "kit", "1.0"), record("GHSA-2", "web", "3.0")) as api:
        told = await told_by(api, installed("kit", "1.0"), installed("web", "3.1"))

    (one,) = told.advisories
    assert (one.id, one.told_by) == ("GHSA-1", f"127.0.0.1:{api.port}")
    assert (told.passed, told.told_at, told.told_by) == ((), START, f"127.0.0.1:{api.port}")
    assert [path for path, _ in api.asked] == ["/v1/querybatch", "/v1/vulns/GHSA-1"]


async def test_more_than_one_question_holds_is_asked_in_several() -> None:
    used = [installed(f"kit-{place}", "1.0") for place in range(AT_ONCE + 20)]
    with serving(*(record(f"GHSA-{one}", f"kit-{one}", "1.0") for one in (0, AT_ONCE + 19))) as api:
        told = await told_by(api, *used)

    assert {one.id for one in told.advisories} == {"GHSA-0", f"GHSA-{AT_ONCE + 19}"}
    assert [path for path, _ in api.asked].count("/v1/querybatch") == 2


async def test_answers_in_pages_are_read_to_the_end() -> None:
    with serving(*(record(f"GHSA-{one}", "kit", "1.0") for one in range(7)), page=3) as api:
        told = await told_by(api, installed("kit", "1.0"), installed("web", "1.0"))

    assert len(told.advisories) == 7
    pages = [sent["queries"] for path, sent in api.asked if path == "/v1/querybatch"]
    assert [len(page) for page in pages] == [2, 1, 1]


async def test_aliases_are_one_vulnerability() -> None:
    same = record("PYSEC-1", "kit", "1.0", aliases=["GHSA-1"])
    with serving(record("GHSA-1", "kit", "1.0"), same) as api:
        told = await told_by(api, installed("kit", "1.0"))

    assert [(one.id, *one.aliases) for one in told.advisories] == [("GHSA-1", "PYSEC-1")]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_asks_for_less_is_waited_for(status: int) -> None:
    clock = SteppedClock()
    with serving(record("GHSA-1", "kit", "1.0")) as api:
        for path in ("/v1/querybatch", "/v1/vulns/GHSA-1"):
            api.scripted[path] = [(status, b"", {"retry-after": "7"})]
        told = await told_by(api, installed("kit", "1.0"), clock=clock)

    assert len(told.advisories) == 1
    assert clock.moment - START == timedelta(seconds=14)


async def test_a_record_that_cannot_be_had_is_about_what_it_was_named_for() -> None:
    with serving(record("GHSA-1", "kit", "1.0"), record("GHSA-2", "web", "1.0")) as api:
        api.scripted["/v1/vulns/GHSA-1"] = [(500, b"", {})] * 3
        told = await told_by(api, installed("kit", "1.0"), installed("web", "1.0"))

    lost = next(one for one in told.advisories if one.id == "GHSA-1")
    assert lost.affected[0].versions == {"1.0"}
    (passed,) = told.passed
    assert passed.subject == "kit in uv.lock"
    assert passed.reason.startswith("GHSA-1 is about it, and could not be read:")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((400, b"", {}), "answered with status 400"),
        ((200, b"<html>", {}), "speaks no API of OSV"),
        ((200, b'{"results": [{}, {}]}', {}), "gave 2 answers to 1 questions"),
        ((200, b'{"results": null}', {}), "gave 0 answers to 1 questions"),
        ((403, b"", {}), "answered that we may not"),
    ],
)
async def test_an_answer_that_is_none_is_said_of_what_was_asked(
    answer: tuple[int, bytes, dict[str, str]], says: str
) -> None:
    with serving() as api:
        api.scripted["/v1/querybatch"] = [answer]
        told = await told_by(api, installed("kit", "1.0"))

    assert told.advisories == ()
    (passed,) = told.passed
    assert says in passed.reason


async def test_one_question_that_fails_fails_no_other() -> None:
    used = [installed(f"kit-{place}", "1.0") for place in range(AT_ONCE + 1)]
    with serving() as api:
        api.scripted["/v1/querybatch"] = [(400, b"", {})]
        told = await told_by(api, *used)

    assert len(told.passed) in (1, AT_ONCE)


async def test_what_cannot_be_judged_is_not_asked_and_said() -> None:
    with serving() as api:
        told = await told_by(
            api,
            installed("kit", "1.0", origin="git"),
            installed("web", "nightly"),
            Installed(Package(Ecosystem.DEB, "libc6"), "2.36-9", "here"),
        )

    assert [one.reason for one in told.passed] == [
        "it comes from elsewhere than a registry (git)",
        "'nightly' is no version that can be compared",
        "no advisories of deb are read",
    ]
    assert api.asked == []


async def test_a_server_that_pages_without_end_is_left() -> None:
    with serving() as api:
        page = json.dumps({"results": [{"next_page_token": "1"}]}).encode()
        api.scripted["/v1/querybatch"] = [(200, page, {})] * 100
        told = await told_by(api, installed("kit", "1.0"))

    (passed,) = told.passed
    assert "more than 50 pages" in passed.reason


async def test_a_record_that_was_withdrawn_affects_nothing() -> None:
    """The server goes on naming it; its date is what counts."""
    gone = record("GHSA-1", "kit", "1.0", withdrawn="2026-01-02T00:00:00Z")
    with serving(gone, record("GHSA-2", "kit", "1.0")) as api:
        told = await told_by(api, used := installed("kit", "1.0"))

    assert [one.advisory.id for one in unclosed([used], told.advisories, [])] == ["GHSA-2"]
    assert told.passed == ()


async def test_what_a_server_names_wrongly_is_judged_by_the_record_itself() -> None:
    """It says that a record is about a version; the record says which it is about."""
    with serving(record("GHSA-1", "kit", "2.0")) as api:
        named = json.dumps({"results": [{"vulns": [{"id": "GHSA-1"}]}]}).encode()
        api.scripted["/v1/querybatch"] = [(200, named, {})]
        told = await told_by(api, used := installed("kit", "1.0"))

    assert list(unclosed([used], told.advisories, [])) == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (record("GHSA-9", "kit", "9.0"), "what was answered is another record, GHSA-9"),
        ({"id": ""}, "it has no id"),
        ([], "that is no record of OSV"),
    ],
)
async def test_another_record_than_was_asked_for_is_not_believed(answer: object, says: str) -> None:
    """Else whoever answers so would make a weakness vanish."""
    with serving(record("GHSA-1", "kit", "1.0")) as api:
        api.scripted["/v1/vulns/GHSA-1"] = [(200, json.dumps(answer).encode(), {})]
        told = await told_by(api, used := installed("kit", "1.0"))

    assert [one.advisory.id for one in unclosed([used], told.advisories, [])] == ["GHSA-1"]
    (passed,) = told.passed
    assert says in passed.reason


async def test_a_record_that_goes_by_another_name_now_is_believed() -> None:
    with serving(record("GHSA-1", "kit", "1.0")) as api:
        renamed = json.dumps(record("GHSA-2", "kit", "1.0", aliases=["GHSA-1"])).encode()
        api.scripted["/v1/vulns/GHSA-1"] = [(200, renamed, {})]
        told = await told_by(api, installed("kit", "1.0"))

    assert [(one.id, *one.aliases) for one in told.advisories] == [("GHSA-2", "GHSA-1")]
    assert told.passed == ()


async def test_a_name_of_a_record_is_no_part_of_an_address() -> None:
    """It is data: whatever it holds, the same server is asked, below the same path."""
    with serving() as api:
        named = {"vulns": [{"id": "../../admin?x=1#y"}, {"id": ""}, {"id": "x" * 5000}]}
        api.scripted["/v1/querybatch"] = [(200, json.dumps({"results": [named]}).encode(), {})]
        told = await told_by(api, installed("kit", "1.0"))

    assert [path for path, _ in api.asked[1:]] == ["/v1/vulns/..%2F..%2Fadmin%3Fx%3D1%23y"]
    assert len(told.passed) == 3


async def test_a_server_that_drips_is_left_in_time() -> None:
    with serving(record("GHSA-1", "kit", "1.0")) as api:
        api.drip = 0.05
        told = await told_by(api, installed("kit", "1.0"), whole=timedelta(seconds=0.5))

    (passed,) = told.passed
    assert "gave no whole answer in 0.5 s" in passed.reason


async def test_a_server_that_is_gone_is_said_of_everything_and_nothing_is_safe() -> None:
    with serving() as api:
        pass
    told = await told_by(api, installed("kit", "1.0"), installed("web", "1.0"))

    assert [one.subject for one in told.passed] == ["kit in uv.lock", "web in uv.lock"]
    assert all("gave no answer" in one.reason for one in told.passed)


async def test_a_server_that_asks_for_an_hour_is_left_alone() -> None:
    clock = SteppedClock()
    with serving() as api:
        api.scripted["/v1/querybatch"] = [(429, b"", {"retry-after": "3600"})]
        told = await told_by(api, installed("kit", "1.0"), clock=clock)

    (passed,) = told.passed
    assert "asks to be left alone for 3600 s" in passed.reason
    assert clock.moment == START
