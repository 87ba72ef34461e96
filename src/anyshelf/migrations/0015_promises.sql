-- Promises that bind: what of a node's days is spoken for, what nodes and carriers did, how promises ended.

-- How much work a node was given for a day, and how much it takes; only for nodes with a capacity.
CREATE TABLE promising_days (
    market      text NOT NULL,
    node        text NOT NULL,
    day         date NOT NULL,             -- the node's own
    booked      integer NOT NULL CHECK (booked >= 0),
    capacity    integer NOT NULL CHECK (capacity >= 0),
    PRIMARY KEY (market, node, day)
);
CREATE INDEX promising_days_full ON promising_days (market, day) WHERE booked >= capacity;

-- What happened, against what the books had said: by how much it was late (less than 0: early).
CREATE TABLE promising_seen (
    market      text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('leaving', 'ready', 'transit')),
    subject     uuid NOT NULL,             -- the work or the shipment: seen twice is seen once
    place       text NOT NULL,             -- the node, or the carrier's service
    zone        smallint NOT NULL DEFAULT 0,
    slip        integer NOT NULL,          -- open days, quarters of an open hour, working days
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (market, kind, subject)
);
CREATE INDEX promising_seen_by_time ON promising_seen (market, happened_at);

-- What it amounts to: how often each slip was seen, newer ones counting more.
CREATE TABLE promising_spreads (
    market      text NOT NULL,
    kind        text NOT NULL,
    place       text NOT NULL,
    zone        smallint NOT NULL,
    slips       jsonb NOT NULL,
    refreshed_at timestamptz NOT NULL,
    PRIMARY KEY (market, kind, place, zone)
);
CREATE INDEX promising_spreads_by_time ON promising_spreads (market, refreshed_at);

-- Options that were taken, a row for each node that serves them, and how they ended.
CREATE TABLE promising_bound (
    market      text NOT NULL,
    order_id    uuid NOT NULL,
    node        text NOT NULL,
    channel     text NOT NULL,
    method      text NOT NULL,
    service     text NOT NULL,
    confidence  double precision NOT NULL,
    taken_at    timestamptz NOT NULL,
    said_by     timestamptz NOT NULL,      -- what the shopper was told first
    promised_by timestamptz NOT NULL,      -- what they were told last
    changes     integer NOT NULL DEFAULT 0,
    arrived_at  timestamptz,
    outcome     text NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'kept', 'late', 'broken', 'cancelled')),
    PRIMARY KEY (market, order_id, node)
);
CREATE INDEX promising_bound_by_time ON promising_bound (market, said_by);

GRANT SELECT, INSERT ON promising_days, promising_seen, promising_spreads, promising_bound TO anyshelf_app;
GRANT UPDATE (booked, capacity) ON promising_days TO anyshelf_app;
GRANT UPDATE (slips, refreshed_at) ON promising_spreads TO anyshelf_app;
GRANT UPDATE (promised_by, changes, arrived_at, outcome) ON promising_bound TO anyshelf_app;
