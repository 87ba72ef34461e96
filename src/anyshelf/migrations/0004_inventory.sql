-- The ledger. Every unit is always somewhere: a move takes it out of one account and puts it in another.
--
-- Physical accounts at a node: on_hand, in_transit, damaged. Outside accounts: vendor, customer, loss.
-- Claims on what is on hand: free -> reserved -> allocated -> free. Claims are moves too, so that what was
-- available at any time, as known at any time, can be told.

CREATE TABLE inventory_moves (
    market      text NOT NULL,
    cause       uuid NOT NULL,             -- what made us move it: an order, a hold, a message from outside
    step        integer NOT NULL,          -- which step of that cause
    entry       integer NOT NULL,          -- which entry of that step
    item        text NOT NULL,
    node        text NOT NULL,
    from_bucket text NOT NULL,
    to_node     text NOT NULL,
    to_bucket   text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    reason      text NOT NULL,
    line        integer,                   -- the order line it was for
    reference   text,                      -- what the sender calls it
    happened_at timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    -- the transaction that wrote it: whoever keeps positions in memory asks for what came after a snapshot
    written_by  xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (market, cause, step, entry),
    CHECK (from_bucket IN ('on_hand', 'in_transit', 'damaged', 'vendor', 'customer', 'loss',
                           'free', 'reserved', 'allocated')),
    CHECK (to_bucket IN ('on_hand', 'in_transit', 'damaged', 'vendor', 'customer', 'loss',
                         'free', 'reserved', 'allocated')),
    CHECK (from_bucket <> to_bucket OR node <> to_node),
    -- a claim stays a claim, a unit stays a unit, and claims never travel
    CHECK ((from_bucket IN ('free', 'reserved', 'allocated')) = (to_bucket IN ('free', 'reserved', 'allocated'))),
    CHECK (from_bucket NOT IN ('free', 'reserved', 'allocated') OR node = to_node)
) WITH (fillfactor = 100);
CREATE INDEX inventory_moves_by_position ON inventory_moves (market, item, node, known_at);
CREATE INDEX inventory_moves_arriving ON inventory_moves (market, item, to_node, known_at) WHERE to_node <> node;
CREATE INDEX inventory_moves_by_writer ON inventory_moves (market, written_by);

-- Positions: the fold of the moves, kept beside them. The last CHECK is what makes an oversell impossible.
CREATE TABLE inventory_positions (
    market      text NOT NULL,
    item        text NOT NULL,
    node        text NOT NULL,
    on_hand     integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved    integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    allocated   integer NOT NULL DEFAULT 0 CHECK (allocated >= 0),
    in_transit  integer NOT NULL DEFAULT 0 CHECK (in_transit >= 0),
    damaged     integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    PRIMARY KEY (market, item, node),
    CONSTRAINT never_oversold CHECK (reserved + allocated <= on_hand)
) WITH (fillfactor = 60);

-- Holds: a short reservation with an end. Lines carry what is held; the claim itself is a move.
CREATE TABLE inventory_holds (
    market      text NOT NULL,
    hold_id     uuid NOT NULL,
    state       text NOT NULL CHECK (state IN ('live', 'taken', 'released', 'expired')),
    holder      text,
    expires_at  timestamptz NOT NULL,
    made_at     timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (market, hold_id)
);
CREATE INDEX inventory_holds_live ON inventory_holds (market, expires_at) WHERE state = 'live';
CREATE TABLE inventory_hold_lines (
    market      text NOT NULL,
    hold_id     uuid NOT NULL,
    line        integer NOT NULL,
    item        text NOT NULL,
    node        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (market, hold_id, line, node),
    FOREIGN KEY (market, hold_id) REFERENCES inventory_holds (market, hold_id)
);

-- Expected supply: what is on its way, by when, by whose reference.
CREATE TABLE inventory_expected (
    market      text NOT NULL,
    reference   text NOT NULL,
    item        text NOT NULL,
    node        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    received    integer NOT NULL DEFAULT 0 CHECK (received >= 0),
    promised    integer NOT NULL DEFAULT 0 CHECK (promised >= 0),   -- to orders that wait for it
    arrives_at  timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, reference, item, node)
);
-- Who waits for it: what is promised of it is the sum of these.
CREATE TABLE inventory_waiting (
    market      text NOT NULL,
    cause       uuid NOT NULL,             -- the order
    line        integer NOT NULL,
    reference   text NOT NULL,
    item        text NOT NULL,
    node        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity >= 0),
    since       timestamptz NOT NULL,
    PRIMARY KEY (market, cause, line, reference, item, node),
    FOREIGN KEY (market, reference, item, node) REFERENCES inventory_expected (market, reference, item, node)
);
CREATE INDEX inventory_waiting_by_supply ON inventory_waiting (market, reference, item, node) WHERE quantity > 0;

-- Since when a node's stock is known only from somebody's word (a vendor's feed): it counts less as it ages.
CREATE TABLE inventory_feeds (
    market      text NOT NULL,
    node        text NOT NULL,
    told_at     timestamptz NOT NULL,
    percent_lost_per_hour integer NOT NULL DEFAULT 2 CHECK (percent_lost_per_hour >= 0),
    PRIMARY KEY (market, node)
);

CREATE INDEX inventory_expected_by_item ON inventory_expected (market, item, node) WHERE received < quantity;

-- Counts asked for: somebody should look at the shelf.
CREATE TABLE inventory_counts (
    market      text NOT NULL,
    count_id    uuid NOT NULL,
    node        text NOT NULL,
    item        text NOT NULL,
    reason      text NOT NULL,
    asked_at    timestamptz NOT NULL,
    counted_at  timestamptz,
    PRIMARY KEY (market, count_id)
);
CREATE INDEX inventory_counts_open ON inventory_counts (market, node) WHERE counted_at IS NULL;

GRANT SELECT, INSERT ON inventory_moves TO anyshelf_app;
GRANT SELECT, INSERT, UPDATE ON inventory_positions, inventory_holds, inventory_expected, inventory_counts,
    inventory_waiting, inventory_feeds
    TO anyshelf_app;
GRANT SELECT, INSERT ON inventory_hold_lines TO anyshelf_app;
