-- On the way: shipments, and what their carriers say of them, in whatever order it comes.

CREATE TABLE delivery_shipments (
    market      text NOT NULL,
    shipment_id uuid NOT NULL,             -- the work it left with
    order_id    uuid NOT NULL,
    node        text NOT NULL,
    carrier     text NOT NULL,
    tracking    text NOT NULL,
    state       text NOT NULL CHECK (state IN ('dispatched', 'in_transit', 'out_for_delivery', 'delivered',
                                               'failed', 'lost', 'returning')),
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
    happened_at timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, shipment_id, event_id),
    FOREIGN KEY (market, shipment_id) REFERENCES delivery_shipments (market, shipment_id)
);

GRANT SELECT, INSERT ON delivery_shipments, delivery_events TO anyshelf_app;
GRANT UPDATE (state, delivered_at) ON delivery_shipments TO anyshelf_app;
