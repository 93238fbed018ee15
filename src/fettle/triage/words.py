"""The words by which people and monitors speak of trouble.

The guide's keyword families (critical, performance, interface, business) stand here as whole
words with their inflections, and as phrases where a word alone misleads: `down` is an outage in
"the shop is down" and nothing in "scroll down". Phrases are separated by commas; `a|b` is either
word, an empty choice leaves the word out, `#` is any number, `.` the end of a clause, `{name}` a
list of `LISTS`. They are compared with the plain words of `PLAIN`. Of the phrases that begin at a
word the longest counts, so that a phrase of ORDINARY takes the sting out of the words in it.
"""

from collections.abc import Mapping

from fettle.triage.signs import Sign

# Words that mean the same here, and words that change nothing.
PLAIN: Mapping[str, str] = {
    "is": "are, was, were, be, been, being, am, seems, appears, seem, went, goes, going, gone, go,"
    "keeps going, keep going, has been, have been, has gone, seems to be, appears to be, became,"
    "is being, are being, it's, that's, site's, keeps being",
    "is not": "isn't, aren't, wasn't, weren't, is no longer, are no longer, has not been,"
    "have not been, hasn't been, haven't been",
    "not": "doesn't, does not, do not, don't, didn't, did not, never, no longer, won't, will not,"
    "refuses to, refuse to, hasn't, haven't, dont, doesnt",
    "cannot": "can't, cant, can not, couldn't, could not, unable to, not able to, fails to,"
    "is not able to, failed to, fail to, failing to, impossible to, not possible to, is unable to,"
    "are unable to, were unable to, was unable to, unable, is impossible to",
    "nobody": "no one, noone, none of us, no user, no users, no customer, no customers, no clients,"
    "not one customer, no-one",
    "": "the, our, their, its, your, completely, totally, fully, entirely, very, extremely, really,"
    "super, just, now, currently, already, suddenly, quite, incredibly, unusably, has,"
    "have, had, please, properly, correctly, successfully, consistently, constantly, often, always,"
    "simply, also, severely, heavily, reportedly, apparently, to be able",
}

LISTS: Mapping[str, str] = {
    "cannot": "cannot|not",
    "still": "|still|again|all|both|only|back|partially",
    "thing": "site|website|server|servers|service|services|app|application|api|apis|backend|system"
    "|platform|systems|production|prod|host|node|cluster|instance|portal|shop|store|everything"
    "|database|db|network|vpn|dns|gateway|proxy|cdn|webshop|pod|pods|container|worker|workers"
    "|daemon|process|broker|machine|vm|erp|crm|intranet|internet|homepage|webhooks|queue|postgres",
    "pay": "payment|payments|checkout|charge|charges|refund|refunds|payout|payouts|card|cards"
    "|transaction|transactions|billing|stripe|paypal|adyen|klarna|braintree|purchases|checkouts",
    "nearly": "|".join(str(percent) for percent in range(85, 101)),
    "gone": "down|broken|failing|stuck|rejected|declined|refused|unavailable|unreachable|blocked",
    "fail": "fail|fails|failed|failing|failure|failures|error|errors|broken|stuck|down|outage"
    "|timeout|timeouts|rejected|declined|refused|unavailable|hang|hangs|blocked|crash|crashes",
}

PHRASES: Mapping[Sign, str] = {
    Sign.OUTAGE: """
        outage|outages, complete|total|major outage, blackout, brownout, is {still} down,
        {thing} {still} down, down .,
        {still} down for everyone|everybody|all|customers|users|us|hours|minutes|#|some|many|most,
        down since, down again, down right, down in production, down everywhere, down globally,
        down across, down at moment, down due|because|after|and, down # minutes|hours|min|h,
        instancedown, hostdown, nodedown, targetdown, servicedown, sitedown, probe failed,
        took|takes|taken|taking|bring|brings|brought|bringing |whole {thing} down,
        took|takes|brought|brings down, knocked|knocks |out offline, unavailable, unavailability,
        unreachable, unresponsive, is not available|reachable|responding|up,
        not available|up|reachable, is up and down, offline, went dark, is dark,
        not respond|responding|responds, no response from, stopped responding, not coming|come up,
        cannot start|boot|respond, not start|boot|starting, cannot be reached,
        {cannot} reach {thing}, bad gateway, service unavailable, gateway timeout, 502, 503, 504,
        502s, 503s, 504s, downtime, {thing} is dead, {thing} dead, nothing works|loads|responds,
        nothing is working|loading, connection refused, connections refused,
        is refusing connections, refuses connections, econnrefused, host unreachable,
        no route to host, power cut|failure|loss, loss of service, whole|entire {thing} is broken,
        {thing} is gone, {thing} is not working|loading,
        {thing} {cannot} load|work|working|loading|loads, kernel panic, quorum lost, lost quorum,
        inaccessible, {thing} crash|crashed|crashes|crashing, {thing} keeps|is crashing,
        power is out, system|server|hardware|database|network failure, {thing} failing,
        {thing} is failing, failing health checks, availability dropped,
        everything is broken|failing, nothing |is reachable|available, not down, lost|loses power,
        all|every page|pages|request|requests return|returns|returning|show|answer 500|500s|5xx,
        all|every page|pages|request|requests return|returns|returning|show|answer error|errors,
        error|errors|500|500s|5xx on|for every|all |page|pages|request|requests|endpoint|endpoints,
        internal server error|errors on|for every|all |page|pages|request|requests,
        error|errors|500|500s|5xx on|for every|all user|users|customer|customers|client|clients
    """,
    Sign.LOCKED_OUT: """
        |i {cannot} log|sign |in|on|into, |i {cannot} login|signin|authenticate|access,
        is locked out, {cannot} get in|into, nobody can |even log|sign |in|into,
        nobody can login|access|reach|use, nobody can open|connect|work, nobody is able to log|sign,
        logins fail|failing|broken, login|logins|authentication|sso|auth is broken|failing|down|not,
        login|authentication|sso|auth fails|failing|failure|failures|errors|error|broken|down,
        access denied for everyone|all, login|logins|authentication|sso is impossible|unavailable
    """,
    Sign.CRASH: """
        crash|crashes|crashed|crashing,
        app|application crash|crashes|crashed when|on|in|if|while|after,
        mobile|android|ios|desktop|iphone|ipad app|client |keeps|is crash|crashes|crashed|crashing,
        crashloop|crashlooping|crashloopbackoff, crash loop, segfault|segfaults|segfaulted,
        core dumped, panicked, oom killed, oomkilled, out of memory, is killed by, disk failure,
        restarts every, restart loop, keeps restarting, keeps dying
    """,
    Sign.FAILS: """
        cannot, fail|fails|failed|failing|failure|failures, error|errors|errored, broken|broke,
        exception|exceptions, breaks|breaking, is not working, not working, stopped|stops working,
        malfunction|malfunctions|malfunctioning, stuck, hangs|hung|hanging|hang, frozen, freezes,
        500, 500s, 5xx, internal server error, rejected, refused, declined, timed out, time outs,
        timeout|timeouts, timing out, not work|process|save|send|submit|create|update|delete|load,
        not open|connect|upload|download|export|import|sync|print|complete|finish|deliver|receive,
        not book|order|register|processing|sending|loading|arriving|arrive|syncing, does nothing,
        not |being processed|sent|saved|delivered|received|created|updated|finished|completed,
        not saving|function|started|run|running, disrupted, disruption, degraded, degradation,
        impaired, unhealthy, throws|threw, expired, exhausted, disk|disks |is full, no space left,
        filling up, overflow, overflowing, unusable, disconnects|disconnected, lost connection,
        backlog, heartbeat missed, missed heartbeat, no heartbeat, not failing|broken, aborted,
        incident, conflicts, stalled, returns|return|returned no results|data|rows
    """,
    Sign.FLAW: """
        missing, wrong, incorrect, bug|bugs, problem|problems, issue|issues, glitch|glitches,
        duplicate|duplicated|duplicates, not right, odd|oddly, weird, strange, defect, regression,
        faulty, empty, poor, bad, unexpected, flaky, certificate|domain expires|expiring
    """,
    Sign.SLOW: """
        slow|slower|slowest|slowly|slowness|slowed|slows, sluggish|sluggishly, lag|lags|lagging,
        laggy, high|higher|increased|elevated|rising latency|latencies, latency spike|spikes|is|of,
        slow|slowed|slows|slowing down, slowdown|slowdowns, delay|delays, delayed, overloaded,
        degraded|poor|bad|low performance, performance degraded|degradation|is|issue|issues|problem,
        performance problems|dropped|drops|regression, response time|times, timed out, takes ages,
        timeout|timeouts, timing out, time outs, takes|took|taking forever, saturated|saturation,
        takes|took|taking too|so|a long, takes|took|taking # |s|ms|sec|seconds|minutes|min|hours,
        takes|took|taking over|about|around|almost #, takes|took|taking more than|longer, apdex,
        high cpu|load|memory, cpu is|at|usage|load|spike|pegged, load average, memory usage|leak,
        memory pressure|is|at, not slow, throttled|throttling, bottleneck, p95, p99,
        spinning forever, latency rising|climbing|increasing|tripled|doubled|spiked|spiking,
        times slower|longer,
        cpu|memory |is|at|usage|is at|usage at {nearly} %, {nearly} % cpu|memory|load
    """,
    Sign.LOAD: "performance, perf, cpu, memory, latency, load, iops, throughput",
    Sign.DATABASE: """
        database|databases, db, dbs, postgres|postgresql|pgbouncer, mysql|mariadb|mongodb|mongo,
        sql, sqlite, oracle, mssql, sql server, rds, aurora, dynamodb, redis, cassandra, datastore,
        query|queries, replica|replicas|replication, autovacuum, tablespace, index scan, sql query,
        database|db|sql|open|idle transaction|transactions, transaction id|isolation|log|rollback,
        idle in transaction, long running transaction|transactions, pg_stat_statements
    """,
    Sign.QUEUED: """
        deadlock|deadlocks, lock wait|waits|contention|timeout|timeouts, too many connections,
        too many clients, pool |is exhausted, connection pool |is exhausted|full,
        out of connections, connections exhausted, waiting for locks|lock, replication lag,
        replication is behind, replication lagging|delayed, replica lag, slow query|queries|sql,
        long running query|queries, query|queries time out, query|queries timed out,
        query|queries timing out, database timeouts, query|statement|sql timeout|timeouts,
        high iops, full table scan|scans, sequential scans,
        queries is slow|slower|piling|queued|blocked|hanging|queueing, blocked queries|sessions,
        queries take|takes|taking|took, query takes|took|taking, queries pile|piling up,
        high database|db load|cpu, sql |statement|statements take|takes|taking|took,
        database|db performance, database|db cpu, database|db latency, database|db is|under load,
        table|row lock|locks, query|sql|statement latency,
        postgres|postgresql|mysql|rds cpu|latency, database|db|postgres is using|eating all|most
    """,
    Sign.PAYMENT: """
        {pay}, pay|pays|paying|paid, purchase|purchasing, direct debit, apple pay, google pay,
        payment gateway|provider|processing|processor|service|page|button|form, pay button,
        credit|debit card|cards, subscription renewal|renewals, money, buy|buying, place orders
    """,
    Sign.UNPAID: """
        {pay} |is|keeps|keep {fail}, {pay} is {gone},
        {pay} |is not |being processed|through|possible, {pay} |is not going through,
        {pay} is not working|captured|settled, {pay} {cannot} work|through|load|complete|respond,
        {pay} not processed|possible|working|captured|settled,
        {pay} {cannot} be completed|processed, {pay} cannot, {pay} processing |is|keeps {fail},
        payment gateway|provider|service |is {fail},
        {cannot} pay|purchase|buy|checkout|check|charge|refund, {cannot} take payments|orders,
        {cannot} process |any {pay}, {cannot} accept payments|cards, nobody can pay|buy|checkout,
        nobody can check out, nobody can purchase|order, {cannot} complete |a purchase|order|{pay},
        {cannot} complete a|my purchase|order|checkout|payment, {cannot} place |an order|orders,
        charged|billed|debited|refunded|charging twice|double,
        double charged|charging|charge|charges,
        duplicate|duplicated|double charges|payments|refunds|payouts|payment|refund|payout,
        charges|payments|refunds|payouts is duplicate|duplicated|doubled, got|received money twice,
        charged|billed|debited|charging|billing wrong amount|amounts, overcharged|overbilled,
        {pay} webhook|webhooks |is {fail}, money|funds is stuck,
        failed payment|payments|charges|refunds|payouts,
        failing payments|charges|payouts, error|errors during|in|at|on|with checkout|payment,
        failed card payments, card payments |is {fail},
        problem|problems|issue|issues|trouble with {pay},
        payment|payments|checkout|billing problem|problems|issue|issues
    """,
    Sign.MISDRAWN: """
        misaligned|misalignment, overlap|overlaps|overlapped|overlapping, cut off, cropped, blurry,
        flicker|flickers|flickering, pixelated, garbled, unstyled, unreadable, illegible, invisible,
        rendering issue|issues|problem|problems|error|errors|bug|glitch|glitches, off screen,
        render|renders|rendered|rendering wrong|wrongly|badly|incorrectly|blank|twice|broken|slowly,
        {cannot} render|display|rendering|displaying|displayed|rendered|show|visible|showing|scroll,
        is not displayed|visible|rendered|responsive|shown, cannot be seen, ui is broken|glitchy,
        displayed wrongly|incorrectly|twice, displays wrong|incorrectly, wrongly displayed,
        display issue|issues|bug|glitch|error|problem, layout broken|breaks|broke|shift|shifts,
        layout issue|issues|problem|problems|bug, layout is broken|wrong|off|messed|shifted,
        broken layout|css|styles|styling|images|icons|image, css is|not broken|missing|loading,
        visual glitch|glitches|bug|bugs|issue|issues|defect, wrong color|colour|colors|colours|font,
        color|colour|colors|colours|font|fonts is wrong, low contrast, css broken|missing,
        ui bug|bugs|glitch|glitches|issue|issues|broken|problem, out of alignment, hidden behind,
        looks off, color|colour is off, blank page|screen, white page|screen,
        page|dashboard|screen is blank, button|buttons|icon|icons|images|image|logo |is missing,
        text|font |size |is too small|big|large, spills over|out|outside, truncated, white on white,
        images broken, dark mode broken, |is not clickable, responsive design|layout is off|broken,
        scroll|scrolling |down not work|working,
        modal|dialog|popup|menu|dropdown not close|open|closing,
        images|icons|image|logo|thumbnails not load|loading|appear|appearing
    """,
    Sign.SCREEN: """
        ui, ux, interface, frontend, front end, layout|layouts, css, display|displays|displayed,
        render|renders|rendered|rendering, visual|visuals|visually, browser|browsers, responsive,
        chrome, firefox, safari, stylesheet, styles|styling, button|buttons, icon|icons, drop down,
        menu|menus, dropdown|dropdowns, modal|modals, dialog|dialogs, tooltip|tooltips, sidebar,
        navbar, header, footer, font|fonts, color|colour|colors|colours, dark mode, theme, viewport,
        mobile view, widget|widgets, banner, logo, popup, hover, scrollbar, alignment,
        margin|margins
    """,
    Sign.LOST: """
        data loss, loss of data, data is lost|gone|corrupt|corrupted|deleted|wiped|overwritten,
        lost data|orders|records|invoices, lost |all data|records|rows|orders|files|messages,
        losing data|orders|records, data corruption, corrupt|corrupted|corruption|corrupting,
        records|rows|orders|files|invoices is lost|gone|deleted|wiped|disappearing|disappeared,
        records|rows|orders|files|invoices disappeared|vanished|lost, accidentally deleted|dropped,
        dropped production database|table, table is dropped, truncated table, data missing,
        backup|backups is lost|corrupt|corrupted, data is missing, wiped,
        disappeared|vanished from database|db
    """,
    Sign.EXPOSED: """
        breach|breaches|breached, data leak|leaks|exposure, leaked|leaking, leak of customer,
        hacked, exposed credentials|data|customer|personal|passwords|keys|secrets, compromised,
        ransomware,
        data|credentials|passwords|keys|secrets|records|token |is exposed|public|leaked|stolen,
        unauthorized|unauthorised access, intrusion, attacker|attackers, exfiltrated, exfiltration,
        stolen, malware, under attack, is attacked, publicly accessible, memory leaking,
        other|another customer's|customers'|user's|users'|people's,
        other|another customer|user data,
        see|sees|seeing|shows|showing|saw other|another customers|users|people|customer|user,
        data|invoices|orders of other|another customers|users|customer|user|tenant|tenants,
        visible|accessible to other|another|wrong tenants|tenant|users|user,
        visible|accessible to other|another|wrong customers|customer,
        see|sees|saw|seeing each other's, see|sees|saw|seeing someone|somebody else's,
        sees|saw orders|data|invoices|records|messages|files of user|customer|someone,
        is|stored|left on|in a public |s3|storage bucket|buckets
    """,
    Sign.SECURITY: """
        security, vulnerability|vulnerabilities|vulnerable, cve, exploit|exploits, phishing, ddos,
        brute force, sql injection, xss, certificate |is expired, suspicious login|logins|activity
    """,
    Sign.BUSINESS: """
        invoice|invoices|invoicing, work order|orders, customer|customers, billing, api|apis,
        integration|integrations, order|orders, webhook|webhooks, client|clients, login|logins,
        log in, sign in|up, signup|signups, registration, email|emails|mail, booking|bookings,
        subscription|subscriptions, delivery|deliveries, shipment|shipments
    """,
    Sign.DOCUMENT: """
        documentation, docs, doc, readme, changelog, release notes, wiki, user guide|manual, guide,
        guides, manual, manuals, tutorial|tutorials, runbook|runbooks, knowledge base, faq|faqs,
        help article|articles|page|pages|text|center|centre, handbook, api reference, docstring,
        code comment|comments, docstrings, onboarding page, document how|new|what|why
    """,
    Sign.EDIT: """
        outdated, out of date, update|updates|updated|updating, clarify|clarification, unclear,
        mention|mentions|mentioned, describe|describes|described|describing, reword|rewrite|wording,
        missing section|example|examples|chapter|from, broken link|links, dead link|links, add|adds,
        should say|explain|state|mention, wrong screenshot, screenshot|screenshots, incomplete,
        explain|explains, example|examples, translate|translation, proofread, section, contradicts,
        correct, fix, improve|improvements, write, wrong, missing, incorrect, paragraph
    """,
    Sign.TYPO: "typo|typos, spelling, misspelled|misspelt|misspelling, grammar, wording, comma",
    Sign.WHOLE: """
        site|website|everything|platform|system|systems|production|datacenter, data center,
        all services|systems|servers, whole, entire, complete|total|major outage, network, region
    """,
    Sign.ALL: """
        everyone|everybody|all|nobody, all |of users|customers|clients, every user|customer|client,
        entire, whole, worldwide|globally, everywhere, across board, company wide, site wide, 100 %,
        any user|customer, for anyone, in production, nothing works|loads|responds
    """,
    Sign.MANY: """
        users|customers|clients|people|visitors|tenants|subscribers|merchants|patients|students,
        many, multiple, several, lots of, most, hundreds|thousands|dozens, half, widespread
    """,
    Sign.SOME: """
        some, a few, few, certain, partial|partially, a subset, subset, part of, a handful
    """,
    Sign.SOMETIMES: """
        intermittent|intermittently, sometimes, occasionally|occasional, sporadic|sporadically,
        from time to time
    """,
    Sign.ONE: """
        one|single user|customer|client|person|account|record|invoice|order, a user|customer|client,
        for me, only me, my account|laptop|computer|machine|phone|card|order|invoice|browser|pc,
        i {cannot} log|sign |in|on|into, i cannot login|access, one of users|customers|clients,
        a colleague, printer, laptop, this customer|user|client, for user #, a user's|customer's,
        a single
    """,
    Sign.ASIDE: """
        staging, test environment|server|system|instance|cluster|database, dev environment|server,
        development environment|server, sandbox, qa, localhost, my local, locally, dev box, preprod,
        preview environment, demo environment|instance, uat, pre production, ci, in dev, unit test,
        nightly build, unit tests, test suite, pull request
    """,
    Sign.NO: """
        no, not, without, nothing, neither, nor, no sign of, none of, zero, free of, ruled out,
        rather than, instead of, unlike, hardly, 0, prevented, far from, cannot reproduce|confirm,
        cannot find|see any|errors|problems|issues|evidence, not see any, not cause, not a, no new,
        not down, not slow, not failing|broken
    """,
    Sign.OVER: """
        resolved, recovered, confirmed |it|issue|incident|problem to is resolved|fixed, is fixed,
        we fixed, was solved, is solved, is restored, service|access restored,
        restored service|access, back to normal, is back up, back online, came back |up,
        operational again, works again, working again, up again, mitigated, retroactive, all clear,
        is up, up and running, healthy again, is over, fine again, is fine, is ok, fixed .,
        normal again, not happening, cleared, self healed
    """,
    Sign.PRETENCE: """
        test alert|incident|message|page, this is a test, is a test, a test, only a test,
        ignore this, false alarm|positive|alert, ignore
    """,
    Sign.AGAIN: """
        still, again, returned, reopened, recurring, recurs, not resolved|fixed|recovered, is back,
        unresolved, persists, continues, ongoing, is ongoing, not yet resolved|fixed, down again,
        cannot be resolved|fixed|restored|recovered, is not |yet resolved|fixed|restored|recovered,
        not been resolved|fixed|restored, to be fixed|resolved|restored, until, cannot resolve,
        must|should|needs|need |to is fixed|resolved|restored, not a drill|test|simulation|exercise,
        thought resolved, marked resolved, marked as resolved, unplanned, until resolved,
        once resolved
    """,
    Sign.REHEARSED: """
        planned|scheduled maintenance|downtime|outage|shutdown|restart|reboot|failover|upgrade,
        drill, drills, fire drill, game day, gameday, chaos test, simulated, simulation,
        simulate|simulates, simulating, rehearsal, hypothetical|hypothetically, in case of,
        in event of, what happens if, what if, would happen, tabletop, to prevent,
        how to handle|prevent, to avoid, how to avoid, postmortem|postmortems, post mortem,
        retrospective, last week's, last month's, yesterday's, lessons from|learned, years ago,
        history of, plan for, plans to, planning to, if {thing}, should {thing}, risk of,
        decommissioned|decommission|decommissioning, on purpose, intentionally, deliberately,
        maintenance window, practice, practise, practising, announced
    """,
    Sign.ASKED: """
        feature request, would is nice|great|good|useful, nice to have, could you|we add,
        can you add, add, change color|colour|text, suggestion, wish, wishlist, how do|can|to,
        is it possible, i would|i'd like, we would|we'd like, it would is, request access,
        requesting access, request|requested a|an|new, proposal, could we, enhancement, rename,
        set up a new, create a new account, new employee|hire|starter, where is|can, when will,
        what does|is
    """,
    Sign.ORDINARY: """
        scroll|scrolls|scrolled|scrolling down, drill|drills|drilling down, drop downs, countdown,
        count|counts|counting down, write|writes|wrote|written down,
        down road|line|payment|payments, break|breaks|broken|breaking down by|per|into, breakdown,
        break down of, cool|cools down, top down, thumbs down, step|steps|stepped down,
        sit|sits|sat|calm|calms|tone|hunt down, trickle|trickles down, down arrow,
        narrow|narrows|narrowed down, mark|marks|marked down, markdown, track|tracked down,
        pull|turn|turned|note|noted|boil|boils|pin|pinned down, scale|scales|scaled|scaling down,
        spin|spins|spun|spinning|wind|winding|shut|shutting down,
        press|hold|held|holding|swipe|page|key|arrow down, slow|slows|slowing|slowed down rollout,
        slow|slows|slowing|slowed down release|migration|deployment|hiring, slow cooker|motion|lane,
        slowly roll|rolling|rolled |out, slowly ramp|ramping|move|migrate|introduce|phase, down to,
        roll|rolled|rolling |it out slowly, is down by|to|from|#, down by #, down from, downstairs,
        latency|errors|cost|costs|usage|traffic|conversion|sales|revenue|rate|prices is down,
        numbers is down, volume|spend|churn|bookings|visits|orders|cpu|memory|load|bills is down,
        down under|stairs, crash test|dummy|course, fail fast, memory lane|card|foam,
        performance review|reviews|bonus, performance appraisal|management|art,
        delayed gratification, display name|names, in order to, error free, failsafe, fail safe,
        failure free, in charge |of, charge battery, battery charge, card game, report card,
        business card|cards, trello|story|kanban|graphics|sim|memory card,
        card layout|component|design, git checkout, issue tracker, no problem, error budget,
        card view, error message wording, error page design, slow start, timeout setting|value,
        primary colour, outage page|map|report|template|insurance, payment terms|method,
        down jacket, free of charge
    """,
}
