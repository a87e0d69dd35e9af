"""The pages of rq-dashboard; what they show is fetched by its scripts."""

from importlib.metadata import version
from typing import Any

from flask import Response, url_for

from backend.errors import NotFound
from backend.pages.rendering import page, translate
from backend.pages.rq.looking import for_people
from backend.pages.rq.routes import DASHBOARD_VERSION
from backend.queues.names import LABELS, QUEUES, require_queue
from backend.queues.window import REGISTRIES, Registry, Window
from backend.services.rq_acts import EMPTIABLE
from backend.web.state import use_cases

POLL_MS = 2_500
PER_PAGE_AT_MOST = 200
ORDERS = ("asc", "dsc")


@for_people
def queues(_window: Window) -> Response:
    return _page("queues")


@for_people
def workers(_window: Window) -> Response:
    return _page("workers")


@for_people
def jobs(_window: Window, *, queue_name: str | None, registry_name: str, per_page: str, order: str, page: str) -> Response:
    """The first queue where none is named, as the address without a name is upstream's way in."""
    name, registry = require_queue(queue_name or QUEUES[0]), known_registry(registry_name)
    first, size = stretch(page, per_page, order)
    return _page(
        "jobs",
        queue={"name": name},
        registry_name=registry,
        per_page=size,
        order=order,
        page=first // size + 1,
        would_remove=use_cases().rq_acts.counted(name, registry),
        would_retry=use_cases().rq_acts.counted(name, "failed"),
    )


@for_people
def job(window: Window, *, job_id: str) -> Response:
    if window.job(job_id) is None:
        raise NotFound(translate("rq.no_job", id=job_id))
    return _page("job", id=job_id)


def known_registry(name: str) -> Registry:
    """Raises NotFound."""
    for registry in REGISTRIES:
        if registry == name:
            return registry
    raise NotFound(translate("rq.no_registry"))


def stretch(page_number: str, per_page: str, order: str) -> tuple[int, int]:
    """The number of the first job on the page, from 0 on, and how many it has. Raises NotFound for what is none."""
    texts = (str(page_number), str(per_page))
    if order not in ORDERS or not all(text.isascii() and text.isdigit() and 1 <= len(text) <= 9 and int(text) for text in texts):
        raise NotFound(translate("rq.no_page"))
    size = min(int(per_page), PER_PAGE_AT_MOST)
    return (int(page_number) - 1) * size, size


def _page(name: str, **values: Any) -> Response:
    return page(
        f"rq/{name}.html",
        active_tab=name,
        names=QUEUES,
        labels=LABELS,
        registries=REGISTRIES,
        emptiable=EMPTIABLE,
        rq_url_prefix=url_for("rq_dashboard.queues_overview"),
        current_instance=0,
        poll_interval=POLL_MS,
        rq_version=version("rq"),
        rq_dashboard_version=DASHBOARD_VERSION,
        **values,
    )


VIEWS = {"queues_overview": queues, "workers_overview": workers, "jobs_overview": jobs, "job_view": job}
