"""A real network, a real tariff and real baskets, under several policies of sourcing."""
