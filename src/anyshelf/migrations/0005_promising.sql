-- Promises: what was offered, and what was taken up. The offer is kept whole, to be scored against what happened.

CREATE TABLE promising_promises (
    market      text NOT NULL,
    promise_id  uuid NOT NULL,
    channel     text NOT NULL,
    wanted      jsonb NOT NULL,
    options     jsonb NOT NULL,
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL CHECK (expires_at > made_at),
    PRIMARY KEY (market, promise_id)
);

GRANT SELECT, INSERT ON promising_promises TO anyshelf_app;
