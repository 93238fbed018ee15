"""What passed, as a branch of its own: pushed and asked to be pulled where that is set, and undone.

A pull request is opened and closed by the program that people use for it, gh or glab, as whom it is
logged in as; Fettle holds no token for it.
"""

import re
from dataclasses import dataclass

from fettle.errors import ActFailed, CannotLook, Refused
from fettle.model.rehearsal import Came, Proof, RunState
from fettle.targets.rehearsing.applying import Outside
from fettle.targets.rehearsing.repository import Repository

_ADDRESS = re.compile(r"https?://\S+/(?:pull|merge_requests)/\d+")
_MERGED = "what was merged is taken back by git revert"


@dataclass(frozen=True)
class Branches:
    """The branches of a project's repository, here and where it is pushed to."""

    repository: Repository
    outside: Outside

    async def made(self, branch: str, commit: str, title: str, body: str) -> Came:
        """Let a new branch name a commit; push it, and ask for it to be pulled, where that is set.

        Raises Refused where there is such a branch.
        """
        said = self.outside.settings.apply
        if await self.repository.refs(f"refs/heads/{branch}"):
            raise Refused(
                f"there is a branch {branch} already", remedy="delete it, or name another"
            )
        await self.repository.keep(f"refs/heads/{branch}", commit)
        tree = Proof({"tree": await self.repository.tree(commit)})
        if said.remote is None:
            return Came(RunState.DONE, True, f"branch {branch}", None, tree)
        try:
            await self.repository.git("push", "--quiet", said.remote, f"refs/heads/{branch}")
        except (ActFailed, CannotLook) as error:
            says = f"branch {branch} is here, and went no further: {error.reason}"
            return Came(RunState.FAILED, False, says, None, tree)
        if said.pull_request is None:
            return Came(RunState.DONE, True, f"branch {branch}, pushed", None, tree)
        try:
            address = await self._asked(said.pull_request, branch, title, body)
        except (ActFailed, CannotLook) as error:
            says = f"branch {branch} was pushed; {error.reason}"
            return Came(RunState.FAILED, False, says, None, tree)
        return Came(RunState.DONE, True, f"branch {branch}, pull request", None, tree, address)

    async def undone(self, branch: str, commit: str, pull_request: str | None) -> None:
        """Close a pull request, and let a branch be gone that still names a commit, everywhere.

        Raises Refused for one that somebody has gone on with, and ActFailed.
        """
        ref = f"refs/heads/{branch}"
        found = (await self.repository.refs(ref)).get(ref)
        if found != commit:
            state = "gone" if found is None else "another one now"
            raise Refused(f"branch {branch} is {state}", remedy=_MERGED)
        remote = self.outside.settings.apply.remote
        far = await self._far(remote, ref) if remote else None
        if far not in {None, commit}:
            raise Refused(
                f"somebody has gone on with branch {branch} at {remote}",
                remedy="close it there, once it is not needed",
            )
        if pull_request is not None:
            await self._closed(pull_request)
        if remote and far:
            await self.repository.git("push", "--quiet", "--delete", remote, ref)
        await self.repository.let_go(ref)

    async def _far(self, remote: str, ref: str) -> str | None:
        """Return what a branch names at a remote; None for one that is not there."""
        said = (await self.repository.git("ls-remote", "--heads", remote, ref)).split()
        return said[0] if said else None

    async def _asked(self, program: str, branch: str, title: str, body: str) -> str | None:
        """Ask for a branch to be pulled; return the address of what was opened."""
        if program == "gh":
            words = ["gh", "pr", "create", "--head", branch, "--title", title, "--body", body]
        else:
            words = ["glab", "mr", "create", "--source-branch", branch, "--title", title]
            words += ["--description", body, "--yes"]
        ended = await self.outside.run(words)
        text = (ended.output + b"\n" + ended.errors).decode("utf-8", "replace")
        addresses = _ADDRESS.findall(text)
        # There is one already: somebody was cut off before it could be kept.
        if ended.status and not (addresses and "already exists" in text):
            raise ActFailed(f"{program} opened no pull request: {ended.last_words}")
        return addresses[-1] if addresses else None

    async def _closed(self, pull_request: str) -> None:
        number = pull_request.rpartition("/")[2]
        is_gitlab = "/merge_requests/" in pull_request
        words = ("glab", "mr", "close", number) if is_gitlab else ("gh", "pr", "close", number)
        ended = await self.outside.run(words)
        text = (ended.output + b"\n" + ended.errors).decode("utf-8", "replace")
        if ended.status and "already closed" not in text:
            raise Refused(f"{pull_request} cannot be closed: {ended.last_words}", remedy=_MERGED)
