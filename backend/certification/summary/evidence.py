"""What was handed in: an index of documents, photos and licences, each file with its hash."""

from collections.abc import Iterator

from backend.certification.form import DocumentFacts, FileFacts, Licence, PhotoFacts
from backend.certification.labels import Label, label
from backend.certification.messages.texts import name_of
from backend.certification.summary.blocks import Block, Words, cell, note, section, table
from backend.certification.summary.subject import Subject, day, number

UNITS = ((1_000_000, "MB"), (1_000, "kB"))


def documents_section(subject: Subject) -> Block:
    columns = (("เอกสาร", "Document", 3.4), ("ไฟล์", "File", 3.6), ("ข้อเท็จจริงในเอกสาร", "Facts", 2.8), ("สถานะ", "State", 1.1))
    in_force = [item for item in subject.form.documents if not item.superseded_by]
    rows = [(name_of(f"documents.{item.slot}"), _file(item), _facts(subject, item), _state(item)) for item in in_force]
    return section("documents", "ดัชนีเอกสาร", "Documents", [table(columns, rows)] if rows else [_none()])


def photos_section(subject: Subject) -> Block:
    columns = (("ภาพถ่าย", "Photo", 3.4), ("ไฟล์", "File", 3.6), ("วันที่ถ่ายและพิกัด", "Taken, position", 2.8), ("สถานะ", "State", 1.1))
    rows = [(name_of(f"photos.{item.slot}"), _file(item), _taken(item), _review(item)) for item in subject.form.photos]
    return section("photos", "ดัชนีภาพถ่าย", "Photos", [table(columns, rows)] if rows else [_none()])


def licences_section(subject: Subject) -> Block | None:
    """Licences of other desks, where any were named."""
    columns = (("ใบอนุญาต", "Licence", 3.0), ("เลขที่", "Number", 2.0), ("สถานะ", "State", 1.5), ("ใช้ได้ถึง", "Valid until", 2.0))
    rows = [_licence(item) for item in subject.form.licenses]
    notice = note("ใบรับรอง GACP ไม่ใช่ใบอนุญาตจำหน่ายหรือส่งออก", "A GACP certificate is not a sales or export permit.")
    return section("licences", "ใบอนุญาตอื่น", "Licences", [table(columns, rows), notice]) if rows else None


def _file(item: FileFacts) -> Block:
    kind = (item.mime or "").rpartition("/")[2].upper()
    about = " · ".join(part for part in (item.file_name, kind, _size(item.size_bytes)) if part)
    return cell(about, small=_hash(item.sha256))


def _hash(sha256: str | None) -> str:
    return f"SHA-256 {sha256[:32]} {sha256[32:]}" if sha256 else ""  # the blank lets it break inside its column


def _size(size: float | None) -> str:
    if size is None:
        return ""
    unit, name = next(((unit, name) for unit, name in UNITS if size >= unit), (1, "B"))
    return f"{size / unit:,.1f} {name}" if unit > 1_000 else f"{size / unit:,.0f} {name}"


def _facts(subject: Subject, item: DocumentFacts) -> Block:
    issued, expires = day(item.issued_on), day(item.expires_on)
    lines = (
        item.number_on_document and f"เลขที่ {subject.identifier(item.number_on_document)}",
        item.name_on_document,
        None if item.area_on_document.is_blank else f"เนื้อที่ {item.area_on_document}",
        issued and f"ออกเมื่อ {issued.th}",
        expires and f"หมดอายุ {expires.th}",
        item.lab_result and f"ผลวิเคราะห์ {label('labResult', item.lab_result).th}",
    )
    return cell(" · ".join(line for line in lines if line))


def _state(item: DocumentFacts) -> Words:
    return label("legibility", item.legibility) if item.legibility not in {None, "GOOD"} else _review(item)


def _review(item: FileFacts) -> Words:
    status = (item.review or {}).get("status")
    if status:
        return label("review", str(status))
    return label("review", "PENDING") if item.storage_key else Label("แจ้งไว้", "Declared")


def _taken(item: PhotoFacts) -> Block:
    return cell(day(item.taken_on), small=" · ".join(_about_picture(item)))


def _about_picture(item: PhotoFacts) -> Iterator[str]:
    if item.gps.lat is not None and item.gps.lng is not None:
        yield f"{item.gps.lat:.4f}, {item.gps.lng:.4f}"
    else:
        yield "ไม่มีพิกัด / no position"
    if item.width and item.height:
        yield f"{number(item.width)} × {number(item.height)}"


def _licence(item: Licence) -> tuple[Words | Block, ...]:
    return (
        " ".join(part for part in (item.kind, item.form) if part),
        item.number,
        label("licenceStatus", item.status),
        day(item.expires_on),
    )


def _none() -> Block:
    return note("ยังไม่มีไฟล์", "No file was handed in yet.")
