-- Keep a changed action item; what people were told of a day that has changed is forgotten.
UPDATE action_item SET
    title = %(title)s,
    owner = %(owner)s,
    team = %(team)s,
    due = %(due)s,
    state = %(state)s,
    reason = %(reason)s,
    changed_at = %(changed_at)s,
    ended_at = %(ended_at)s,
    told_at = CASE WHEN due IS NOT DISTINCT FROM %(due)s THEN told_at END
WHERE id = %(id)s
