"""`gacp review FILE`: what the rules say of one application document, without any server."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from backend.certification.dates import parse_day
from backend.certification.form import ApplicationForm
from backend.certification.labels import label
from backend.certification.quality.outcome import outcome
from backend.clock import SystemClock, bangkok_date
from backend.errors import FieldError, InvalidInput, Malformed


@click.command("review")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as-of", metavar="DATE", default="", help="The day to review as of; otherwise the file's own, otherwise today in Bangkok.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: submitAllowed, validationErrors, requiredDocuments, qc.")
@click.option("--full", is_flag=True, help="With the words, the warnings and the whole result.")
def command(file: Path, as_of: str, *, as_json: bool, full: bool) -> None:
    """Review the application in FILE (JSON) by the rules in force on a day; needs no server."""
    document = read_document(file)
    on = _day(as_of, document)
    answer = outcome(ApplicationForm.parse(document), on, full=full or not as_json)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=1) if as_json else summary(answer, on))


def read_document(file: Path) -> dict[str, Any]:
    """The JSON object in a file; raises Malformed where it cannot be read as one."""
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise Malformed(f"{file}: {error.strerror or 'cannot be read'}") from None
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{file}: not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Malformed(f"{file}: an application is a JSON object")
    return document


def summary(answer: Mapping[str, Any], on: date) -> str:
    """For people: what stops the submission, what the review found, what follows; Thai first, English behind."""
    lines = [f"ณ วันที่ · As of {on.isoformat()}", _submit_line(answer)]
    lines += [f"  - {item['path']}: {item['messageTh']} · {item['messageEn']}" for item in answer["validationErrors"]]
    return "\n".join([*lines, *_result_lines(answer["qc"])])


def _submit_line(answer: Mapping[str, Any]) -> str:
    if answer["submitAllowed"]:
        return "ยื่นได้ · May be submitted"
    return f"ยังยื่นไม่ได้ ต้องแก้ {len(answer['validationErrors'])} ข้อ · Cannot be submitted yet, {len(answer['validationErrors'])} to put right"


def _result_lines(qc: Mapping[str, Any]) -> list[str]:
    if qc["inspectionType"] is None:
        return ["ไม่ต้องตรวจคุณภาพและไม่ต้องตรวจแปลง · No quality check and no inspection"]
    kind = label("inspection", qc["inspectionType"])
    reasons = ", ".join(qc["decisionReasons"])
    scores = [f"  {label('dimension', name).th} · {label('dimension', name).en}: {score}" for name, score in qc["dimensionScores"].items()]
    issues = [f"  [{issue['severity']}] {issue['path']}: {issue['messageTh']} · {issue['messageEn']}" for issue in qc["issues"]]
    return [
        f"คะแนน · Score {qc['overallScore']} ({qc['grade']})",
        *scores,
        f"รูปแบบการตรวจ · Inspection: {kind.th} · {kind.en} ({reasons})",
        *issues,
        "ผลเบื้องต้น ไม่ใช่คำตัดสิน · Preliminary, not a decision",
    ]


def _day(typed: str, document: Mapping[str, Any]) -> date:
    fixture = document.get("_fixture")
    chosen = typed or (fixture.get("asOf") if isinstance(fixture, dict) else None)
    if not chosen:
        return bangkok_date(SystemClock().now())
    day = parse_day(str(chosen))
    if day is None:
        raise InvalidInput("The day cannot be read", errors=(FieldError("--as-of", "write it as 2026-11-02 or 2569-11-02"),))
    return day
