-- What pages need: the shopper's own link to an order, and that they stand at the counter.

-- A link opens an order without an account. Only the hash of its secret is kept.
CREATE TABLE order_links (
    market      text NOT NULL,
    token_hash  bytea NOT NULL,
    order_id    uuid NOT NULL,
    made_at     timestamptz NOT NULL,
    PRIMARY KEY (market, token_hash)
);

-- "I am here": a shopper at a node, for an order that is fetched there; said again, it is said anew.
CREATE TABLE fulfilment_arrivals (
    market      text NOT NULL,
    order_id    uuid NOT NULL,
    node        text NOT NULL,
    spot        text NOT NULL,              -- where they wait: counter, a place at the kerb
    arrived_at  timestamptz NOT NULL,
    PRIMARY KEY (market, order_id, node)
);

GRANT SELECT, INSERT ON order_links TO anyshelf_app;
GRANT SELECT, INSERT, UPDATE ON fulfilment_arrivals TO anyshelf_app;
