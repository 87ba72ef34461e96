-- What those in the office work with: every version of a policy, who sees to an exception, and orders by whatever
-- a shopper can tell.

-- What a policy was, since when, and who made it so; sourcing_policies holds the newest version of each.
CREATE TABLE sourcing_policy_versions (
    market      text NOT NULL,
    policy      text NOT NULL,
    version     integer NOT NULL CHECK (version > 0),
    mode        text NOT NULL CHECK (mode IN ('live', 'shadow', 'off')),
    priority    integer NOT NULL,
    channels    text[] NOT NULL,
    segments    text[] NOT NULL,
    sample_percent integer NOT NULL,
    offers      integer NOT NULL,
    weights     jsonb NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text NOT NULL DEFAULT '',
    why         text NOT NULL DEFAULT '',
    PRIMARY KEY (market, policy, version)
);
INSERT INTO sourcing_policy_versions (market, policy, version, mode, priority, channels, segments, sample_percent,
                                      offers, weights, changed_at)
SELECT market, policy, 1, mode, priority, channels, segments, sample_percent, offers, weights, changed_at
FROM sourcing_policies;
ALTER TABLE sourcing_policies ADD COLUMN version integer NOT NULL DEFAULT 1;
GRANT SELECT, INSERT ON sourcing_policy_versions TO anyshelf_app;
GRANT UPDATE (version) ON sourcing_policies TO anyshelf_app;

-- Who sees to an exception, and the list of what was seen to.
ALTER TABLE order_exceptions ADD COLUMN assigned_to text, ADD COLUMN assigned_at timestamptz;
CREATE INDEX order_exceptions_by_time ON order_exceptions (market, state, happened_at, exception_id);
DROP INDEX order_exceptions_open;
GRANT UPDATE (assigned_to, assigned_at) ON order_exceptions TO anyshelf_app;

-- A telephone number is told with or without blanks and dashes; a name by the family's, or whole.
DROP INDEX orders_by_phone;
CREATE INDEX orders_by_phone ON orders (market, regexp_replace(contact ->> 'phone', '[^0-9]', '', 'g'), order_id)
    WHERE contact ->> 'phone' IS NOT NULL;
CREATE INDEX orders_by_name
    ON orders (market, lower(regexp_replace(coalesce(nullif(contact ->> 'name', ''), destination ->> 'name'),
                                            '^(.*\S)\s+(\S+)$', '\2 \1')) text_pattern_ops, order_id)
    WHERE coalesce(nullif(contact ->> 'name', ''), destination ->> 'name') IS NOT NULL;
CREATE INDEX delivery_shipments_by_tracking ON delivery_shipments (market, lower(tracking), dispatched_at);
ALTER TABLE payments ADD COLUMN last_four text CHECK (last_four ~ '^[0-9]{4}$');
CREATE INDEX payments_by_last_four ON payments (market, last_four, made_at) WHERE last_four IS NOT NULL;

-- When a shopper came for what stood ready, what fulfilment is made up of, and what counts found on shelves.
ALTER TABLE insight_parts ADD COLUMN arrived_at timestamptz;
ALTER TABLE insight_orders ADD COLUMN freight_minor bigint, ADD COLUMN handling_minor bigint;
CREATE TABLE insight_counts (
    market      text NOT NULL,
    count_id    uuid NOT NULL,             -- the event that told it: told twice, it is kept once
    node        text NOT NULL,
    item        text NOT NULL,
    books       integer NOT NULL,          -- what the books had on hand before
    counted     integer NOT NULL,
    counted_at  timestamptz NOT NULL,
    PRIMARY KEY (market, count_id)
);
CREATE INDEX insight_counts_by_time ON insight_counts (market, counted_at);
GRANT SELECT, INSERT ON insight_counts TO anyshelf_app;
