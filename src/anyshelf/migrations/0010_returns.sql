-- Back again: what may come back, what came, in what condition, and what became of it.

CREATE TABLE returns (
    market      text NOT NULL,
    return_id   uuid NOT NULL,
    order_id    uuid NOT NULL,
    journey     text NOT NULL,
    came_to     text NOT NULL,             -- the node it is handed to, or "mail"
    state       text NOT NULL CHECK (state IN ('authorised', 'received', 'settled', 'cancelled')),
    version     integer NOT NULL DEFAULT 1,
    currency    text NOT NULL,
    shipping_minor bigint NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),  -- what of it was refunded
    authorised_at timestamptz NOT NULL,
    PRIMARY KEY (market, return_id)
);
CREATE INDEX returns_by_order ON returns (market, order_id);

CREATE TABLE return_lines (
    market      text NOT NULL,
    return_id   uuid NOT NULL,
    line        integer NOT NULL,
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    received    integer NOT NULL DEFAULT 0 CHECK (received >= 0 AND received <= quantity),
    reason      text NOT NULL,
    refund_minor bigint NOT NULL DEFAULT 0 CHECK (refund_minor >= 0),
    PRIMARY KEY (market, return_id, line),
    FOREIGN KEY (market, return_id) REFERENCES returns (market, return_id)
);

-- Each receipt of goods: append-only, what came, how it looked, what became of it.
CREATE TABLE return_receipts (
    market      text NOT NULL,
    return_id   uuid NOT NULL,
    step        integer NOT NULL,
    entry       integer NOT NULL,
    line        integer NOT NULL,
    node        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    grade       text NOT NULL,
    disposition text NOT NULL,
    refund_minor bigint NOT NULL CHECK (refund_minor >= 0),
    received_at timestamptz NOT NULL,
    PRIMARY KEY (market, return_id, step, entry),
    FOREIGN KEY (market, return_id, line) REFERENCES return_lines (market, return_id, line)
);

GRANT SELECT, INSERT ON returns, return_lines, return_receipts TO anyshelf_app;
GRANT UPDATE (state, version, shipping_minor) ON returns TO anyshelf_app;
GRANT UPDATE (received, refund_minor) ON return_lines TO anyshelf_app;
