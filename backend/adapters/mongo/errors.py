"""What pymongo raises, as the errors of the document port."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backend.adapters.documents.store import DuplicateKey, StoreUnavailable
from backend.errors import InvalidInput, Misconfigured

if TYPE_CHECKING:
    from pymongo.results import BulkWriteResult

_TYPE_MISMATCH, _PATH_NOT_VIABLE = 14, 28
_DUPLICATE_KEY = 11000
_UNAUTHORIZED, _AUTHENTICATION_FAILED = 13, 18


@contextmanager
def translated(collection: str) -> Iterator[None]:
    """Raises the port's errors for the driver's; what is left is a fault of ours. Messages leave out the values."""
    from pymongo import errors  # noqa: PLC0415 - the driver takes half a second to import, and most installations do without

    try:
        yield
    except errors.DuplicateKeyError as error:
        raise DuplicateKey(f"{collection}: a document with this id, or the same values of a unique index, is there") from error
    except (errors.ConnectionFailure, errors.WriteConcernError, errors.ExecutionTimeout) as error:
        raise StoreUnavailable(f"MongoDB does not answer ({type(error).__name__})") from error
    except errors.DocumentTooLarge as error:
        raise InvalidInput(f"{collection}: the document is larger than MongoDB keeps (16 MB): move files out of it") from error
    except errors.OperationFailure as error:
        raise _by_code(collection, error.code or 0) or error from error


def places_taken(write: Callable[[], object]) -> set[int]:
    """Make a write of many documents; the places of those whose id or unique value was there already."""
    from pymongo import errors  # noqa: PLC0415 - see `translated`

    try:
        write()
    except errors.BulkWriteError as error:
        refused = error.details["writeErrors"]
        if error.details.get("writeConcernErrors"):
            raise StoreUnavailable("MongoDB does not say that it has kept all of them") from error
        other = next((item["code"] for item in refused if item["code"] != _DUPLICATE_KEY), None)
        if other is not None:
            raise _by_code("a write of many", other) or error from error
        return {item["index"] for item in refused}
    return set()


def all_matched(write: "Callable[[], BulkWriteResult]", count: int) -> bool:
    """Make so many changes; False where one found no document, or would have broken a unique index."""
    results: list[BulkWriteResult] = []
    refused = places_taken(lambda: results.append(write()))
    return not refused and results[0].matched_count == count


def _by_code(collection: str, code: int) -> Exception | None:
    if code in {_TYPE_MISMATCH, _PATH_NOT_VIABLE}:
        return TypeError(f"{collection}: a field cannot be changed that way: it is no number, or a step to it is not a dict")
    if code in {_UNAUTHORIZED, _AUTHENTICATION_FAILED}:
        return Misconfigured("MongoDB refuses our account: check the name, password and rights in MONGODB_URI")
    return None
