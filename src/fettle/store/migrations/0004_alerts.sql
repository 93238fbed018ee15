-- What taking signals, and telling of issues, need beside what was there.

CREATE TABLE secret (
    name text PRIMARY KEY,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE secret IS 'Random keys of this installation: what links are signed with';

CREATE TABLE server (
    url text PRIMARY KEY,
    started_at timestamptz NOT NULL
);
COMMENT ON TABLE server IS 'Where people reach the servers of this store';

-- Alerts that go on and have no issue: a silence or a window that ends lets them open one.
CREATE INDEX alert_suppressed ON alert (id) WHERE firing AND issue IS NULL;
CREATE INDEX alert_flapping ON alert (id) WHERE flapping;
CREATE INDEX signal_firing ON signal (alert, id) WHERE firing;
