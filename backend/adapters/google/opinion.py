"""Turns what a model answered into an opinion: unknown keys dropped, numbers and lengths held to their limits."""

import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

MAX_ISSUES = 50  # domain.md d.7
MAX_RECOMMENDATIONS = 20
_UNSEEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NOT_IN_A_CODE = re.compile(r"[^A-Z0-9]+")


class UnusableAnswer(Exception):
    """The answer is not JSON of the schema; the message names fields and kinds of error only."""


def _clamp(highest: float) -> AfterValidator:
    return AfterValidator(lambda value: min(max(value, 0.0), highest))


def _clean(limit: int) -> AfterValidator:
    return AfterValidator(lambda value: _UNSEEN.sub("", unicodedata.normalize("NFC", value)).strip()[:limit])


def _not_empty(value: str) -> str:
    if not value:
        msg = "is empty"
        raise ValueError(msg)
    return value


def _code(value: str) -> str:
    return _not_empty(_NOT_IN_A_CODE.sub("_", value.upper()).strip("_")[:60])


def _first(limit: int) -> BeforeValidator:
    return BeforeValidator(lambda value: value[:limit] if isinstance(value, list) else value)


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


Score = Annotated[float, Field(allow_inf_nan=False), _clamp(100.0)]
Confidence = Annotated[float, Field(allow_inf_nan=False), _clamp(1.0)]
Code = Annotated[str, AfterValidator(_code)]
Path = Annotated[str, _clean(200), AfterValidator(_not_empty)]
Message = Annotated[str, _clean(600), AfterValidator(_not_empty)]
OptionalMessage = Annotated[str, _clean(600)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Scores(_Part):
    """All five dimensions: a model that leaves one out has not read the application whole."""

    COMPLETENESS: Score
    DOCUMENTS: Score
    CONSISTENCY: Score
    EVIDENCE: Score
    GACP_READINESS: Score


class Issue(_Part):
    """A fault that the model found, with the path of the field that shows it."""

    code: Code
    severity: Annotated[Literal["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"], BeforeValidator(_upper)]
    path: Path
    message_th: Message
    message_en: OptionalMessage = ""


class Recommendation(_Part):
    """A hint to one kind of reader."""

    audience: Annotated[Literal["APPLICANT", "REVIEWER", "INSPECTOR"], BeforeValidator(_upper)]
    text_th: Message


class ModelAnswer(_Part):
    """The whole answer, as the response schema of `prompt` asks for it."""

    dimension_scores: Scores
    issues: Annotated[list[Issue], _first(MAX_ISSUES)]
    recommendations: Annotated[list[Recommendation], _first(MAX_RECOMMENDATIONS)]
    confidence: Confidence


def read_answer(text: str) -> ModelAnswer:
    """Parse an answer; raises UnusableAnswer."""
    try:
        return ModelAnswer.model_validate_json(text)
    except ValidationError as error:
        raise UnusableAnswer(_problem(error)) from None


def _problem(error: ValidationError) -> str:
    """The first few faults, without the values that caused them."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{'.'.join(str(step) for step in fault['loc']) or 'the answer'}: {fault['type']}" for fault in faults[:5]]
    return "; ".join(told)
