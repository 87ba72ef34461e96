-- How full the days of nodes are, for policies that balance them: asked by day, over all nodes.
CREATE INDEX promising_days_by_day ON promising_days (market, day);
