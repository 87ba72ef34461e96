-- The floor of a warehouse: waves of work, where things lie, and what each carrier collects.

ALTER TABLE fulfilment_work ADD COLUMN carrier text NOT NULL DEFAULT '';  -- who was promised to take it

-- A wave is work that is walked together. It moves nothing: what is found is told to the work itself.
CREATE TABLE fulfilment_waves (
    market      text NOT NULL,
    wave_id     uuid NOT NULL,
    node        text NOT NULL,
    carrier     text NOT NULL DEFAULT '',
    leaves_at   timestamptz NOT NULL,      -- when the most urgent of its work is due
    state       text NOT NULL CHECK (state IN ('planned', 'started', 'dissolved')),
    made_by     text NOT NULL,
    made_at     timestamptz NOT NULL,
    started_by  text,
    started_at  timestamptz,
    PRIMARY KEY (market, wave_id)
);
CREATE INDEX fulfilment_waves_by_node ON fulfilment_waves (market, node, made_at);

-- Each order of a wave has a tote of its own; work is in one wave at a time.
CREATE TABLE fulfilment_totes (
    market      text NOT NULL,
    work_id     uuid NOT NULL,
    wave_id     uuid NOT NULL,
    node        text NOT NULL,             -- of the wave; work that went elsewhere may join a wave there
    tote        integer NOT NULL CHECK (tote > 0),
    let_go      boolean NOT NULL DEFAULT false,  -- its wave was dissolved
    PRIMARY KEY (market, work_id),
    FOREIGN KEY (market, wave_id) REFERENCES fulfilment_waves (market, wave_id)
);
CREATE UNIQUE INDEX fulfilment_totes_by_wave ON fulfilment_totes (market, wave_id, tote);

-- Where an item lies in a node: aisle, rack, bin, as it is written on the shelf.
CREATE TABLE fulfilment_bins (
    market      text NOT NULL,
    node        text NOT NULL,
    item        text NOT NULL,
    bin         text NOT NULL,
    PRIMARY KEY (market, node, item)
);

-- What one carrier collects at a node on one day: open until it has been there.
CREATE TABLE fulfilment_manifests (
    market      text NOT NULL,
    manifest_id uuid NOT NULL,
    node        text NOT NULL,
    carrier     text NOT NULL,
    day         date NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'closed')),
    opened_at   timestamptz NOT NULL,
    closed_at   timestamptz,
    closed_by   text,
    PRIMARY KEY (market, manifest_id)
);
CREATE UNIQUE INDEX fulfilment_manifests_open ON fulfilment_manifests (market, node, carrier, day)
    WHERE state = 'open';
CREATE INDEX fulfilment_manifests_by_node ON fulfilment_manifests (market, node, opened_at);

CREATE TABLE fulfilment_loads (
    market      text NOT NULL,
    work_id     uuid NOT NULL,
    manifest_id uuid NOT NULL,
    tracking    text NOT NULL,
    loaded_by   text NOT NULL,
    loaded_at   timestamptz NOT NULL,
    taken_out   boolean NOT NULL DEFAULT false,
    collected   boolean NOT NULL DEFAULT false,  -- its manifest was closed with it
    PRIMARY KEY (market, work_id),
    FOREIGN KEY (market, manifest_id) REFERENCES fulfilment_manifests (market, manifest_id)
);
CREATE INDEX fulfilment_loads_by_manifest ON fulfilment_loads (market, manifest_id);

GRANT SELECT, INSERT ON fulfilment_waves, fulfilment_totes, fulfilment_bins, fulfilment_manifests, fulfilment_loads
    TO anyshelf_app;
GRANT UPDATE (state, started_by, started_at) ON fulfilment_waves TO anyshelf_app;
GRANT UPDATE (wave_id, node, tote, let_go) ON fulfilment_totes TO anyshelf_app;
GRANT UPDATE (bin) ON fulfilment_bins TO anyshelf_app;
GRANT UPDATE (state, closed_at, closed_by) ON fulfilment_manifests TO anyshelf_app;
GRANT UPDATE (manifest_id, tracking, loaded_by, loaded_at, taken_out, collected) ON fulfilment_loads TO anyshelf_app;

-- Supply on its way to a node, for whoever opens the next lorry.
CREATE INDEX inventory_expected_by_node ON inventory_expected (market, node, arrives_at) WHERE received < quantity;

-- What a till had leased when somebody closed it for it: a sale it made before, and tells later, is still taken.
CREATE TABLE inventory_closed_leases (
    market      text NOT NULL,
    holder      text NOT NULL,
    item        text NOT NULL,
    node        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity >= 0),
    closed_at   timestamptz NOT NULL,
    PRIMARY KEY (market, holder, item, node)
);
GRANT SELECT, INSERT, UPDATE ON inventory_closed_leases TO anyshelf_app;
