-- What we sell: items, and kits made of items at the time of picking.

CREATE TABLE items (
    market      text NOT NULL REFERENCES markets (market),
    item        text NOT NULL CHECK (length(item) BETWEEN 1 AND 64),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    gtin        text CHECK (gtin ~ '^[0-9]{14}$'),      -- GTIN-14: shorter ones are filled up with zeros
    category    text NOT NULL DEFAULT '',
    weight_g    integer NOT NULL DEFAULT 0 CHECK (weight_g BETWEEN 0 AND 50000000),
    length_mm   integer NOT NULL DEFAULT 0 CHECK (length_mm BETWEEN 0 AND 100000),
    width_mm    integer NOT NULL DEFAULT 0 CHECK (width_mm BETWEEN 0 AND 100000),
    height_mm   integer NOT NULL DEFAULT 0 CHECK (height_mm BETWEEN 0 AND 100000),
    price_minor bigint NOT NULL DEFAULT 0 CHECK (price_minor >= 0),
    cost_minor  bigint NOT NULL DEFAULT 0 CHECK (cost_minor >= 0),
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    flags       text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (market, item)
);
CREATE UNIQUE INDEX items_by_gtin ON items (market, gtin) WHERE gtin IS NOT NULL;
CREATE INDEX items_by_word ON items
    USING gin (to_tsvector('simple'::regconfig, item || ' ' || name || ' ' || category));

CREATE TABLE kits (
    market      text NOT NULL,
    kit         text NOT NULL,
    item        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity BETWEEN 1 AND 100000),
    PRIMARY KEY (market, kit, item),
    FOREIGN KEY (market, kit) REFERENCES items (market, item),
    FOREIGN KEY (market, item) REFERENCES items (market, item),
    CHECK (kit <> item)
);

-- A process keeps what it looked up of the catalogue and compares the stamp with one cheap read.
CREATE TABLE catalogue_version (
    market      text PRIMARY KEY REFERENCES markets (market),
    stamp       uuid NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON items, kits TO anyshelf_app;
GRANT SELECT, INSERT, UPDATE ON catalogue_version TO anyshelf_app;
