"""Services, the team's own classes and limits stand in fettle.toml."""

from pathlib import Path

import pytest

from fettle import settings
from fettle.errors import BadSettings
from fettle.model.classification import Escalation, Hours, Priority
from fettle.model.service import Service, Tier
from fettle.model.severity import Severity
from fettle.settings.described import described
from fettle.triage.case import Limits
from fettle.triage.settled import policy_of

LEAST = '[[class]]\nname = "search-outage"\nmatch = ["search", "index lag"]\nseverity = "high"\n'


def load(tmp_path: Path, text: str, **environ: str) -> settings.Settings:
    file = tmp_path / "fettle.toml"
    file.write_text(text, encoding="utf-8")
    return settings.load(file, environ)


@pytest.mark.parametrize(
    ("severity", "priority", "response"),
    [("critical", "p1", "15m"), ("high", "p2", "30m"), ("medium", "p3", "4h"), ("low", "p4", "1d")],
)
def test_what_a_class_does_not_say_follows_from_its_severity(
    tmp_path: Path, severity: str, priority: str, response: str
) -> None:
    (kind,) = policy_of(load(tmp_path, LEAST.replace("high", severity))).classes

    assert (kind.name, kind.match) == ("search-outage", ("search", "index lag"))
    assert (kind.severity, kind.priority) == (Severity.named(severity), Priority(priority))
    assert str(kind.promise.sla.response) == response


def test_a_class_says_everything_itself(tmp_path: Path) -> None:
    text = (
        f'{LEAST}priority = "p3"\ncategory = "search"\nescalation = "immediate"\n'
        'response = "20m"\nresolution = "2d"\nupdate = "1h 30m"\n'
    )

    (kind,) = policy_of(load(tmp_path, text)).classes

    assert (kind.priority, kind.category) == (Priority.P3, "search")
    assert kind.promise.escalation is Escalation.IMMEDIATE
    sla = kind.promise.sla
    assert (str(sla.response), str(sla.resolution), str(sla.update)) == ("20m", "2d", "1h 30m")
    assert sla.hours is Hours.BUSINESS


def test_services_and_limits_are_read(tmp_path: Path) -> None:
    text = (
        "[triage]\nconfidence = 0.9\nmany_users = 5\nmost_users = 50\n"
        '[[service]]\nname = "shop"\nurl = "https://shop.example"\ntier = "critical"\n'
        'team = "web"\nalso = ["storefront"]\ndepends_on = ["main-db"]\n'
        '[[service]]\nname = "wiki"\n'
    )

    policy = policy_of(load(tmp_path, text, FETTLE_SERVICE__WIKI__TIER="internal"))

    assert policy.catalogue.services == (
        Service(
            "shop", Tier.CRITICAL, "web", "https://shop.example", ("storefront",), ("main-db",)
        ),
        Service("wiki", Tier.INTERNAL),
    )
    assert policy.limits == Limits(0.9, 5, 50)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAST.replace("high", "dreadful"), "severity"),
        (LEAST.replace('["search", "index lag"]', "[]"), "match"),
        (LEAST + 'respond = "5m"', "no such setting"),
        (LEAST + 'response = "soon"', "span of time"),
        (LEAST + 'response = "99999999999999999999w"', "span of time"),
        (LEAST + 'escalation = "later"', "escalation"),
        (LEAST + LEAST, "two are called search-outage"),
        ('[[service]]\nname = "a"\n[[service]]\nname = "a"\n', "two are called a"),
        ('[[service]]\nname = "a"\ntier = "vital"\n', "tier"),
        ("[triage]\nconfidence = 1.5\n", "confidence"),
        ('[ai]\nmodels = "x"\n', "no such setting"),
        (LEAST.replace("search-outage", "system-outage"), "one of the fixed classes"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        policy_of(load(tmp_path, text))


def test_keys_are_not_shown(tmp_path: Path) -> None:
    loaded = load(tmp_path, '[ai]\nmodel = "openai:m"\nkey = "${KEY}"\n', KEY="s3cret")

    shown = described(loaded)

    assert loaded.ai.key == "s3cret"
    assert not any("s3cret" in entry.value for entry in shown)
    assert {"[[class]] match", "[[service]] tier", "triage.confidence"} <= {
        entry.name for entry in shown
    }
