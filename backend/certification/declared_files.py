"""What an applicant may say of documents and photos, and what only the server knows of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from backend.certification.form import DocumentFacts, FileFacts, PhotoFacts
from backend.errors import Conflict

Facts = TypeVar("Facts", DocumentFacts, PhotoFacts)
NewId = Callable[[], str]

SERVER_OWNED = frozenset({"id", "storage_key", "uploaded_at", "uploaded_by", "review", "superseded_by", "facts_source"})
"""Never taken from a client."""
MEASURED = frozenset(
    {
        "slot",
        "file_name",
        "mime",
        "size_bytes",
        "sha256",
        "page_count",
        "width",
        "height",
        "phash",
        "sharpness",
        "taken_on",
        "gps",
        "exif_present",
    }
)
"""Read from the file itself, once there is one."""


def take_over(sent: Sequence[Facts], kept: Sequence[Facts], new_id: NewId) -> list[Facts]:
    """The list that replaces `kept`: each entry that was sent, with what the server knows of it from before.

    Entries are recognised by `id`, or without one by slot and SHA-256. What was superseded stays, as history.
    Raises Conflict where the list leaves out a file that an officer accepted.
    """
    left: list[Facts] = list(kept)
    taken: list[Facts] = [_merged(entry, _match(entry, left), new_id) for entry in sent]
    for facts in left:
        require_not_accepted(facts)
    history: list[Facts] = [facts for facts in left if _is_history(facts)]
    return history + taken


def require_not_accepted(facts: FileFacts) -> None:
    """Raises Conflict for a file that an officer accepted: it can be replaced, never removed."""
    if is_accepted(facts) and not _is_history(facts):
        raise Conflict(f"เอกสาร {facts.slot} ผ่านการตรวจแล้ว ลบไม่ได้ / {facts.slot} was accepted and cannot be removed; it can be replaced.")


def is_accepted(facts: FileFacts) -> bool:
    return bool(facts.review) and (facts.review or {}).get("status") == "ACCEPTED"


def changed(facts: Facts, **fields: object) -> Facts:
    """The same facts with some of them set anew."""
    return facts.model_copy(update=fields)


def keyed_by_slot(files: Sequence[FileFacts]) -> dict[str, list[dict[str, object]]]:
    """Facts per slot as JSON, so that two lists can be compared slot by slot."""
    table: dict[str, list[dict[str, object]]] = {}
    for facts in files:
        table.setdefault(facts.slot or "", []).append(facts.model_dump(mode="json", by_alias=True, exclude_none=True))
    return table


def _merged(entry: Facts, known: Facts | None, new_id: NewId) -> Facts:
    said = _without(entry, SERVER_OWNED | (MEASURED if known and known.storage_key else frozenset()))
    if known is None:
        return type(entry)(**said, id=new_id(), storage_key=None, **_source(entry))
    return type(entry)(**{**_only(known, SERVER_OWNED | (MEASURED if known.storage_key else frozenset())), **said})


def _source(entry: FileFacts) -> dict[str, str]:
    """Who read the facts from a document: until an officer or a model does, the applicant."""
    return {"facts_source": "APPLICANT"} if isinstance(entry, DocumentFacts) else {}


def _match(entry: Facts, left: list[Facts]) -> Facts | None:
    """Take the file that the entry means out of those that are left."""
    known = next((facts for facts in _candidates(entry, left)), None)
    if known is not None:
        left.remove(known)
    return known


def _candidates(entry: Facts, left: Sequence[Facts]) -> Iterator[Facts]:
    if entry.id:
        return (facts for facts in left if facts.id == entry.id)
    return (facts for facts in left if entry.sha256 and (facts.slot, facts.sha256) == (entry.slot, entry.sha256) and not _is_history(facts))


def _is_history(facts: FileFacts) -> bool:
    return bool(getattr(facts, "superseded_by", None))


def _without(facts: Facts, names: frozenset[str]) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.model_fields_set - names}


def _only(facts: Facts, names: frozenset[str]) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.model_fields_set & names}
