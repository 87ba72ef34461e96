-- The simulator: scenarios that somebody keeps, runs of scenarios, and what each replication came to.

CREATE TABLE simulator_scenarios (
    market      text NOT NULL REFERENCES markets (market),
    scenario    text NOT NULL CHECK (scenario ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
    told        text NOT NULL,             -- TOML, as it was written
    kept_by     text NOT NULL,
    kept_at     timestamptz NOT NULL,
    dropped_at  timestamptz,               -- put away; it can be brought back
    PRIMARY KEY (market, scenario)
);

CREATE TABLE simulator_runs (
    market      text NOT NULL REFERENCES markets (market),
    run_id      uuid NOT NULL,
    scenario    text NOT NULL,
    question    text NOT NULL,
    told        text NOT NULL,             -- the TOML it was asked with
    asked       jsonb NOT NULL,            -- the scenario with every setting in full: what is played
    replications integer NOT NULL CHECK (replications > 0),
    state       text NOT NULL CHECK (state IN ('waiting', 'playing', 'played', 'failed', 'stopped')),
    done        integer NOT NULL DEFAULT 0 CHECK (done >= 0 AND done <= "of"),
    "of"        integer NOT NULL CHECK ("of" > 0),
    tries       integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    asked_by    text NOT NULL,
    asked_at    timestamptz NOT NULL,
    begun_at    timestamptz,
    beat_at     timestamptz,               -- when the process that plays it last said that it is there
    ended_at    timestamptz,
    said        text NOT NULL DEFAULT '',  -- why it failed
    PRIMARY KEY (market, run_id)
);
CREATE INDEX simulator_runs_under_way ON simulator_runs (market, asked_at) WHERE state IN ('waiting', 'playing');

-- A replication of a variant, once; a run that is taken up again plays only what is missing.
CREATE TABLE simulator_replications (
    market      text NOT NULL,
    run_id      uuid NOT NULL,
    variant     integer NOT NULL CHECK (variant >= 0),
    replication integer NOT NULL CHECK (replication >= 0),
    played      jsonb NOT NULL,
    PRIMARY KEY (market, run_id, variant, replication),
    FOREIGN KEY (market, run_id) REFERENCES simulator_runs (market, run_id) ON DELETE CASCADE
);

GRANT SELECT, INSERT, UPDATE ON simulator_scenarios TO anyshelf_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON simulator_runs TO anyshelf_app;
GRANT SELECT, INSERT, DELETE ON simulator_replications TO anyshelf_app;
