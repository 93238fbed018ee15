"""Auditors of dependencies, each for the files that it reads: uv, pip-audit and npm.

None builds, installs or runs anything of the project; each has a home of its own for the time, so
that no token of the user's is sent anywhere, and is given no variable but those that are named.
What an auditor says is judged by nobody here: a JSON that is not understood is no answer.
"""

import json
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fettle.errors import ActFailed, CannotLook
from fettle.model.security import Advisory, Audited, Say, Skipped
from fettle.model.severity import said_severity
from fettle.settings.security import ProjectSettings, SecuritySettings
from fettle.targets.running import Ended, How, found, run

AREA = "dependencies"
_LONGEST = 200
_MOST_FILES = 20
_INSTALL = {
    "uv": "pip install uv",
    "pip-audit": "pip install pip-audit",
    "npm": "apt-get install npm",
}
_QUIET = {"NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1", "UV_PYTHON_DOWNLOADS": "never"}
# What names dependencies too, and has no auditor here.
_OTHERS = (
    "poetry.lock", "pdm.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml", "bun.lock",
    "Gemfile.lock", "composer.lock", "Cargo.lock", "go.sum", "gradle.lockfile", "pom.xml",
)  # fmt: skip


@dataclass(frozen=True)
class Audit:
    """One auditor, what it reads, how it is called, and how its answer is read."""

    auditor: str
    source: Path
    words: tuple[str, ...]
    read: Callable[[Any], Mapping[str, Any]]
    folder: Path


async def audit(
    project: ProjectSettings, settings: SecuritySettings, environ: Mapping[str, str], say: Say
) -> AsyncIterator[Audited | Skipped]:
    """Yield what each auditor says of a project, and what none looked at."""
    if not project.path.is_dir():
        yield Skipped(AREA, project.name, f"there is no folder {project.path} on this machine")
        return
    audits = list(_audits(project.path, settings))
    for one in audits:
        try:
            how = How(settings.audit_timeout, environ, project.environment, _QUIET, one.folder)
            yield await _asked(one, project.name, how, say)
        except (CannotLook, ActFailed) as error:
            yield Skipped(AREA, f"{project.name}: {one.source.name}", error.reason, error.remedy)
    others = [name for name in _OTHERS if (project.path / name).is_file()]
    for name in others:
        yield Skipped(AREA, f"{project.name}: {name}", "no auditor here reads it")
    if not audits and not others:
        yield Skipped(
            AREA,
            project.name,
            f"nothing in {project.path} tells its dependencies",
            "keep uv.lock, pinned requirements.txt, .venv or package-lock.json there",
        )


def _audits(folder: Path, settings: SecuritySettings) -> list[Audit]:
    found_: list[Audit] = []
    if (lock := folder / "uv.lock").is_file():
        url = () if settings.osv is None else ("--service-url", settings.osv)
        of_uv = ("uv", "audit", "--frozen", "--output-format", "json", "--no-config", *url)
        found_.append(Audit("uv", lock, of_uv, _of_uv, folder))
    asked: tuple[str, ...] = ("pip-audit", "--format", "json", "--progress-spinner", "off")
    if settings.osv is not None:
        asked += ("--vulnerability-service", "osv", "--osv-url", f"{settings.osv}/v1/query")
    for file in sorted(folder.glob("requirements*.txt"))[:_MOST_FILES]:
        words = (*asked, "--requirement", str(file), "--no-deps", "--disable-pip")
        found_.append(Audit("pip-audit", file, words, _of_pip_audit, folder))
    for packages in sorted(folder.glob(".venv/lib/python*/site-packages"))[:1]:
        words = (*asked, "--path", str(packages))
        found_.append(Audit("pip-audit", folder / ".venv", words, _of_pip_audit, folder))
    for name in ("npm-shrinkwrap.json", "package-lock.json"):
        if (lock := folder / name).is_file():
            of_npm = ("npm", "audit", "--json", "--package-lock-only", "--ignore-scripts")
            found_.append(Audit("npm", lock, of_npm, _of_npm, folder))
            break
    return found_


async def _asked(one: Audit, project: str, how: How, say: Say) -> Audited:
    program = found(one.words[0], how.environ, install=_INSTALL[one.auditor])
    with tempfile.TemporaryDirectory(prefix="fettle-audit-") as home:
        own = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), home)
        how = replace(how, variables={**how.variables, **own})
        ended = await run([program, *one.words[1:]], how)
    for line in ended.errors.decode("utf-8", "replace").splitlines()[-20:]:
        await say(f"{one.auditor}: {line[:_LONGEST]}")
    answer = _answer(one, ended)
    try:
        told = one.read(answer)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CannotLook(f"{one.auditor}'s answer is not understood: {error!r}") from None
    return Audited(project, one.auditor, one.source.name, **told)


def _answer(one: Audit, ended: Ended) -> object:
    """Return what an auditor said; it ends with 1 where it found something, and where it failed."""
    if ended.cut:
        raise CannotLook(f"{one.auditor} said more than is read")
    try:
        return json.loads(ended.output)
    except (ValueError, RecursionError):
        raise CannotLook(f"{one.auditor} could not audit: {ended.last_words}") from None


def _of_uv(answer: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as it came
    advisories = [
        _advisory(one["dependency"], one["display_id"], one.get("summary"), one["fix_versions"])
        for one in answer["vulnerabilities"]
    ]
    return {
        "packages": int(answer["summary"]["audited_packages"]),
        "advisories": tuple(advisories),
    }


def _of_pip_audit(answer: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as it came
    told = answer["dependencies"]
    audited = [one for one in told if "vulns" in one]
    return {
        "packages": len(audited),
        "advisories": tuple(
            _advisory(one, found_["id"], found_.get("description"), found_["fix_versions"])
            for one in audited
            for found_ in one["vulns"]
        ),
        "not_audited": tuple(
            f"{one['name']}: {one['skip_reason']}"[:_LONGEST] for one in told if "vulns" not in one
        ),
    }


def _of_npm(answer: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as it came
    if "error" in answer:
        said = answer["error"].get("summary") or answer["error"].get("code") or "it failed"
        raise CannotLook(f"npm could not audit: {str(said)[:_LONGEST]}")
    if "message" in answer and "vulnerabilities" not in answer:
        raise CannotLook(f"npm could not audit: {str(answer['message'])[:_LONGEST]}")
    return {
        "packages": int(answer["metadata"]["dependencies"]["total"]),
        "advisories": tuple(_of_npms(answer["vulnerabilities"])),
    }


def _of_npms(vulnerabilities: Mapping[str, Any]) -> Sequence[Advisory]:
    """Return each weakness once, of the package that has it: others only need that one."""
    told = {}
    for one in vulnerabilities.values():
        fix = one["fixAvailable"]
        fixed = (f"{fix['name']} {fix['version']}",) if isinstance(fix, dict) else ()
        for via in one["via"]:
            if isinstance(via, dict):
                id_ = str(via["url"]).rstrip("/").rpartition("/")[2] or str(via["source"])
                told[via["name"], id_] = Advisory(
                    _line(via["name"]),
                    _line(via.get("range") or one.get("range")),
                    _line(id_),
                    _line(via.get("title")),
                    said_severity(str(via["severity"])),
                    fixed or (("npm audit fix",) if fix else ()),
                )
    return list(told.values())


def _advisory(
    package: Mapping[str, Any], id_: object, says: object, fixed: Sequence[object]
) -> Advisory:
    name, version, versions = package["name"], package["version"], map(_line, fixed)
    return Advisory(_line(name), _line(version), _line(id_), _line(says), None, tuple(versions))


def _line(says: object) -> str:
    return re.sub(r"\s+", " ", str(says or "")).strip()[:_LONGEST]
