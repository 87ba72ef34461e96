-- Planning by itself, one run at a time; how goods may be ordered; suggestions taken back.

-- Whose turn it is to plan a market: one run at a time writes, so that nothing is suggested twice.
CREATE TABLE planning_turns (
    market      text PRIMARY KEY REFERENCES markets (market),
    turn_id     uuid,                      -- who plans now; none: nobody
    until       timestamptz,               -- whoever has been silent until then has lost the turn
    nights_from timestamptz NOT NULL,      -- the first hour for planning after this moment is not planned yet
    asked       boolean NOT NULL DEFAULT false,    -- somebody wants it planned before that hour
    night       uuid                       -- the run of the worker's that is not done
);

ALTER TABLE planning_runs
    ADD COLUMN items integer NOT NULL DEFAULT 0 CHECK (items >= 0),
    ADD COLUMN done integer NOT NULL DEFAULT 0 CHECK (done >= 0),
    ADD COLUMN accepted integer NOT NULL DEFAULT 0 CHECK (accepted >= 0),
    ADD COLUMN reached text NOT NULL DEFAULT '';   -- the last item planned: from there a broken run goes on
CREATE INDEX planning_runs_by_time ON planning_runs (market, begun_at);

-- How goods may be ordered: of an item, at a node, or both; an empty code is any. The closest row counts.
CREATE TABLE planning_supply (
    market      text NOT NULL,
    node        text NOT NULL DEFAULT '',
    item        text NOT NULL DEFAULT '',
    order_days  text,                      -- the days this node orders on, as "Tu; Th"
    lead_days   integer CHECK (lead_days >= 0),
    truck_kg    integer CHECK (truck_kg > 0),      -- what a truck to this node carries
    pack        integer CHECK (pack > 0),
    minimum     integer CHECK (minimum >= 0),
    shelf       integer CHECK (shelf >= 0),        -- the most units that may lie there or be on their way
    PRIMARY KEY (market, node, item),
    CONSTRAINT of_the_whole_node CHECK (item = ''
        OR (order_days IS NULL AND lead_days IS NULL AND truck_kg IS NULL))
);

-- What is open is open once. A run of before may have left more: the last of them counts.
UPDATE planning_suggestions s SET state = 'replaced'
WHERE state = 'open' AND EXISTS (
    SELECT 1 FROM planning_suggestions n
    WHERE n.market = s.market AND n.state = 'open' AND n.kind = s.kind AND n.item = s.item AND n.node = s.node
      AND n.from_node = s.from_node AND n.suggestion_id > s.suggestion_id);
DROP INDEX planning_suggestions_open;
CREATE UNIQUE INDEX planning_open_once ON planning_suggestions (market, item, node, from_node, kind)
    WHERE state = 'open';
CREATE INDEX planning_suggestions_decided ON planning_suggestions (market, item, decided_at)
    WHERE state IN ('accepted', 'dispatched', 'received');

ALTER TABLE planning_suggestions DROP CONSTRAINT planning_suggestions_state_check;
ALTER TABLE planning_suggestions ADD CONSTRAINT planning_suggestions_state_check CHECK (
    state IN ('open', 'accepted', 'dispatched', 'received', 'dismissed', 'replaced', 'withdrawn'));

GRANT SELECT, INSERT, UPDATE ON planning_turns, planning_supply TO anyshelf_app;
