"""What is counted for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("anyshelf_requests_total", "Requests answered.", ["route", "status"])
REQUEST_SECONDS = Histogram(
    "anyshelf_request_seconds",
    "Time to answer a request.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
EVENTS_HANDLED = Counter("anyshelf_events_handled_total", "Events taken by handlers.", ["reader"])
EVENTS_SET_ASIDE = Counter("anyshelf_events_set_aside_total", "Events a handler could not take.", ["reader"])
POSITIONS_IN_MEMORY = Gauge(
    "anyshelf_positions_in_memory",
    "Positions this process answers from; 0: it asks the database.",
    ["market"],
)
