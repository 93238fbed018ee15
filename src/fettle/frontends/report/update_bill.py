"""CycloneDX 1.6: what is in use, who needs it, and what is known of it: a bill of materials.

What is in use in several places is one component with an occurrence each. Where not everything was
looked at, or a machine of which only what has updates is told, it says that it is not whole. Its
serial number is handed in, so that the same look gives the same bill.

Source: ECMA-424, CycloneDX 1.6; package-url for names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote
from uuid import UUID

import fettle
from fettle.frontends.report.address import address
from fettle.frontends.report.as_json import moment
from fettle.frontends.report.update_document import with_security
from fettle.frontends.report.update_told import named, unlooked
from fettle.frontends.report.visible import visible
from fettle.model.update import Advisory, Ecosystem, Installed, Package, UpdateCheck

Json = dict[str, object]

SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_ROOT = "fettle:in-use"
_GENERIC = (Ecosystem.POSTGRESQL, Ecosystem.PYTHON, Ecosystem.NODE)
_KINDS = {
    Ecosystem.OCI: "container",
    Ecosystem.POSTGRESQL: "platform",
    Ecosystem.PYTHON: "platform",
    Ecosystem.NODE: "platform",
}


@dataclass
class _Component:
    """A version of a package, each place that it is in use, and why it was withdrawn."""

    package: Package
    version: str
    places: list[Installed] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """What the rest of the bill calls it: its address, where that is of its ecosystem alone."""
        plain = f"{self.package.ecosystem.value}:{self.package.name}@{self.version}"
        own = None if self.package.ecosystem in _GENERIC else purl(self.package, self.version)
        return own or visible(plain)


def bill(check: UpdateCheck, serial: UUID) -> Json:
    """Return the bill of materials of a look, as a mapping."""
    components: dict[tuple[Package, str], _Component] = {}
    for one in check.installed:
        key = one.package, one.version
        components.setdefault(key, _Component(*key)).places.append(one)
    for gone in check.withdrawn:
        if (found := components.get((gone.package, gone.version))) is not None:
            found.withdrawn.append(gone.reason)
    ordered = [components[key] for key in sorted(components)]
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": _metadata(check),
        "components": [_component(one) for one in ordered],
        "dependencies": list(_dependencies(ordered)),
        "compositions": [
            {
                "aggregate": "complete" if check.whole and check.lists_all else "incomplete",
                "assemblies": [_ROOT, *(one.ref for one in ordered)],
            }
        ],
        "vulnerabilities": list(_vulnerabilities(check, components)),
    }


def purl(package: Package, version: str) -> str | None:
    """Return a package's address (package-url); None where it takes more than is known.

    Of a package of Debian's the distribution would have to be known.
    """
    name, at = package.name, _quoted(version)
    match package.ecosystem:
        case Ecosystem.PYPI:
            return f"pkg:pypi/{_quoted(name)}@{at}"
        case Ecosystem.NPM:
            scope, slash, plain = name.rpartition("/")
            return f"pkg:npm/{_quoted(scope)}{slash}{_quoted(plain)}@{at}"
        case Ecosystem.OCI:
            return _of_image(name, version)
        case kind if kind in _GENERIC:
            return f"pkg:generic/{_quoted(name)}@{at}"
    return None


def _of_image(name: str, version: str) -> str:
    """Return an image's address; its registry is told where its name has one."""
    host, slash, rest = name.partition("/")
    named = bool(slash) and ("." in host or ":" in host or host == "localhost")
    path = rest if named else name
    tag, _, digest = version.partition("@")
    told = {"tag": tag if digest else "", "repository_url": host if named else ""}
    pairs = sorted((key, _quoted(value)) for key, value in told.items() if value)
    qualifiers = "&".join(f"{key}={value}" for key, value in pairs)
    whole = f"pkg:docker/{_quoted(path, '/')}@{_quoted(digest or tag, ':')}"
    return f"{whole}?{qualifiers}" if qualifiers else whole


def _quoted(text: str, safe: str = "") -> str:
    """Escape a part of an address; half a surrogate, which no address holds, is spelled out."""
    return quote(text, safe=safe, errors="backslashreplace")


def _metadata(check: UpdateCheck) -> Json:
    tool = {"type": "application", "name": "Fettle", "version": fettle.__version__}
    sources = [
        {
            "name": f"fettle:source:{one.source}",
            "value": visible(
                f"{one.state.value}, {one.looked_at} of {one.total} looked at"
                + (f", by {one.told_by}" if one.told_by else "")
                + (f" of {moment(one.told_at)}" if one.told_at else "")
                + (f"; {one.reason}" if one.reason else "")
            ),
        }
        for one in with_security(check)
    ]
    passed = [
        {
            "name": "fettle:not-looked-at",
            "value": visible(f"{len(subjects)} × {reason}: {named(subjects)}"),
        }
        for (reason, _), subjects in unlooked(check.sources).items()
    ]
    return {
        "timestamp": moment(check.at),
        "tools": {"components": [tool]},
        "component": {"type": "application", "bom-ref": _ROOT, "name": "what is in use"},
        "properties": [*sources, *passed],
    }


def _component(one: _Component) -> Json:
    name, group = one.package.name, ""
    if one.package.ecosystem is Ecosystem.NPM and name.startswith("@"):
        group, _, name = name.partition("/")
    called = purl(one.package, one.version)
    # of what is there for development alone the standard says: excluded
    needed = not all(place.development for place in one.places)
    return {
        "type": _KINDS.get(one.package.ecosystem, "library"),
        "bom-ref": one.ref,
        **({"group": visible(group)} if group else {}),
        "name": visible(name),
        "version": visible(one.version),
        "scope": "required" if needed else "excluded",
        **({"purl": called} if called else {}),
        "evidence": {
            "occurrences": [
                {"location": where}
                for where in dict.fromkeys(visible(place.where) for place in one.places)
            ]
        },
        "properties": [
            {"name": "fettle:ecosystem", "value": one.package.ecosystem.value},
            *(
                {"name": "fettle:origin", "value": visible(origin)}
                for origin in dict.fromkeys(place.origin for place in one.places)
            ),
            *(
                {"name": "fettle:withdrawn", "value": visible(reason)}
                for reason in dict.fromkeys(one.withdrawn)
            ),
        ],
    }


def _dependencies(components: Sequence[_Component]) -> Iterator[Json]:
    """Yield who needs whom, within each place; what is asked for directly hangs on the root."""
    refs: dict[tuple[str, Package], list[str]] = {}
    for one in components:
        for place in one.places:
            refs.setdefault((place.where, one.package), []).append(one.ref)
    needs: dict[str, set[str]] = {_ROOT: set(), **{one.ref: set() for one in components}}
    for one in components:
        for parent in _parents(one, refs):
            needs[parent].add(one.ref)
    for ref, needed in needs.items():
        yield {"ref": ref, "dependsOn": sorted(needed - {ref})}


def _parents(one: _Component, refs: Mapping[tuple[str, Package], Sequence[str]]) -> Iterator[str]:
    """Yield who asks for it, in each of its places; what nobody known asks for the root has."""
    for place in one.places:
        others = [(place.where, replace(one.package, name=name)) for name in place.needed_by]
        found = [ref for other in others for ref in refs.get(other, ())]
        yield from found
        if place.direct or not found:
            yield _ROOT


@dataclass
class _Weakness:
    """A vulnerability, which components it affects, and what closes it."""

    advisory: Advisory
    refs: dict[str, str] = field(default_factory=dict)
    closes: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)


def _vulnerabilities(
    check: UpdateCheck, components: Mapping[tuple[Package, str], _Component]
) -> Iterator[Json]:
    found: dict[str, _Weakness] = {}

    def note(advisory: Advisory, package: Package, version: str) -> _Weakness:
        weakness = found.setdefault(advisory.id, _Weakness(advisory))
        if (component := components.get((package, version))) is not None:
            weakness.refs[component.ref] = version
        if (reason := check.accepted.get((package, advisory.id))) is not None:
            weakness.accepted.append(f"{package.name}: {reason}")
        return weakness

    for update in check.updates:
        for advisory in update.advisories:
            weakness = note(advisory, update.package, update.current)
            weakness.closes.append(f"{update.package.name} {update.version}")
    for one in check.open:
        note(one.advisory, one.installed.package, one.installed.version)
    yield from (_vulnerability(found[id_]) for id_ in sorted(found))


def _vulnerability(weakness: _Weakness) -> Json:
    advisory = weakness.advisory
    source = {"name": visible(advisory.told_by or "unknown")}
    severity = "unknown" if advisory.severity is None else advisory.severity.label
    closes = ", ".join(dict.fromkeys(weakness.closes))
    told: Json = {
        "bom-ref": f"fettle:weakness:{visible(advisory.id)}",
        "id": visible(advisory.id),
        "source": source,
        "references": [
            {"id": visible(alias), "source": source} for alias in sorted(advisory.aliases)
        ],
        "ratings": [{"severity": severity}],
        "description": visible(" ".join((advisory.summary, *advisory.contradictions)).strip()),
        "recommendation": visible(f"take {closes}") if closes else "nothing on offer closes it",
        "affects": [
            {"ref": ref, "versions": [{"version": visible(version), "status": "affected"}]}
            for ref, version in sorted(weakness.refs.items())
        ],
    }
    if advisory.url and (url := address(advisory.url)):
        told["advisories"] = [{"url": url}]
    if advisory.published_at is not None:
        told["published"] = moment(advisory.published_at)
    if weakness.accepted:
        reasons = "; ".join(dict.fromkeys(weakness.accepted))
        told["analysis"] = {"response": ["will_not_fix"], "detail": visible(reasons)}
    return told
