"""Web roots for experiments: one that is ill in the ways that most are, one that is good already.

The ill one has heavy images, nothing packed, nothing sized, and a row of small images that blanks
part. The third has a page whose largest image is there sooner because a script holds it up.
"""

from pathlib import Path
from random import Random

from tests.optimisation import drawn

WORDS = "shop bread basket order today fresh market delivery oven flour crust window".split()  # noqa: SIM905
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A bakery</title>
<link rel="stylesheet" href="css/site.css">
<script src="js/site.js"></script>
</head>
<body>
"""
ILL = """<img src="img/logo.png" class="logo">
<h1>A bakery</h1>
<img src="img/hero.jpg" class="hero">
"""
THEME = """/* What all sites of the house share. */
body  {  margin : 8px ;  font : 16px/1.5 sans-serif ;  color : #222 ;  }
img.logo  {  width : 96px ;  }
img.hero, img.photo  {  max-width : 100% ;  }
img.mark  {  width : 14% ;  }
"""
GOOD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A bakery</title>
<style>body{margin:8px;font:16px/1.5 sans-serif}</style>
</head>
<body>
<h1>A bakery</h1>
<img src="oven.webp" width="120" height="80" alt="">
"""


def sentence(dice: Random, words: int = 12) -> str:
    """Make up a sentence."""
    return " ".join(dice.choice(WORDS) for _ in range(words))


def build(root: Path, *, scale: float = 1.0, photos: int = 8) -> None:
    """Write the ill root; of `scale` 1 it is 4 MB."""
    dice = Random(1)

    def photograph(name: str, width: int, height: int, seed: int) -> None:
        size = (int(width * scale), int(height * scale))
        pixels = drawn.photograph(*size, grain=3, seed=seed)
        content = drawn.png(pixels) if name.endswith("png") else drawn.jpeg(pixels, quality=96)
        (root / name).write_bytes(content)

    _texts(root, dice, rules=int(700 * scale), functions=int(1200 * scale))
    photograph("img/logo.png", 480, 160, 2)
    photograph("img/hero.jpg", 1400, 900, 3)
    (root / "img/mark.png").write_bytes(drawn.png(drawn.photograph(96, 64, seed=4)))
    body = [HEAD, ILL]
    for number in range(photos):
        name = f"img/photo-{number}.{'png' if number % 4 == 3 else 'jpg'}"
        photograph(name, 840, 560, 10 + number)
        body.append(f"<p>{sentence(dice, 30)}.</p>\n")
        body.append(f'<img src="{name}" class="photo"> <b>{sentence(dice, 4)}</b>\n')
    body += ["<p>They bake with us:</p>\n", '<img src="img/mark.png" class="mark">\n' * 40]
    (root / "index.html").write_text("".join([*body, "</body>\n</html>\n"]))


def build_held_up(root: Path) -> None:
    """Write the root whose largest image has the line to itself while a script holds the page up.

    Those below are lazy: they are asked for when the page is laid out, which waits for the script.
    """
    dice = Random(2)
    _texts(root, dice, rules=100, functions=3000)
    hero = drawn.photograph(1080, 720, grain=3, seed=3)
    (root / "img/hero.jpg").write_bytes(drawn.jpeg(hero, quality=96))
    body = [HEAD, '<img src="img/hero.jpg" width="396" height="264" fetchpriority="high">\n']
    for number in range(8):
        name = f"img/photo-{number}.jpg"
        pixels = drawn.photograph(420, 280, grain=6, seed=20 + number)
        (root / name).write_bytes(drawn.jpeg(pixels, quality=97))
        body.append(f'<p>{sentence(dice, 20)}.</p>\n<img src="{name}" loading="lazy" ')
        body.append('width="300" height="200">\n')
    (root / "index.html").write_text("".join([*body, "</body>\n</html>\n"]))


def build_good(root: Path) -> None:
    """Write the root that is good already."""
    root.mkdir(parents=True)
    oven = drawn.packed(drawn.photograph(120, 80), "WEBP", quality=80)
    (root / "oven.webp").write_bytes(oven)
    words = f"<p>{sentence(Random(3), 90)}.</p>\n"
    (root / "index.html").write_text(f"{GOOD}{words}</body>\n</html>\n")


def _texts(root: Path, dice: Random, *, rules: int, functions: int) -> None:
    """Write a style sheet that imports another, and a script: as people write them."""
    for folder in ("css", "js", "img"):
        (root / folder).mkdir(parents=True)
    (root / "css/theme.css").write_text(THEME)
    sheet = [
        f"/* {sentence(dice)} */\n"
        f".{dice.choice(WORDS)}-{number}  {{\n    color : #{dice.randrange(4096):03x} ;\n}}\n"
        for number in range(rules)
    ]
    (root / "css/site.css").write_text("".join(['@import url("theme.css");\n', *sheet]))
    script = [
        f"// {sentence(dice)}\nfunction {dice.choice(WORDS)}{number} ( value )  {{\n"
        f"    return  value  +  {dice.randrange(1000)} ;\n}}\n"
        for number in range(functions)
    ]
    (root / "js/site.js").write_text("".join(script))
