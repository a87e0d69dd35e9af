"""What is known of the files of an application: documents and photos, each in its slot."""

from typing import Any

from pydantic import Field

from backend.certification.area import Area
from backend.certification.part import Day, Flag, Number, Part, Text


class Position(Part):
    """A point on the earth, WGS-84, decimal degrees."""

    lat: Number = None
    lng: Number = None


class FileFacts(Part):
    """What is known of an uploaded file; `storage_key` and the like are set by the server alone."""

    id: Text = None
    slot: Text = None
    file_name: Text = None
    storage_key: Text = None
    mime: Text = None
    size_bytes: Number = None
    sha256: Text = None
    uploaded_at: Text = None
    uploaded_by: Text = None
    review: dict[str, Any] | None = None


class DocumentFacts(FileFacts):
    """A document in its slot, and the facts that somebody read from it."""

    page_count: Number = None
    issued_on: Day = None
    expires_on: Day = None
    number_on_document: Text = None
    name_on_document: Text = None
    area_on_document: Area = Field(default_factory=Area)
    lab_result: Text = None
    legibility: Text = None
    facts_source: Text = None
    superseded_by: Text = None


class PhotoFacts(FileFacts):
    """A photo in its slot, and the facts that code computed from it."""

    width: Number = None
    height: Number = None
    phash: Text = None
    sharpness: Number = None
    taken_on: Day = None
    gps: Position = Field(default_factory=Position)
    exif_present: Flag = None
