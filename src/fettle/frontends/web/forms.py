"""What was typed into a form; and what was typed when nobody was logged in, to be sent later."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request

from fettle.errors import WrongUsage
from fettle.frontends.web import csrf

_MOST_FIELDS = 500
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
_SECRETS = frozenset({"password", "again", "current", "code"})
# What our pages fill in or let choose: nobody has written it.
CHOSEN = frozenset(
    [
        "about",
        "act",
        "all",
        "assignee",
        "at",
        "back",
        "broad",
        "by",
        "class",
        "csrf",
        "do",
        "due",
        "error",
        "fix",
        "how",
        "id",
        "issue",
        "key",
        "kind",
        "merged",
        "milestone",
        "once",
        "outcome",
        "person",
        "priority",
        "remedy",
        "role",
        "seal",
        "section",
        "severity",
        "shared",
        "stage",
        "step",
        "subject",
        "target",
        "team",
        "template",
        "until",
        "updates",
        "version",
        "why",
    ]
)
_WERE = "_were"
_NOWHERE = ("/login", "/logout", "/oidc/", "/welcome/")

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Kept:
    """A form that was sent when nobody was logged in: where to, and its fields but secret ones."""

    path: str
    fields: Fields

    @property
    def written(self) -> str:
        """Return the fields as one text, for a form to carry."""
        return json.dumps(list(self.fields), ensure_ascii=False)

    @property
    def texts(self) -> Sequence[str]:
        """The texts that somebody wrote into it."""
        return written(dict(self.fields))


async def typed(request: Request) -> dict[str, str]:
    """Return what was typed; of a name that is given several times the last. Raises WrongUsage."""
    return dict(await fields(request))


async def fields(request: Request) -> Fields:
    """Return the fields of a form; raises WrongUsage, and TooLarge where the request is limited."""
    body = await request.body()
    if body and not is_form(request):
        raise WrongUsage("that is no form of ours", remedy="send it from its page")
    return read(body)


def is_form(request: Request) -> bool:
    """Whether a request says that it is a form as our pages send it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"


def written(form: Mapping[str, str]) -> Sequence[str]:
    """Return the texts that somebody wrote into a form; what they left as it was is none."""
    return [
        text
        for name, text in form.items()
        if text.strip() and name not in CHOSEN and not name.endswith(_WERE) and changed(form, name)
    ]


def changed(form: Mapping[str, str], name: str) -> bool:
    """Whether a field was changed: a hidden one beside it, `…_were`, says what it held."""
    return form.get(name) != form.get(f"{name}{_WERE}")


def kept_of(form: Mapping[str, str]) -> Kept | None:
    """Return the form that another one carries; None where it carries none."""
    path, written = form.get("kept_path", ""), form.get("kept_body", "")
    if not path or local(path) != path:
        return None
    try:
        return Kept(path, [(_plain(name), _plain(value)) for name, value in json.loads(written)])
    except (ValueError, TypeError):
        return None


def _plain(said: object) -> str:
    """Return a text that can be written: JSON can escape half a character, which none can be."""
    return str(said).encode("utf-8", "replace").decode()


def keep(path: str, given: Fields) -> Kept | None:
    """Return what is kept of a form that cannot be taken now; None where nothing should be."""
    if local(path) != path:
        return None
    kept = [(k, v) for k, v in given if k != csrf.FIELD and k not in _SECRETS]
    return Kept(path, kept)


def has_secrets(given: Fields) -> bool:
    """Whether a form holds what is not kept: without it, it would be sent in vain."""
    return any(name in _SECRETS for name, _ in given)


def here(request: Request) -> str:
    """Return where a request was sent, within this site."""
    path = quote(request.scope["path"])
    return f"{path}?{request.url.query}" if request.url.query else path


def sent_from(request: Request) -> str:
    """Return the page that a form was sent from, within this site; nothing where nobody knows."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.url.netloc:
        return ""
    return local(f"{parts.path}?{parts.query}" if parts.query else parts.path, "")


def local(path: str, otherwise: str = "/") -> str:
    """Return a path of this site, with its query; `otherwise` for what leads elsewhere.

    Browsers read `//host` as another site, a backslash as a slash, and no control characters.
    """
    try:
        parts = urlsplit(path)
    except ValueError:
        return otherwise
    ours = path.startswith("/") and not path.startswith("//") and not _UNSAFE.search(path)
    if not ours or parts.scheme or parts.netloc or parts.path.startswith(_NOWHERE):
        return otherwise
    return path


def read(body: bytes) -> Fields:
    """Return the fields of a form; raises WrongUsage."""
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise WrongUsage("the form cannot be read", remedy="send it from its page") from None
