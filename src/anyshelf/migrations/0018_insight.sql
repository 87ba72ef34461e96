-- Insight: what shoppers did and what happened to their orders, under pseudonyms; nothing here is needed to
-- serve an order. No name, address, e-mail or phone number is kept: handles are keyed hashes of them.

-- The key the handles of a market are made with: without it nobody can try e-mail addresses one by one.
CREATE TABLE insight_secrets (
    market      text PRIMARY KEY,
    secret      bytea NOT NULL CHECK (length(secret) >= 32)
);

-- The journey: every step of it, online, in a store and after purchase. The same message twice is once.
CREATE TABLE insight_entries (
    market      text NOT NULL,
    message_id  uuid NOT NULL,             -- derived from the sender's id, or the event's own
    name        text NOT NULL,             -- Product Viewed, Order Completed, Pickup Ready …
    device      uuid,                      -- who did it: handles, see insight_handles
    account     uuid,
    session     text NOT NULL DEFAULT '',
    channel     text NOT NULL DEFAULT '',
    node        text NOT NULL DEFAULT '',
    item        text NOT NULL DEFAULT '',
    order_id    uuid,
    value_minor bigint,
    currency    text,
    properties  jsonb NOT NULL,
    happened_at timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, message_id)
);
CREATE INDEX insight_entries_by_account ON insight_entries (market, account, happened_at)
    WHERE account IS NOT NULL;
CREATE INDEX insight_entries_by_device ON insight_entries (market, device, happened_at)
    WHERE device IS NOT NULL;
CREATE INDEX insight_entries_by_order ON insight_entries (market, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX insight_entries_by_time ON insight_entries USING brin (happened_at) WITH (pages_per_range = 16);
CREATE INDEX insight_entries_as_known ON insight_entries (market, known_at, message_id);

-- Messages that could not be taken, with the reason; the good ones of their batch were.
CREATE TABLE insight_set_aside (
    market      text NOT NULL,
    set_aside_id uuid NOT NULL,            -- derived from what was sent: the same rubbish twice is once
    sender      text NOT NULL,
    field       text NOT NULL,
    reason      text NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, set_aside_id)
);
CREATE INDEX insight_set_aside_by_time ON insight_set_aside (market, known_at);

-- What a person has said may be done with their journey; the latest word counts.
CREATE TABLE insight_consents (
    market      text NOT NULL,
    handle      uuid NOT NULL,
    purpose     text NOT NULL CHECK (purpose IN ('analytics', 'marketing')),
    given       boolean NOT NULL,
    said_at     timestamptz NOT NULL,
    PRIMARY KEY (market, handle, purpose)
);

-- Whom we tell apart. Found to be somebody else, a person is held by them; undone, they hold themselves again.
CREATE TABLE insight_people (
    market      text NOT NULL,
    person      uuid NOT NULL,
    holder      uuid NOT NULL,
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (market, person)
);
CREATE INDEX insight_people_by_holder ON insight_people (market, holder);

-- Whom a handle was seen with: an account, e-mail, phone, loyalty number, card or device. It may be shared.
CREATE TABLE insight_handles (
    market      text NOT NULL,
    handle      uuid NOT NULL,
    person      uuid NOT NULL,
    kind        text NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (market, handle, person)
);
CREATE INDEX insight_handles_by_person ON insight_handles (market, person);

-- Which names a person was seen under, as keyed hashes of what stays when they are mistyped.
CREATE TABLE insight_names (
    market      text NOT NULL,
    person      uuid NOT NULL,
    part        text NOT NULL CHECK (part IN ('given', 'family')),
    name        uuid NOT NULL,
    PRIMARY KEY (market, person, part, name)
);

-- Two people found to be one: who moved, and why. Undone, they go back.
CREATE TABLE insight_merges (
    market      text NOT NULL,
    merge_id    uuid NOT NULL,
    kept        uuid NOT NULL,
    merged      uuid NOT NULL,
    people      uuid[] NOT NULL,
    why         jsonb NOT NULL,
    merged_at   timestamptz NOT NULL,
    undone_at   timestamptz,
    undone_by   text,
    PRIMARY KEY (market, merge_id)
);
CREATE INDEX insight_merges_by_kept ON insight_merges (market, kept);
CREATE INDEX insight_merges_by_merged ON insight_merges (market, merged);

-- Two people who may be one, for somebody to decide; declined, they are never joined by rule.
CREATE TABLE insight_suggestions (
    market      text NOT NULL,
    one         uuid NOT NULL,
    other       uuid NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'accepted', 'declined')),
    points      integer NOT NULL,
    why         jsonb NOT NULL,
    said_at     timestamptz NOT NULL,
    PRIMARY KEY (market, one, other),
    CHECK (one < other)
);
CREATE INDEX insight_suggestions_by_other ON insight_suggestions (market, other);

-- What an order was and how it went: the facts the figures are made of.
CREATE TABLE insight_orders (
    market      text NOT NULL,
    order_id    uuid NOT NULL,
    channel     text NOT NULL,
    method      text NOT NULL,             -- of its first line
    account     uuid,                      -- whose it is: the strongest handle it was placed under
    currency    text NOT NULL,
    total_minor bigint NOT NULL,
    cost_minor  bigint,                    -- what its fulfilment was expected to cost
    lines       integer NOT NULL,
    units       integer NOT NULL,
    placed_at   timestamptz NOT NULL,
    promised_at timestamptz,               -- the first word given; a later one does not change it
    ready_at    timestamptz,
    done_at     timestamptz,               -- when its last unit was delivered or handed over
    done_units  integer NOT NULL DEFAULT 0,
    short_units integer NOT NULL DEFAULT 0,
    cancelled_units integer NOT NULL DEFAULT 0,
    lost_units  integer NOT NULL DEFAULT 0,
    returned_units integer NOT NULL DEFAULT 0,
    damaged_units  integer NOT NULL DEFAULT 0,
    shipments   integer NOT NULL DEFAULT 0,
    repromised  integer NOT NULL DEFAULT 0,
    refunded_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (market, order_id)
);
CREATE INDEX insight_orders_by_time ON insight_orders (market, placed_at);
CREATE INDEX insight_orders_by_account ON insight_orders (market, account, placed_at) WHERE account IS NOT NULL;

CREATE TABLE insight_lines (
    market      text NOT NULL,
    order_id    uuid NOT NULL,
    line        integer NOT NULL,
    item        text NOT NULL,
    quantity    integer NOT NULL,
    paid_minor  bigint NOT NULL,
    method      text NOT NULL,
    placed_at   timestamptz NOT NULL,
    PRIMARY KEY (market, order_id, line)
);
CREATE INDEX insight_lines_by_item ON insight_lines (market, item, placed_at);

-- What a node had to do for an order, and how it did it.
CREATE TABLE insight_parts (
    market      text NOT NULL,
    order_id    uuid NOT NULL,
    node        text NOT NULL,
    journey     text NOT NULL DEFAULT '',
    released_at timestamptz,
    due_at      timestamptz,
    units       integer NOT NULL DEFAULT 0,
    short_units integer NOT NULL DEFAULT 0,
    done_units  integer NOT NULL DEFAULT 0,
    ready_at    timestamptz,
    left_at     timestamptz,               -- dispatched or handed over
    PRIMARY KEY (market, order_id, node)
);
CREATE INDEX insight_parts_by_time ON insight_parts (market, released_at);

CREATE TABLE insight_returns (
    market      text NOT NULL,
    return_id   uuid NOT NULL,
    order_id    uuid NOT NULL,
    journey     text NOT NULL,
    node        text NOT NULL DEFAULT '',  -- where it came back to
    asked_at    timestamptz NOT NULL,
    received_at timestamptz,
    units       integer NOT NULL DEFAULT 0,
    resold_units integer NOT NULL DEFAULT 0,
    refunded_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (market, return_id)
);
CREATE INDEX insight_returns_by_time ON insight_returns (market, asked_at);

-- Questions asked of a person about an order: sent once, answered once, found by the hash of a link.
CREATE TABLE insight_surveys (
    market      text NOT NULL,
    survey_id   uuid NOT NULL,             -- derived from the order and the kind: one of each
    kind        text NOT NULL CHECK (kind IN ('nps', 'csat', 'effort')),
    order_id    uuid NOT NULL,
    person      uuid,
    token_hash  bytea NOT NULL,
    state       text NOT NULL CHECK (state IN ('asked', 'answered', 'expired')),
    cause       text NOT NULL,             -- the step of the journey it was sent after
    asked_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    answered_at timestamptz,
    score       integer,
    words       text,
    sentiment   real,
    PRIMARY KEY (market, survey_id)
);
CREATE UNIQUE INDEX insight_surveys_by_link ON insight_surveys (market, token_hash);
CREATE INDEX insight_surveys_by_person ON insight_surveys (market, person, asked_at) WHERE person IS NOT NULL;
CREATE INDEX insight_surveys_by_time ON insight_surveys (market, asked_at);

CREATE TABLE insight_reviews (
    market      text NOT NULL,
    review_id   uuid NOT NULL,             -- derived from the sender's id
    item        text NOT NULL,
    order_id    uuid,
    node        text NOT NULL DEFAULT '',
    rating      integer NOT NULL CHECK (rating BETWEEN 1 AND 5),
    words       text NOT NULL,
    state       text NOT NULL CHECK (state IN ('waiting', 'published', 'withheld')),
    reason      text NOT NULL DEFAULT '',
    sentiment   real,
    topics      text[] NOT NULL DEFAULT '{}',
    written_at  timestamptz NOT NULL,
    decided_by  text,
    PRIMARY KEY (market, review_id)
);
CREATE INDEX insight_reviews_by_item ON insight_reviews (market, item, written_at);
CREATE INDEX insight_reviews_waiting ON insight_reviews (market, written_at) WHERE state = 'waiting';

-- What was recommended to whom, and who was left without, to measure what recommending is worth.
CREATE TABLE insight_shown (
    market      text NOT NULL,
    person      uuid NOT NULL,
    day         date NOT NULL,
    held_out    boolean NOT NULL,
    items       text[] NOT NULL,
    PRIMARY KEY (market, person, day)
);
CREATE INDEX insight_shown_by_day ON insight_shown (market, day);

GRANT SELECT, INSERT ON insight_secrets, insight_set_aside TO anyshelf_app;
GRANT SELECT, INSERT, DELETE ON insight_entries TO anyshelf_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON insight_consents, insight_people, insight_handles, insight_names,
    insight_shown
    TO anyshelf_app;
GRANT DELETE ON insight_set_aside, insight_merges, insight_suggestions TO anyshelf_app;
GRANT SELECT, INSERT, UPDATE ON insight_merges, insight_suggestions, insight_orders, insight_lines,
    insight_parts, insight_returns, insight_surveys, insight_reviews TO anyshelf_app;
