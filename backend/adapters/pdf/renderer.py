"""Makes PDF files with typst: Thai shaped and broken at words, in a font that is embedded, archivable and readable aloud."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typst import Fonts, PDFStandard

from backend.errors import PermanentFailure
from backend.telemetry.logs import logger

FONT = "Sarabun"
STANDARDS: "list[PDFStandard]" = ["a-2a", "ua-1"]  # for the archive, and for those who have it read aloud
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
log = logger("pdf")


class TypstRenderer:
    """A ReportRenderer over the templates beside this file; one object serves every thread.

    A template reads `data.json`, `qr.svg` (of `data["statusUrl"]`, where there is one) and the shared `parts.typ`; the
    time in the file is `data["created"]["at"]`, so the same data makes the same bytes.
    """

    @cached_property
    def _fonts(self) -> "Fonts":
        import fontpkg  # noqa: PLC0415 - a worker that makes no report needs none of these
        import typst  # noqa: PLC0415

        # typst's own fonts stay within reach for letters that Sarabun lacks, such as Greek in a scientific name.
        folder = Path(fontpkg.path(FONT)).parent
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)])

    @cached_property
    def _templates(self) -> Mapping[str, bytes]:
        folder = files(__package__) / "templates"
        return {item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith(".typ")}

    def render(self, template: str, data: Mapping[str, Any]) -> bytes:
        from typst import TypstError  # noqa: PLC0415

        source = self._templates.get(f"{template}.typ")
        if not _NAME.fullmatch(template) or source is None:
            raise PermanentFailure(f"There is no report template {template}")
        inputs = {**self._templates, "main.typ": source, **_data_files(data)}
        created_at = _created_at(data)
        try:
            return self._compile(inputs, created_at, STANDARDS)
        except TypstError:
            # Mostly a letter in a name that no font draws: a report with one box in it serves people better than none.
            log.warning("A report does not meet the archive standard, so it is made without", template=template)
        try:
            return self._compile(inputs, created_at, [])
        except TypstError as error:
            raise PermanentFailure(f"The report template {template} failed: {error.message}"[:300]) from error

    def _compile(self, inputs: Mapping[str, bytes], created_at: datetime, standards: "list[PDFStandard]") -> bytes:
        import typst  # noqa: PLC0415

        sources: Any = dict(inputs)  # files by name, held in memory: right, though the stub of the library does not say so
        made = typst.compile(
            sources, font_paths=self._fonts, ignore_system_fonts=True, pdf_standards=standards, timestamp=created_at, format="pdf"
        )
        return bytes(made)


def _data_files(data: Mapping[str, Any]) -> dict[str, bytes]:
    try:
        written = {"data.json": json.dumps(data, ensure_ascii=False, allow_nan=False).encode()}
    except (TypeError, ValueError) as error:  # not JSON, or a lone surrogate
        raise PermanentFailure(f"The data of a report is not JSON: {error}") from None
    address = data.get("statusUrl")
    return {**written, "qr.svg": _qr(str(address))} if address else written


def _qr(text: str) -> bytes:
    import segno  # noqa: PLC0415

    drawn = BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", border=0, xmldecl=False, svgns=True)
    return drawn.getvalue()


def _created_at(data: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(data["created"]["at"]).replace(microsecond=0)  # typst refuses fractions of a second
    except (KeyError, TypeError, ValueError):
        raise PermanentFailure("The data of a report needs created.at, a time in ISO 8601") from None
