"""What the file refers to: `${NAME}` of the environment, `${file:PATH}` for the text of a file.

Secrets never stand in the file itself: it is copied, shown and kept with the code.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fettle.errors import BadSettings

_REFERENCE = re.compile(r"\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|file:(?P<file>[^}]+))\}")
_SECRETS = frozenset({("ai", "key"), ("oidc", "secret"), ("receiver", "secret")})
_ADDRESSES = frozenset({"url", "fix_url", "standbys"})
# Those of services that are told: what lets one speak there is a part of the address itself.
_SPEAKING = frozenset({("receiver", "url"), ("server", "alive_url")})
_TOKEN = re.compile(
    r"(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"^[a-z][a-z0-9+.-]*://[^/?#@]*:[^/?#@]+@|^postgres(?:ql)?://[^/@]*:[^/@]+@"
    r"|(?:^|[\s?&])password=[^\s&]",
    re.IGNORECASE,
)


def filled(raw: Mapping[str, Any], environ: Mapping[str, str], file: str) -> dict[str, Any]:
    """Return the settings with what they refer to; raises BadSettings, also for a plain secret."""
    return {name: _filled(part, environ, file, (name,)) for name, part in raw.items()}


def _filled(value: Any, environ: Mapping[str, str], file: str, path: tuple[str, ...]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _filled(part, environ, file, (*path, key)) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, environ, file, path) for part in value]
    if not isinstance(value, str):
        return value
    where = f"{file}: {'.'.join(path)}"
    if _is_secret(path, _REFERENCE.sub("", value)):
        raise BadSettings(
            f"{where}: a secret stands in the file",
            remedy="put it into the environment and write ${NAME}, or into a file of its own and "
            "write ${file:/run/secrets/NAME}",
        )
    return _REFERENCE.sub(lambda match: _meant(match, environ, where), value)


def _is_secret(path: tuple[str, ...], plain: str) -> bool:
    """Whether a value holds a secret in what stands in it without its references."""
    if path in _SECRETS:
        return bool(plain)
    if path in _SPEAKING and _TOKEN.search(plain):
        return True
    return path[-1] in _ADDRESSES and _PASSWORD.search(plain) is not None


def _meant(match: "re.Match[str]", environ: Mapping[str, str], where: str) -> str:
    if (name := match["name"]) is not None:
        if name not in environ:
            raise BadSettings(f"{where}: the environment has no {name}", remedy=f"export {name}=…")
        return environ[name]
    try:
        return Path(match["file"]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadSettings(f"{where}: {match['file']} cannot be read: {reason}") from error
