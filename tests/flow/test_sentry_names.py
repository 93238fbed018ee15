"""How people name an issue of a Sentry."""

import pytest

from fettle.errors import WrongUsage
from fettle.flow.sentry_names import Named, named
from fettle.settings.sentry import SentrySettings


def of(name: str, url: str, organization: str = "acme") -> SentrySettings:
    return SentrySettings(
        name=name, url=url, token="t", organization=organization, projects=("shop",)
    )


HOSTED, OWN = of("hosted", "https://sentry.io"), of("own", "https://sentry.example:9000")


@pytest.mark.parametrize(
    ("text", "sentry", "meant"),
    [
        ("SHOP-1A", None, [Named("hosted", "SHOP-1A"), Named("own", "SHOP-1A")]),
        (" shop-web-1a ", "own", [Named("own", "SHOP-WEB-1A")]),
        ("123", "own", [Named("own", "123")]),
        ("https://sentry.io/organizations/acme/issues/123/", None, [Named("hosted", "123")]),
        ("https://acme.sentry.io/issues/123/events/latest/?x=1", None, [Named("hosted", "123")]),
        ("https://acme.sentry.io/issues/SHOP-1A", None, [Named("hosted", "SHOP-1A")]),
        ("https://sentry.example:9000/organizations/acme/issues/7/", None, [Named("own", "7")]),
        ("https://sentry.example:9000/acme/shop/issues/7/", None, [Named("own", "7")]),
    ],
)
def test_an_issue_is_named_as_people_have_it(
    text: str, sentry: str | None, meant: list[Named]
) -> None:
    assert list(named(text, sentry, [HOSTED, OWN])) == meant


@pytest.mark.parametrize(
    ("text", "sentry", "said"),
    [
        ("123", None, "several Sentries"),
        ("SHOP-1A", "other", "no [[sentry]] is called 'other'"),
        ("it broke", None, "names no issue"),
        ("https://sentry.io/organizations/other/issues/123/", None, "is not the address"),
        ("https://other.sentry.io/issues/123/", None, "is not the address"),
        ("https://evil.example/organizations/acme/issues/1/", None, "is not the address"),
        ("https://sentry.io.evil.example/organizations/acme/issues/1/", None, "is not the"),
        ("https://sentry.example/organizations/acme/issues/7/", None, "is not the address"),
        ("https://sentry.io/organizations/acme/issues/", None, "is no address of an issue"),
        ("https://sentry.io/organizations/acme/issues/../../x", None, "is no address of an"),
        ("https://[/issues/1", None, "is no address"),
    ],
)
def test_what_names_no_issue_of_the_settings_is_refused(
    text: str, sentry: str | None, said: str
) -> None:
    with pytest.raises(WrongUsage) as refused:
        named(text, sentry, [HOSTED, OWN])
    assert said in refused.value.reason


def test_without_a_sentry_in_the_settings_that_is_said() -> None:
    with pytest.raises(WrongUsage, match="no Sentry is in the settings"):
        named("SHOP-1A", None, [])
