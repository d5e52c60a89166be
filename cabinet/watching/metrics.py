"""What each process counts about itself. Labels come from closed lists: never an address, an id or a name.

The library keeps the numbers in memory, or, when several workers share a port, in files that the
launcher names; `multiprocess_mode` says how those of the workers become one.
"""

from collections.abc import Callable
from typing import TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()
REGISTRY = CollectorRegistry()
_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter(
    "cabinet_http_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "cabinet_http_request_seconds",
    "Time to the end of the answer.",
    ["route"],
    buckets=_QUICK,
    registry=REGISTRY,
)
SOCKETS = Gauge("cabinet_sockets_open", "Open event sockets.", multiprocess_mode="livesum", registry=REGISTRY)
EVENTS = Counter("cabinet_events", "Events of pages.", ["handler", "outcome"], registry=REGISTRY)
EVENT_SECONDS = Histogram(
    "cabinet_event_seconds", "Time from the gate to the kept state.", buckets=_QUICK, registry=REGISTRY
)
EVENT_HANDLER_SECONDS = Counter(
    "cabinet_event_handler_seconds", "Time spent in each handler.", ["handler"], registry=REGISTRY
)
SIGN_INS = Counter("cabinet_sign_ins", "Tries to sign in.", ["outcome"], registry=REGISTRY)
WEBHOOKS = Counter("cabinet_webhooks", "Calls of the payment processor.", ["outcome"], registry=REGISTRY)
PAYMENT_STEPS = Counter(
    "cabinet_payment_steps", "Payments that came into a state.", ["state"], registry=REGISTRY
)
SETTLED = Counter(
    "cabinet_payments_settled_minor", "Money credited, in minor units.", ["currency"], registry=REGISTRY
)
READINGS = Counter("cabinet_readings", "Readings kept.", ["kind"], registry=REGISTRY)
LETTERS = Counter("cabinet_letters", "Tries to send a letter.", ["outcome"], registry=REGISTRY)
JOBS = Counter("cabinet_jobs_finished", "Runs of jobs.", ["task", "outcome"], registry=REGISTRY)
JOB_SECONDS = Counter("cabinet_job_seconds", "Time spent in jobs.", ["task"], registry=REGISTRY)
ERRORS = Counter("cabinet_log_errors", "Log lines of level error and above.", registry=REGISTRY)

READY = Gauge(
    "cabinet_ready",
    "What the process stands on: 1 good, 0 not.",
    ["part"],
    multiprocess_mode="livemin",
    registry=REGISTRY,
)
POOL = Gauge(
    "cabinet_pool_connections",
    "Connections to the database: open, in use, and how many may be opened.",
    ["pool", "kind"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
MEMORY = Gauge(
    "cabinet_process_memory_bytes", "Resident memory.", multiprocess_mode="livesum", registry=REGISTRY
)
CPU = Counter("cabinet_process_cpu_seconds", "Processor time.", registry=REGISTRY)
LAG = Gauge(
    "cabinet_loop_lag_seconds",
    "How late the event loop is: something holds it up.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
DISK_FREE = Gauge(
    "cabinet_disk_free_ratio",
    "Free part of the disk of the data folder.",
    multiprocess_mode="livemin",
    registry=REGISTRY,
)
BUILD = Gauge(
    "cabinet_build_info",
    "Always 1; the labels say what runs.",
    ["version", "schema"],
    multiprocess_mode="livemax",
    registry=REGISTRY,
)

Usage: TypeAlias = Callable[[], tuple[int, int, int]]
"""Connections of a pool that are open, that are in use, and that may be opened."""

pools: dict[str, Usage] = {}
"""The pools of this process; whoever opens one enters it."""
