"""Let browsers keep what does not change.

What it does:  Proposes, as files for nginx, Caddy, Vercel and Next, headers by which browsers keep
    what is in folders where every file is called by its content for a year, images and fonts for a
    week, style sheets and scripts for an hour, and ask again each time for pages, and for what is
    promised (integrity, a service worker's list); the first two also let the server send what is
    packed beforehand.
Leaves alone:  The server's settings: they are not part of the root.
Kept when:     People have put one of them in place, and reloaded the server.
Risk:          proposed. What is kept for long is seen in its old form until the time is over.
Cannot see:    Which server there is, and what it says already.
"""

import json
import re
from collections.abc import Iterator, Sequence
from posixpath import dirname
from textwrap import indent

from fettle.model.experiment import Change, Gain, Patch, PatchKind, Risk, Site, Tree
from fettle.optimisation.packing import ENDINGS
from fettle.optimisation.patches import patch
from fettle.optimisation.protected import PAGES, hashed
from fettle.unit.optimisation import optimisation

FOREVER = "public, max-age=31536000, immutable"
A_WEEK = "public, max-age=604800, stale-while-revalidate=86400"
AN_HOUR = "public, max-age=3600, stale-while-revalidate=86400"
ASK = "no-cache"
MEDIA = r"[.](?:avif|webp|png|jpe?g|gif|svg|ico|woff2?|ttf|otf|mp4|webm)"
TEXTS = r"[.](?:js|mjs|css)"
_PLAIN = re.compile(r"[\w./-]+", re.ASCII)  # what no server takes for its own
VERCEL = "vercel.json"
_MOST_NAMED = 100

Rules = Sequence[tuple[str, str]]  # what a path must fit, and for how long it is kept


@optimisation(risk=Risk.PROPOSED, gain=Gain.TIME, place=104)
def improve(site: Site) -> Iterator[Change]:
    """Propose one file for each server that there may be."""
    kept = [path for path in site.tree.paths() if not path.lower().endswith(PAGES)]
    if not kept:
        return
    rules = (*_forever(kept), *_for_a_while(site))
    for path, server, text in (
        ("fettle-cache.nginx.conf", "nginx", _nginx(rules)),
        ("fettle-cache.caddyfile", "Caddy", _caddy(rules)),
        ("next.config.js", "Next", _next(rules)),
    ):
        yield Patch(path, f"let browsers keep files: {server}", text, PatchKind.FILE)
    yield _vercel(site.tree, rules)


def _forever(paths: Sequence[str]) -> Rules:
    """Return a rule for each folder in which every file is called by its content."""
    folders: dict[str, bool] = {}
    for path in paths:
        if not path.endswith((*ENDINGS, ".map")):
            folders[dirname(path)] = folders.get(dirname(path), True) and hashed(path)
    return tuple(
        (f"^/{folder.replace('.', '[.]')}/[^/]+$", FOREVER)
        for folder, all_are in sorted(folders.items())
        if folder and all_are and _PLAIN.fullmatch(folder)
    )


def _for_a_while(site: Site) -> Rules:
    """Return the rules for what may be old for a while: not what a page of today promises.

    A page that is new, with a script of an hour ago whose hash it names, runs no script.
    """
    promised = sorted(path for path in site.kept if not hashed(path))
    if len(promised) > _MOST_NAMED or not all(map(_PLAIN.fullmatch, promised)):
        return ()
    return (
        *((f"^/{path.replace('.', '[.]')}$", ASK) for path in promised),
        (f"^/.*{MEDIA}$", A_WEEK),
        (f"^/.*{TEXTS}$", AN_HOUR),
    )


def _nginx(rules: Rules) -> str:
    lines = [f'    "~{fits}" "{keeps}";' for fits, keeps in rules]
    return "\n".join(
        [
            "# Include it in the http block. In the server's block, beside other add_header lines:",
            "#     add_header Cache-Control $fettle_keeps;",
            "#     gzip_static on;",
            "#     brotli_static on;  # with ngx_brotli",
            "map $uri $fettle_keeps {",
            f'    default "{ASK}";',
            *lines,
            "}\n",
        ]
    )


def _caddy(rules: Rules) -> str:
    lines = [f'        "~{fits}" "{keeps}"' for fits, keeps in rules]
    return "\n".join(
        [
            "# Import it at the top of the Caddyfile. In the site's block:",
            "#     import fettle_cache",
            "#     file_server {",
            "#         precompressed br zstd gzip",
            "#     }",
            "(fettle_cache) {",
            "    map {path} {fettle_keeps} {",
            *lines,
            f'        default "{ASK}"',
            "    }",
            "    @fettle_there file {path} {path}/index.html",
            "    header @fettle_there Cache-Control {fettle_keeps}",
            "}\n",
        ]
    )


def _headers(rules: Rules) -> list[dict[str, object]]:
    """Return them as Vercel and Next have them, of which the last that fits counts."""
    return [
        {
            "source": f"/:path({fits.removeprefix('^/').removesuffix('$')})",
            "headers": [{"key": "Cache-Control", "value": keeps}],
        }
        for fits, keeps in reversed(rules)
    ]


def _next(rules: Rules) -> str:
    told = indent(json.dumps(_headers(rules), indent=2), "    ").lstrip()
    return (
        "// Take headers() into the next.config.js that there is. What Next builds itself\n"
        "// (_next/static) is kept for a year already.\n"
        f"module.exports = {{\n  async headers() {{\n    return {told};\n  }},\n}};\n"
    )


def _vercel(tree: Tree, rules: Rules) -> Change:
    """Return the whole file, or a patch of the one that is there."""
    title = "let browsers keep files: Vercel"
    if VERCEL not in tree.paths():
        text = json.dumps({"headers": _headers(rules)}, indent=2)
        return Patch(VERCEL, title, f"{text}\n", PatchKind.FILE)
    before = tree.read(VERCEL)
    try:
        there = json.loads(before)
        there["headers"] = [*_headers(rules), *there.get("headers", [])]
    except (ValueError, TypeError, AttributeError):
        text = json.dumps({"headers": _headers(rules)}, indent=2)
        return Patch(VERCEL, f"{title} (take it into yours)", f"{text}\n", PatchKind.FILE)
    after = json.dumps(there, indent=2, ensure_ascii=False).encode() + b"\n"
    return patch(title, (VERCEL, before, after))
