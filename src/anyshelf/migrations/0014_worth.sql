-- What units are worth where they lie, and what that is reckoned from.

-- Order lines and units by item and by where they go, as they fade: what is newer is written down larger, so
-- that what is older fades beside it without being touched.
CREATE TABLE sourcing_demand (
    market      text NOT NULL,
    item        text NOT NULL,
    place       text NOT NULL,             -- a cell of degrees, or "@" and the node whose own shelf was asked
    lines       double precision NOT NULL CHECK (lines >= 0),
    units       double precision NOT NULL CHECK (units >= 0),
    PRIMARY KEY (market, item, place)
);

-- How far demand has been counted, and how far the present round of pricing has come.
CREATE TABLE sourcing_pricings (
    market      text PRIMARY KEY,
    counted_to  uuid,                      -- the last order that was counted
    since       timestamptz,               -- from when on there is demand to count
    orders      double precision NOT NULL DEFAULT 0 CHECK (orders >= 0),   -- those that travel, as they fade
    version     bigint NOT NULL DEFAULT 0,
    next_item   text NOT NULL DEFAULT '',  -- the last item of this round that was priced; empty: none yet
    begun_at    timestamptz
);

-- The prices, one row an item: only the nodes where a unit is worth something to others.
CREATE TABLE sourcing_worth (
    market      text NOT NULL,
    item        text NOT NULL,
    nodes       text[] NOT NULL,
    worth_minor integer[] NOT NULL,
    version     bigint NOT NULL,
    priced_at   timestamptz NOT NULL,
    PRIMARY KEY (market, item),
    CHECK (cardinality(nodes) = cardinality(worth_minor))
);
CREATE INDEX sourcing_worth_by_version ON sourcing_worth (market, version);

GRANT SELECT, INSERT, UPDATE ON sourcing_demand, sourcing_pricings, sourcing_worth TO anyshelf_app;
