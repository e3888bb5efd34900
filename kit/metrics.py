"""Figures for Prometheus about the running of the processes; never about how many cases there are."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The routes by which people report share one label: counted apart, an accused could tell that a report came in.
ANONYMOUS = "anonymous"

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
REQUESTS = Counter("http_requests", "Requests answered", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "http_request_seconds",
    "Time to answer, by route",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
JOBS = Counter("jobs", "Background jobs run, by name and outcome (done, failed)", ["job", "outcome"], registry=REGISTRY)
QUEUE = Gauge("queue_length", "Rows that wait for the worker, by queue", ["queue"], registry=REGISTRY)
MESSAGES = Gauge(
    "wechat_messages",
    "Notices over WeChat of seven days by channel and state; all but failed and uncertain until last midnight",
    ["channel", "state"],
    registry=REGISTRY,
)
LOST = Gauge(
    "wechat_lost_answers",
    "Messages that WeChat may have taken without our reading its answer, each sent again",
    registry=REGISTRY,
)


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request under its route's template."""
    requests, times = _of(method, route, status)
    requests.inc()
    times.observe(seconds)


@cache
def _of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: there are as many as routes and statuses."""
    return REQUESTS.labels(method, route, status), SECONDS.labels(route)


def exposition() -> bytes:
    """Everything measured, in Prometheus' text format."""
    return generate_latest(REGISTRY)
