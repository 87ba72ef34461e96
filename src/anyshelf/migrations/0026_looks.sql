-- What insight works out ahead of being asked, by a process apart: what hurts, and what goes with what.

-- A look back over some days, once for each kind and day; renewed when it is old or somebody wishes it.
CREATE TABLE insight_looks (
    market      text NOT NULL,
    what        text NOT NULL CHECK (what IN ('visits', 'orders', 'taste')),
    day         date NOT NULL,
    wished      boolean NOT NULL DEFAULT false,
    claimed_until timestamptz,             -- somebody is at it; killed, it is free again from then on
    looked_at   timestamptz,
    since       timestamptz,
    until       timestamptz,
    seen        integer NOT NULL DEFAULT 0, -- visits, orders or baskets that were looked through
    note        text NOT NULL DEFAULT '',
    stories     jsonb NOT NULL DEFAULT '[]',
    funnel      jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (market, what, day)
);

-- What baskets teach of an item: how many orders hold it, how often it is bought again, what goes with it.
CREATE TABLE insight_taste (
    market      text NOT NULL,
    item        text NOT NULL,
    popular     double precision NOT NULL,
    again       double precision NOT NULL,
    beside      jsonb NOT NULL,            -- [[item, how closely], …], the closest first
    learned_at  timestamptz NOT NULL,      -- an item that the last look did not see counts no more
    PRIMARY KEY (market, item)
);
CREATE INDEX insight_taste_by_popular ON insight_taste (market, learned_at, popular);

-- What was shown, items or ways to have a basket: each is measured by itself against those held out.
ALTER TABLE insight_shown ADD COLUMN what text NOT NULL DEFAULT 'items' CHECK (what IN ('items', 'ways'));
ALTER TABLE insight_shown DROP CONSTRAINT insight_shown_pkey;
ALTER TABLE insight_shown ADD PRIMARY KEY (market, what, person, day);
DROP INDEX insight_shown_by_day;
CREATE INDEX insight_shown_by_day ON insight_shown (market, what, day);

-- Baskets are read in the order of time.
CREATE INDEX insight_lines_by_time ON insight_lines (market, placed_at, order_id);

GRANT SELECT, INSERT, UPDATE ON insight_looks, insight_taste TO anyshelf_app;

-- What a person may have taken out of other rooms: whose it was and what they wrote, never what was sold.
GRANT UPDATE (customer, gift) ON orders TO anyshelf_app;
GRANT UPDATE (gift) ON fulfilment_work TO anyshelf_app;
GRANT UPDATE (person) ON returns TO anyshelf_app;

-- Who took a parcel, and what shows that they did: beside the scans, which stay as they were told.
CREATE TABLE delivery_proofs (
    market      text NOT NULL,
    shipment_id uuid NOT NULL,
    event_id    text NOT NULL,
    proof       jsonb,                     -- NULL: forgotten
    PRIMARY KEY (market, shipment_id, event_id),
    FOREIGN KEY (market, shipment_id, event_id) REFERENCES delivery_events (market, shipment_id, event_id)
);
INSERT INTO delivery_proofs SELECT market, shipment_id, event_id, proof FROM delivery_events WHERE proof IS NOT NULL;
ALTER TABLE delivery_events DROP COLUMN proof;
GRANT SELECT, INSERT ON delivery_proofs TO anyshelf_app;
GRANT UPDATE (proof) ON delivery_proofs TO anyshelf_app;
