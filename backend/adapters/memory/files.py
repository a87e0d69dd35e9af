"""A file store in memory: what tests hand in."""

from hashlib import sha256

from backend.adapters.files.keys import checked_key
from backend.certification.ports import StoredFile
from backend.errors import NotFound


class MemoryFiles:
    """The file port over a dict."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> StoredFile:
        self._contents[checked_key(key)] = bytes(content)
        return StoredFile(key, len(content), sha256(content).hexdigest())

    def get(self, key: str) -> bytes:
        try:
            return self._contents[checked_key(key)]
        except KeyError:
            raise NotFound(f"There is no file {key}") from None

    def delete(self, key: str) -> None:
        self._contents.pop(checked_key(key), None)

    def exists(self, key: str) -> bool:
        return checked_key(key) in self._contents
