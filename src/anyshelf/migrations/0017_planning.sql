-- Planning: what is expected to be wanted, what is suggested about it, and what threatens.

CREATE TABLE planning_terms (
    market      text PRIMARY KEY REFERENCES markets (market),
    terms       jsonb NOT NULL             -- what is not said is the default
);

CREATE TABLE planning_runs (
    market      text NOT NULL,
    run_id      uuid NOT NULL,
    as_of       timestamptz NOT NULL,      -- demand up to here was looked at
    series      integer NOT NULL DEFAULT 0 CHECK (series >= 0),
    suggestions integer NOT NULL DEFAULT 0 CHECK (suggestions >= 0),
    alerts      integer NOT NULL DEFAULT 0 CHECK (alerts >= 0),
    begun_at    timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (market, run_id)
);

-- What is expected of an item at a node in each coming period, with its spread.
CREATE TABLE planning_forecasts (
    market      text NOT NULL,
    item        text NOT NULL,
    node        text NOT NULL,
    as_of       timestamptz NOT NULL,
    period_days integer NOT NULL CHECK (period_days > 0),
    periods     jsonb NOT NULL,            -- [{mean, low, middle, high}]: one in ten lies below low, above high
    PRIMARY KEY (market, item, node)
);

CREATE TABLE planning_suggestions (
    market      text NOT NULL,
    suggestion_id uuid NOT NULL,
    run_id      uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('replenish', 'purchase', 'rebalance')),
    item        text NOT NULL,
    node        text NOT NULL,             -- where it is to go
    from_node   text NOT NULL DEFAULT '',  -- where it is to come from; empty: from the vendor
    proposed    integer NOT NULL CHECK (proposed > 0),
    quantity    integer NOT NULL CHECK (quantity > 0),   -- as proposed, or as a planner changed it
    arrives_at  timestamptz NOT NULL,
    worth_minor bigint NOT NULL,           -- what it is expected to earn beyond what it costs
    currency    text NOT NULL,
    reasons     jsonb NOT NULL,
    figures     jsonb NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'accepted', 'dispatched', 'received', 'dismissed',
                                               'replaced')),
    reference   text,                      -- what the books expect it under, once accepted
    hold_id     uuid,                      -- what keeps it at the node it comes from, until it leaves
    made_at     timestamptz NOT NULL,
    decided_at  timestamptz,
    decided_by  text,
    note        text NOT NULL DEFAULT '',
    PRIMARY KEY (market, suggestion_id)
);
CREATE INDEX planning_suggestions_open ON planning_suggestions (market, item) WHERE state = 'open';
CREATE INDEX planning_suggestions_by_worth ON planning_suggestions (market, state, worth_minor, suggestion_id);

CREATE TABLE planning_alerts (
    market      text NOT NULL,
    alert_id    uuid NOT NULL,             -- derived from what it is about: the same trouble is one alert
    kind        text NOT NULL CHECK (kind IN ('stockout', 'overstock', 'slow_mover', 'phantom_stock')),
    item        text NOT NULL,
    node        text NOT NULL,
    days_of_supply real,                   -- none: nothing is expected to be sold
    stake_minor bigint NOT NULL CHECK (stake_minor >= 0),
    currency    text NOT NULL,
    said        text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'closed')),
    since       timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (market, alert_id)
);
CREATE INDEX planning_alerts_open ON planning_alerts (market, stake_minor, alert_id) WHERE state = 'open';

-- Which suggestions are accepted without anybody looking: of a kind, up to a size and a value.
CREATE TABLE planning_automation (
    market      text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('replenish', 'purchase', 'rebalance')),
    quantity_max integer NOT NULL CHECK (quantity_max >= 0),
    value_max_minor bigint NOT NULL CHECK (value_max_minor >= 0),
    set_by      text NOT NULL,
    set_at      timestamptz NOT NULL,
    PRIMARY KEY (market, kind)
);

GRANT SELECT, INSERT, UPDATE ON planning_terms, planning_runs, planning_forecasts, planning_suggestions,
    planning_alerts, planning_automation TO anyshelf_app;
