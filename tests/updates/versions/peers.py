"""The real things that versions are judged by: npm's own `semver`, and dpkg."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from tests.frontends.api.npm import ROOT, node

_SEMVER = "node_modules/npm/node_modules/semver"
_ASK_SEMVER = """
const semver = require(process.argv[1]);
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const answer = ([kind, a, b]) => {
  if (kind === 'order') return semver.valid(a) && semver.valid(b) ? semver.compare(a, b) : null;
  if (semver.validRange(b) === null || !semver.valid(a)) return null;
  return semver.satisfies(a, b);
};
process.stdout.write(JSON.stringify(cases.map(answer)));
"""
_ASK_PERL = """
use Dpkg::Version;
while (<STDIN>) {
  chomp; my ($a, $b) = split /\\t/;
  my ($x, $y) = map { Dpkg::Version->new($_, check => 0) } ($a, $b);
  print $x <=> $y, "\\n";
}
"""
# One process a comparison: dpkg's own answer is for a sample.
_ASK_DPKG = """
while IFS=' ' read -r a sign b; do
  if dpkg --compare-versions "$a" "$sign" "$b" 2>/dev/null; then echo 0; else echo $?; fi
done
"""
_MEANT = {"0": True, "1": False, "2": None}


@cache
def _semver() -> Path:
    """Return npm's own library, which comes with npm wherever that comes from."""
    folders = [ROOT / ".work/node", Path("/usr/lib"), Path("/usr/local/lib")]
    if npm := shutil.which("npm"):
        folders.insert(0, Path(npm).resolve().parents[3])
    found = [
        path
        for folder in folders
        for path in (folder / _SEMVER, *folder.glob(f"lib/python*/site-packages/*/lib/{_SEMVER}"))
        if path.exists()
    ]
    return found[0] if found else Path("/usr/share/nodejs/semver")


def npms(cases: Sequence[tuple[str, str, str]]) -> list[int | bool | None]:
    """Return what npm says: of an order, or of a version in a range; None where it reads none."""
    done = subprocess.run(
        [node(), "-e", _ASK_SEMVER, str(_semver())],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers: list[int | bool | None] = json.loads(done.stdout)
    return answers


def dpkgs_orders(pairs: Iterable[tuple[str, str]]) -> list[int]:
    """Return how dpkg's library for Perl orders pairs: many at once."""
    given = "".join(f"{a}\t{b}\n" for a, b in pairs)
    done = subprocess.run(
        ["perl", "-e", _ASK_PERL],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [int(line) for line in done.stdout.split()]


def dpkg_holds(relations: Iterable[tuple[str, str, str]]) -> list[bool | None]:
    """Return whether dpkg says that a relation holds; None where it reads a version as none."""
    given = "".join(f"{a} {sign} {b}\n" for a, sign, b in relations)
    done = subprocess.run(
        ["sh", "-c", _ASK_DPKG],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [_MEANT[line] for line in done.stdout.split()]
