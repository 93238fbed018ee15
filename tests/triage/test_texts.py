"""Texts as people and monitors write them: the class of each, or the severity of the table."""

import pytest

from fettle.model.classification import By, Priority
from fettle.model.severity import Severity
from fettle.triage import policy
from fettle.triage.case import Case, Policy
from fettle.triage.classify import classify

OUTAGE = "system-outage"
PAYMENT = "payment-processing-failure"
DATABASE = "database-performance-degradation"
INTERFACE = "ui-rendering-issues"
DOCUMENTATION = "documentation-updates"

OF_CLASS = {
    OUTAGE: """
        The website is down for everyone since 9:00
        Complete outage in eu-west, all services unavailable
        Nobody can log in to the portal
        Users cannot log in since the deploy
        API returns 503 Service Unavailable
        Production server crashed and will not restart
        shop not reachable from anywhere
        Server keeps crashing every five minutes
        InstanceDown: node-3 of cluster has been down for more than 5 minutes
        Site goes up and down
        Our main site is not loading
        HELP!!! SITE DOWN
        nothing works
        Everything is broken
        MySQL connection refused
        Intermittent 502 errors on the API
        no response from the api gateway
        <b>Site</b> is <i>down</i>
        Site down, customers cannot pay
        We fixed the DNS issue but the site is still down
        Site down again after it was marked resolved
        Unable to resolve host db.internal: site unavailable
        It's not a drill: the site is down
        Documentation site is down
        The docs are outdated. Also, the whole site is down.
        Our API has been returning 5xx for all requests for ten minutes
        500 Internal Server Error on every page
        DNS resolution failing for the shop, nothing reachable
        Login is impossible for every user
        All pages return 500
        The app crashes on start for all users
        The data centre lost power
        The site is down. Some customers have called.
        All services are unavailable for some of our users
        The site sometimes goes down
        The whole platform is partially down
    """,
    PAYMENT: """
        Customers cannot pay at checkout
        Stripe charges are failing with card errors
        Payment gateway timeouts, orders stuck
        Payments are being declined for all customers
        Checkout is broken: error 500 after entering the card
        PayPal payments not going through
        Refunds fail with an internal error
        Customers were charged twice
        Users report problems with payments
        Pay button does nothing
        Database connection errors on checkout
        Lots of customers calling: they can't complete their purchase
        Stripe webhooks are failing, orders not marked as paid
        Refunds are duplicated, customers got money twice
        Customers were billed the wrong amount
        PayPal webhooks failing, orders not charged
    """,
    DATABASE: """
        Database queries are taking 30 seconds
        PostgreSQL high CPU and slow queries
        Deadlocks on the orders table
        Replication lag of 20 minutes on the replica
        Too many connections on main-db
        Database is slow, pages time out
        Connection pool exhausted
        db latency p95 at 4s
        Query performance degraded after the upgrade
        FATAL: sorry, too many clients already
        ERROR: deadlock detected
        high memory usage on database server
        Postgres CPU 98%, query latency rising
        Query latency on the orders table has tripled
        The DB is at 100% CPU
        High database load
        SQL statements take ten times longer
    """,
    INTERFACE: """
        Buttons overlap on mobile Safari
        Layout broken in Firefox
        Invoice table renders incorrectly in dark mode
        Dropdown menu is hidden behind the header
        Text is cut off in the sidebar
        UI glitch on the dashboard
        Icons missing in Chrome
        Dashboard does not display correctly on small screens
        Checkout page layout is broken on iPhone
        Payment form fields overlap
        Card view in the dashboard is misaligned
        Table pagination buttons not working
        White screen after login
        The dashboard is blank
        The submit button is not clickable on the signup form
        Modal does not close
        Images do not load on the product page
        Font size too small on mobile
        Responsive design is off on tablets
        Scroll down does not work
    """,
    DOCUMENTATION: """
        Typo in the documentation
        Update the README with the new install steps
        API docs are outdated
        Fix spelling mistake on the help page
        Documentation for the payment API is missing an example
        Runbook for the database outage needs a section on failover
        Add what to do when payments fail to the runbook
        The database documentation is out of date
        Please update the FAQ about refunds
        The payment page has a typo in the footer
        Docs: describe how an outage is announced
        Please document how to rotate keys
    """,
}

OF_NO_CLASS = {
    Severity.CRITICAL: """
        Customer data exposed through public bucket
        We lost orders from last night: data loss
        A customer can see another customer's invoices
        Ransomware on the file server
        1,500 users are getting errors
        Customer data visible to other tenants
        User A sees the orders of user B
        A database backup with customer records is on a public S3 bucket
        Orders of the last two hours disappeared from the database
    """,
    Severity.HIGH: """
        The app is very slow for all users
        Emails are not being sent to customers
        Work orders cannot be saved
        Webhook integration fails with 500
        App crashes when I open settings on Android
        Checkout has been slow for all customers since noon
        The site is slow but not down
        card declined for a customer
        Search returns no results for anyone
        The vision model is partially unavailable
        Exports are unavailable for certain accounts
        Some workers are failing to start
        Search is unavailable for a subset of customers
    """,
    Severity.MEDIUM: """
        I cannot log in
        CSV export fails
        Search is slow
        Disk is full on node 4
        One customer cannot see his invoice
        Staging environment is down
        Printer on the second floor is offline
        Not an outage: one user had a broken cable
        Hello
        Slowly roll out the new release
        Scroll down on the page to see the menu
        Slow down the rollout of the new UI
        Latency is down 20% after the fix
        crash course on SQL for new colleagues
        Markdown download
        The alarm goes off at nine
        The rapid fruit build requirement
        Down payment calculation form
        Sales are down 20% this month
        CPU at 40% after the upgrade
        Certificate expires in 3 days
        We see data of user growth every Monday
        The report was shown to other users of the beta
        Create a public bucket for product images
    """,
    Severity.LOW: """
        No outage
        The outage has been resolved
        There was a brief outage of checkout, and the team confirmed it to be resolved
        There is no data loss
        No payments are failing
        Nothing is wrong, all good
        We will not have downtime during the migration
        The shop isn't down anymore
        Payment failures have stopped, all recovered
        All systems operational again after the outage
        Planned downtime on Sunday
        Scheduled maintenance of the payment gateway
        Fire drill: simulate a total outage of the shop
        If the server goes down, what happens to the queue?
        Postmortem of last week's outage
        Web server down alert: test alert, please ignore
        Feature request: add a dark mode
        How do I reset my password?
        New employee starts Monday, please set up a laptop
    """,
}


def lines(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (line.strip(), name)
        for name, texts in table.items()
        for line in texts.split("\n")
        if line.strip()
    ]


@pytest.mark.parametrize(("text", "name"), lines(OF_CLASS))
def test_each_class_is_recognised_and_promises_its_own(text: str, name: str) -> None:
    made = classify(Case(text), Policy())

    assert made.class_ == name
    kind = policy.FIXED[name]
    assert (made.severity, made.priority, made.category) == (
        kind.severity, kind.priority, kind.category,
    )  # fmt: skip
    assert (made.escalation, made.sla) == (kind.promise.escalation, kind.promise.sla)
    assert made.evidence
    assert made.by is By.RULE


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (line.strip(), severity)
        for severity, texts in OF_NO_CLASS.items()
        for line in texts.split("\n")
        if line.strip()
    ],
)
def test_what_fits_no_class_goes_by_the_table(text: str, severity: Severity) -> None:
    made = classify(Case(text), Policy())

    assert made.class_ is None
    assert made.severity is severity
    priority = {
        Severity.CRITICAL: Priority.P1,
        Severity.HIGH: Priority.P2,
        Severity.MEDIUM: Priority.P3,
        Severity.LOW: Priority.P4,
    }[severity]
    assert made.priority is priority
    assert made.sla == policy.BY_PRIORITY[priority].sla
    assert made.evidence
