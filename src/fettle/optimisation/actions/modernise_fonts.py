"""Offer fonts as WOFF2, and show text before they are there.

What it does:  Writes TrueType, OpenType and WOFF fonts that style sheets name as WOFF2 beside
    them, names those first, and gives faces that say nothing of it `font-display: swap`.
Leaves alone:  Faces that have WOFF2; fonts that cannot be read; files whose bytes are promised.
Kept when:     The page looks as before, fewer bytes are loaded or it is faster, nothing is slower.
Risk:          gated. For a moment text is shown in another font, and may move.
Cannot see:    Letters that no page uses; whether a font's licence lets it be packed otherwise.
"""

import io
from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Written
from fettle.model.root_address import beside, path_of
from fettle.optimisation.sheets import Face, Source, faces, last_src
from fettle.unit.optimisation import optimisation

FONTS = (".ttf", ".otf", ".woff")
SHOWN = "font-display:swap;"


@optimisation(risk=Risk.GATED, gain=Gain.BYTES, place=70)
def improve(site: Site) -> Iterator[Change]:
    """Write the fonts, and the style sheets that name them."""
    offered: dict[str, bytes | str] = {}
    for path in site.tree.paths():
        if not path.endswith(".css"):
            continue
        if why := site.kept.get(path):
            yield LeftAlone(path, why)
            continue
        try:
            text = site.tree.read(path).decode("utf-8")
        except UnicodeDecodeError:
            yield LeftAlone(path, "it is not in UTF-8")
            continue
        done = text
        for face in reversed(list(faces(text))):
            done = _modern(site, path, done, face, offered)
        if done != text:
            yield Written(path, done.encode())
    for path, font in offered.items():
        yield LeftAlone(path, font) if isinstance(font, str) else Written(f"{path}.woff2", font)


def _modern(site: Site, sheet: str, text: str, face: Face, offered: dict[str, bytes | str]) -> str:
    """Return a style sheet with one face changed; what comes before it stays where it was."""
    where, source = last_src(text, face), _old(site, sheet, face)
    if source is not None and where is not None:
        path = str(path_of(source.address, sheet))
        if path not in offered:
            offered[path] = _packed(site.tree.read(path))
        if isinstance(offered[path], bytes):
            named = f'url("{beside(source.address, ".woff2")}") format("woff2"),'
            text = text[:where] + named + text[where:]
    if face.display is None and face.sources:
        text = text[: face.start] + SHOWN + text[face.start :]
    return text


def _old(site: Site, sheet: str, face: Face) -> Source | None:
    """Return the first source that can be packed better; None where a better one is there."""
    if any(one.format == "woff2" or ".woff2" in one.address for one in face.sources):
        return None
    paths = frozenset(site.tree.paths())
    for source in face.sources:
        path = path_of(source.address, sheet)
        if path in paths and str(path).lower().endswith(FONTS) and f"{path}.woff2" not in paths:
            return source
    return None


def _packed(content: bytes) -> bytes | str:
    """Return a font as WOFF2, or why it is none."""
    from fontTools.ttLib import TTFont

    try:
        font = TTFont(io.BytesIO(content))
        if "DSIG" in font:
            del font["DSIG"]  # it would fit no more
        font.flavor = "woff2"
        written = io.BytesIO()
        font.save(written)
    # a broken font raises whatever its reader stumbles over
    except Exception as error:  # noqa: BLE001
        return f"it cannot be read as a font: {error}"[:200]
    packed = written.getvalue()
    return packed if len(packed) < len(content) else "it is not smaller as WOFF2"
