"""What decides: the source, facts, services, classes, the team's history, and in which order."""

import json
from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fettle.model.classification import By, Classification, Hours, Priority
from fettle.model.service import Service, Tier
from fettle.model.severity import Severity
from fettle.model.signal import Facts, Signal, SignalKind
from fettle.triage import policy
from fettle.triage.case import Case, Opinion, Policy
from fettle.triage.catalogue import Catalogue
from fettle.triage.classify import classify
from fettle.triage.document import of_decision
from fettle.triage.policy import IssueClass, Promise

PLAIN = Policy()

OUTAGE = "system-outage"
PAYMENT = "payment-processing-failure"
DATABASE = "database-performance-degradation"
INTERFACE = "ui-rendering-issues"
DOCUMENTATION = "documentation-updates"


def told(text: str, **given: object) -> Classification:
    return classify(replace(Case(text), **given), PLAIN)  # type: ignore[arg-type] # a case's fields


def test_the_five_promise_what_the_guide_says() -> None:
    promised = {
        name: (
            *(str(part) for part in (kind.severity, kind.priority, kind.category)),
            str(kind.promise.escalation),
            str(kind.promise.sla.response),
            str(kind.promise.sla.resolution),
            str(kind.promise.sla.update),
        )
        for name, kind in policy.FIXED.items()
    }

    assert promised == {
        OUTAGE: ("critical", "p1", "infrastructure", "immediate", "15m", "1h", "15m"),
        PAYMENT: ("critical", "p1", "business-critical", "immediate", "10m", "30m", "10m"),
        DATABASE: ("high", "p2", "performance", "within-1h", "1h", "4h", "30m"),
        INTERFACE: (
            "medium", "p3", "user-experience", "within-business-hours", "4h", "24h", "4h",
        ),
        DOCUMENTATION: ("low", "p4", "maintenance", "next-sprint", "1d", "1w", "1d"),
    }  # fmt: skip


def test_p1_and_p2_count_around_the_clock_and_the_rest_in_business_hours() -> None:
    slas = [(kind.priority, kind.promise.sla) for kind in policy.FIXED.values()]
    slas += [(priority, promise.sla) for priority, promise in policy.BY_PRIORITY.items()]

    for priority, sla in slas:
        always = priority in (Priority.P1, Priority.P2)
        assert sla.hours is (Hours.AROUND_THE_CLOCK if always else Hours.BUSINESS)


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [
        ("HIGH", "HIGH", "p1"),
        ("HIGH", "MEDIUM", "p2"),
        ("MEDIUM", "HIGH", "p2"),
        ("HIGH", "LOW", "p3"),
        ("MEDIUM", "MEDIUM", "p3"),
        ("LOW", "HIGH", "p3"),
        ("MEDIUM", "LOW", "p4"),
        ("LOW", "MEDIUM", "p4"),
        ("LOW", "LOW", "p4"),
    ],
)
def test_priority_is_impact_by_urgency(impact: str, urgency: str, priority: str) -> None:
    assert policy.priority_of(policy.Level[impact], policy.Level[urgency]).value == priority


@pytest.mark.parametrize(
    ("facts", "severity", "class_"),
    [
        (Facts(money_stuck=True), Severity.CRITICAL, PAYMENT),
        (Facts(data_lost=True), Severity.CRITICAL, None),
        (Facts(data_exposed=True), Severity.CRITICAL, None),
        (Facts(users_affected=1000), Severity.CRITICAL, None),
        (Facts(users_affected=100), Severity.HIGH, None),
        (Facts(users_affected=1), Severity.MEDIUM, None),
    ],
)
def test_facts_weigh_more_than_words(facts: Facts, severity: Severity, class_: str | None) -> None:
    made = told("something odd", facts=facts)

    assert (made.severity, made.class_) == (severity, class_)


@pytest.mark.parametrize("fact", ["data_lost", "data_exposed", "money_stuck"])
@pytest.mark.parametrize("text", ["Typo in the docs", "Icons missing in Chrome", "slow queries"])
def test_data_and_money_are_p1_whatever_else_is_said(fact: str, text: str) -> None:
    made = told(text, facts=Facts(**{fact: True}))

    assert (made.severity, made.priority) == (Severity.CRITICAL, Priority.P1)


@pytest.mark.parametrize(
    ("said", "text", "severity", "by"),
    [
        (Severity.CRITICAL, "Icons missing in Chrome", Severity.CRITICAL, By.SOURCE),
        (Severity.HIGH, "The outage has been resolved", Severity.HIGH, By.SOURCE),
        (Severity.INFO, "Deployment finished", Severity.INFO, By.SOURCE),
        (Severity.LOW, "Disk is at 60 percent", Severity.LOW, By.SOURCE),
        (Severity.LOW, "CSV export fails", Severity.LOW, By.SOURCE),
        (Severity.LOW, "The site is down for everyone", Severity.CRITICAL, By.RULE),
        (Severity.MEDIUM, "slow queries", Severity.HIGH, By.RULE),
    ],
)
def test_the_source_is_believed_and_raised_by_classes_alone(
    said: Severity, text: str, severity: Severity, by: By
) -> None:
    made = told(text, severity=said)

    assert (made.severity, made.by) == (severity, by)


def test_a_class_made_worse_keeps_its_name_and_promises_more() -> None:
    made = told("Icons missing in Chrome", severity=Severity.CRITICAL)

    assert (made.class_, made.priority) == (INTERFACE, Priority.P1)
    assert made.sla == policy.BY_PRIORITY[Priority.P1].sla


SHOP = Catalogue(
    (
        Service(
            "shop", Tier.CRITICAL, also=("web shop", "storefront"), depends_on=("api", "stripe")
        ),
        Service("api", Tier.IMPORTANT, depends_on=("main-db",)),
        Service("intranet", Tier.INTERNAL),
    )
)


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("the shop is slow", ("shop",)),
        ("Shopping lists are slow", ()),
        ("the WEB-SHOP is slow", ("shop",)),
        ("storefront, intranet slow", ("shop", "intranet")),
        ("main_db is slow", ("api",)),
        ("Stripe is slow", ("shop",)),
        ("therapist", ()),
    ],
)
def test_services_are_named_as_whole_words(text: str, services: tuple[str, ...]) -> None:
    assert classify(Case(text), Policy(SHOP)).services == services


def test_who_depends_on_it_is_evidence_and_makes_it_urgent() -> None:
    made = classify(Case("api: requests fail"), Policy(SHOP))

    assert made.services == ("api",)
    assert "shop (tier critical) depends on api" in made.evidence
    assert (made.severity, made.priority) == (Severity.HIGH, Priority.P1)


def test_what_is_internal_waits_longer() -> None:
    made = classify(Case("intranet search fails"), Policy(SHOP))

    assert (made.severity, made.priority) == (Severity.MEDIUM, Priority.P4)


def test_labels_and_the_source_name_services() -> None:
    case = Case("high load", service="shop", labels={"app": "intranet", "job": "node"})

    assert classify(case, Policy(SHOP)).services == ("shop", "intranet")


def test_a_service_that_nobody_knows_is_kept() -> None:
    made = classify(Case("high load", service="unheard-of"), Policy(SHOP))

    assert made.services == ("unheard-of",)
    assert any("not in the catalogue" in sentence for sentence in made.evidence)


def test_a_circle_of_services_ends() -> None:
    circle = Catalogue((Service("a1", depends_on=("b1",)), Service("b1", depends_on=("a1",))))

    assert classify(Case("a1 fails"), Policy(circle)).services == ("a1",)


SEARCH = IssueClass(
    "search-outage",
    Severity.HIGH,
    Priority.P2,
    "infrastructure",
    Promise(policy.BY_PRIORITY[Priority.P2].escalation, policy.sla(Priority.P2, "20m", "2h", None)),
    ("search", "index lag"),
)


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("search gives nothing", "search-outage"),
        ("index lag is 20 minutes", "search-outage"),
        ("three searches hang", "search-outage"),
        ("research is hard", None),
        ("Search is down", "search-outage"),
        ("Complete outage of everything, search as well", OUTAGE),
        ("customers cannot pay, and search is odd", PAYMENT),
        ("Typo in the search documentation", DOCUMENTATION),
        ("How do I use the search?", None),
        ("search works again", None),
    ],
)
def test_a_team_has_classes_of_its_own(text: str, class_: str | None) -> None:
    made = classify(Case(text), Policy(classes=(SEARCH,)))

    assert made.class_ == class_
    if class_ == "search-outage":
        assert (made.severity, made.sla.response.iso) == (Severity.HIGH, "PT20M")


@pytest.mark.parametrize(
    ("text", "impact"),
    [
        ("The shop is down for everyone", "All users of shop: they cannot use it."),
        ("1,200 customers cannot pay", "About 1,200 users: they cannot pay."),
        ("One customer cannot see his invoice", "One user: they meet errors."),
        ("Typo in the docs", "Nobody is kept from working."),
        ("Staging environment is down", "Those who test: they cannot use it."),
    ],
)
def test_the_impact_is_said_in_a_sentence(text: str, impact: str) -> None:
    assert classify(Case(text), Policy(SHOP)).impact == impact


@dataclass(frozen=True)
class Mind:
    """A history of one opinion."""

    says: Opinion

    def opinion(self, case: Case) -> Opinion:
        return replace(self.says, evidence=(f"about {case.title}",))


@pytest.mark.parametrize(
    ("text", "said", "opinion", "severity", "by"),
    [
        # unsure: as if it were not there
        ("Hello", None, Opinion(Severity.LOW, None, 0.49), Severity.MEDIUM, By.RULE),
        # sure, and only words against it
        ("Hello", None, Opinion(Severity.LOW, None, 0.5), Severity.LOW, By.MODEL),
        ("CSV export fails", None, Opinion(Severity.HIGH, None, 0.9), Severity.HIGH, By.MODEL),
        # surer than the words of a class
        ("a service down", None, Opinion(Severity.LOW, None, 0.95), Severity.LOW, By.MODEL),
        ("site down", None, Opinion(Severity.LOW, None, 0.85), Severity.CRITICAL, By.RULE),
        # never below the source, nor below a fact
        ("Hello", Severity.HIGH, Opinion(Severity.LOW, None, 0.99), Severity.HIGH, By.SOURCE),
        ("lost data", None, Opinion(Severity.LOW, None, 0.99), Severity.CRITICAL, By.RULE),
        ("Hello", Severity.LOW, Opinion(Severity.HIGH, None, 0.9), Severity.HIGH, By.MODEL),
    ],
)
def test_the_teams_history_is_heard_when_it_is_sure(
    text: str, said: Severity | None, opinion: Opinion, severity: Severity, by: By
) -> None:
    made = classify(Case(text, severity=said), PLAIN, Mind(opinion))

    assert (made.severity, made.by) == (severity, by)


def test_what_the_history_takes_back_is_said() -> None:
    mind = Mind(Opinion(Severity.LOW, None, 0.96))

    made = classify(Case("a service down"), PLAIN, mind)

    assert "the words alone would be system-outage (critical)" in made.evidence


@pytest.mark.parametrize(
    "text",
    [
        "ConnectionRefusedError: [Errno 111] connection refused, the server is down",
        "stripe.error.CardError: payment failed, your card was declined",
        "nobody can log in, all data is lost, 5,000 users affected",
        "FATAL: the database is down",
    ],
)
@pytest.mark.parametrize("severity", [None, Severity.LOW, Severity.MEDIUM, Severity.HIGH])
def test_what_a_program_prints_makes_nothing_worse(text: str, severity: Severity | None) -> None:
    made = told(text, severity=severity, printed=True)

    assert made.severity == (severity or Severity.MEDIUM)
    assert made.priority != Priority.P1
    assert made.class_ not in (OUTAGE, PAYMENT)
    assert told(text, severity=severity).severity == Severity.CRITICAL


def test_what_a_program_prints_says_which_class_its_words_would_be() -> None:
    made = told("the site is down for everyone", severity=Severity.MEDIUM, printed=True)

    assert "system-outage is not concluded from what a program prints" in made.evidence
    assert made.impact == "Users, how many is not known: they meet errors."


def test_facts_and_own_classes_make_what_a_program_prints_worse() -> None:
    many = told(
        "connection refused",
        severity=Severity.MEDIUM,
        printed=True,
        facts=Facts(users_affected=5000),
    )
    own = Case(f"IndexError: {SEARCH.match[0]} failed", severity=Severity.LOW, printed=True)

    assert many.severity == Severity.CRITICAL
    assert classify(own, Policy(classes=(SEARCH,))).class_ == SEARCH.name


def test_a_signal_is_a_case() -> None:
    signal = Signal(
        "alertmanager", SignalKind.ALERT, "k", True, "High load", severity=Severity.LOW,
        service="shop", symptoms=("slow",), facts=Facts(users_affected=3),
    )  # fmt: skip

    case = Case.of(signal)

    assert (case.title, case.severity, case.service) == ("High load", Severity.LOW, "shop")
    assert (case.symptoms, case.facts) == (("slow",), Facts(users_affected=3))


EVERYTHING = Policy(SHOP, (SEARCH,))
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [
                "the",
                "site",
                "is",
                "down",
                "not",
                "no",
                "outage",
                "resolved",
                "still",
                "again",
                "payment",
                "fails",
                "database",
                "slow",
                "documentation",
                "typo",
                "layout",
                "broken",
                "shop",
                "stripe",
                "search",
                ".",
                ",",
                ":",
                "!",
                "<b>",
                "1,200",
                "users",
                "503",
                "drill",
                "everyone",
                "one",
                "if",
                "data",
                "loss",
                "cannot",
                "pay",
            ]
        ),
        max_size=25,
    ).map(" ".join),
)


@given(TEXTS, st.lists(TEXTS, max_size=3), st.sampled_from(Severity))
def test_never_below_what_the_source_said(
    text: str, symptoms: list[str], severity: Severity
) -> None:
    made = classify(Case(text, symptoms=tuple(symptoms), severity=severity), EVERYTHING)

    assert made.severity >= severity
    assert 0 <= made.confidence <= 1
    assert made.evidence
    json.dumps(of_decision(made))


@given(TEXTS, st.lists(TEXTS, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_symptoms_says_nothing(
    text: str, symptoms: list[str], chance: "st.DataObject"
) -> None:
    shuffled = list(symptoms)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random

    one, other = (
        classify(Case(text, symptoms=tuple(order)), EVERYTHING) for order in (symptoms, shuffled)
    )

    assert one == other


@given(
    st.sampled_from(["a", "<", "down ", "no ", "1,", "é", "ﷺ", "'a", "\n", "is not ", "😀", "("])
)
@example("<b>" * 10)
@settings(max_examples=20)
def test_ten_megabytes_are_read_like_their_beginning(piece: str) -> None:
    title = piece * (10_000_000 // len(piece))

    made = classify(Case(title), EVERYTHING)

    assert replace(made, evidence=()) == replace(
        classify(Case(title[:20_000]), EVERYTHING), evidence=()
    )
    assert "only the first 20,000 characters were read" in made.evidence


@given(st.text(max_size=100))
def test_trouble_is_found_between_anything(noise: str) -> None:
    """Punctuation, emoji and foreign scripts before a sentence do not hide it."""
    letters = "".join(letter for letter in noise if not letter.isalnum() and letter not in "<>&'")

    assert told(f"{letters}\nThe website is down for everyone").class_ == OUTAGE
