"""What words can be a sign of: trouble of a kind, whom it meets, where, and whether at all."""

from enum import StrEnum


class Sign(StrEnum):
    """What a phrase is a sign of; the value says it to people."""

    OUTAGE = "an outage"
    LOCKED_OUT = "people who cannot get in"
    CRASH = "a crash"
    FAILS = "something that fails"
    FLAW = "something that is not right"
    SLOW = "slowness"
    LOAD = "the load of a machine"
    DATABASE = "a database"
    QUEUED = "a database under load"
    PAYMENT = "payments"
    UNPAID = "payments that fail"
    MISDRAWN = "a page that is drawn wrongly"
    SCREEN = "the interface"
    LOST = "lost or damaged data"
    EXPOSED = "data in the wrong hands"
    SECURITY = "security"
    BUSINESS = "the daily business"
    DOCUMENT = "documentation"
    EDIT = "text to be written or corrected"
    TYPO = "a slip of the pen"
    WHOLE = "the whole system"
    ALL = "everybody"
    MANY = "many people"
    SOME = "some people, or a part of it"
    SOMETIMES = "some of the time"
    ONE = "one person"
    ASIDE = "a place that no customer sees"
    NO = "a denial"
    OVER = "trouble that is over"
    PRETENCE = "a test that is not meant"
    AGAIN = "trouble that goes on"
    REHEARSED = "trouble that is planned, practised or imagined"
    ASKED = "a wish or a question"
    ORDINARY = "ordinary speech"


# By themselves: to look one up in its enumeration takes longer than what is done with it (Python
# 3.11), and each text asks for forty.
(
    OUTAGE,
    LOCKED_OUT,
    CRASH,
    FAILS,
    FLAW,
    SLOW,
    LOAD,
    DATABASE,
    QUEUED,
    PAYMENT,
    UNPAID,
    MISDRAWN,
    SCREEN,
    LOST,
    EXPOSED,
    SECURITY,
    BUSINESS,
    DOCUMENT,
    EDIT,
    TYPO,
    WHOLE,
    ALL,
    MANY,
    SOME,
    SOMETIMES,
    ONE,
    ASIDE,
    NO,
    OVER,
    PRETENCE,
    AGAIN,
    REHEARSED,
    ASKED,
    ORDINARY,
) = Sign

# What says that something is wrong; the other signs say where, for whom, and whether at all.
TROUBLE = frozenset(
    {
        OUTAGE,
        LOCKED_OUT,
        CRASH,
        FAILS,
        FLAW,
        SLOW,
        QUEUED,
        UNPAID,
        MISDRAWN,
        LOST,
        EXPOSED,
        SECURITY,
    }
)
