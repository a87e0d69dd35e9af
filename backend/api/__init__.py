"""The JSON API: one file per subject."""

from flask import Flask

from backend.api.ai_qc import blueprint as ai_qc
from backend.api.alerts import blueprint as alerts
from backend.api.applications import blueprint as applications
from backend.api.audit import blueprint as audit
from backend.api.auth import blueprint as auth
from backend.api.dead_causes import blueprint as dead_causes
from backend.api.dead_letters import blueprint as dead_letters
from backend.api.documents import blueprint as documents
from backend.api.health import blueprint as health
from backend.api.insight import blueprint as insight
from backend.api.job_debug import blueprint as job_debug
from backend.api.job_search import blueprint as job_search
from backend.api.job_why import blueprint as job_why
from backend.api.jobs import blueprint as jobs
from backend.api.metrics import blueprint as metrics
from backend.api.openapi import blueprint as openapi
from backend.api.queue import blueprint as queue
from backend.api.queue_health import blueprint as queue_health
from backend.web.gates import mount

_SUBJECTS = (
    alerts, auth, applications, documents, ai_qc, queue, jobs, job_search, job_why, dead_letters, dead_causes, audit,
    health, queue_health, job_debug, metrics, insight, openapi,
)  # fmt: skip


def register(app: Flask) -> None:
    """Mount every subject; each route brings its own gate."""
    for blueprint in _SUBJECTS:
        mount(app, blueprint)
