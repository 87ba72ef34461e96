-- Who did what: of people, keys, policies, terms and money given back. It can be added to, and never changed.
CREATE TABLE deeds (
    market      text NOT NULL,
    deed_id     uuid NOT NULL,
    by          text NOT NULL CHECK (by <> ''),
    did         text NOT NULL CHECK (did <> ''),
    about       text NOT NULL,
    said        jsonb NOT NULL DEFAULT '{}',
    done_at     timestamptz NOT NULL,
    PRIMARY KEY (market, deed_id)
);
CREATE INDEX deeds_by_time ON deeds (market, done_at DESC, deed_id DESC);
GRANT SELECT, INSERT ON deeds TO anyshelf_app;

-- On which day a key was last used: written once a day, since a key is looked at with every request.
ALTER TABLE auth_keys ADD COLUMN last_used_on date;

-- What was set aside and then handled after all: what was set aside stays on record.
CREATE TABLE outbox_handled_after_all (
    market      text NOT NULL,
    reader      text NOT NULL,
    sequence    bigint NOT NULL,
    handled_at  timestamptz NOT NULL,
    PRIMARY KEY (market, reader, sequence),
    FOREIGN KEY (market, reader, sequence) REFERENCES outbox_set_aside (market, reader, sequence)
);
GRANT SELECT, INSERT ON outbox_handled_after_all TO anyshelf_app;
