"""Symptoms: which findings would be noticed in the way that people describe; it hides nothing.

A symptom is a sentence of whoever noticed it ("checkout hangs"). Its words say in which ways the
trouble shows, and every way knows the checks whose findings show like that, and why.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fettle.model.diagnosis import Outcome, SymptomMatch
from fettle.model.finding import Finding
from fettle.model.quantity import say_count


@dataclass(frozen=True)
class Way:
    """A way in which trouble shows: the words people use for it, and what shows like that."""

    kind: str
    words: str
    shows: Mapping[str, str]

    def fits(self, symptom: str) -> bool:
        """Whether one of the words stands in the symptom, as a whole word."""
        return re.search(rf"(?<!\w)(?:{self.words})(?!\w)", symptom, re.IGNORECASE) is not None


def _way(kind: str, words: str, **shows: str) -> Way:
    return Way(kind, words, shows)


WAYS = (
    _way(
        "slowness",
        r"slow(?:ly|ness|er|s|downs?)?|sluggish\w*|latenc(?:y|ies)|performance|unresponsive"
        r"|(?<!replication )(?<!replica )(?<!standby )lag(?:s|gy|ging)?|delay(?:s|ed)?"
        r"|time[ds]?[ -]?outs?|timing out|response times?|takes? (?:too long|forever|ages)"
        r"|high (?:cpu|load|i/?o)|p(?:50|75|9\d{1,2})|percentile|57014",
        response_time_high="this is how slow it is, by what it is asked",
        pool_saturated="whoever finds no place waits for one",
        queue_growing="what waits in the queue is done late",
        memory_high="what has no memory left collects, swaps and is killed",
        restarts_frequent="while it begins anew nobody is served",
        allowance_low="what is refused is tried again, after a pause",
        slow_queries="these statements are slow themselves",
        long_query="it has been running for long, and takes room from the others",
        blocked_sessions="whoever waits for a lock is slow without working",
        ddl_queue="everything that touches the table stands in one queue",
        idle_in_transaction="its locks make others wait",
        long_transaction="it keeps locks, and dead rows that every scan walks over",
        connections_saturated="requests wait for a free connection",
        cache_hit_low="reads go to the disk",
        table_bloat="every scan walks over dead rows",
        statistics_stale="the planner chooses by figures that are out of date",
        foreign_key_unindexed="deleting a parent row reads the whole child table",
        vacuum_horizon_pinned="dead rows cannot be cleared away, and every scan walks over them",
        autovacuum_disabled="nothing clears dead rows away, nor keeps the statistics",
        index_invalid="a plan that would use the index cannot",
        index_unused="every write keeps it up to date",
        index_duplicate="every write keeps it up to date twice",
        index_redundant="every write keeps it up to date as well",
        site_slow="this is how slow it is, part by part",
        site_down="who gets no answer waits until it gives up",
        dependency_slow="whoever waits for it is as slow",
        dependency_unavailable="calls to it wait until they give up",
        dependency_troubled="its provider says itself that it has trouble",
        name_lookup_slow="each new connection waits for the name first",
        name_lookup_failing="each new connection waits for a name that nobody tells",
    ),
    _way(
        "refused connections",
        r"too many (?:connections|clients)|connections? (?:slots?|limit|pool)|53300"
        r"|connections? (?:is |are |was |were |being )?(?:errors?|refused|reset|fail(?:s|ed|ures?)?"
        r"|dropped|lost|exhausted|timed? ?outs?)|pool (?:is )?(?:exhausted|full|timeouts?|empty)"
        r"|(?:can ?not|can['’]?t|could not|couldn['’]?t|unable to|fail(?:s|ed)? to) connect",  # noqa: RUF001
        connections_saturated="when the slots are gone, the next connection is refused",
        pool_saturated="when its last place is taken, the next waits or is refused",
        file_descriptors_low="without a file descriptor no connection is taken any more",
        allowance_low="whoever asks too often is refused",
        idle_in_transaction="it keeps a connection and does nothing with it",
        blocked_sessions="whoever waits keeps a connection, and more pile up behind",
        ddl_queue="whoever waits keeps a connection, and more pile up behind",
        long_query="it keeps its connection for as long as it runs",
        long_transaction="it keeps its connection for as long as it lasts",
        site_down="nobody takes connections there",
        dependency_unavailable="nobody takes connections there",
        name_lookup_failing="where to connect to is not known",
        certificate_untrusted="who does not believe it does not connect",
        certificate_expiring="once it has expired nobody connects",
    ),
    _way(
        "standing still",
        r"stuck|stall(?:s|ed|ing)?|h(?:a|u)ng(?:s|ing)?|fr(?:ee|o)ze(?:s|n)?|freezing"
        r"|(?:dead)?lock(?:s|ed|ing)?|block(?:s|ed|ing)?|waiting|55P03|40P01"
        r"|never (?:ends|finish(?:es)?|returns)",
        blocked_sessions="these sessions stand still until the lock is let go",
        ddl_queue="everything behind the queued change stands still",
        idle_in_transaction="the locks it holds are let go only at its end",
        long_transaction="the locks it holds are let go only at its end",
        prepared_transaction_stale="it holds its locks until somebody ends it",
        long_query="what seems to stand still may be at work",
        connections_saturated="requests stand still until a connection is free",
        pool_saturated="requests stand still until a place is free",
        queue_growing="what waits in the queue stands still until somebody takes it",
    ),
    _way(
        "room on the disk",
        r"disks?|storage|volume|no space|out of space|53100|bloat(?:s|ed)?|gr(?:o|e)w(?:s|ing|th)?"
        r"|wal (?:files?|size|fill\w*)|fill(?:s|ing)? up",
        table_bloat="the table is larger than what is in it",
        replication_slot_inactive="it makes the server keep its WAL",
        wal_archiving_failing="WAL that is not archived is kept",
        vacuum_horizon_pinned="dead rows cannot be cleared away, and tables grow",
        prepared_transaction_stale="dead rows cannot be cleared away, and tables grow",
        long_transaction="dead rows cannot be cleared away, and tables grow",
        idle_in_transaction="dead rows cannot be cleared away, and tables grow",
        autovacuum_disabled="nothing clears dead rows away, and the table grows",
        index_unused="it takes room for nothing",
        index_duplicate="it takes the same room twice",
        index_redundant="another index makes its room unnecessary",
        index_invalid="it takes room and serves nobody",
    ),
    _way(
        "failing writes",
        r"(?:error|exception|fail(?:s|ed|ing|ure)?)s? (?:\w+ )?(?:on|in|at|when|while|during|of|to)"
        r" (?:\w+ ){0,3}(?:insert|updat|sav|writ|creat|delet)\w*|nextval|sequences?|out of range"
        r"|(?:insert|updat|sav|writ|creat|delet)\w* (?:\w+ ){0,3}(?:errors?|fail\w*)"
        r"|(?:can ?not|can['’]?t|unable to) (?:insert|save|write|create|update|delete)"  # noqa: RUF001
        r"|duplicate keys?|wrap ?around|not accepting commands|22003|2200H|54000",
        sequence_exhaustion="when the range is used up, every INSERT fails",
        transaction_id_wraparound="at its end the server takes no more writes",
        multixact_wraparound="at its end the server takes no more row locks",
        connections_saturated="a write that gets no connection fails",
        wal_archiving_failing="a disk full of WAL stops every write",
        replication_slot_inactive="a disk full of WAL stops every write",
        collation_drift="a unique index in another order lets duplicates in",
        index_invalid="a unique index that is not valid still refuses rows",
        primary_key_missing="UPDATE and DELETE fail once the table is published",
        foreign_key_not_validated="old rows that break the key fail when they are touched",
    ),
    _way(
        "old data on the replicas",
        r"replicat(?:ion|ed|es|ing)|replicas?|standbys?|secondar(?:y|ies)|stale"
        r"|out of (?:date|sync)|old (?:data|values?|rows)|read(?:s|ing)? old",
        replication_lag="what was written has not arrived there yet",
        replication_slot_inactive="nobody reads from the slot: its consumer stands still",
        wal_archiving_failing="a standby that lives on the archive gets nothing new",
        long_query="a long query on a standby holds up what arrives",
        primary_key_missing="changes of such a table cannot be replicated logically",
    ),
    _way(
        "wrong results",
        r"wrong (?:results?|order|sort\w*|data|rows)|missing (?:rows?|data|records)|corrupt\w*"
        r"|duplicates?(?! keys?)|sort order|data loss|lost (?:data|rows|records)",
        collation_drift="an index in another order misses rows, and sorts wrongly",
        unsafe_settings="a crash with such settings loses or damages data",
        foreign_key_not_validated="rows whose parent is gone were never looked for",
        primary_key_missing="nothing keeps a row from being there twice",
        wal_archiving_failing="what is not archived cannot be restored",
    ),
    _way(
        "an outage",
        r"outages?|(?<!slow )(?<!slows )(?<!slowed )down|unavailable|crash(?:es|ed|ing)?"
        r"|unreachable|50[234]",
        connections_saturated="without a free connection nothing works",
        error_rate_high="these requests fail",
        objective_burning="more fails than its objective allows",
        exporter_failing="what does not even tell its figures may be down",
        restarts_frequent="while it begins anew nobody is served",
        memory_high="what asks for more memory than there is is killed",
        memory_growing="it is killed when its memory is full",
        file_descriptors_low="without a file descriptor nothing can be opened",
        allowance_low="what needs an answer of somebody who refuses fails",
        ddl_queue="whatever needs the table stands still",
        blocked_sessions="whoever waits takes up a connection until none is left",
        transaction_id_wraparound="at its end the server takes no more writes",
        multixact_wraparound="at its end the server takes no more row locks",
        sequence_exhaustion="when the range is used up, every INSERT fails",
        replication_slot_inactive="a disk full of WAL stops the server",
        wal_archiving_failing="a disk full of WAL stops the server",
        site_down="nobody gets an answer from it",
        site_errors="whoever comes sees an error",
        dependency_unavailable="what needs it fails",
        dependency_troubled="its provider says itself that it has trouble",
        name_lookup_failing="nobody finds what is called so",
        certificate_untrusted="browsers show a warning instead of the site",
        certificate_expiring="once it has expired browsers show a warning instead of the site",
        domain_expiring="when its registration ends, the name means nothing",
    ),
)

# Words of ordinary speech that are also names of tables say nothing about which table is meant.
_ORDINARY = frozenset(
    re.findall(
        r"\w+",
        """about after again been before database does error errors fails from have just page public
        request requests server since site slow some table that them then they this time very were
        what when with""",
    )
)


def explain(symptoms: Sequence[str], outcomes: Sequence[Outcome]) -> Iterator[SymptomMatch]:
    """Yield for each symptom the findings that fit it and why, and what was looked for."""
    for symptom in symptoms:
        ways = [way for way in WAYS if way.fits(symptom)]
        yield SymptomMatch(
            symptom,
            tuple(way.kind for way in ways),
            _explanation(ways, outcomes, fits := _fits(symptom, ways, outcomes)),
            fits,
        )


def _fits(symptom: str, ways: Sequence[Way], outcomes: Sequence[Outcome]) -> Mapping[str, str]:
    found = [finding for outcome in outcomes for finding in outcome.findings]
    reasons = {finding.key: _reasons(symptom, ways, finding) for finding in found}
    severity = {finding.key: finding.severity for finding in found}
    likeliest = sorted(reasons, key=lambda key: (-len(reasons[key]), -severity[key]))
    return {key: "; ".join(reasons[key]) for key in likeliest if reasons[key]}


def _reasons(symptom: str, ways: Sequence[Way], finding: Finding) -> list[str]:
    shown = [way.shows[finding.check] for way in ways if finding.check in way.shows]
    reasons = list(dict.fromkeys(shown))
    if named := sorted(_words(symptom) & _named(finding.subject)):
        reasons.append(f"the symptom names {', '.join(named)}")
    return reasons


def _named(subject: str) -> set[str]:
    """Return the words of a table's own name; its schema, or a session, would fit anything."""
    return set() if "@" in subject else _words(subject.partition(".")[2] or subject)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]{4,}", text.lower())) - _ORDINARY


def _explanation(ways: Sequence[Way], outcomes: Sequence[Outcome], fits: Mapping[str, str]) -> str:
    kinds = " and ".join(way.kind for way in ways)
    if fits:
        findings = say_count(len(fits), "finding")
        return f"{findings} would show as {kinds}" if ways else f"it names {findings}"
    if not ways:
        return (
            "its words fit no way of showing that is known here; the report is in its usual order"
        )
    looked = {check for way in ways for check in way.shows}
    blind = sorted(outcome.check for outcome in outcomes if outcome.unknown)
    blind = [check for check in blind if check in looked]
    if blind:
        return f"nothing was found that shows as {kinds}, but {', '.join(blind)} could not look"
    return f"nothing was found that shows as {kinds}; the trouble may lie outside the database"
