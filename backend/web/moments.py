"""How a moment is read from a request: RFC 3339 and nothing else, where pydantic would take any number for one."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)")


def _as_written(value: Any) -> Any:
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, str) and _WRITTEN.fullmatch(value):
        return datetime.fromisoformat(value.upper())
    msg = "write the moment with its zone, as 2026-11-30T09:00:00Z or 2026-11-30T16:00:00+07:00"
    raise ValueError(msg)


Moment = Annotated[AwareDatetime, BeforeValidator(_as_written)]
