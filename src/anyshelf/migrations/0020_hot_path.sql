-- Where each part of a line stands is written in the line itself: [[state, node, quantity], ...]. A line and
-- its parts are always written and read together, and one row cannot be without the other.

ALTER TABLE order_lines ADD COLUMN stands jsonb NOT NULL DEFAULT '[]'
    CHECK (jsonb_typeof(stands) = 'array');

UPDATE order_lines l SET stands = a.stands
FROM (SELECT market, order_id, line,
             jsonb_agg(jsonb_build_array(state, node, quantity) ORDER BY state, node) AS stands
      FROM order_allocations WHERE quantity > 0
      GROUP BY market, order_id, line) AS a
WHERE a.market = l.market AND a.order_id = l.order_id AND a.line = l.line;

DROP TABLE order_allocations;

GRANT UPDATE (stands) ON order_lines TO anyshelf_app;
