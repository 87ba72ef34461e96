-- What was sold before Anyshelf kept the books: what forecasts rest on. No stock and no money hangs on it.

CREATE TABLE order_history (
    market      text NOT NULL,
    channel     text NOT NULL,
    external_id text NOT NULL,               -- the order as its channel named it
    line        integer NOT NULL CHECK (line > 0),
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    discount_minor   bigint NOT NULL CHECK (discount_minor >= 0),
    currency    text NOT NULL,
    method      text NOT NULL,
    node        text NOT NULL,               -- who served it; empty: nobody says
    customer    text,
    postal_code text NOT NULL,
    lat         double precision,
    lon         double precision,
    placed_at   timestamptz NOT NULL,
    PRIMARY KEY (market, channel, external_id, line)
);
CREATE INDEX order_history_by_time ON order_history (market, placed_at);

GRANT SELECT, INSERT ON order_history TO anyshelf_app;
GRANT UPDATE (item, quantity, unit_price_minor, discount_minor, currency, method, node, customer, postal_code,
              lat, lon, placed_at) ON order_history TO anyshelf_app;
