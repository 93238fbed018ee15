-- Keep how a look at a target went, and count it to its day.
WITH counted AS (
    INSERT INTO look_day (target, day, status, looks)
    VALUES (%(target)s, (%(at)s::timestamptz AT TIME ZONE 'UTC')::date, %(status)s, 1)
    ON CONFLICT (target, day, status) DO UPDATE SET looks = look_day.looks + 1
),

noted AS (
    UPDATE watched SET cut = %(cut)s WHERE id = %(target)s AND cut <> %(cut)s
)

INSERT INTO look (target, at, schedule, status, findings, unknown, took_s, worst)
VALUES (
    %(target)s, %(at)s, %(schedule)s, %(status)s, %(findings)s, %(unknown)s, %(took_s)s, %(worst)s
)
