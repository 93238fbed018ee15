"""A root is made faster step by step; what does harm is refused, and what fails live is undone."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import brotli
import pytest

from fettle.errors import CannotLook, Refused, Unreachable
from fettle.flow.optimising import Asked, put_back
from fettle.model.browser import PageAsked
from fettle.model.experiment import (
    Change,
    Gain,
    Outcome,
    Patch,
    Risk,
    RunStatus,
    Site,
    Written,
)
from fettle.model.loaded import When
from fettle.model.measurement import Profile, Visit
from fettle.model.ports_experiment import Answered, Sight
from fettle.optimisation.tree import changed
from fettle.targets.webroot.live import LiveSite
from fettle.targets.webroot.reading import manifest
from fettle.targets.webroot.roots import LocalRoots
from fettle.unit import optimisations
from fettle.unit.optimisation import Improving
from tests.flow.optimised import (
    PAGE,
    SHEET,
    ReckoningBrowser,
    ReckoningCamera,
    ReckoningEye,
    built,
    cut_off,
    live,
    optimised,
    plainly,
    step,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make an ill root."""
    return built(tmp_path)


def page_with(old: str, new: str) -> Improving:
    def improve(site: Site) -> Iterator[Change]:
        yield Written(
            "index.html", site.tree.read("index.html").replace(old.encode(), new.encode())
        )

    return improve


async def test_an_ill_root_is_made_faster_and_comes_back_byte_for_byte(root: Path) -> None:
    before = manifest(root)
    with live(root) as site:
        run = await optimised(site.asked, site.means())

        assert (run.status, run.verified, run.swapped) == (RunStatus.DONE, True, True)
        kept = {line.id for line in run.kept}
        assert {"redraw_images", "size_images", "minify_styles", "precompress_files"} <= kept
        lcp, loads = ({one.metric: one for one in run.compared}[name] for name in ("lcp", "bytes"))
        assert loads.share > 0.5
        assert lcp.share > 0.3
        assert changed(before, manifest(root)).removed == ()
        assert b"<picture" in (root / "index.html").read_bytes()

        await put_back(root, run.id, LocalRoots(), cut_off)

    assert manifest(root) == before
    assert [one.name for one in root.parent.iterdir()] == ["shop"]


async def test_each_step_is_in_the_ledger_with_what_it_earned_or_why_it_is_not(root: Path) -> None:
    with live(root) as site:
        run = await optimised(site.asked, site.means())

    lines = {line.id: line for line in run.steps}
    assert list(lines) == list(optimisations())
    redrawn = lines["redraw_images"]
    assert redrawn.outcome is Outcome.KEPT
    assert {one.metric for one in redrawn.earned} == {"fcp", "lcp", "cls", "bytes"}
    assert "hero.jpg.avif" in redrawn.files
    assert lines["modernise_fonts"].outcome is Outcome.NOTHING
    assert lines["keep_in_browsers"].outcome is Outcome.PROPOSED
    assert lines["keep_in_browsers"].patches
    assert lines["defer_scripts"].outcome is Outcome.PROPOSED
    assert b"defer" not in (root / "index.html").read_bytes()


@pytest.mark.parametrize(
    ("harm", "outcome", "says"),
    [
        (page_with("\n<", "<"), Outcome.REFUSED, "the page was 120×"),
        (page_with("<script ", "<script defer "), Outcome.TAKEN_BACK, "lcp on phone went from"),
        (
            page_with("hero.jpg", "gone.jpg"),
            Outcome.REFUSED,
            "is missing that was there: /gone.jpg",
        ),
        (page_with("words", "oh no"), Outcome.REFUSED, "new error: oh no"),
        (page_with("words", "others"), Outcome.TAKEN_BACK, "earned nothing"),
    ],
)
async def test_what_does_harm_is_not_kept(
    root: Path, harm: Improving, outcome: Outcome, says: str
) -> None:
    before = manifest(root)
    with live(root) as site:
        site.eye.wrong["oh no"] = "oh no"
        run = await optimised(site.asked, site.means(step("harm", harm)))

    [line] = run.steps
    assert line.outcome is outcome
    assert says in line.reason
    assert (run.status, run.swapped) == (RunStatus.DONE, False)
    assert manifest(root) == before
    assert [one.name for one in root.parent.iterdir()] == ["shop"]


@dataclass
class Jointly(ReckoningBrowser):
    """Is faster only where a page says all of these words."""

    words: tuple[bytes, ...] = ()

    async def visit(self, page: PageAsked) -> Visit:
        visit = await super().visit(page)
        text = plainly(page.url)
        if not all(word in text for word in self.words):
            return visit
        return replace(visit, figures={**visit.figures, "lcp": visit.figures["lcp"] / 2})


FIRST = step("first", page_with("words", "words one"))
SECOND = step("second", page_with("</h1>", " two</h1>"))
SMALLER = step("smaller", page_with("again and again", "three"), gain=Gain.BYTES)
HARM = step("harm", page_with("<script ", "<script defer "))


async def test_what_earns_something_only_together_is_kept_together(root: Path) -> None:
    with live(root) as site:
        site.browser = Jointly(words=(b" one", b" two"))
        run = await optimised(site.asked, site.means(FIRST, HARM, SECOND))

    first, harm, second = run.steps
    assert (first.outcome, second.outcome) == (Outcome.KEPT, Outcome.KEPT)
    assert first.reason == "tried again together with second"
    assert {one.metric: one.share > 0.4 for one in second.earned}["lcp"]
    assert harm.outcome is Outcome.TAKEN_BACK
    assert "tried again behind the others: timing: lcp on phone went from" in harm.reason
    text = (root / "index.html").read_text()
    assert " one" in text
    assert " two" in text
    assert "defer" not in text


@dataclass
class InTurn(ReckoningBrowser):
    """Is slower with the second word alone, and faster with both."""

    async def visit(self, page: PageAsked) -> Visit:
        visit = await super().visit(page)
        text = plainly(page.url)
        factor = {(False, True): 1.5, (True, True): 0.5}.get((b" one" in text, b" two" in text), 1)
        return replace(visit, figures={**visit.figures, "lcp": visit.figures["lcp"] * factor})


async def test_what_is_slower_by_itself_is_kept_where_another_step_lets_it_be_faster(
    root: Path,
) -> None:
    with live(root) as site:
        site.browser = InTurn()
        run = await optimised(site.asked, site.means(FIRST, SECOND))
        alone = await optimised(site.asked, site.means(HARM))

    first, second = run.steps
    assert (first.outcome, second.outcome) == (Outcome.KEPT, Outcome.KEPT)
    assert first.reason == "tried again together with second"
    assert second.reason == "tried again together with first"
    assert {one.metric: one.share > 0.4 for one in second.earned}["lcp"]
    [harm] = alone.steps
    assert harm.outcome is Outcome.TAKEN_BACK
    assert "tried again" not in harm.reason, "there is nothing that would let it be faster"


async def test_what_earns_something_only_behind_a_later_step_is_kept(root: Path) -> None:
    with live(root) as site:
        site.browser = Jointly(words=(b" one", b" three"))
        run = await optimised(site.asked, site.means(FIRST, SMALLER))

    assert [line.outcome for line in run.steps] == [Outcome.KEPT, Outcome.KEPT]
    assert run.steps[0].reason == "tried again behind the others"


async def test_what_earns_nothing_together_either_is_not_kept(root: Path) -> None:
    before = manifest(root)
    with live(root) as site:
        run = await optimised(site.asked, site.means(FIRST, SECOND))
        once = await optimised(site.asked, site.means(FIRST))

    assert [line.outcome for line in run.steps] == [Outcome.TAKEN_BACK, Outcome.TAKEN_BACK]
    assert "tried again together with second: timing: it earned nothing" in run.steps[0].reason
    assert "tried again" not in once.steps[0].reason, "nothing is another since: it is chance"
    assert manifest(root) == before


async def test_a_step_that_fails_ends_no_other(root: Path) -> None:
    def fails(_: Site) -> Iterator[Change]:
        yield Written("a", bytes([1 // len("")]))

    styles = optimisations()["minify_styles"]
    with live(root) as site:
        run = await optimised(site.asked, site.means(step("fails", fails), styles))

    assert [line.outcome for line in run.steps] == [Outcome.FAILED, Outcome.KEPT]
    assert "ZeroDivisionError" in run.steps[0].reason


@dataclass
class Blind(ReckoningEye):
    """Cannot look at a page that says a word, more often than so many times."""

    word: bytes = b""
    looks: int = 0

    async def look(self, url: str, profile: Profile) -> Sight:
        if self.word in plainly(url):
            self.looks -= 1
            if self.looks < 0:
                raise CannotLook("the page made its tab crash")
        return await super().look(url, profile)


async def test_a_step_with_which_a_page_cannot_be_looked_at_ends_no_other(root: Path) -> None:
    with live(root) as site:
        site.eye = Blind(word=b" one")
        run = await optimised(site.asked, site.means(FIRST, SMALLER))

    assert [line.outcome for line in run.steps] == [Outcome.FAILED, Outcome.KEPT]
    assert "made its tab crash" in run.steps[0].reason


async def test_a_page_that_cannot_be_looked_at_in_the_end_leaves_the_root_and_the_ledger(
    root: Path,
) -> None:
    before = manifest(root)
    with live(root) as site:
        site.eye = Blind(word=b"again and again", looks=4)
        run = await optimised(site.asked, site.means(SMALLER))

    assert (run.status, run.swapped) == (RunStatus.REFUSED, False)
    assert "made its tab crash" in run.reason
    assert [line.outcome for line in run.steps] == [Outcome.KEPT]
    assert manifest(root) == before


async def test_what_only_people_may_do_is_proposed_whatever_a_step_writes(root: Path) -> None:
    def proposes(_: Site) -> Iterator[Change]:
        yield Written("index.html", b"other")
        yield Patch("index.html", "do it", "text")

    with live(root) as site:
        steps = site.means(step("proposes", proposes, Risk.PROPOSED))
        run = await optimised(site.asked, steps)

    assert run.steps[0].outcome is Outcome.PROPOSED
    assert (root / "index.html").read_text() == PAGE


async def test_what_is_promised_is_not_written_whatever_a_step_says(root: Path) -> None:
    (root / "other.html").write_text('<link href="a.css" integrity="sha256-x">')
    blunt = step("blunt", lambda _: iter([Written("a.css", b"")]), gain=Gain.BYTES)
    with live(root) as site:
        run = await optimised(site.asked, site.means(blunt))

    assert run.steps[0].outcome is Outcome.NOTHING
    assert "integrity" in run.steps[0].passed[0].reason
    assert (root / "a.css").read_text() == SHEET


async def test_what_is_packed_beside_a_file_is_packed_anew(root: Path) -> None:
    (root / "a.css.br").write_bytes(b"old")
    (root / "a.css.gz").write_bytes(b"old")
    with live(root) as site:
        run = await optimised(site.asked, site.means(optimisations()["minify_styles"]))

    assert "a.css.br" in run.steps[0].files
    if run.steps[0].outcome is Outcome.KEPT:
        assert brotli.decompress((root / "a.css.br").read_bytes()) == (root / "a.css").read_bytes()


async def test_what_a_page_was_like_before_and_after_is_there_to_be_seen(root: Path) -> None:
    with live(root) as site:
        site.camera = ReckoningCamera()
        run = await optimised(site.asked, site.means(optimisations()["redraw_images"]))

    before, after = run.loads
    assert [(one.page, one.when) for one in run.loads] == [
        ("index.html", When.BEFORE),
        ("index.html", When.AFTER),
    ]
    assert len(before.measured.visits) == len(after.measured.visits) == 5
    lcp = after.measured.metrics["lcp"]
    assert lcp.iqr[0] <= lcp.median < before.measured.metrics["lcp"].median
    asked = [one.url for one in after.measured.typical.requests]
    assert asked[0] == site.url
    assert f"{site.url}hero.jpg.avif" in asked
    assert after.measured.typical.largest_paint is not None
    assert after.measured.typical.largest_paint.resource == f"{site.url}hero.jpg.avif"
    shown = {(one.kind, one.profile, one.when) for one in run.shots}
    assert shown == {
        *(("screen", profile, when) for profile in ("phone", "desktop") for when in When),
        *(("frame", "phone", when) for when in When),
    }
    ends = {one.when: one.at_ms for one in run.shots if one.kind == "frame"}
    assert (ends[When.AFTER] or 0) < (ends[When.BEFORE] or 0)


async def test_what_cannot_be_filmed_is_made_faster_all_the_same(root: Path) -> None:
    with live(root) as site:
        site.camera = ReckoningCamera(films=False)
        run = await optimised(site.asked, site.means(optimisations()["minify_styles"]))

    assert (run.status, run.swapped) == (RunStatus.DONE, True)
    assert {one.kind for one in run.shots} == {"screen"}
    assert any("the lens is covered" in line for line in site.said)


async def test_of_a_page_that_stays_as_it_is_there_is_what_it_was_like(root: Path) -> None:
    harm = step("harm", page_with("words", "others"))
    with live(root) as site:
        run = await optimised(site.asked, site.means(harm))

    [before] = run.loads
    assert before.when is When.BEFORE
    assert before.measured.typical.url == site.url
    assert run.shots == ()


async def test_a_page_that_is_good_is_left_alone(root: Path) -> None:
    (root / "index.html").write_text("<!doctype html><title>a</title><p>words")
    before = manifest(root)
    with live(root) as site:
        good = Asked(root, (site.url,))
        site.browser.quick = True
        run = await optimised(good, site.means())

    assert (run.status, run.verified, run.swapped, run.steps) == (RunStatus.DONE, True, False, ())
    assert "already" in run.notes[0]
    assert manifest(root) == before


@dataclass(frozen=True)
class Stale(LiveSite):
    """A site behind something that goes on answering with what there was."""

    remembered: dict[str, Answered] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, url: str, encodings: str = "identity") -> Answered:
        key = f"{url} {encodings}"
        if key not in self.remembered:
            self.remembered[key] = await super().get(url, encodings)
        return replace(self.remembered[key], headers=self.headers)


@dataclass(frozen=True)
class Several(Stale):
    """A site of two machines that take turns; the root is one's."""

    turns: list[str] = field(default_factory=list)

    async def get(self, url: str, encodings: str = "identity") -> Answered:
        self.turns.append(url)
        there = await super().get(url, encodings)
        return await LiveSite.get(self, url, encodings) if len(self.turns) % 2 else there


@dataclass(frozen=True)
class Down(LiveSite):
    """A site that answers no more from the third time on."""

    times: list[str] = field(default_factory=list)

    async def get(self, url: str, encodings: str = "identity") -> Answered:
        self.times.append(url)
        if len(self.times) > 2:
            raise Unreachable(f"{url} does not answer")
        return await super().get(url, encodings)


@pytest.mark.parametrize(
    ("site_is", "says"),
    [
        (Stale(), "answers something else; the old root"),
        (Stale(headers={"age": "37"}), "something else, which a cache before it has kept for 37 s"),
        (Several(), "answers now this, now that"),
        (Down(), "not answer"),
    ],
)
async def test_what_the_live_site_does_not_show_is_taken_back_at_once(
    root: Path, site_is: LiveSite, says: str
) -> None:
    before = manifest(root)
    with live(root) as site:
        means = site.means(SMALLER, live=site_is)
        run = await optimised(site.asked, means)

    assert run.status is RunStatus.UNDONE
    assert says in run.reason
    assert manifest(root) == before
    assert [one.name for one in root.parent.iterdir()] == ["shop"]


async def test_a_new_error_on_the_live_site_is_enough(root: Path) -> None:
    before = manifest(root)
    with live(root) as site:
        site.eye.wrong_at[site.url] = {"three": "the live site's policy forbids it"}
        run = await optimised(site.asked, site.means(SMALLER))

    assert run.status is RunStatus.UNDONE
    assert "policy forbids it" in run.reason
    assert manifest(root) == before


async def test_a_page_that_is_not_served_from_the_root_is_refused(root: Path) -> None:
    with live(root) as site:
        (root / "index.html").write_text(PAGE + "built anew")
        served = Asked(root, (site.url,))
        other = root.parent / "other"
        other.mkdir()
        (other / "index.html").write_text("another")
        with pytest.raises(Refused, match="is not served from"):
            await optimised(Asked(other, (site.url,)), site.means())
        with pytest.raises(Refused, match="there is no page of"):
            await optimised(Asked(root, (site.url + "no/such",)), site.means())
        assert served.root == root

    assert {one.name for one in root.parent.iterdir()} == {"shop", "other"}


@dataclass(frozen=True)
class Plain(LiveSite):
    """A site that sends nothing that is packed to who would take it."""

    async def get(self, url: str, encodings: str = "identity") -> Answered:
        return await super().get(url, encodings and "identity")


async def test_what_the_server_does_not_send_packed_is_said(root: Path) -> None:
    with live(root) as site:
        packing = optimisations()["precompress_files"]
        run = await optimised(site.asked, site.means(packing, live=Plain()))

    assert "switch it on" in run.notes[0]
    assert run.verified, "it gives them by their own names"


async def test_a_root_that_only_has_the_same_pages_as_the_site_is_not_called_verified(
    root: Path,
) -> None:
    """A build beside what is live has the very pages; what is written there is seen by nobody."""
    build = root.parent / "build"
    shutil.copytree(root, build)
    with live(root) as site:
        asked = Asked(build, (site.url,), although_good=True)
        run = await optimised(asked, site.means(optimisations()["precompress_files"]))

    assert (run.status, run.swapped, run.verified) == (RunStatus.DONE, True, False)
    assert "shows nothing of what was written" in run.notes[-1]
