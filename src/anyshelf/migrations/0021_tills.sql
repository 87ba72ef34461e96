-- A till's lease: holds under the till's name, found by it, and looked for at every sale.
CREATE INDEX inventory_holds_by_holder ON inventory_holds (market, holder) WHERE state = 'live' AND holder IS NOT NULL;
