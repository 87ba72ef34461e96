-- Work inside a node: what to take from the shelf, for whom, by when.

CREATE TABLE fulfilment_work (
    market      text NOT NULL,
    work_id     uuid NOT NULL,             -- derived from the release it came from: a release makes work once
    order_id    uuid NOT NULL,
    node        text NOT NULL,
    method      text NOT NULL,
    journey     text NOT NULL,
    finish      text NOT NULL CHECK (finish IN ('dispatch', 'transfer', 'hand_over', 'counter', 'till')),
    to_node     text NOT NULL DEFAULT '',  -- the store a transfer goes to
    gift        jsonb,
    state       text NOT NULL CHECK (state IN
        ('open', 'claimed', 'picked', 'packed', 'staged', 'dispatched', 'handed_over', 'rejected', 'cancelled')),
    claimed_by  text,
    packages    jsonb,
    shelf       text,
    due_at      timestamptz NOT NULL,
    made_at     timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (market, work_id)
);
CREATE INDEX fulfilment_work_by_node ON fulfilment_work (market, node, due_at, work_id);
CREATE INDEX fulfilment_work_unfinished ON fulfilment_work (market, node, due_at, work_id)
    WHERE state IN ('open', 'claimed', 'picked', 'packed', 'staged');
CREATE INDEX fulfilment_work_by_order ON fulfilment_work (market, order_id);

CREATE TABLE fulfilment_lines (
    market      text NOT NULL,
    work_id     uuid NOT NULL,
    line        integer NOT NULL,
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    picked      integer NOT NULL DEFAULT 0 CHECK (picked >= 0),
    short       integer NOT NULL DEFAULT 0 CHECK (short >= 0),
    cancelled   integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    short_reason text,
    PRIMARY KEY (market, work_id, line),
    FOREIGN KEY (market, work_id) REFERENCES fulfilment_work (market, work_id),
    CHECK (picked + short + cancelled <= quantity)
);

GRANT SELECT, INSERT ON fulfilment_work, fulfilment_lines TO anyshelf_app;
GRANT UPDATE (state, claimed_by, packages, shelf, changed_at) ON fulfilment_work TO anyshelf_app;
GRANT UPDATE (picked, short, cancelled, short_reason) ON fulfilment_lines TO anyshelf_app;
