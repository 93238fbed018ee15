"""Pages that are measured: how they are asked for, and what is printed of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fettle.errors import CannotLook, WrongUsage
from fettle.frontends.cli import capacities, exits, field_data, options, page_history, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.browser import PageAsked
    from fettle.model.diagnosis import Diagnosis
    from fettle.model.finding import Unknown
    from fettle.model.measurement import PageMeasurement
    from fettle.model.severity import Severity
    from fettle.optimisation.analysis import Analysis
    from fettle.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

# How a page is meant where no browser visits it.
AS_IT_IS: Mapping[str, Any] = {
    "profile": "desktop",
    "timeout": None,
    "headers": (),
    "cookies": (),
    "clicks": (),
}


@dataclass(frozen=True)
class Request:
    """What was asked on the command line; `pages` by what each was called."""

    settings: "Settings"
    pages: Mapping[str, "PageAsked"]
    runs: int
    browser: Path | None = None
    lighthouse: bool = False
    save: bool = False

    @classmethod
    def of(
        cls, application: "Application", config: Path | None, given: Mapping[str, Any]
    ) -> "Request":
        """Read the options; raises WrongUsage."""
        settings, environ = application.settings(config), application.environ
        asked = {name: page_of(name, given, settings, environ) for name in given["urls"]}
        by_lighthouse = given.get("backend") == "lighthouse"
        save = bool(given.get("save"))
        return cls(settings, asked, given["runs"], given["browser"], by_lighthouse, save)


def page_of(
    name: str, given: Mapping[str, Any], settings: "Settings", environ: Mapping[str, str]
) -> "PageAsked":
    """Return the page that is meant by an address or a service's name, with what lets in.

    Raises WrongUsage, and BadSettings where the settings let in by a variable that is not there.
    """
    from fettle.model.browser import PageAsked
    from fettle.model.measurement import Profile
    from fettle.settings.optimisation import letting_in

    url = _address(name, settings)
    headers, cookies = letting_in(settings, url)
    return PageAsked(
        url=url,
        profile=Profile(given["profile"]),
        within=options.duration("--timeout", given["timeout"]) or timedelta(minutes=1),
        headers={**headers, **_headers(_filled("--header", given["headers"], environ))},
        cookies={**cookies, **_cookies(_filled("--cookie", given["cookies"], environ))},
        clicks=given["clicks"],
    )


def how(function: F) -> F:
    """Add what says how pages are visited."""
    for add in reversed(
        (
            click.option(
                "--runs",
                default=5,
                show_default=True,
                type=click.IntRange(5, 100),
                help="How many visits.",
            ),
            click.option(
                "--profile",
                type=click.Choice(("phone", "desktop")),
                default="phone",
                show_default=True,
                help="Visit it like a phone on slow 4G, or like a desktop.",
            ),
            click.option(
                "--timeout",
                default="60s",
                show_default=True,
                metavar="60s",
                help="The longest that one visit may take.",
            ),
            click.option(
                "--browser",
                type=click.Path(dir_okay=False, path_type=Path),
                metavar="FILE",
                help="The Chromium that visits.",
            ),
            options.config,
        )
    ):
        function = add(function)
    return function


def backend(function: F) -> F:
    """Add what visits pages, and whether that is kept."""
    save = click.option(
        "--save",
        is_flag=True,
        help="Keep it in Fettle's store, and say what is worse than when it was kept last.",
    )
    option = click.option(
        "--backend",
        type=click.Choice(("chromium", "lighthouse")),
        default="chromium",
        show_default=True,
        help="Visit with Chromium itself, or by a Lighthouse of this machine, with its audits.",
    )
    return option(save(function))


def log_in(function: F) -> F:
    """Add what lets in where a log-in is needed."""
    cookie = click.option(
        "--cookie",
        "cookies",
        multiple=True,
        metavar="NAME=VALUE",
        help="Have this cookie for the page's own origin; ${VARIABLE} in it is one of the "
        "environment. Repeatable.",
    )
    header = click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Send this with requests to the page's own origin; ${VARIABLE} in it is one of the "
        "environment. Repeatable.",
    )
    return header(cookie(function))


def asked(function: F) -> F:
    """Add what says which pages are measured, and how."""
    for add in (
        how,
        click.option(
            "--click",
            "clicks",
            multiple=True,
            metavar="SELECTOR",
            help="Click this, instead of what can do no harm. Repeatable.",
        ),
        log_in,
        click.argument("urls", nargs=-1, required=True, metavar="URL..."),
    ):
        function = add(function)
    return function


async def measure(application: "Application", request: Request, form: str) -> int:
    """Measure pages, and print what came of each."""
    from fettle.frontends.report import layout, measure_document, page_story, write
    from fettle.optimisation.field import with_vitals

    def told(page: "PageMeasurement") -> int:
        measured = with_vitals(page)
        verbose = progress.verbose()
        if form == "json":
            write.document(measure_document.of_measurement(measured, verbose=verbose))
        else:
            story = page_story.measured_story(measured, verbose=verbose)
            write.draw(lambda width: layout.lines(story, width))
        return exits.OK

    def unseen(page: "PageMeasurement", _: object) -> None:
        write.document(measure_document.of_measurement(page, verbose=False))

    return await each(application, request, told, unseen if form == "json" else None)


@dataclass(frozen=True)
class Report:
    """How a report is printed, where to, and what fails."""

    form: str
    output: Path | None
    fail_on: "Severity | None"


async def analyse(application: "Application", request: Request, report: Report) -> int:
    """Measure pages, hold them against their budgets, and print what came of it."""
    from fettle.flow.page_looks import own_budgets
    from fettle.frontends.report import analysis_story, write
    from fettle.model.web_address import without_user
    from fettle.optimisation import analysis

    urls = [without_user(page.url) for page in request.pages.values()]
    carried = await capacities.kept(application, request.settings, urls)
    analysed: list[analysis.Analysis] = []

    def told(measured: "PageMeasurement") -> int:
        own = own_budgets(request.settings, measured.url, measured.profile)
        analysed.append(analysis.analyse(measured, own, carried.get(measured.url)))
        return exits.of_diagnosis(analysis_story.as_diagnosis(analysed[-1]), report.fail_on)

    def unseen(measured: "PageMeasurement", why: "Unknown") -> None:
        analysed.append(analysis.of_unmeasured(measured, why))

    code = await each(application, request, told, unseen)
    diagnoses = [analysis_story.as_diagnosis(one) for one in analysed]
    if report.form in ("sarif", "junit"):
        write.report(diagnoses, report.form, report.output, verbose=progress.verbose())
    else:
        _print(analysed, diagnoses, report)
    return code


def _print(
    analysed: "Sequence[Analysis]", diagnoses: "Sequence[Diagnosis]", report: Report
) -> None:
    from fettle.frontends.report import analysis_story, layout, write

    verbose = progress.verbose()
    if report.form == "json":
        from fettle.frontends.report import analysis_document, as_json

        documents = (
            analysis_document.of_analysis(one, diagnosis.status, verbose=verbose)
            for one, diagnosis in zip(analysed, diagnoses, strict=True)
        )
        write.whole("".join(as_json.dumped(one) + "\n" for one in documents), report.output)
    else:
        stories = [analysis_story.analysis_story(one, verbose=verbose) for one in analysed]
        if report.form == "markdown":
            from fettle.frontends.report import markdown

            write.whole("\n".join(map(markdown.of_story, stories)), report.output)
        elif report.form == "html":
            from fettle.frontends.report import html

            write.whole(html.of_stories(stories), report.output)
        elif report.output is not None:
            from fettle.frontends.report import text

            plain = (text.plain(layout.lines(one, text.WIDTH)) for one in stories)
            write.whole("\n".join(plain), report.output)
        else:
            for story in stories:
                write.draw(partial(layout.lines, story))


async def each(
    application: "Application",
    request: Request,
    told: "Callable[[PageMeasurement], int]",
    unseen: "Callable[[PageMeasurement, Unknown], None] | None" = None,
) -> int:
    """Measure each page, tell of it, and return the worst code; one that failed ends no other.

    `unseen` is told of those that failed; without it one that failed alone raises CannotLook.
    """
    from fettle.model.finding import Unknown
    from fettle.optimisation.measure import measure, unmeasured

    opened = application.lighthouse if request.lighthouse else application.browser
    browser = opened(request.settings, request.browser)
    codes: list[int] = []
    for name, page in request.pages.items():

        def say(sentence: str, name: str = name) -> None:
            progress.say(f"{name}: {sentence}")

        started = application.clock.now()
        try:
            measured = await measure(browser, page, request.runs, application.clock, say)
        except CannotLook as error:
            if unseen is not None:
                why = Unknown(error.reason, error.remedy)
                lasted = application.clock.now() - started
                unseen(unmeasured(page, why, started, lasted), why)
            elif len(request.pages) == 1:
                raise
            progress.say(f"{name}: {error.reason}" + (f"\n  → {error.remedy}" * bool(error.remedy)))
            codes.append(exits.UNKNOWN)
            continue
        lived = await field_data.of_page(application, request.settings, measured)
        measured = replace(measured, field=lived)
        if request.save:
            measured = await page_history.kept(application, request.settings, measured)
        codes.append(told(measured))
    return exits.worst_of(codes)


def _address(name: str, settings: "Settings") -> str:
    """Return the address that is meant; raises WrongUsage."""
    from fettle.targets import site_address

    if "://" not in name:
        service = next((one for one in settings.service if one.name == name), None)
        if service is None or service.url is None:
            raise WrongUsage(
                f"{name} is no address, and no [[service]] that has a url",
                remedy="write it like https://host/path",
            )
        return service.url
    site_address.split(name)
    return name


def _filled(option: str, given: Sequence[str], environ: Mapping[str, str]) -> Sequence[str]:
    """Return texts with the variables that they name; raises WrongUsage."""
    from fettle.settings.references import References

    meant = References(environ, option)
    numbered = {f"number {number}": text for number, text in enumerate(given, 1)}
    return list(meant.filled(numbered).values())


def _headers(given: Sequence[str]) -> dict[str, str]:
    return dict(_parted("--header", given, ":", "'Name: value'"))


def _cookies(given: Sequence[str]) -> dict[str, str]:
    single = [one for entry in given for one in entry.split(";") if one.strip()]
    return dict(_parted("--cookie", single, "=", "NAME=VALUE"))


def _parted(
    option: str, given: Sequence[str], between: str, like: str
) -> Iterator[tuple[str, str]]:
    from fettle.model.browser import sendable

    for number, entry in enumerate(given, 1):
        name, found, value = entry.partition(between)
        if not found or not sendable(name.strip(), value):
            # what was given may be a secret
            raise WrongUsage(f"{option}: number {number} is not like {like}")
        yield name.strip(), value.strip()
