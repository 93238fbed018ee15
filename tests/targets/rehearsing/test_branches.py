"""What passed is pushed and asked to be pulled by gh or glab, and closed where it is taken back."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fettle.errors import Refused
from fettle.model.ports_rehearsal import Bench
from fettle.model.rehearsal import RunState
from fettle.model.update import Ecosystem
from tests.made_packages import served
from tests.targets.rehearsing.shop import git, wanting
from tests.targets.rehearsing.stand_in_forge import forge, install
from tests.targets.rehearsing.test_applying import Live, live_of

BRANCH = "fettle/update-1"
TITLE, BODY = "Raise $(alpha) to 1.1.0", "- alpha 1.0.0 → 1.1.0\n\nThe tests pass `with` it.\n"
ALPHA = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served() as registry:
        found = live_of(tmp_path, registry)
        git(tmp_path, "init", "--quiet", "--bare", "far")
        git(found.folder, "remote", "add", "origin", str(tmp_path / "far"))
        programs = tmp_path / "programs"
        environ = {**found.environ, "PATH": f"{programs}:{found.environ['PATH']}"}
        yield Live(found.folder, found.data, environ)


@asynccontextmanager
async def opened(live: Live, program: str, id_: str = "a1") -> AsyncIterator[Bench]:
    yard = live.yard(how="commit", remote="origin", pull_request=program)
    async with yard.opened("shop", id_, "apply", tests=False) as bench:
        yield bench
        bench.finished()


def home(live: Live) -> Path:
    return Path(live.environ["HOME"])


ASKED = {
    "gh": ["gh", "pr", "create", "--head", BRANCH, "--title", TITLE, "--body", BODY],
    "glab": [
        "glab", "mr", "create", "--source-branch", BRANCH, "--title", TITLE,
        "--description", BODY, "--yes",
    ],
}  # fmt: skip
ADDRESS = {
    "gh": "https://forge.example/ada/shop/pull/7",
    "glab": "https://forge.example/ada/shop/-/merge_requests/7",
}


@pytest.mark.parametrize("program", ["gh", "glab"])
async def test_it_is_pushed_asked_to_be_pulled_and_closed_again(
    live: Live, tmp_path: Path, program: str
) -> None:
    install(tmp_path / "programs", home(live), program)
    before = live.state
    async with opened(live, program) as bench:
        commit = await bench.commit_of(ALPHA)
        came = await bench.as_branch(BRANCH, commit, TITLE, BODY)
    pushed = git(tmp_path / "far", "rev-parse", BRANCH)
    asked = forge(home(live))["asked"]
    async with opened(live, program, "u1") as bench:
        await bench.without_branch(BRANCH, commit, came.pull_request)

    assert (came.state, came.pull_request) == (RunState.DONE, ADDRESS[program])
    assert pushed == commit
    assert asked == [ASKED[program]], "no shell has read it"
    assert forge(home(live))["open"] == {}
    assert git(tmp_path / "far", "for-each-ref") == ""
    assert git(live.folder, "branch", "--list", "fettle/*") == ""
    assert live.state == before


async def test_who_may_not_open_one_has_the_branch_and_the_reason(
    live: Live, tmp_path: Path
) -> None:
    says = "To get started with GitHub CLI, please run:  gh auth login"
    install(tmp_path / "programs", home(live), "gh", broken=says)
    async with opened(live, "gh") as bench:
        commit = await bench.commit_of(ALPHA)
        came = await bench.as_branch(BRANCH, commit, TITLE, BODY)

    assert came.state is RunState.FAILED
    assert came.says == f"branch {BRANCH} was pushed; gh opened no pull request: {says}"
    assert git(tmp_path / "far", "rev-parse", BRANCH) == commit


@pytest.mark.parametrize("program", ["gh", "glab"])
async def test_one_that_is_open_already_is_found(live: Live, tmp_path: Path, program: str) -> None:
    open_ = {BRANCH: ADDRESS[program]}
    install(tmp_path / "programs", home(live), program, open=open_)
    async with opened(live, program) as bench:
        came = await bench.as_branch(BRANCH, await bench.commit_of(ALPHA), TITLE, BODY)

    assert (came.state, came.pull_request) == (RunState.DONE, ADDRESS[program])


async def test_without_the_program_it_is_pushed_and_that_is_said(
    live: Live, tmp_path: Path
) -> None:
    bare = Live(live.folder, live.data, {**live.environ, "PATH": live.environ["PATH"]})
    async with opened(bare, "glab") as bench:
        came = await bench.as_branch(BRANCH, await bench.commit_of(ALPHA), TITLE, BODY)

    assert came.state is RunState.FAILED
    assert came.says.endswith("was pushed; glab is not on this machine")
    assert git(tmp_path / "far", "rev-parse", BRANCH)


async def test_a_remote_that_does_not_take_it_is_told(live: Live, tmp_path: Path) -> None:
    git(live.folder, "remote", "set-url", "origin", str(tmp_path / "gone"))
    async with opened(live, "gh") as bench:
        came = await bench.as_branch(BRANCH, await bench.commit_of(ALPHA), TITLE, BODY)

    assert came.state is RunState.FAILED
    assert came.says.startswith(f"branch {BRANCH} is here, and went no further: ")


async def test_what_was_merged_or_gone_on_with_is_not_closed(live: Live, tmp_path: Path) -> None:
    install(tmp_path / "programs", home(live), "gh", merged=True)
    async with opened(live, "gh") as bench:
        commit = await bench.commit_of(ALPHA)
        came = await bench.as_branch(BRANCH, commit, TITLE, BODY)
    async with opened(live, "gh", "u1") as bench:
        with pytest.raises(Refused, match="already merged") as merged:
            await bench.without_branch(BRANCH, commit, came.pull_request)
    git(live.folder, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{BRANCH}")
    async with opened(live, "gh", "u2") as bench:
        with pytest.raises(Refused, match="somebody has gone on with branch"):
            await bench.without_branch(BRANCH, commit, came.pull_request)

    assert merged.value.remedy == "what was merged is taken back by git revert"
    assert git(live.folder, "rev-parse", BRANCH) == commit
