"""The fonts of this machine that a report on paper is written with.

They are looked for where systems keep them; nothing is asked, and none is brought along: one that
has the letters of all scripts is larger than all of Fettle.
"""

from dataclasses import dataclass
from pathlib import Path

_FOLDERS = (
    "/usr/share/fonts/truetype/dejavu",  # Debian: fonts-dejavu-core
    "/usr/share/fonts/dejavu-sans-fonts",  # Fedora
    "/usr/share/fonts/TTF",  # Arch
    "/usr/share/fonts/dejavu",  # Alpine
    "/usr/local/share/fonts",
    "/usr/share/fonts/truetype/noto",
    "/usr/share/fonts/truetype/liberation",
    "/System/Library/Fonts/Supplemental",
)
_NAMES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("Arial Unicode.ttf", "Arial Unicode.ttf"),
)
# What has the letters that those lack, the ideographs of East Asia above all.
_OTHERS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",  # Debian: fonts-noto-cjk
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/opentype/unifont/unifont.otf",
)


@dataclass(frozen=True)
class Fonts:
    """A font and its bold, and those that are asked for what it lacks."""

    plain: Path
    bold: Path
    others: tuple[Path, ...] = ()


def of_machine(root: Path = Path("/")) -> Fonts | None:
    """Return the fonts of this machine; None where there is none that is known."""
    others = tuple(path for one in _OTHERS if (path := _under(root, one)).is_file())
    for plain, bold in _NAMES:
        for folder in _FOLDERS:
            found, heavy = _under(root, folder) / plain, _under(root, folder) / bold
            if found.is_file():
                return Fonts(found, heavy if heavy.is_file() else found, others)
    return Fonts(others[0], others[0], others[1:]) if others else None


def _under(root: Path, path: str) -> Path:
    return root / path.lstrip("/")
