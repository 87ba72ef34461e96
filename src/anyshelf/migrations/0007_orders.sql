-- Orders. A line's quantity is spread over states; the CHECK keeps the sum what was ordered.

CREATE TABLE orders (
    market      text NOT NULL,
    order_id    uuid NOT NULL,
    version     integer NOT NULL DEFAULT 1,
    channel     text NOT NULL,
    external_id text,
    fingerprint bytea,
    customer    text,
    contact     jsonb,
    destination jsonb,
    currency    text NOT NULL,
    goods_minor    bigint NOT NULL CHECK (goods_minor >= 0),
    shipping_minor bigint NOT NULL CHECK (shipping_minor >= 0),
    held        text,                        -- why it may not be released, if it may not
    release_at  timestamptz,                 -- when its work is released by itself, if it waits
    pickup_code text,
    code_tries  integer NOT NULL DEFAULT 0,
    promise     jsonb,
    sourcing    jsonb,
    placed_at   timestamptz NOT NULL,
    PRIMARY KEY (market, order_id)
);
CREATE UNIQUE INDEX orders_by_sender ON orders (market, channel, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX orders_by_customer ON orders (market, customer, order_id) WHERE customer IS NOT NULL;
CREATE INDEX orders_to_release ON orders (market, release_at) WHERE release_at IS NOT NULL;

CREATE TABLE order_lines (
    market      text NOT NULL,
    order_id    uuid NOT NULL,
    line        integer NOT NULL CHECK (line > 0),
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    discount_minor   bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
    tax_minor        bigint NOT NULL DEFAULT 0 CHECK (tax_minor >= 0),
    method      text NOT NULL,
    journey     text NOT NULL,
    open        integer NOT NULL DEFAULT 0 CHECK (open >= 0),
    sourced     integer NOT NULL DEFAULT 0 CHECK (sourced >= 0),
    released    integer NOT NULL DEFAULT 0 CHECK (released >= 0),
    picked      integer NOT NULL DEFAULT 0 CHECK (picked >= 0),
    packed      integer NOT NULL DEFAULT 0 CHECK (packed >= 0),
    staged      integer NOT NULL DEFAULT 0 CHECK (staged >= 0),
    dispatched  integer NOT NULL DEFAULT 0 CHECK (dispatched >= 0),
    delivered   integer NOT NULL DEFAULT 0 CHECK (delivered >= 0),
    handed_over integer NOT NULL DEFAULT 0 CHECK (handed_over >= 0),
    backordered integer NOT NULL DEFAULT 0 CHECK (backordered >= 0),
    cancelled   integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    returned    integer NOT NULL DEFAULT 0 CHECK (returned >= 0),
    PRIMARY KEY (market, order_id, line),
    FOREIGN KEY (market, order_id) REFERENCES orders (market, order_id),
    CHECK (discount_minor <= unit_price_minor * quantity),
    CONSTRAINT the_sum_never_changes CHECK (
        open + sourced + released + picked + packed + staged + dispatched + delivered + handed_over
        + backordered + cancelled + returned = quantity)
);

-- Where each part of a line stands: the same quantities, by node.
CREATE TABLE order_allocations (
    market      text NOT NULL,
    order_id    uuid NOT NULL,
    line        integer NOT NULL,
    node        text NOT NULL,
    state       text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (market, order_id, line, node, state),
    FOREIGN KEY (market, order_id, line) REFERENCES order_lines (market, order_id, line)
);

GRANT SELECT, INSERT ON orders, order_lines, order_allocations TO anyshelf_app;
GRANT UPDATE (version, contact, destination, held, release_at, code_tries, promise, sourcing) ON orders TO anyshelf_app;
GRANT UPDATE (journey, open, sourced, released, picked, packed, staged, dispatched, delivered, handed_over,
              backordered, cancelled, returned) ON order_lines TO anyshelf_app;
GRANT UPDATE (quantity) ON order_allocations TO anyshelf_app;
