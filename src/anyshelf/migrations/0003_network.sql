-- Where stock lies, how it travels, and who may draw on it.

-- Every change of the tables below also writes a new stamp here (network/service), so that what a process
-- has in memory is compared with one cheap read. The version counts; the stamp tells two counts apart of
-- which one was rolled back.
CREATE TABLE network_version (
    market      text PRIMARY KEY REFERENCES markets (market),
    version     bigint NOT NULL CHECK (version > 0),
    stamp       uuid NOT NULL
);

CREATE TABLE nodes (
    market      text NOT NULL REFERENCES markets (market),
    node        text NOT NULL CHECK (length(node) BETWEEN 1 AND 64),
    kind        text NOT NULL CHECK (kind IN ('dc', 'fc', 'store', 'dark_store', 'vendor', 'hub')),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    lat         double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon         double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    country     text NOT NULL DEFAULT '' CHECK (length(country) <= 2),
    postal_code text NOT NULL DEFAULT '' CHECK (length(postal_code) <= 16),
    timezone    text NOT NULL DEFAULT 'UTC',
    hours       text NOT NULL DEFAULT '24/7',
    cutoff      time,                                   -- local; none: goods leave as soon as they are ready
    processing_minutes integer NOT NULL DEFAULT 0 CHECK (processing_minutes BETWEEN 0 AND 43200),
    capacity_per_day   integer CHECK (capacity_per_day >= 0),   -- orders a day; none: no limit
    capabilities text[] NOT NULL DEFAULT '{}',
    groups      text[] NOT NULL DEFAULT '{}',           -- the channels and distribution groups it serves
    active      boolean NOT NULL DEFAULT true,
    PRIMARY KEY (market, node)
);

CREATE TABLE services (
    market      text NOT NULL REFERENCES markets (market),
    service     text NOT NULL CHECK (length(service) BETWEEN 1 AND 64),
    carrier     text NOT NULL DEFAULT '',
    mode        text NOT NULL DEFAULT 'parcel' CHECK (mode IN ('parcel', 'courier', 'van', 'transfer')),
    working_days text NOT NULL DEFAULT 'Mo-Sa',
    PRIMARY KEY (market, service)
);

-- A lane runs from a node to a node; '*' stands for any.
CREATE TABLE lanes (
    market      text NOT NULL REFERENCES markets (market),
    origin      text NOT NULL,
    destination text NOT NULL,
    mode        text NOT NULL CHECK (mode IN ('parcel', 'courier', 'van', 'transfer')),
    service     text NOT NULL DEFAULT '',
    transit_days integer NOT NULL CHECK (transit_days BETWEEN 0 AND 365),
    cost_minor   bigint NOT NULL DEFAULT 0 CHECK (cost_minor >= 0),
    cost_minor_per_kg bigint NOT NULL DEFAULT 0 CHECK (cost_minor_per_kg >= 0),
    PRIMARY KEY (market, origin, destination, mode, service)
);

CREATE TABLE zones (
    market      text NOT NULL,
    origin_prefix      text NOT NULL CHECK (length(origin_prefix) BETWEEN 1 AND 16),
    destination_prefix text NOT NULL CHECK (length(destination_prefix) BETWEEN 1 AND 16),
    zone        smallint NOT NULL CHECK (zone BETWEEN 1 AND 99),
    PRIMARY KEY (market, origin_prefix, destination_prefix)
);

CREATE TABLE rates (
    market      text NOT NULL,
    service     text NOT NULL CHECK (length(service) BETWEEN 1 AND 64),
    zone        smallint NOT NULL CHECK (zone BETWEEN 1 AND 99),
    weight_g_max integer NOT NULL CHECK (weight_g_max > 0),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    transit_days integer CHECK (transit_days BETWEEN 0 AND 365),    -- none: by zone, network/rules.py
    PRIMARY KEY (market, service, zone, weight_g_max)
);

-- A channel draws on the nodes it names, the nodes of the groups it names, and the nodes that name it.
-- Where nothing of this is said, it draws on every node.
CREATE TABLE channels (
    market      text NOT NULL REFERENCES markets (market),
    channel     text NOT NULL CHECK (length(channel) BETWEEN 1 AND 64),
    kind        text NOT NULL CHECK (kind IN ('web', 'app', 'store', 'marketplace', 'call_centre')),
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    nodes       text[] NOT NULL DEFAULT '{}',
    groups      text[] NOT NULL DEFAULT '{}',
    holdback_units   integer NOT NULL DEFAULT 0 CHECK (holdback_units >= 0),
    holdback_percent integer NOT NULL DEFAULT 0 CHECK (holdback_percent BETWEEN 0 AND 100),
    PRIMARY KEY (market, channel)
);

CREATE TABLE vendors (
    market      text NOT NULL,
    vendor      text NOT NULL CHECK (length(vendor) BETWEEN 1 AND 64),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    node        text NOT NULL,
    ack_minutes integer NOT NULL DEFAULT 240 CHECK (ack_minutes BETWEEN 1 AND 43200),
    email       text NOT NULL DEFAULT '',
    edi_id      text NOT NULL DEFAULT '',
    PRIMARY KEY (market, vendor),
    FOREIGN KEY (market, node) REFERENCES nodes (market, node)
);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON network_version, nodes, services, lanes, zones, rates, channels, vendors TO anyshelf_app;
