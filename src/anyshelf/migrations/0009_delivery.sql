-- On the way: shipments, and what their carriers say of them, in whatever order it comes.

CREATE TABLE delivery_shipments (
    market      text NOT NULL,
    shipment_id uuid NOT NULL,             -- the work it left with
    order_id    uuid NOT NULL,
    node        text NOT NULL,
    to_node     text NOT NULL DEFAULT '',  -- a transfer: the store that will receive it
    slot        jsonb,                     -- when somebody is at home
    carrier     text NOT NULL,
    tracking    text NOT NULL,
    state       text NOT NULL CHECK (state IN ('dispatched', 'in_transit', 'out_for_delivery', 'delivered',
                                               'failed', 'refused', 'lost', 'returning', 'received')),
    lines       jsonb NOT NULL,
    dispatched_at timestamptz NOT NULL,
    delivered_at  timestamptz,
    PRIMARY KEY (market, shipment_id)
);
CREATE INDEX delivery_shipments_by_order ON delivery_shipments (market, order_id);

CREATE TABLE delivery_events (
    market      text NOT NULL,
    shipment_id uuid NOT NULL,
    event_id    text NOT NULL,             -- the carrier's own id: the same event twice is once
    kind        text NOT NULL,
    place       text,
    proof       jsonb,                     -- who took it, and what shows that they did
    happened_at timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, shipment_id, event_id),
    FOREIGN KEY (market, shipment_id) REFERENCES delivery_shipments (market, shipment_id)
);

-- What a store received of a transfer.
CREATE TABLE delivery_transfers (
    market      text NOT NULL,
    shipment_id uuid NOT NULL,
    line        integer NOT NULL,
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    received    integer NOT NULL DEFAULT 0 CHECK (received >= 0),
    damaged     integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    missing     integer NOT NULL DEFAULT 0 CHECK (missing >= 0),
    PRIMARY KEY (market, shipment_id, line),
    FOREIGN KEY (market, shipment_id) REFERENCES delivery_shipments (market, shipment_id),
    CONSTRAINT never_more_than_was_sent CHECK (received + damaged + missing <= quantity)
);

GRANT SELECT, INSERT ON delivery_shipments, delivery_events, delivery_transfers TO anyshelf_app;
GRANT UPDATE (received, damaged, missing) ON delivery_transfers TO anyshelf_app;
GRANT UPDATE (state, delivered_at, slot) ON delivery_shipments TO anyshelf_app;
