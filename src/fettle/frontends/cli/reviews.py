"""What `fettle issue review` asks the API, and how it prints what is answered."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, issues

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Api, Reach


@dataclass(frozen=True)
class Wish:
    """What is done with a review: keep a file, and then show, submit, approve or reopen it."""

    edit: Path | None
    act: str | None
    text: str
    version: int | None


async def review(
    application: "Application", reach: "Reach", number: int, wish: Wish, form: str
) -> int:
    """Do with a review what is wished; without any of it, begin it."""
    from fettle.frontends.cli.api import reached

    path = f"/api/v1/issues/{number}/review"
    said = None if wish.edit is None else _read(wish.edit)
    async with reached(application, reach) as api:
        if said is not None:
            document = await _write(api, path, said, wish.version)
        if wish.act == "show":
            return _show(await api.get(path, {"version": wish.version}), form)
        if wish.act is not None:
            document = await api.post(f"{path}/{wish.act}", _body(wish))
        elif said is None:
            issues.said(await api.post(path), form)
            return exits.OK
    return _said(document, form)


def _body(wish: Wish) -> dict[str, object] | None:
    if wish.act == "reopen":
        return {"reason": wish.text}
    return {"text": wish.text, "version": wish.version} if wish.act == "approve" else None


async def _write(api: "Api", path: str, said: str, version: int | None) -> Any:  # noqa: ANN401 - JSON
    """Keep a text over the version that is named, else over the one that is there now."""
    if version is None:
        version = (await api.get(path))["version"]
    return await api.put(path, {"version": version, "markdown": said})


def _read(file: Path) -> str:
    try:
        if str(file) == "-":
            return sys.stdin.read()
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{file} cannot be read: {error}") from None


def _show(document: Any, form: str) -> int:  # noqa: ANN401 - JSON
    from fettle.frontends.report import write

    if form == "json":
        write.document(document)
    else:
        for line in document["markdown"].splitlines():
            write.plainly(line)
    return exits.OK


def _said(document: Any, form: str) -> int:  # noqa: ANN401 - JSON
    from fettle.frontends.report import review_story, write

    if form == "json":
        write.document(document)
    else:
        write.plainly(review_story.in_a_line(document))
    return exits.OK
