"""What a file really is, told by its content and never by its name."""

import hashlib
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import filetype

from backend.certification.images import Picture, read_picture
from backend.certification.policy_tables import Files
from backend.certification.refusals import refusal

Kind = Literal["document", "photo"]
_EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_HEIC = {"image/heic", "image/heif", "image/avif"}
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_HEAD, _TAIL = 1024, 1024
_FOREIGN = re.compile(rb"%PDF-|<script|<html|<svg|<\?php", re.IGNORECASE)
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")


@dataclass(frozen=True)
class Inspected:
    """A file that may be kept: `sha256` and `size` are of what was sent, `content` is what is kept."""

    mime: str
    extension: str
    size: int
    sha256: str
    content: bytes
    picture: Picture | None = None


def inspect(content: bytes, kind: Kind, limits: Files) -> Inspected:
    """Find out the type, check the whole file, and give back what to keep. Raises WrongType or TooLarge, each with its cure."""
    if not content:
        raise refusal("EMPTY")
    if len(content) > limits.max_bytes:
        raise refusal("FILE_TOO_LARGE")
    mime = sniff(content)
    if mime in _HEIC:
        raise refusal("HEIC")
    if mime not in (limits.document_types if kind == "document" else limits.photo_types):
        raise refusal("DOCUMENT_TYPE" if kind == "document" else "PHOTO_TYPE")
    _refuse_second_content(content)
    sha256 = hashlib.sha256(content).hexdigest()
    if mime == "application/pdf":
        _check_pdf(content)
        return Inspected(mime, "pdf", len(content), sha256, content)
    picture = read_picture(content)
    return Inspected(mime, _EXTENSIONS[mime], len(content), sha256, picture.content, picture)


def sniff(content: bytes) -> str:
    """The media type by magic bytes, or an empty text; a PDF has its mark at the very first byte."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "image/heic"
    guess = filetype.guess(content)
    mime = guess.mime if guess else ""
    return "" if mime == "application/pdf" else str(mime)


def _refuse_second_content(content: bytes) -> None:
    """A file that two programs read differently: a picture that is also a page or a PDF, anything that is also an archive."""
    if _FOREIGN.search(content[1:_HEAD]) or zipfile.is_zipfile(BytesIO(content)):
        raise refusal("MIXED_CONTENT")


def _check_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-_TAIL:]:
        raise refusal("DAMAGED")
    if _ENCRYPTED.search(content):
        raise refusal("PDF_ENCRYPTED")
