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
    gift        jsonb,                       -- who gives it and what they say; prices stay off its papers
    slot        jsonb,                       -- when the shopper is at home
    together    boolean NOT NULL DEFAULT false,  -- nothing leaves before all of it can
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
    node        text NOT NULL DEFAULT '',    -- the node the shopper chose, where there is one
    journey     text NOT NULL,
    captured    text NOT NULL,               -- the state at which its money is taken
    kit         text,                        -- the kit it was ordered in, that kit's number in the order,
    kit_line    integer,
    kit_units   integer CHECK (kit_units > 0),   -- and how many of this item make one kit
    replaces    integer,                     -- the line whose lost units these replace: already paid
    open        integer NOT NULL DEFAULT 0 CHECK (open >= 0),
    sourced     integer NOT NULL DEFAULT 0 CHECK (sourced >= 0),
    released    integer NOT NULL DEFAULT 0 CHECK (released >= 0),
    picked      integer NOT NULL DEFAULT 0 CHECK (picked >= 0),
    packed      integer NOT NULL DEFAULT 0 CHECK (packed >= 0),
    in_transit  integer NOT NULL DEFAULT 0 CHECK (in_transit >= 0),
    received    integer NOT NULL DEFAULT 0 CHECK (received >= 0),
    staged      integer NOT NULL DEFAULT 0 CHECK (staged >= 0),
    dispatched  integer NOT NULL DEFAULT 0 CHECK (dispatched >= 0),
    delivered   integer NOT NULL DEFAULT 0 CHECK (delivered >= 0),
    handed_over integer NOT NULL DEFAULT 0 CHECK (handed_over >= 0),
    backordered integer NOT NULL DEFAULT 0 CHECK (backordered >= 0),
    cancelled   integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    returned    integer NOT NULL DEFAULT 0 CHECK (returned >= 0),
    lost        integer NOT NULL DEFAULT 0 CHECK (lost >= 0),
    PRIMARY KEY (market, order_id, line),
    FOREIGN KEY (market, order_id) REFERENCES orders (market, order_id),
    CHECK (discount_minor <= unit_price_minor * quantity),
    CONSTRAINT the_sum_never_changes CHECK (
        open + sourced + released + picked + packed + in_transit + received + staged + dispatched + delivered
        + handed_over + backordered + cancelled + returned + lost = quantity)
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

-- One live reservation a person, item and store: a newer one takes the older one's place.
CREATE TABLE order_reserved (
    market      text NOT NULL,
    person      text NOT NULL,
    item        text NOT NULL,
    node        text NOT NULL,
    order_id    uuid NOT NULL,
    line        integer NOT NULL,
    PRIMARY KEY (market, person, item, node)
);
CREATE INDEX order_reserved_by_order ON order_reserved (market, order_id);

-- What did not go as planned: what was done about it, and what is left for somebody to do.
CREATE TABLE order_exceptions (
    market       text NOT NULL,
    exception_id uuid NOT NULL,             -- derived from its cause: the same mishap is listed once
    order_id     uuid NOT NULL,
    kind         text NOT NULL,
    node         text,
    lines        jsonb NOT NULL,
    said         text NOT NULL,             -- what happened
    done         text NOT NULL,             -- what was done without anybody
    todo         text NOT NULL DEFAULT '',  -- what is left; empty: nothing
    state        text NOT NULL CHECK (state IN ('open', 'closed')),
    happened_at  timestamptz NOT NULL,
    closed_at    timestamptz,
    closed_by    text,
    note         text,
    PRIMARY KEY (market, exception_id)
);
CREATE INDEX order_exceptions_open ON order_exceptions (market, happened_at) WHERE state = 'open';
CREATE INDEX order_exceptions_by_order ON order_exceptions (market, order_id);

-- Money given back for a shopper's trouble, beside any return.
CREATE TABLE order_appeasements (
    market       text NOT NULL,
    appeasement_id uuid NOT NULL,
    order_id     uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reason       text NOT NULL,
    given_by     text NOT NULL,
    given_at     timestamptz NOT NULL,
    PRIMARY KEY (market, appeasement_id)
);
CREATE INDEX order_appeasements_by_order ON order_appeasements (market, order_id);

-- Partial also so that no plan made while the table was empty takes them for the primary key.
CREATE INDEX orders_by_email ON orders (market, lower(contact ->> 'email'), order_id)
    WHERE contact ->> 'email' IS NOT NULL;
CREATE INDEX orders_by_phone ON orders (market, (contact ->> 'phone'), order_id)
    WHERE contact ->> 'phone' IS NOT NULL;
CREATE INDEX order_lines_waiting ON order_lines (market, item, order_id) WHERE backordered > 0;

GRANT SELECT, INSERT ON orders, order_lines, order_allocations, order_reserved, order_exceptions,
    order_appeasements TO anyshelf_app;
GRANT UPDATE, DELETE ON order_reserved TO anyshelf_app;
GRANT UPDATE (todo, done, state, closed_at, closed_by, note) ON order_exceptions TO anyshelf_app;
GRANT UPDATE (version, contact, destination, held, release_at, code_tries, promise, sourcing, pickup_code,
              slot) ON orders TO anyshelf_app;
GRANT UPDATE (journey, open, sourced, released, picked, packed, in_transit, received, staged, dispatched,
              delivered, handed_over, backordered, cancelled, returned, lost) ON order_lines TO anyshelf_app;
GRANT UPDATE (quantity) ON order_allocations TO anyshelf_app;
