"""How fast orders are taken: the work, the clients, the anchors and the figures of four benchmarks."""
