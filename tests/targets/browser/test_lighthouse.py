"""Lighthouse visits pages where it is on the machine, and what it finds is told."""

import json
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fettle.errors import CannotLook, NotSupported, Unreachable
from fettle.model.browser import PageAsked
from fettle.model.measurement import Profile, Weight
from fettle.model.severity import Severity
from fettle.optimisation.measure import together
from fettle.targets.browser import found as chromium
from fettle.targets.browser.lighthouse import Lighthouse, found
from fettle.targets.browser.lighthouse_report import visit_of
from tests import web_pages
from tests.optimisation.made_up import NOW
from tests.web_pages import Answer, Site

REPORT: dict[str, Any] = {
    "lighthouseVersion": "12.8.2",
    "finalDisplayedUrl": "https://shop.example/",
    "environment": {"hostUserAgent": "Mozilla/5.0 (X11) HeadlessChrome/150.0.0.0 Safari/537.36"},
    "categories": {
        "performance": {
            "auditRefs": [
                {"id": "largest-contentful-paint", "group": "metrics"},
                {"id": "uses-text-compression", "group": "diagnostics"},
                {"id": "redirects", "group": "diagnostics"},
                {"id": "interactive", "group": "hidden"},
                {"id": "gone", "group": "diagnostics"},
            ]
        }
    },
    "audits": {
        "first-contentful-paint": {"score": 0.1, "numericValue": 2000.5},
        "largest-contentful-paint": {"score": 0.1, "numericValue": 5000},
        "cumulative-layout-shift": {"score": 1, "numericValue": 0.02},
        "server-response-time": {"score": 1, "numericValue": 40},
        "interactive": {"score": 0, "numericValue": 5000},
        "redirects": {"score": 1, "title": "Avoid redirects"},
        "uses-text-compression": {
            "score": 0,
            "title": "Enable text compression",
            "displayValue": "Est savings of 150 KiB",
            "description": "Texts are [smaller](https://x.example) when packed. [More](https://y).",
            "metricSavings": {"FCP": 300, "LCP": 900},
            "details": {
                "overallSavingsBytes": 153600,
                "items": [{"url": "https://shop.example/a.js", "wastedBytes": 150, "sub": {}}],
            },
        },
        "metrics": {"details": {"items": [{"timeToFirstByte": 610}, {}]}},
        "network-requests": {
            "details": {
                "items": [
                    {
                        "url": "https://shop.example/a.js",
                        "resourceType": "Script",
                        "networkRequestTime": 10.5,
                        "networkEndTime": 900,
                        "transferSize": 1000,
                        "resourceSize": 3000,
                        "statusCode": 200,
                        "mimeType": "text/javascript",
                    },
                    {"url": "data:image/png", "resourceType": "Image"},
                ]
            }
        },
    },
}


def test_a_report_is_read() -> None:
    visit = visit_of(REPORT, "https://shop.example")
    assert visit.browser == "Lighthouse 12.8.2, HeadlessChrome/150.0.0.0"
    assert visit.figures == {
        "fcp": 2000.5,
        "lcp": 5000,
        "cls": 0.02,
        "tti": 5000,
        "server_response": 40,
        "ttfb": 610,
    }
    assert visit.weights == {"script": Weight(1000, 3000, 1)}
    (audit,) = visit.audits
    assert (audit.id, audit.title) == ("uses-text-compression", "Enable text compression")
    assert audit.impact == "Texts are smaller when packed"
    assert (audit.saved_ms, audit.saved_bytes) == ({"FCP": 300, "LCP": 900}, 153600)
    assert audit.rows == ({"url": "https://shop.example/a.js", "wastedBytes": 150},)


@pytest.mark.parametrize("report", [None, [], {}, {"audits": 7}])
def test_what_is_no_report_of_it_is_refused(report: object) -> None:
    with pytest.raises(CannotLook, match="another shape"):
        visit_of(report, "https://shop.example")


def test_what_is_of_another_shape_is_left_out() -> None:
    odd = {"audits": {"metrics": 3, "network-requests": {"details": []}}, "categories": [1]}
    visit = visit_of(odd, "https://shop.example")
    assert (visit.figures, visit.requests, visit.audits) == ({}, (), ())


def test_what_went_wrong_is_said() -> None:
    wrong = {**REPORT, "runtimeError": {"message": "It [broke](https://z). (Status: 404)"}}
    with pytest.raises(Unreachable, match=r"Lighthouse: https://shop.example: It broke"):
        visit_of(wrong, "https://shop.example")


@pytest.fixture
def site() -> Iterator[Site]:
    with web_pages.serve() as served:
        yield served


def program(folder: Path, text: str) -> Path:
    """Write a program that stands in Lighthouse's place."""
    file = folder / "lighthouse"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def asked(url: str, **more: Any) -> PageAsked:  # noqa: ANN401 - by name
    return PageAsked(url, more.pop("profile", Profile.PHONE), timedelta(seconds=20), **more)


def backend(its: Path) -> Lighthouse:
    return Lighthouse(its, chromium.found(None, os.environ), os.environ, sandbox=True)


async def test_its_audits_are_findings_and_it_is_given_a_browser(
    site: Site, tmp_path: Path
) -> None:
    site.page("<h1>Hello</h1>")
    report, words = tmp_path / "report.json", tmp_path / "words"
    report.write_text(json.dumps(REPORT))
    # a browser listens where it says
    its = program(
        tmp_path,
        f'echo "$@" >> {words}\n'
        'port=$(echo "$@" | sed "s/.*--port=\\([0-9]*\\).*/\\1/")\n'
        f'bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" && cat {report}',
    )
    visit = await backend(its).visit(asked(site.url))
    measured = together(asked(site.url), [visit], NOW, timedelta(seconds=30))
    assert list(measured.metrics["lcp"].values) == [5000]
    (finding,) = [one for one in measured.findings if one.check.startswith("lighthouse")]
    assert finding.key == f"lighthouse_uses_text_compression:{site.url}"
    assert (finding.severity, finding.title) == (Severity.MEDIUM, "Enable text compression")
    assert finding.metrics["saved_lcp_ms"] == 900
    assert "--throttling-method=devtools" in words.read_text()


async def test_a_desktop_has_the_same_network_in_it(site: Site, tmp_path: Path) -> None:
    its = program(tmp_path, f'echo "$@" > {tmp_path}/words; exit 1')
    with pytest.raises(CannotLook, match="gave no report"):
        await backend(its).visit(asked(site.url, profile=Profile.DESKTOP))
    words = (tmp_path / "words").read_text()
    assert "--preset=desktop --throttling.requestLatencyMs=150 " in words
    assert "--throttling.downloadThroughputKbps=9216 " in words


@pytest.mark.parametrize(
    "more", [{"headers": {"X-Key": "k"}}, {"cookies": {"a": "b"}}, {"clicks": ("#buy",)}]
)
async def test_what_lets_in_is_given_to_no_other_host(
    more: dict[str, Any], site: Site, tmp_path: Path
) -> None:
    its = program(tmp_path, f"touch {tmp_path}/ran")
    with pytest.raises(NotSupported, match="no log-in"):
        await backend(its).visit(asked(site.url, **more))
    assert not (tmp_path / "ran").exists()


def test_where_it_is_not_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(CannotLook) as raised:
        found(None, {"PATH": str(tmp_path)})
    assert "npm install --global lighthouse" in str(raised.value.remedy)
    with pytest.raises(CannotLook, match="no program that can be run"):
        found(tmp_path / "lighthouse", {})
    its = program(tmp_path, "")
    assert found(None, {"PATH": str(tmp_path)}) == its
    assert found(its, {}) == its


@pytest.mark.skipif(
    not (Path(__file__).parents[3] / ".work/lighthouse/node_modules").exists(),
    reason="Lighthouse was not brought (python -m benchmarks vitals)",
)
async def test_the_real_one_visits(site: Site) -> None:
    site.pages["/a.js"] = Answer(b"/* a text */" * 20_000, "text/javascript")
    site.page("<h1>Hello</h1><script src=/a.js></script>")
    its = Path(__file__).parents[3] / ".work/lighthouse/node_modules/.bin/lighthouse"
    visit = await backend(its).visit(asked(site.url))
    assert visit.url == site.url
    assert {"fcp", "lcp", "cls", "tbt", "tti", "ttfb"} <= visit.figures.keys()
    assert visit.weights["script"].decoded == 240_000
    assert "uses-text-compression" in {one.id for one in visit.audits}
