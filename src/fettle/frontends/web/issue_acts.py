"""What the forms of an issue's page ask for: which call of the API, and where it shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fettle.frontends.web import forms, numbers
from fettle.model.advice import Wording

Form = Mapping[str, str]
Body = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A call of the API; `path` is behind the issue's own, unless it begins with a slash."""

    path: str
    body: Body
    shows: str = ""

    def path_of(self, number: int) -> str:
        """Return the path of the call for an issue."""
        return self.path if self.path.startswith("/") else f"/api/v1/issues/{number}/{self.path}"


def asked(name: str, form: Form) -> Asked | None:
    """Return what a form asks for; None where there is no such form."""
    if name in _BODIES:
        return Asked(name, _BODIES[name](form))
    return _FURTHER[name](form) if name in _FURTHER else None


def opened(name: str, form: Form) -> str:
    """Return which form was sent: several are about a stage, a step or a role, each about one."""
    which = [form[key] for key in _SEVERAL.get(name, ()) if form.get(key)]
    return "-".join([name, *which])


_SEVERAL = {"tick": ("stage",), "step": ("step",), "role": ("role",)}


def _texts(*names: str) -> Callable[[Form], Body]:
    """Return what takes fields as they were typed; those left empty are left out."""
    return lambda form: {name: form[name] for name in names if form.get(name)}


def _always(*names: str) -> Callable[[Form], Body]:
    """Return what takes fields as they were typed, empty ones too."""
    return lambda form: {name: form.get(name, "") for name in names}


def _moment(typed: str) -> str:
    """Return a moment as the API takes it; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return typed if at.tzinfo else f"{typed}Z"


def _names(typed: str) -> list[str]:
    return [one.strip() for one in typed.split(",") if one.strip()]


def _assigned(form: Form) -> Body:
    """Return what was chosen otherwise; the team that there is, where nothing was."""
    given = {name: form[name] or None for name in ("team", "assignee") if name in form}
    changed = {name: value for name, value in given.items() if forms.changed(form, name)}
    return changed or {name: value for name, value in given.items() if name == "team"}


def _classified(form: Form) -> Body:
    given: Body = _texts("severity", "priority", "category")(form)
    if form.get("class"):
        given["class"] = None if form["class"] == "none" else form["class"]
    if "services" in form and forms.changed(form, "services"):
        given["services"] = _names(form["services"])
    return {**given, "reason": form.get("reason") or "set right on its page"}


def _held(form: Form) -> Body:
    until = {"until": _moment(form["until"])} if form.get("until") else {}
    return {**_always("reason")(form), **until}


def _merged(form: Form) -> Body:
    into = form.get("into", "").strip().removeprefix("#")
    number = numbers.read(into)
    return {"into": into if number is None else number, "text": form.get("text", "")}


def _ticked(form: Form) -> Asked:
    how = form.get("how", "done")
    body = {"done": how != "open", "needed": how != "not-needed", **_texts("note")(form)}
    return Asked(f"stages/{quote(form.get('stage', ''), safe='')}", body, "stages")


def _stepped(form: Form) -> Asked:
    body = {"done": form.get("how") != "open", **_texts("note")(form)}
    return Asked(f"steps/{quote(form.get('step', ''), safe='')}", body, "runbooks")


def _cast(form: Form) -> Asked:
    return Asked("roles", {form.get("role", ""): form.get("person") or None}, "people")


def _caused(form: Form) -> Asked:
    seen = {"seen": form["text_were"]} if "text_were" in form else {}
    return Asked("root-cause", {**_always("text")(form), **seen}, "cause")


def _worded(form: Form) -> Asked:
    body = _texts("about")(form)
    return Asked("words", body, "enquiries" if body.get("about") == Wording.ENQUIRIES else "words")


def _planned(form: Form) -> Asked:
    number = numbers.read(form.get("issue", ""))
    return Asked(
        "/api/v1/plans", {**_texts("target", "fix", "subject")(form), "issue": number}, "diagnosis"
    )


def _reproduced(form: Form) -> Asked:
    error = numbers.read(form.get("error", ""))
    body = _texts("remedy")(form)
    return Asked("reproduce", body if error is None else {"error": error}, "again")


def _set_right(form: Form) -> Asked:
    name, at = form.get("milestone", ""), form.get("at", "")
    reason = form.get("reason") or f"{name} was set on its page"
    return Asked("milestones", {name: _moment(at) or None, "reason": reason}, "milestones")


def _deployed(form: Form) -> Asked:
    body = _texts("service", "version", "note", "url")(form)
    at = {"at": _moment(form["at"])} if form.get("at") else {}
    return Asked("/api/v1/deploys", {**body, **at}, "deploys")


_BODIES: Mapping[str, Callable[[Form], Body]] = {
    "acknowledge": _texts(),
    "assign": _assigned,
    "classify": _classified,
    "close": _texts("review"),
    "decline": _always("why", "reason"),
    "hold": _held,
    "merge": _merged,
    "note": _always("text"),
    "reopen": _always("reason"),
    "resolve": _always("evidence"),
    "resume": _texts("text"),
    "review": _texts(),
    "solve": lambda form: {"apply": True, **_texts("remedy")(form)},
    "stage": lambda form: {**_always("stage")(form), **_texts("text")(form)},
}

_FURTHER: Mapping[str, Callable[[Form], Asked]] = {
    "cause": _caused,
    "deploy": _deployed,
    "diagnose": lambda form: Asked("diagnose", _texts("target")(form), "diagnosis"),
    "milestone": _set_right,
    "plan": _planned,
    "reproduce": _reproduced,
    "role": _cast,
    "runbook": lambda form: Asked("runbooks", _always("name")(form), "runbooks"),
    "step": _stepped,
    "tick": _ticked,
    "words": _worded,
}
