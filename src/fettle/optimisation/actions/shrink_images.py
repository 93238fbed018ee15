"""Pack images better, without changing a single pixel.

What it does:  Writes PNGs anew by oxipng, and JPEGs by mozjpeg, which changes how they are packed
    and nothing else. What is said in them (EXIF, comments) stays.
Leaves alone:  Images that move, are broken, turned by EXIF, of 16 bits, CMYK or with a colour
    profile; those that would be less than 2 % smaller; files whose bytes are promised.
Kept when:     Every pixel is the same, the files are smaller, and nothing is slower.
Risk:          automatic. None that shows.
Cannot see:    Whether an image is larger than it is ever shown.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Written
from fettle.unit.optimisation import optimisation

ENOUGH = 0.98
ENDINGS = (".jpg", ".jpeg", ".png")


@optimisation(risk=Risk.AUTOMATIC, gain=Gain.BYTES, place=50)
def improve(site: Site) -> Iterator[Change]:
    """Write the images."""
    from fettle.optimisation.pictures import examine, repacked

    for path in site.tree.paths():
        if not path.lower().endswith(ENDINGS):
            continue
        if why := site.kept.get(path):
            yield LeftAlone(path, why)
            continue
        content = site.tree.read(path)
        drawn = examine(path, content)
        if isinstance(drawn, str):
            yield LeftAlone(path, drawn)
            continue
        smaller = repacked(content, drawn)
        if smaller is not None and len(smaller) < len(content) * ENOUGH:
            yield Written(path, smaller, of=path)
