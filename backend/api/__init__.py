"""The JSON API: one file per subject."""

from flask import Flask

from backend.api import ai_qc, applications, auth, documents, health, jobs, openapi, queue
from backend.web.gates import mount

_SUBJECTS = (auth, applications, documents, ai_qc, queue, jobs, health, openapi)


def register(app: Flask) -> None:
    """Mount every subject; each route brings its own gate."""
    for subject in _SUBJECTS:
        mount(app, subject.blueprint)
