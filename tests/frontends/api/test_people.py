"""Who is on call, what the business runs, and whether receivers can be reached."""

from tests.frontends.api.conftest import Api
from tests.frontends.api.test_issues import refused
from tests.schemas import validate


async def test_teams_say_who_is_on_call_now(api: Api) -> None:
    web, data = validate((await api.viewer.get("/api/v1/teams")).json())["items"]

    assert web["on_call"] == {"member": "ada", "until": "2026-01-05T09:00:00Z"}
    assert [member["name"] for member in web["members"]] == ["ada", "bob"]
    assert data["on_call"] is None


async def test_turns_follow_each_other(api: Api) -> None:
    document = validate((await api.viewer.get("/api/v1/oncall?days=10")).json())

    assert [(one["member"], one["start"], one["end"]) for one in document["items"]] == [
        ("ada", "2026-01-01T12:00:00Z", "2026-01-05T09:00:00Z"),
        ("bob", "2026-01-05T09:00:00Z", "2026-01-11T12:00:00Z"),
    ]
    refused(await api.viewer.get("/api/v1/oncall?days=0"), 422)


async def test_the_catalogue_is_listed(api: Api) -> None:
    shop, wiki = validate((await api.viewer.get("/api/v1/services")).json())["items"]

    assert shop == {
        "name": "shop",
        "tier": "critical",
        "team": "web",
        "also": [],
        "depends_on": ["main-db"],
        "status": None,  # nobody has looked
        "looked_at": None,
    }
    assert wiki["also"] == ["handbook"]


async def test_a_receiver_is_told_that_it_can_be_reached(api: Api) -> None:
    answer = await api.admin.post("/api/v1/receivers/pager/test")

    sent = validate(answer.json())
    cursor = await api.store.connection.execute("SELECT id, receiver, event, state FROM outbox")
    assert answer.status_code == 202
    (row,) = await cursor.fetchall()
    assert (str(row[0]), *row[1:]) == (sent["id"], "pager", "test", "waiting")
    place = answer.headers["location"]
    assert validate((await api.viewer.get(place)).json()) == sent
    assert (sent["state"], sent["error"]) == ("waiting", None)
    refused(await api.viewer.get(place.replace("pager", "chat")), 404)
    unknown = refused(await api.admin.post("/api/v1/receivers/fax/test"), 404)
    assert unknown["remedy"] == "one of pager, chat"


async def test_receivers_are_listed_with_how_it_stands_with_them(api: Api) -> None:
    for _ in range(3):
        await api.admin.post("/api/v1/receivers/pager/test")
    await api.store.connection.execute(
        "UPDATE outbox SET state = 'sent', sent_at = '2026-01-01T12:00Z' WHERE number = 1"
    )
    await api.store.connection.execute(
        "UPDATE outbox SET state = 'failed', error = 'it is deaf' WHERE number = 2"
    )
    answer = await api.viewer.get("/api/v1/receivers")
    pager, chat = validate(answer.json())["items"]

    assert pager["told_at"] == "2026-01-01T12:00:00Z"
    assert (pager["waiting"], pager["failed"], pager["error"]) == (1, 1, "it is deaf")
    assert (chat["told_at"], chat["waiting"], chat["error"]) == (None, 0, None)
    assert pager["kind"]
    assert "://" not in answer.text
