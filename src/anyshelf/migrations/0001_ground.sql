-- Markets, the outbox, the keys of repeated requests, people and their keys.

CREATE TABLE markets (
    market      text PRIMARY KEY CHECK (market ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    name        text NOT NULL,
    terms       jsonb NOT NULL DEFAULT '{}'   -- how long things wait here; what is not said is the default
);

-- Events, written in the transaction they tell of. The sequence is given after commit (ground/outbox.py).
CREATE TABLE outbox (
    market      text NOT NULL,
    event_id    uuid NOT NULL,
    sequence    bigint,
    kind        text NOT NULL,
    subject     text NOT NULL,
    data        jsonb NOT NULL,
    happened_at timestamptz NOT NULL,
    written_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (market, event_id)
);
CREATE UNIQUE INDEX outbox_in_sequence ON outbox (market, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX outbox_waiting ON outbox (market, written_at) WHERE sequence IS NULL;
CREATE INDEX outbox_by_subject ON outbox (market, subject);

CREATE TABLE outbox_heads (
    market      text PRIMARY KEY,
    sequence    bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0)
);

-- How far each handler has read: it moves in the transaction of what the handler did.
CREATE TABLE outbox_readers (
    market      text NOT NULL,
    reader      text NOT NULL,
    sequence    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (market, reader)
);

-- Events a handler could not take, set aside so that the ones behind them go on.
CREATE TABLE outbox_set_aside (
    market      text NOT NULL,
    reader      text NOT NULL,
    sequence    bigint NOT NULL,
    reason      text NOT NULL,
    set_aside_at timestamptz NOT NULL,
    PRIMARY KEY (market, reader, sequence)
);

-- What is to happen at a moment: rung once, by whichever worker comes first (ground/timers.py).
CREATE TABLE timers (
    market      text NOT NULL,
    kind        text NOT NULL,
    subject     text NOT NULL,
    due_at      timestamptz NOT NULL,
    data        jsonb NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    PRIMARY KEY (market, kind, subject)
);
CREATE INDEX timers_due ON timers (market, due_at);

-- A repeated request is answered with what the first one was told.
CREATE TABLE idempotency_keys (
    market      text NOT NULL,
    asker       text NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL,
    status      smallint,
    answer      jsonb,
    asked_at    timestamptz NOT NULL,
    PRIMARY KEY (market, asker, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (market, asked_at);

CREATE TABLE auth_people (
    market      text NOT NULL,
    person      text NOT NULL,
    name        text NOT NULL,
    password    text,
    roles       text[] NOT NULL,
    nodes       text[] NOT NULL DEFAULT '{}',
    channels    text[] NOT NULL DEFAULT '{}',
    vendors     text[] NOT NULL DEFAULT '{}',
    active      boolean NOT NULL DEFAULT true,
    PRIMARY KEY (market, person)
);

-- API keys and browser sessions: only the hash of the secret is kept. The secret finds its own market.
CREATE TABLE auth_keys (
    secret_hash bytea PRIMARY KEY,
    market      text NOT NULL,
    key_name    text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('key', 'session')),
    person      text,
    roles       text[] NOT NULL,
    nodes       text[] NOT NULL DEFAULT '{}',
    channels    text[] NOT NULL DEFAULT '{}',
    vendors     text[] NOT NULL DEFAULT '{}',
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz
);
CREATE UNIQUE INDEX auth_keys_by_name ON auth_keys (market, key_name) WHERE kind = 'key' AND revoked_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON markets, outbox_heads, outbox_readers, auth_people, auth_keys TO anyshelf_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys, timers TO anyshelf_app;
GRANT SELECT, INSERT ON outbox, outbox_set_aside TO anyshelf_app;
GRANT UPDATE (sequence) ON outbox TO anyshelf_app;
