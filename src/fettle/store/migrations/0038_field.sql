-- What the browsers of people tell of a site's pages: counts by the day, and nothing of who it was.

CREATE TABLE field_page (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL,
    page text NOT NULL,
    UNIQUE (site, page)
);
COMMENT ON TABLE field_page IS 'A page of a site whose visits are counted; * is all beyond the most';

CREATE TABLE field_day (
    page bigint NOT NULL REFERENCES field_page (id) ON DELETE CASCADE,
    profile text NOT NULL,
    metric text NOT NULL,
    day date NOT NULL,
    counts int[] NOT NULL,
    PRIMARY KEY (page, profile, metric, day),
    CHECK (profile IN ('phone', 'desktop'))
) WITH (fillfactor = 70);
CREATE INDEX field_day_old ON field_day (day);
COMMENT ON TABLE field_day IS 'How many visits of a day, of UTC, came to which value of a figure';
COMMENT ON COLUMN field_day.counts IS 'By bucket, from the first; model.field says what each holds';

CREATE TABLE page_measure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page text NOT NULL,
    profile text NOT NULL,
    machine text NOT NULL,
    service text,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    figures jsonb NOT NULL,
    weights jsonb NOT NULL,
    document jsonb NOT NULL,
    CHECK (profile IN ('phone', 'desktop'))
);
CREATE INDEX page_measure_of_page ON page_measure (page, profile, at DESC);
CREATE INDEX page_measure_of_service ON page_measure (service, at DESC);
CREATE INDEX page_measure_old ON page_measure (at);
COMMENT ON TABLE page_measure IS 'Pages as they were measured, when somebody had it kept';
COMMENT ON COLUMN page_measure.machine IS 'Where: figures of two machines are not compared';
COMMENT ON COLUMN page_measure.figures IS 'By name, the value of each visit';
COMMENT ON COLUMN page_measure.weights IS 'By kind, and total, the bytes that were sent';
COMMENT ON COLUMN page_measure.document IS 'fettle.measure/1';
