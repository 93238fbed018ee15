"""A whole incident, lived through in the browser: from the alert to the signed review."""

import json
import re
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import fettle
from tests.frontends.cli.test_fix import TWINS, indexes
from tests.frontends.cli.test_issue_mended import SETTINGS
from tests.frontends.cli.test_up import up

expect.set_options(timeout=30_000)

PASSWORD = "walrus lantern quartz"
ALERT: Mapping[str, Any] = {
    "version": "4",
    "groupKey": "{}:{alertname='CheckoutSlow'}",
    "status": "firing",
    "receiver": "fettle",
    "groupLabels": {"alertname": "CheckoutSlow"},
    "commonLabels": {},
    "commonAnnotations": {},
    "externalURL": "http://alertmanager.example",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "CheckoutSlow", "severity": "critical", "service": "shop"},
            "annotations": {"summary": "Checkout p95 is 9 s"},
            "startsAt": "2026-11-26T12:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example/graph",
            "fingerprint": "5d9f3c1f3d4c1b1a",
        }
    ],
}

Call = Callable[..., str]


def ended(alert: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what Alertmanager sends when it is over."""
    alerts = [
        {**one, "status": "resolved", "endsAt": "2026-11-26T12:40:00Z"} for one in alert["alerts"]
    ]
    return {**alert, "status": "resolved", "alerts": alerts}


def send(hook: str, alert: Mapping[str, Any]) -> None:
    request = urllib.request.Request(
        hook, json.dumps(alert).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 202)


@asynccontextmanager
async def logged_in(browser: Browser, call: Call, name: str) -> AsyncIterator[Page]:
    """Give the pages to a new user, who has come by their one-time link."""
    said = call("user", "create", "--name", name, "--role", "responder")
    context = await browser.new_context()
    context.set_default_timeout(30_000)
    page = await context.new_page()
    try:
        await page.goto(re.search(r"https?://\S+", said)[0])  # type: ignore[index]
        await page.get_by_label("Password, 12 characters or more").fill(PASSWORD)
        await page.get_by_label("Once more").fill(PASSWORD)
        await press(page, "Set the password, and log in")
        await expect(page.get_by_role("link", name="Overview")).to_have_attribute(
            "aria-current", "page"
        )
        yield page
    finally:
        await context.close()


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).first.click()


async def confirm(page: Page, name: str, **fields: str) -> None:
    """Open a form, fill it, and send it."""
    form = page.locator("details.confirmation").filter(has_text=name).first
    await form.locator("summary").click()
    for label, text in fields.items():
        await form.get_by_label(label.replace("_", " ")).fill(text)
    await form.get_by_role("button", name=name, exact=True).click()


async def mend(page: Page) -> None:
    """Apply the fix that hangs on the issue, watch it work, and come back."""
    await expect(page.get_by_role("heading", name="Fixes", exact=True)).to_be_visible()
    await confirm(page, "Apply")
    await expect(page.get_by_text("seen to have worked")).to_be_visible()
    await page.get_by_role("link", name="issue #2").click()
    await expect(page.get_by_text("Signs that it is over")).to_be_visible()


async def review(page: Page) -> None:
    """Write what nobody but a person knows, and hand it in."""
    await page.locator("aside").get_by_role("link", name="draft").click()
    await page.get_by_label("Write Contributing causes").click()
    causes = page.get_by_label("Contributing causes", exact=True)
    await causes.fill("- Two migrations made the **same** index")
    await page.locator("#causes").get_by_role("button", name="Keep").click()
    await expect(page.locator("#causes li strong")).to_have_text("same")
    await page.get_by_text("Promise something…").click()
    await page.get_by_label("What changes").last.fill("Look for twins in review")
    await press(page, "Promise it")
    await press(page, "Hand it in")
    await expect(page.locator(".review-state")).to_have_text("To be signed")


async def sign(page: Page, url: str) -> None:
    """Read what another wrote, stand by it, and close the issue."""
    await page.goto(f"{url}reviews")
    await page.get_by_role("link", name="Checkout p95 is 9 s").first.click()
    await expect(page.get_by_text("Two migrations made the same index")).to_be_visible()
    await page.get_by_text("Sign it…").click()
    await press(page, "Sign it")
    await press(page, "Close the issue")
    await expect(page.locator(".status").first).to_have_text("closed")


async def test_an_incident_is_lived_through_in_the_browser(
    pg18_database: FreshDatabase, store_environ: dict[str, str], tmp_path: Path, browser: Browser
) -> None:
    pg18_database.run(*TWINS)
    (tmp_path / "fettle.toml").write_text(SETTINGS)
    environ = {**store_environ, "SHOP": pg18_database.url}

    with up(tmp_path, environ) as (_, url):

        def call(*arguments: str) -> str:
            called = fettle(*arguments, cwd=tmp_path, environ=environ)
            assert called.code == 0, called.err
            return called.out.replace("http://127.0.0.1:8470/", url)

        made = call("key", "create", "--kind=hook", "--name=prod")
        hook = re.search(r"(http\S+)/…", made)[1] + "/alertmanager"  # type: ignore[index]
        async with logged_in(browser, call, "ada") as page:
            await expect(page.get_by_title("Live")).to_be_visible()
            send(hook, ALERT)
            await page.get_by_role("link", name="Checkout p95 is 9 s").first.click()
            await expect(page.locator("aside").get_by_text("the source says")).to_be_visible()
            await press(page, "Acknowledge")
            await mend(page)
            send(hook, ended(ALERT))
            await expect(page.locator(".status").first).to_have_text("resolved")
            await review(page)
        async with logged_in(browser, call, "grace") as page:
            await sign(page, url)

    assert len(indexes(pg18_database)) == 1
