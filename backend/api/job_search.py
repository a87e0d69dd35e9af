"""Searches the whole ledger of jobs, for staff."""

from typing import Any, Literal

from flask import Blueprint
from pydantic import Field

from backend.api.jobs import JobView, view_of_job
from backend.queues.search import MOST
from backend.web.endpoint import Answer, Endpoint, Input, endpoint
from backend.web.gates import staff
from backend.web.state import use_cases

blueprint = Blueprint("job_search", __name__, url_prefix="/api/v1/jobs")


class SearchQuery(Input):
    """What to look for, in the language of docs/reference/search.md."""

    q: str = Field("", description='Such as `queue:aiQc state:failed error:timeout since:24h "exact text"`; empty: every job')
    order: Literal["newest", "oldest", "longest"] = Field("newest", description="`longest`: what ran longest first, of what has ended")
    cursor: str | None = Field(None, description="The `next` of the page before")
    limit: int = Field(50, ge=1, le=MOST)


class SearchAnswer(Answer):
    """One page. Where `next` is null there is no further one; a page that is not full may have a `next`: then there was no time to
    look further. A first page says that there are `atLeast` and `atMost` (null: not known) so many."""

    items: list[JobView]
    next: str | None
    at_least: int
    at_most: int | None
    took_ms: float
    indexed_percent: int = Field(description="Less than 100 while the index is being built: searches are slower then, and complete")


@endpoint(blueprint, "GET", "/search", spec=Endpoint("Search jobs", staff, SearchAnswer, query=SearchQuery))
def search_jobs(query: SearchQuery) -> dict[str, Any]:
    answer = use_cases().job_search.find(query.q, order=query.order, cursor=query.cursor, limit=query.limit)
    return {"items": [view_of_job(job, for_staff=True) for job in answer.found.items], **answer.numbers()}
