-- What is learned of finding things, how nodes are chosen, and work that several nodes are offered.

-- What was asked of a node's shelves, by class of goods: found and missed in units, taken and refused in lines.
-- Newer evidence is written down larger, so that older evidence fades beside it without being touched.
CREATE TABLE inventory_finds (
    market      text NOT NULL,
    node        text NOT NULL,
    category    text NOT NULL,
    found       double precision NOT NULL DEFAULT 0 CHECK (found >= 0),
    missed      double precision NOT NULL DEFAULT 0 CHECK (missed >= 0),
    taken       double precision NOT NULL DEFAULT 0 CHECK (taken >= 0),
    refused     double precision NOT NULL DEFAULT 0 CHECK (refused >= 0),
    PRIMARY KEY (market, node, category)
);

-- What follows from it, in thousandths; '*' is a node's figure for every class it has none of its own for.
CREATE TABLE inventory_doubts (
    market      text NOT NULL,
    node        text NOT NULL,
    category    text NOT NULL,
    missing     integer NOT NULL CHECK (missing BETWEEN 0 AND 1000),   -- of what the books show
    refusing    integer NOT NULL CHECK (refusing BETWEEN 0 AND 1000),  -- of what it is asked for
    PRIMARY KEY (market, node, category)
);

-- A process keeps the doubts in memory and compares the stamp with one cheap read.
CREATE TABLE inventory_doubts_version (
    market      text PRIMARY KEY,
    stamp       uuid NOT NULL
);

GRANT SELECT, INSERT ON inventory_finds, inventory_doubts TO anyshelf_app;
GRANT UPDATE (found, missed, taken, refused) ON inventory_finds TO anyshelf_app;
GRANT UPDATE (missing, refusing) ON inventory_doubts TO anyshelf_app;
GRANT SELECT, INSERT, UPDATE ON inventory_doubts_version TO anyshelf_app;

-- How nodes are chosen, for which channels and segments: of those that apply the highest priority decides.
CREATE TABLE sourcing_policies (
    market      text NOT NULL,
    policy      text NOT NULL CHECK (policy ~ '^[a-z][a-z0-9_]{0,63}$'),
    mode        text NOT NULL CHECK (mode IN ('live', 'shadow', 'off')),
    priority    integer NOT NULL CHECK (priority BETWEEN 0 AND 1000),
    channels    text[] NOT NULL DEFAULT '{}',          -- none: all
    segments    text[] NOT NULL DEFAULT '{}',          -- none: all
    sample_percent integer NOT NULL DEFAULT 10 CHECK (sample_percent BETWEEN 0 AND 100),
    offers      integer NOT NULL DEFAULT 1 CHECK (offers BETWEEN 1 AND 10),   -- to how many nodes work is offered
    weights     jsonb NOT NULL DEFAULT '{}',           -- what is not said is as in the program
    changed_at  timestamptz NOT NULL,
    looked_to   uuid,                                  -- a shadow policy has looked at the orders up to this one
    PRIMARY KEY (market, policy)
);

-- What a shadow policy would have done with an order, beside what was done.
CREATE TABLE sourcing_shadows (
    market      text NOT NULL,
    policy      text NOT NULL,
    order_id    uuid NOT NULL,
    agreed      boolean NOT NULL,                      -- the same nodes for the same lines
    live        jsonb NOT NULL,
    shadow      jsonb NOT NULL,
    judged_at   timestamptz NOT NULL,
    PRIMARY KEY (market, policy, order_id)
);
CREATE INDEX sourcing_shadows_by_time ON sourcing_shadows (market, policy, judged_at);

GRANT SELECT, INSERT ON sourcing_policies, sourcing_shadows TO anyshelf_app;
GRANT UPDATE (mode, priority, channels, segments, sample_percent, offers, weights, changed_at, looked_to)
    ON sourcing_policies TO anyshelf_app;

-- What a unit is about to lose by markdown where it lies: it speaks for selling it from there.
CREATE TABLE sourcing_markdowns (
    market      text NOT NULL,
    item        text NOT NULL,
    node        text NOT NULL,
    relief_minor bigint NOT NULL CHECK (relief_minor >= 0),
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (market, item, node)
);

GRANT SELECT, INSERT ON sourcing_markdowns TO anyshelf_app;
GRANT UPDATE (relief_minor, changed_at) ON sourcing_markdowns TO anyshelf_app;

-- Work that other nodes may claim, too; the work itself lies at the node that holds the stock for it.
CREATE TABLE fulfilment_offers (
    market      text NOT NULL,
    work_id     uuid NOT NULL,
    node        text NOT NULL,
    place       integer NOT NULL CHECK (place > 0),    -- the best first
    declined    boolean NOT NULL DEFAULT false,
    offered_at  timestamptz NOT NULL,
    PRIMARY KEY (market, work_id, node),
    FOREIGN KEY (market, work_id) REFERENCES fulfilment_work (market, work_id)
);
CREATE INDEX fulfilment_offers_by_node ON fulfilment_offers (market, node) WHERE NOT declined;

GRANT SELECT, INSERT ON fulfilment_offers TO anyshelf_app;
GRANT UPDATE (declined) ON fulfilment_offers TO anyshelf_app;
GRANT UPDATE (node, due_at) ON fulfilment_work TO anyshelf_app;
