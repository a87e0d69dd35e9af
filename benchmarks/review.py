"""How fast the rules review an application of ordinary size: `python -m benchmarks.review`."""

import json
import sys
from datetime import date
from pathlib import Path

from backend.certification.form import ApplicationForm
from backend.certification.quality.outcome import outcome
from backend.certification.quality.redaction import redact
from backend.certification.quality.review import review
from benchmarks.table import Row, measure, show

SAMPLE = Path("backend/certification/samples/02_plai_community_enterprise_new.json")
AS_OF = date(2026, 11, 2)
FIFTY_MS = 0.050


def rows() -> list[Row]:
    """From the JSON text to the answer, and the parts of the way."""
    text = SAMPLE.read_text("utf-8")
    form = ApplicationForm.parse(json.loads(text))
    return [
        measure("read, validate and review", lambda: outcome(ApplicationForm.parse(json.loads(text)), AS_OF, full=True), limit=FIFTY_MS),
        measure("read the form", lambda: ApplicationForm.parse(json.loads(text))),
        measure("review", lambda: review(form, AS_OF), limit=FIFTY_MS),
        measure("redact for a model", lambda: redact(form, AS_OF)),
    ]


def main() -> int:
    kept = show(f"Rule-based review of {SAMPLE.name}", rows())
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
