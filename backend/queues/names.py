"""The four queues: their names in JSON and in Redis, and what people call them."""

from difflib import get_close_matches

from backend.errors import NotFound

AI_QC = "aiQc"
EMAIL = "email"
CALENDAR = "calendar"
REPORT = "report"

QUEUES = (AI_QC, EMAIL, CALENDAR, REPORT)

LABELS = {AI_QC: "AI QC", EMAIL: "Email", CALENDAR: "Calendar", REPORT: "Report"}


def require_queue(name: str) -> str:
    """Return `name` where there is such a queue; raises NotFound with the nearest names otherwise."""
    if name in QUEUES:
        return name
    near = get_close_matches(name, QUEUES, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"the queues are {', '.join(QUEUES)}"
    raise NotFound(f"There is no queue {name!r}: {hint}")
