"""Small valid files that stand behind the documents and photos of an imported application."""

from functools import cache
from io import BytesIO

_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def placeholder(mime: str | None) -> tuple[bytes, str]:
    """The bytes of an empty page or a grey picture, and the extension that fits them."""
    return (_picture(), "jpg") if (mime or "").startswith("image/") else (_PDF, "pdf")


@cache
def _picture() -> bytes:
    from PIL import Image  # noqa: PLC0415 - who imports no application needs it not

    out = BytesIO()
    Image.new("RGB", (8, 6), (128, 128, 128)).save(out, "JPEG")
    return out.getvalue()
