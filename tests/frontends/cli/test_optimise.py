"""`fettle optimise`, as a shell calls it."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from fettle.errors import CannotLook
from fettle.frontends.cli import field_data
from fettle.frontends.cli.commands.optimise import command
from fettle.main import Wired
from fettle.model.browser import Camera, Frame, PageAsked
from fettle.model.capacity import Answered, Load, Volley
from fettle.model.field import Beacon
from fettle.model.looking import Looking
from fettle.model.measurement import Interaction, Profile, Visit
from fettle.settings import Settings
from fettle.store import field
from tests import web_pages
from tests.frontends.cli.calling import Called, fettle
from tests.optimisation.made_up import measured, visit
from tests.schemas import validate
from tests.web_pages import Answer, Site

AWAY = "http://away.example/"


@pytest.fixture
def site() -> Iterator[Site]:
    with web_pages.serve() as served:
        yield served


@dataclass
class Told(Wired):
    """Fettle with a browser that says of a page what it is told."""

    environ: dict[str, str]
    like: Visit

    def __post_init__(self) -> None:
        super().__init__(self.environ)

    def browser(self, settings: Settings, named: Path | None) -> Camera:  # noqa: ARG002
        return self

    async def visit(self, page: PageAsked) -> Visit:
        """See model.browser.Browser.visit."""
        if page.url == AWAY:
            raise CannotLook(f"{AWAY} answers 502", remedy="start it")
        return replace(self.like, url=page.url)

    @asynccontextmanager
    async def load(self, page: PageAsked) -> AsyncIterator[Load]:  # noqa: ARG002
        """See frontends.application.Application.load."""
        yield self

    async def alone(self) -> float:
        """See model.capacity.Load.alone."""
        return 20.0

    async def volley(self, rate: float, seconds: float) -> Volley:
        """See model.capacity.Load.volley."""
        return Volley(rate, seconds, [Answered(1.0, 20.0)] * 20)

    async def film(self, page: PageAsked) -> Sequence[Frame]:
        """See model.browser.Camera.film."""
        raise CannotLook(f"{page.url} is made up")


class Still(Told):
    """Fettle whose store does not run until somebody needs it."""

    def store_runs(self, settings: Looking) -> bool:  # noqa: ARG002
        return False


@pytest.fixture
def told(
    tmp_path: Path, store_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Called]]:
    """Call `fettle optimise` in this process, where a page is like a visit that is given."""
    monkeypatch.chdir(tmp_path)
    ended_by = signal.getsignal(signal.SIGTERM)

    def call(like: Visit, *arguments: str, of: type[Told] = Told) -> Called:
        application = of(store_environ, like)
        ended = CliRunner().invoke(command, arguments, obj=application, standalone_mode=False)
        if ended.exception is not None:
            raise ended.exception
        return Called(ended.return_value, ended.stdout, ended.stderr)

    yield call
    signal.signal(signal.SIGTERM, ended_by)


def test_a_page_is_measured_as_one_line_of_json_without_what_let_in(
    site: Site, tmp_path: Path
) -> None:
    def page(headers: web_pages.Headers) -> Answer:
        if headers.get("Cookie") != "session=s3cret":
            return Answer(b"no", status=403)
        body = "<!doctype html><title>a</title><h1>Hello</h1><p>s3cret<script src=/a.js></script>"
        return Answer(body.encode())

    site.pages["/"] = page
    site.pages["/a.js"] = Answer(b"1 + 1", "text/javascript")
    called = fettle(
        *("optimise", "measure", site.url, "--profile", "desktop", "--format", "json"),
        *("--cookie", "session=${SESSION}"),
        cwd=tmp_path,
        environ={"SESSION": "s3cret"},
    )
    assert called.code == 0, called.err
    (line,) = called.out.splitlines()
    document = validate(json.loads(line))
    assert document["schema"] == "fettle.measure/1"
    assert (document["url"], document["runs"]) == (site.url, 5)
    lcp = document["metrics"]["lcp"]
    assert lcp["iqr"][0] <= lcp["median"] <= lcp["iqr"][1]
    assert (lcp["unit"], lcp["rating"], len(lcp["values"])) == ("ms", "good", 5)
    assert document["bytes"]["script"]["decoded"] == 5
    assert document["bytes"]["script"]["transferred"] > 5
    assert "visit 5 of 5" in called.err
    assert "s3cret" not in called.out + called.err


def test_how_a_page_is_for_people_stands_beside_what_is_measured(
    told: Callable[..., Called], store_environ: dict[str, str], tmp_path: Path
) -> None:
    shop = '[[field]]\nname = "shop"\norigins = ["https://shop.example"]\n'
    (tmp_path / "fettle.toml").write_text(shop)
    beacon = Beacon("/orders/{id}", Profile.DESKTOP, {"lcp": 4500.0, "cls": 0.01})
    seen = [field.visited("shop", 10, datetime.now(UTC), beacon)] * 100
    asyncio.run(_kept(store_environ, seen))
    page = ("measure", "https://shop.example/orders/17", "--profile", "desktop")
    called = told(visit(), *page, "--format", "json")
    assert called.code == 0, called.err
    document = validate(json.loads(called.out))
    assert (document["field"]["page"], document["field"]["visits"]) == ("/orders/{id}", 100)
    lcp = document["field"]["metrics"]["lcp"]
    assert (round(lcp["p75"], -2), lcp["rating"]) == (4500, "poor")
    assert [one["check"] for one in document["findings"]] == ["field_lcp"]


def test_a_page_that_is_slower_than_it_was_is_said_to_be_with_what_went_live(
    told: Callable[..., Called], store_environ: dict[str, str], tmp_path: Path
) -> None:
    url = "https://shop.example/"
    (tmp_path / "fettle.toml").write_text(f'[[service]]\nname = "shop"\nurl = "{url}"\n')
    analyse = ("analyse", "shop", "--profile", "desktop", "--save", "--format", "json")
    first = validate(json.loads(told(visit(), *analyse).out))
    assert first["earlier"] is None
    mark = ("deploy", "mark", "--service", "shop", "--version", "1.4.2")
    assert fettle(*mark, cwd=tmp_path, environ=store_environ).code == 0
    called = told(visit({"ttfb": 2100, "fcp": 2400, "lcp": 2500, "tti": 2400}), *analyse)
    document = validate(json.loads(called.out))
    assert document["earlier"]["deploys"] == ["1.4.2"]
    changes = {one["metric"]: one for one in document["earlier"]["changes"]}
    assert changes["lcp"]["sure"]
    assert changes["lcp"]["now"] - changes["lcp"]["was"] > 1000
    assert not changes["total"]["sure"]
    trend = ("optimise", "trend", "shop", "--profile", "desktop")
    kept = fettle(*trend, "--format", "json", cwd=tmp_path, environ=store_environ)
    listed = validate(json.loads(kept.out))
    assert [one["deploys"] for one in listed["items"]] == [["1.4.2"], []]
    assert listed["items"][0]["metrics"]["lcp"] == changes["lcp"]["now"]
    text = fettle(*trend, cwd=tmp_path, environ=store_environ).out
    assert "2 MEASUREMENTS" in text.upper()
    assert "1.4.2" in text
    slower = [one["subject"] for one in document["findings"] if one["check"] == "page_slower"]
    assert f"{url} lcp" in slower


async def test_a_store_that_does_not_run_is_not_started_for_field_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wired = Wired({"FETTLE_STORE__DATA": str(tmp_path / "data")})
    (tmp_path / "fettle.toml").write_text(
        '[[field]]\nname = "shop"\norigins = ["https://shop.example"]\n'
    )
    settings = wired.settings(tmp_path / "fettle.toml")
    page = measured([visit()] * 5)
    assert await field_data.of_page(wired, settings, page) is None
    assert "shop: no field data, since the store does not run here" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


async def _kept(environ: dict[str, str], seen: list[field.Visited]) -> None:
    wired = Wired(environ)
    async with wired.store(wired.settings(None)) as store:
        await field.keep(store.connection, seen)


def test_a_page_is_held_against_its_budgets_and_the_exit_code_says_how_it_stands(
    told: Callable[..., Called], tmp_path: Path
) -> None:
    promised = '[[budget]]\nname = "shop"\nurl = "http://127.0.0.1:*/"\ntarget.total = 100\n'
    (tmp_path / "fettle.toml").write_text(promised)
    busy = visit({"inp": 320}, interaction=Interaction("#buy", 320, 10, 300, 10))
    page = ("analyse", "http://127.0.0.1:8080/", "--profile", "desktop", "--format", "json")
    called = told(busy, *page)
    document = validate(json.loads(called.out))
    assert document["schema"] == "fettle.analysis/1"
    assert document["analysis"]["core_web_vitals"]["lcp"]["status"] == "good"
    assert document["analysis"]["core_web_vitals"]["inp"]["status"] == "needs-improvement"
    (total,) = [one for one in document["budgets"] if one["metric"] == "total"]
    assert (total["by"], total["target"], total["status"]) == ("shop", 100, "over-budget")
    found = {one["check"]: one["severity"] for one in document["findings"]}
    assert found.pop("interaction_slow") == "medium"
    assert found["budget_inp"] == found["budget_total"] == "medium"
    (advice,) = [one for one in document["recommendations"] if "clicks" in one["title"]]
    assert (advice["category"], advice["risk_level"]) == ("core-web-vitals", "medium")
    assert "answer to a click" in advice["estimated_improvement"]
    assert (document["status"], called.code) == ("medium", 1)


@pytest.mark.parametrize("others", [(), ("http://shop.example/",)])
def test_a_page_that_cannot_be_seen_is_an_error_in_reports(
    others: tuple[str, ...], told: Callable[..., Called]
) -> None:
    called = told(visit(), "analyse", AWAY, *others, "--format", "junit")

    assert called.code == 3
    suites = {suite.get("name"): suite for suite in ET.fromstring(called.out)}  # noqa: S314
    assert set(suites) == {AWAY, *others}
    error = suites[AWAY].find("testcase/error")
    assert error is not None
    assert (error.get("message"), error.text) == (f"{AWAY} answers 502", "start it")
    assert AWAY in called.err


@pytest.mark.parametrize(
    ("budget", "says"),
    [
        ("target.lpc = 1", "there is no figure 'lpc'"),
        ('target.lcp = "soon"', "'soon' is no duration"),
        ("target.lcp = 2000\npoor.lcp = 1000", "poor must be beyond target"),
        ("target.lcp = 2000\npoor.cls = 1", "poor has cls, and target has not"),
        ("", "target"),
        ('url = "https://a"\nservice = "b"\ntarget.lcp = 1', "either url or service"),
    ],
)
def test_a_budget_that_means_nothing_is_refused_where_it_stands(
    budget: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "fettle.toml").write_text(f'[[budget]]\nname = "shop"\n{budget}\n')
    called = fettle("optimise", "analyse", "http://127.0.0.1:9/", cwd=tmp_path)
    assert called.code == 64
    assert "[[budget]] shop" in called.err
    assert says in called.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("http://127.0.0.1:9/",), 3, "cannot be reached"),
        (("http://127.0.0.1:9/", "--browser", "/nowhere"), 3, "apt-get install chromium"),
        (("shop",), 64, "no [[service]] that has a url"),
        (("file:///etc/passwd",), 64, "no address of a site"),
        (("http://a.example", "--header", "Secret"), 64, "number 1 is not like 'Name: value'"),
        (("http://a.example", "--cookie", "a=${NO}"), 64, "the environment has no NO"),
        (("http://a.example", "--runs", "3"), 64, "5<=x<=100"),
        ((), 64, "Missing argument"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    arguments: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    called = fettle("optimise", "measure", *arguments, cwd=tmp_path)
    assert called.code == code
    assert says in called.err
    assert called.out == ""


def test_of_several_pages_one_that_fails_ends_no_other_and_a_service_has_its_name(
    tmp_path: Path,
) -> None:
    settings = '[[service]]\nname = "shop"\nurl = "http://127.0.0.1:9/a"\n'
    (tmp_path / "fettle.toml").write_text(settings)
    called = fettle("optimise", "measure", "shop", "http://127.0.0.1:9/b", cwd=tmp_path)
    assert called.code == 3
    for path in ("a", "b"):
        assert f"http://127.0.0.1:9/{path} cannot be reached" in called.err


def test_the_capacity_of_a_page_is_one_line_of_json(site: Site, tmp_path: Path) -> None:
    site.page("<h1>Hello</h1>")
    called = fettle(
        *("optimise", "capacity", site.url, "--max-rate", "5", "--within", "20s"),
        *("--slow", "2s", "--now", "2", "--format", "json"),
        cwd=tmp_path,
    )
    assert called.code == 0, called.err
    document = validate(json.loads(called.out))
    assert document["throughput"] == {
        "current": 2,
        "by": "--now",
        "unknown": None,
        "capacity": 5,
        "utilisation": 0.4,
        "target": 0.8,
        "status": "good",
    }
    assert (document["at_least"], document["ended"]) == (True, "rate")
    assert document["limits"] == {"rate": 5, "within_s": 20, "p95": 2000, "errors": 0.01}
    assert max(one["rate"] for one in document["steps"]) == 5
    assert sum(one["requests"] for one in document["steps"]) + 5 == len(site.asked)


def test_a_capacity_that_is_kept_stands_in_the_analysis_of_its_page(
    told: Callable[..., Called],
) -> None:
    page, json_ = "http://127.0.0.1:8080/", ("--format", "json")
    limits = ("--max-rate", "4", "--now", "1", "--save")
    found = json.loads(told(visit(), "capacity", page, *limits, *json_).out)
    text = " ".join(told(visit(), "analyse", page).out.split())
    analysed = validate(json.loads(told(visit(), "analyse", page, *json_).out))

    throughput = found["throughput"]
    assert (throughput["current"], throughput["utilisation"]) == (1, 0.25)
    assert analysed["analysis"]["server_metrics"]["throughput"] == {
        **throughput,
        "by": "--now, when that was found",
        "at_least": True,
        "found_at": found["started_at"],
    }
    assert "Its server carries at least 4 a second" in text
    assert "1 a second are asked of it (--now, when that was found): 25 % of it" in text
    still = json.loads(told(visit(), "analyse", page, *json_, of=Still).out)
    assert still["analysis"] == analysed["analysis"], "the store is started for it"


def test_what_is_asked_of_a_page_now_is_read_where_its_service_is_watched(
    told: Callable[..., Called], tmp_path: Path
) -> None:
    page, json_ = "http://127.0.0.1:8080/", ("--format", "json")
    at = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    line = f'127.0.0.1 - - [{at}] "GET / HTTP/1.1" 200 10 "-" "-"\n'
    (tmp_path / "access.log").write_text(line * 3600)  # in a quarter of an hour
    shop = f'[[service]]\nname = "shop"\nurl = "{page}"\n'
    (tmp_path / "fettle.toml").write_text(f'{shop}access_log = "{tmp_path}/access.log"\n')
    capacity = ("capacity", "shop", "--max-rate", "4", *json_)
    found = validate(json.loads(told(visit(), *capacity, "--save").out))["throughput"]
    assert (found["current"], found["utilisation"]) == (4, 1)
    assert found["by"] == f"{tmp_path}/access.log"
    assert (found["target"], found["status"]) == (None, None), "it may carry more than was tried"

    analysed = json.loads(told(visit(), "analyse", "shop", *json_).out)
    assert analysed["analysis"]["server_metrics"]["throughput"]["by"].endswith("access.log")

    (tmp_path / "fettle.toml").write_text(shop)
    untold = validate(json.loads(told(visit(), *capacity).out))["throughput"]
    assert untold["current"] is untold["by"] is untold["utilisation"] is None
    assert untold["unknown"] == "nothing counts the requests of shop"


@pytest.mark.parametrize("verb", ["measure", "analyse"])
def test_each_page_has_its_line_also_one_that_could_not_be_measured(
    verb: str, told: Callable[..., Called]
) -> None:
    page = "http://127.0.0.1:8080/"
    called = told(visit(), verb, AWAY, page, "--format", "json")
    away, there = (validate(json.loads(line)) for line in called.out.splitlines())
    assert (away["url"], away["runs"], away["metrics"]) == (AWAY, 0, {})
    assert away["failed"] == {"reason": f"{AWAY} answers 502", "remedy": "start it"}
    assert (there["url"], there["runs"], there["failed"]) == (page, 5, None)
    assert called.code == 3
    if verb == "analyse":
        assert (away["status"], away["unknown"][0]["check"]) == ("unknown", "page")
    alone = told(visit(), verb, AWAY, "--format", "json")
    assert json.loads(alone.out)["failed"] == away["failed"]
    assert alone.code == 3


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_report_says_of_a_page_that_it_could_not_be_measured(
    form: str, told: Callable[..., Called], tmp_path: Path
) -> None:
    report = tmp_path / "report"
    pages = (AWAY, "http://shop.example/")
    called = told(visit(), "analyse", *pages, "--format", form, "--output", str(report))
    assert called.code == 3
    for said in ("could not be measured", "answers 502", "largest paint"):
        assert said in report.read_text().lower()


def test_nobody_elses_site_is_asked_so(tmp_path: Path) -> None:
    stranger = "http://shop.invalid/"
    refused = fettle("optimise", "capacity", stranger, cwd=tmp_path)
    assert refused.code == 1
    assert "--ours" in refused.err
    told = fettle("optimise", "capacity", stranger, "--ours", cwd=tmp_path)
    assert told.code == 3
    (tmp_path / "fettle.toml").write_text(f'[[service]]\nname = "shop"\nurl = "{stranger}"\n')
    for named in ("shop", stranger):
        called = fettle("optimise", "capacity", named, cwd=tmp_path)
        assert called.code == 3
        assert "cannot be reached" in called.err
