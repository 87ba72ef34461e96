-- Money: what was authorised for an order, and every operation on it. Operations are append-only in their
-- amounts; their status goes from requested to done or declined once.

CREATE TABLE payments (
    market      text NOT NULL,
    payment_id  uuid NOT NULL,
    order_id    uuid NOT NULL,
    provider    text NOT NULL,
    provider_reference text NOT NULL,
    currency    text NOT NULL,
    card        text,                      -- the provider's fingerprint of the card: an order is found by it
    authorised_minor bigint NOT NULL CHECK (authorised_minor >= 0),
    captured_minor   bigint NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
    refunded_minor   bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    voided_minor     bigint NOT NULL DEFAULT 0 CHECK (voided_minor >= 0),
    made_at     timestamptz NOT NULL,
    PRIMARY KEY (market, payment_id),
    CONSTRAINT never_captured_beyond_authorised CHECK (captured_minor + voided_minor <= authorised_minor),
    CONSTRAINT never_refunded_beyond_paid CHECK (refunded_minor <= captured_minor)
);
CREATE INDEX payments_by_order ON payments (market, order_id);
CREATE INDEX payments_by_card ON payments (market, card, made_at) WHERE card IS NOT NULL;

CREATE TABLE payment_operations (
    market       text NOT NULL,
    operation_id uuid NOT NULL,            -- derived from its cause: the same cause never pays twice
    payment_id   uuid NOT NULL,
    order_id     uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('authorise', 'capture', 'refund', 'void')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    status       text NOT NULL CHECK (status IN ('requested', 'done', 'declined')),
    reason       text NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL,
    ended_at     timestamptz,
    PRIMARY KEY (market, operation_id),
    FOREIGN KEY (market, payment_id) REFERENCES payments (market, payment_id)
);
CREATE INDEX payment_operations_by_order ON payment_operations (market, order_id);
CREATE INDEX payment_operations_waiting ON payment_operations (market, requested_at) WHERE status = 'requested';

-- What was set aside anew, because it had run out of date: the newest reference is the one that counts.
CREATE TABLE payment_renewals (
    market       text NOT NULL,
    payment_id   uuid NOT NULL,
    renewed_at   timestamptz NOT NULL,
    provider_reference text NOT NULL,
    PRIMARY KEY (market, payment_id, renewed_at),
    FOREIGN KEY (market, payment_id) REFERENCES payments (market, payment_id)
);

GRANT SELECT, INSERT ON payments, payment_operations, payment_renewals TO anyshelf_app;
GRANT UPDATE (captured_minor, refunded_minor, voided_minor) ON payments TO anyshelf_app;
GRANT UPDATE (status, attempts, ended_at) ON payment_operations TO anyshelf_app;
