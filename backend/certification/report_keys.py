"""Names reports: apart from what makes them, as the job type needs only the name before it runs."""


def report_key(application_id: str, variant: str, event_id: str) -> str:
    """Where a report is kept, and the key of its effect: the same event and reader give the same one."""
    return f"reports/{application_id}/{event_id}-{variant}.pdf"
