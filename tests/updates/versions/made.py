"""Versions and ranges in great number: what people write, and what they should not."""

import random
from collections.abc import Iterator, Sequence

_NPM_NUMBERS = (
    "0",
    "0",
    "1",
    "1",
    "2",
    "3",
    "9",
    "10",
    "01",
    "9007199254740991",
    "9007199254740992",
)
_NPM_BEHIND = (
    "", "", "", "", "-0", "-1", "-a", "-alpha.1", "-alpha.2", "-alpha.beta",
    "-beta", "-rc.1", "-rc.10", "-x", "-1.2.3", "-a-b", "--", "-01", "-rc.01", "+build", "-rc.1+7",
    "-9007199254740993",
)  # fmt: skip
_NPM_SIGNS = (
    "",
    "",
    "^",
    "~",
    "~>",
    ">",
    ">=",
    "<",
    "<=",
    "=",
    "^ ",
    "~ ",
    ">= ",
    "> ",
    "==",
    "v",
    "=v",
    "!",
)
_DEB_SIGNS = "0123456789019.+~-abzAZ:"


def npm_version(seed: random.Random) -> str:
    numbers = ".".join(seed.choices(_NPM_NUMBERS, weights=(9,) * 8 + (1,) * 3, k=3))
    return seed.choice(("", "", "", "", "v", " ")) + numbers + seed.choice(_NPM_BEHIND)


def _npm_partial(seed: random.Random) -> str:
    if seed.random() < 0.5:
        return npm_version(seed)
    parts = [
        seed.choice(("0", "1", "2", "3", "x", "X", "*", "10")) for _ in range(seed.randint(1, 3))
    ]
    behind = seed.choice(_NPM_BEHIND) if len(parts) == 3 else ""
    return ".".join(parts) + behind


def npm_range(seed: random.Random) -> str:
    """Return a range; about one in six is none that npm takes."""

    def alternative() -> str:
        if seed.random() < 0.15:
            return f"{_npm_partial(seed)} - {_npm_partial(seed)}"
        words = [
            seed.choice(_NPM_SIGNS) + _npm_partial(seed)
            for _ in range(seed.choice((0, 1, 1, 1, 2, 2, 3)))
        ]
        return (
            seed.choice((" ", " ", " ", "  ", ", ")).join(words)
            if words
            else seed.choice(("", "*", "x"))
        )

    return seed.choice(("||", " || ")).join(
        alternative() for _ in range(seed.choice((1, 1, 1, 2, 3)))
    )


def deb_version(seed: random.Random) -> str:
    upstream = seed.choice("0123456789") + "".join(
        seed.choices(_DEB_SIGNS[:-1], k=seed.randint(0, 7))
    )
    epoch = seed.choice(("", "", "", "0:", "1:", "2:", "01:"))
    revision = seed.choice(
        ("", "", "-1", "-0", "-1ubuntu1", "-1~bpo12+1", "-1.1", "-2+deb12u3", "-~")
    )
    return epoch + upstream + revision


def pairs(seed: random.Random, several: Sequence[str], many: int) -> Iterator[tuple[str, str]]:
    """Yield pairs, of which many differ in little: one sign changed, doubled or left out."""
    for _ in range(many):
        a = seed.choice(several)
        if seed.random() < 0.5:
            yield a, seed.choice(several)
            continue
        place = seed.randrange(len(a))
        by = seed.choice(("", a[place] * 2, "0", "~", ".", "1", "-", "a", "+"))
        changed = a[:place] + by + a[place + 1 :]
        yield a, changed or a
