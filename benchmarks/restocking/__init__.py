"""Replenishment on real weekly sales: what a policy would have cost, store by store."""
