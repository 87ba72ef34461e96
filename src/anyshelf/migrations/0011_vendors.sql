-- Drop-ship: what vendors are asked to send in our name, and what they say of it.

CREATE TABLE vendor_orders (
    market      text NOT NULL,
    po_id       uuid NOT NULL,             -- derived from the release it came from: a release makes it once
    order_id    uuid NOT NULL,
    vendor      text NOT NULL,
    node        text NOT NULL,             -- where the vendor ships from
    journey     text NOT NULL,
    to_node     text NOT NULL DEFAULT '',  -- the store it goes to; none: to the shopper's door
    state       text NOT NULL CHECK (state IN ('open', 'acknowledged', 'shipped', 'closed', 'cancelled')),
    answer_by   timestamptz NOT NULL,
    ship_by     timestamptz NOT NULL,
    made_at     timestamptz NOT NULL,
    answered_at timestamptz,               -- when the vendor had answered every line
    PRIMARY KEY (market, po_id)
);
CREATE INDEX vendor_orders_by_vendor ON vendor_orders (market, vendor, made_at, po_id);
CREATE INDEX vendor_orders_unfinished ON vendor_orders (market, vendor, made_at, po_id)
    WHERE state IN ('open', 'acknowledged');
CREATE INDEX vendor_orders_by_order ON vendor_orders (market, order_id);

CREATE TABLE vendor_order_lines (
    market      text NOT NULL,
    po_id       uuid NOT NULL,
    line        integer NOT NULL,
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    cost_minor  bigint NOT NULL CHECK (cost_minor >= 0),   -- of one unit, as agreed when it was ordered
    currency    text NOT NULL,
    accepted    integer NOT NULL DEFAULT 0 CHECK (accepted >= 0),
    backordered integer NOT NULL DEFAULT 0 CHECK (backordered >= 0),
    rejected    integer NOT NULL DEFAULT 0 CHECK (rejected >= 0),
    cancelled   integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    shipped     integer NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    expected_at timestamptz,               -- when what is backordered will be there
    reason      text,                      -- why some of it was rejected
    PRIMARY KEY (market, po_id, line),
    FOREIGN KEY (market, po_id) REFERENCES vendor_orders (market, po_id),
    CONSTRAINT never_more_than_was_asked CHECK (accepted + backordered + rejected + cancelled <= quantity),
    CONSTRAINT never_more_than_was_accepted CHECK (shipped <= accepted)
);

-- Every answer to a purchase order, as it was given: the same answer twice is once.
CREATE TABLE vendor_answers (
    market      text NOT NULL,
    po_id       uuid NOT NULL,
    answer_id   uuid NOT NULL,             -- derived from what it says
    lines       jsonb NOT NULL,
    said_at     timestamptz NOT NULL,
    PRIMARY KEY (market, po_id, answer_id),
    FOREIGN KEY (market, po_id) REFERENCES vendor_orders (market, po_id)
);

-- Advance ship notices: what left the vendor, under the vendor's own id.
CREATE TABLE vendor_notices (
    market      text NOT NULL,
    po_id       uuid NOT NULL,
    asn         text NOT NULL,
    shipment_id uuid NOT NULL,
    carrier     text NOT NULL,
    tracking    text NOT NULL,
    lines       jsonb NOT NULL,
    shipped_at  timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, po_id, asn),
    FOREIGN KEY (market, po_id) REFERENCES vendor_orders (market, po_id)
);

CREATE INDEX vendor_notices_by_time ON vendor_notices (market, shipped_at);

CREATE TABLE vendor_invoices (
    market      text NOT NULL,
    po_id       uuid NOT NULL,
    invoice     text NOT NULL,             -- the vendor's own id
    state       text NOT NULL CHECK (state IN ('matched', 'disputed')),
    lines       jsonb NOT NULL,
    differences jsonb NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, po_id, invoice),
    FOREIGN KEY (market, po_id) REFERENCES vendor_orders (market, po_id)
);

-- What a vendor says it has, and what we answered: the same feed twice is once.
CREATE TABLE vendor_feeds (
    market      text NOT NULL,
    vendor      text NOT NULL,
    feed_id     text NOT NULL,
    content     uuid NOT NULL,             -- derived from what it says
    as_of       timestamptz NOT NULL,
    answer      jsonb NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, vendor, feed_id)
);

GRANT SELECT, INSERT ON vendor_orders, vendor_order_lines, vendor_answers, vendor_notices, vendor_invoices,
    vendor_feeds TO anyshelf_app;
GRANT UPDATE (state, answered_at) ON vendor_orders TO anyshelf_app;
GRANT UPDATE (accepted, backordered, rejected, cancelled, shipped, expected_at, reason) ON vendor_order_lines
    TO anyshelf_app;
