"""How sites are exposed: what their headers leave open, what TLS they take, what they give."""

import re
from collections.abc import Iterator, Sequence

from fettle.model.security import Look, Looked, Site, Skipped, Weakness
from fettle.model.severity import Severity

AREA = "sites"
_TLS = "TLS"
# A month: what the lists of browsers ask for is a year, and a start is made with less.
_LEAST_HSTS_S = 30 * 86_400
_VERSION = re.compile(r"\d+\.\d+")
_MAX_AGE = re.compile(r'max-age\s*=\s*"?(\d{1,12})')


def of_sites(told: Sequence[Site | Skipped]) -> Look:
    """Judge what sites gave; what they were not asked was not looked at."""
    look = Look()
    for one in told:
        look += Look(skipped=(one,)) if isinstance(one, Skipped) else _of_site(one)
    return look


def _of_site(site: Site) -> Look:
    found = [*_of_headers(site), *_of_contents(site), *_of_encryption(site)]
    looked = [Looked(AREA, site.subject, f"headers, exposed files and error pages of {site.url}")]
    skipped = [
        Skipped(AREA, f"{site.subject}: {path}", "it gave no answer to that")
        for path in site.unasked
    ]
    if site.url.startswith("https:"):
        told = [*_not_seen_of_tls(site)]
        skipped += told
        if site.version:
            how = f"{site.version} with {site.cipher}"
            looked.append(Looked(_TLS, site.subject, how if told else f"{how}; nothing older"))
    return Look(tuple(found), tuple(looked), tuple(skipped))


def _not_seen_of_tls(site: Site) -> Iterator[Skipped]:
    if not site.version:
        yield Skipped(_TLS, site.subject, "a handshake could not be made")
        return
    ours = "the OpenSSL of this machine cannot offer it, or no answer came"
    if site.old_tls is None:
        yield Skipped(_TLS, f"{site.subject}: whether it takes TLS 1.0 and 1.1", ours)
    if site.weak_cipher is None:
        yield Skipped(_TLS, f"{site.subject}: whether it takes weak ciphers", ours)


def _of_headers(site: Site) -> Iterator[Weakness]:
    if site.url.startswith("https:"):
        yield from _of_hsts(site)
    for severity, says, closes in _left_open(site):
        yield Weakness(AREA, site.subject, severity, f"{site.url}: {says}", closes)
    for cookie in site.headers.get("set-cookie", ()):
        yield from _of_cookie(site, cookie)


def _left_open(site: Site) -> Iterator[tuple[Severity, str, str]]:
    policy = " ".join(site.headers.get("content-security-policy", ()))
    if "nosniff" not in " ".join(site.headers.get("x-content-type-options", ())).lower():
        says = "browsers may guess what a file is"
        yield Severity.LOW, says, "X-Content-Type-Options: nosniff"
    if "frame-ancestors" not in policy and not site.headers.get("x-frame-options"):
        says = "other sites may show it in a frame, and have its users click there"
        yield Severity.MEDIUM, says, "Content-Security-Policy: frame-ancestors 'self'"
    if not policy:
        says = "no policy says from where scripts may come"
        yield Severity.LOW, says, "Content-Security-Policy with script-src"
    for name in ("server", "x-powered-by"):
        told = " ".join(site.headers.get(name, ()))
        if _VERSION.search(told):
            yield Severity.INFO, f"it tells its version: {told[:80]}", f"leave {name} out"


def _of_cookie(site: Site, cookie: str) -> Iterator[Weakness]:
    name = cookie.partition("=")[0].strip()[:60]
    words = {word.strip().lower().partition("=")[0] for word in cookie.split(";")[1:]}
    lacks = [word for word in ("Secure", "HttpOnly") if word.lower() not in words]
    if not site.url.startswith("https:"):
        lacks = [word for word in lacks if word != "Secure"]
    if lacks:
        yield Weakness(
            AREA,
            site.subject,
            Severity.MEDIUM if "Secure" in lacks else Severity.LOW,
            f"{site.url}: the cookie {name} lacks {' and '.join(lacks)}",
            f"Set-Cookie: {name}=…; {'; '.join(lacks)}",
        )


def _of_hsts(site: Site) -> Iterator[Weakness]:
    told = " ".join(site.headers.get("strict-transport-security", ()))
    age = _MAX_AGE.search(told.lower())
    closes = "Strict-Transport-Security: max-age=31536000"
    if age is None or int(age[1]) < _LEAST_HSTS_S:
        says = "browsers are not told to use https only" if age is None else "it lasts too short"
        yield Weakness(_TLS, site.subject, Severity.MEDIUM, f"{site.url}: HSTS: {says}", closes)
    if site.plain == "answers":
        yield Weakness(
            _TLS,
            site.subject,
            Severity.MEDIUM,
            f"{site.url}: it answers without TLS too, and sends nobody to https",
            "redirect http to https",
        )


def _of_contents(site: Site) -> Iterator[Weakness]:
    for path in site.exposed:
        secret = path.startswith(("/.git", "/.env"))
        yield Weakness(
            AREA,
            site.subject,
            Severity.CRITICAL if secret else Severity.HIGH,
            f"{site.url}: everybody may read {path}",
            f"let the web server refuse {path}, and change every secret that was in it",
        )
    if site.debugs is not None:
        yield Weakness(
            AREA,
            site.subject,
            Severity.HIGH,
            f"{site.url}: a page that is not there shows {site.debugs}",
            "turn its debug mode off in production",
        )


def _of_encryption(site: Site) -> Iterator[Weakness]:
    if not site.url.startswith("https:"):
        yield Weakness(
            _TLS, site.subject, Severity.MEDIUM, f"{site.url} has no TLS", "serve it by https"
        )
    for agreed, what in (
        (site.old_tls, "a version of TLS that is no longer safe"),
        (site.weak_cipher, "a cipher that is no longer safe"),
    ):
        if isinstance(agreed, str):
            yield Weakness(
                _TLS,
                site.subject,
                Severity.MEDIUM,
                f"{site.url}: it takes {what}: {agreed}",
                "TLS 1.2 and 1.3 only, with the ciphers that browsers take today",
            )
