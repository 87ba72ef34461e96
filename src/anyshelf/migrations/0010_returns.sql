-- Back again: what may come back, what came, in what condition, what became of it, and what was paid for it.

CREATE TABLE returns (
    market      text NOT NULL,
    return_id   uuid NOT NULL,
    order_id    uuid NOT NULL,
    journey     text NOT NULL,
    came_to     text NOT NULL,             -- the node it is meant for; empty: it stays with the shopper
    state       text NOT NULL CHECK (state IN ('authorised', 'received', 'settled', 'cancelled')),
    version     integer NOT NULL DEFAULT 1,
    currency    text NOT NULL,
    shipping_minor bigint NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),  -- what of it was refunded
    credit_minor bigint NOT NULL DEFAULT 0 CHECK (credit_minor >= 0),      -- what went into another order instead
    person      text NOT NULL DEFAULT '',  -- who bought it: customer, e-mail or phone
    signals     text[] NOT NULL DEFAULT '{}',  -- why a person is to look before money goes back
    label       jsonb,                     -- the carrier's service, its tracking, where the parcel goes
    carried     text NOT NULL DEFAULT '',  -- how far the carrier says it is
    exchange_order_id uuid,                -- what the shopper takes instead
    authorised_at timestamptz NOT NULL,
    PRIMARY KEY (market, return_id)
);
CREATE INDEX returns_by_order ON returns (market, order_id);
CREATE INDEX returns_by_person ON returns (market, person) WHERE person <> '';
CREATE INDEX returns_by_exchange ON returns (market, exchange_order_id) WHERE exchange_order_id IS NOT NULL;

CREATE TABLE return_lines (
    market      text NOT NULL,
    return_id   uuid NOT NULL,
    line        integer NOT NULL,
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    received    integer NOT NULL DEFAULT 0 CHECK (received >= 0 AND received <= quantity),
    missing     integer NOT NULL DEFAULT 0 CHECK (missing >= 0 AND missing <= received),  -- of them, not in the box
    paid        integer NOT NULL DEFAULT 0 CHECK (paid >= 0 AND paid <= quantity),        -- units paid back
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
    came_from   text NOT NULL DEFAULT '',  -- the node that once gave it out
    quantity    integer NOT NULL CHECK (quantity > 0),
    grade       text NOT NULL,
    disposition text NOT NULL,
    move_to     text NOT NULL DEFAULT '',  -- where it would sell, when it does not here
    refund_minor bigint NOT NULL CHECK (refund_minor >= 0),   -- paid at once; later payments stand in the lines
    received_at timestamptz NOT NULL,
    PRIMARY KEY (market, return_id, step, entry),
    FOREIGN KEY (market, return_id, line) REFERENCES return_lines (market, return_id, line)
);

-- What a carrier says of a parcel coming back, in whatever order it comes.
CREATE TABLE return_scans (
    market      text NOT NULL,
    return_id   uuid NOT NULL,
    event_id    text NOT NULL,             -- the carrier's own id: the same event twice is once
    kind        text NOT NULL,
    place       text,
    happened_at timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, return_id, event_id),
    FOREIGN KEY (market, return_id) REFERENCES returns (market, return_id)
);

-- What a vendor owes us for goods it shipped that came back.
CREATE TABLE return_debit_notes (
    market      text NOT NULL,
    note_id     uuid NOT NULL,             -- derived from its receipt: a receipt charges once
    return_id   uuid NOT NULL,
    line        integer NOT NULL,
    vendor_node text NOT NULL,
    node        text NOT NULL,             -- where the goods lie
    bucket      text NOT NULL,             -- in which account; vendor: they are with the vendor already
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency    text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'sent', 'settled')),
    made_at     timestamptz NOT NULL,
    sent_at     timestamptz,
    settled_at  timestamptz,
    PRIMARY KEY (market, note_id),
    FOREIGN KEY (market, return_id, line) REFERENCES return_lines (market, return_id, line)
);
CREATE INDEX return_debit_notes_by_return ON return_debit_notes (market, return_id);
CREATE INDEX return_debit_notes_by_vendor ON return_debit_notes (market, vendor_node, note_id);

GRANT SELECT, INSERT ON returns, return_lines, return_receipts, return_scans, return_debit_notes TO anyshelf_app;
GRANT UPDATE (journey, came_to, state, version, shipping_minor, credit_minor, signals, carried, exchange_order_id)
    ON returns TO anyshelf_app;
GRANT UPDATE (received, missing, paid, refund_minor) ON return_lines TO anyshelf_app;
GRANT UPDATE (state, sent_at, settled_at) ON return_debit_notes TO anyshelf_app;
