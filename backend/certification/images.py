"""Pictures: what code can see in one without a model, and a copy of it without the data that the camera added."""

import math
import threading
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from backend.certification.refusals import refusal

if TYPE_CHECKING:  # an idle worker needs no pictures; each function imports what it uses
    from PIL import Image

MAX_PIXELS = 40_000_000
DECODING = threading.BoundedSemaphore(2)
"""Who decodes holds one: 40 megapixels take 120 MB and, turned upright, twice that, so that a dozen uploads at once
would end the process for want of memory. There are two, as a third would only wait for the processor."""

_FORMATS = ("JPEG", "PNG", "WEBP")
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError)
_LAPLACIAN = (0, 1, 0, 1, -4, 1, 0, 1, 0)
_SHARPNESS_SIDE = 1024  # pixels: pictures of all sizes are compared at the same one
_HALF_SHARP = 200.0  # the variance that counts as 0.5; 108, about the usual limit of "blurry", gives 0.35


@dataclass(frozen=True)
class Picture:
    """What a picture shows of itself, and `content`: the copy for other people, upright and without EXIF.

    `sharpness` is 0 to 1, `taken_on` the camera's day, `gps` (latitude, longitude) in decimal degrees.
    """

    format: str
    width: int
    height: int
    sharpness: float
    taken_on: date | None
    gps: tuple[float, float] | None
    exif_present: bool
    content: bytes


def read_picture(content: bytes) -> Picture:
    """Decode the whole picture; refuses what is damaged, incomplete, too large, or no JPEG, PNG or WebP."""
    image = _open(content)
    with DECODING:
        return _decoded(image)


def sharpness(image: "Image.Image") -> float:
    """Variance of the Laplacian, scaled to 0 (nothing to see) to 1 (full of edges), to two decimals."""
    from PIL import ImageFilter, ImageStat  # noqa: PLC0415 - see above

    grey = _reduced(image).convert("L")
    grey.thumbnail((_SHARPNESS_SIDE, _SHARPNESS_SIDE))
    if min(grey.size) < 3:
        return 0.0
    laplacian = ImageFilter.Kernel((3, 3), _LAPLACIAN, scale=1, offset=128)
    edges = grey.filter(laplacian).crop((1, 1, grey.width - 1, grey.height - 1))  # the filter copies the rim unchanged
    variance = float(ImageStat.Stat(edges).var[0])
    return round(variance / (variance + _HALF_SHARP), 2)


def _open(content: bytes) -> "Image.Image":
    """The picture with its header read alone: what is too large is refused before it takes any room."""
    from PIL import Image  # noqa: PLC0415 - see above

    try:
        image = Image.open(BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise refusal("TOO_MANY_PIXELS") from None
    except _UNREADABLE:
        raise refusal("DAMAGED") from None
    if image.width * image.height > MAX_PIXELS:
        raise refusal("TOO_MANY_PIXELS")
    return image


def _decoded(image: "Image.Image") -> Picture:
    """Everything is done on the one decoded image, in place: a copy of it would be another 120 MB."""
    from PIL import ImageOps  # noqa: PLC0415 - see above

    try:
        image.load()
    except _UNREADABLE:
        raise refusal("DAMAGED") from None
    exif = image.getexif()
    taken_on, gps, exif_present = _taken_on(exif), _gps(exif), bool(exif)
    ImageOps.exif_transpose(image, in_place=True)
    return Picture(
        format=str(image.format),
        width=image.width,
        height=image.height,
        sharpness=sharpness(image),
        taken_on=taken_on,
        gps=gps,
        exif_present=exif_present,
        content=_without_metadata(image),
    )


def _reduced(image: "Image.Image") -> "Image.Image":
    """A large picture by a whole factor smaller, still at twice the side that is looked at.

    JPEG's own reduced decoding (`draft`) would be quicker, but the pixels are needed in full for the copy anyway.
    """
    factor = max(image.size) // (2 * _SHARPNESS_SIDE)
    return image.reduce(factor) if factor > 1 and image.mode in {"RGB", "L"} else image


def _without_metadata(image: "Image.Image") -> bytes:
    """The pixels alone, encoded anew: neither EXIF nor anything hidden behind the picture survives."""
    kind = str(image.format)
    image.info.clear()  # where the writers would take profile, comment, transparency and XMP from
    if kind == "JPEG" and image.mode not in {"RGB", "L"}:
        image = image.convert("RGB")
    out = BytesIO()
    image.save(out, kind, quality=90)
    return out.getvalue()


def _taken_on(exif: "Image.Exif") -> date | None:
    from PIL import ExifTags  # noqa: PLC0415 - see above

    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = str(details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime) or "")
    try:
        return date.fromisoformat(text[:10].replace(":", "-"))
    except ValueError:
        return None


def _gps(exif: "Image.Exif") -> tuple[float, float] | None:
    from PIL import ExifTags  # noqa: PLC0415 - see above

    tags = exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(tags.get(ExifTags.GPS.GPSLatitude), tags.get(ExifTags.GPS.GPSLatitudeRef), "S")
    longitude = _degrees(tags.get(ExifTags.GPS.GPSLongitude), tags.get(ExifTags.GPS.GPSLongitudeRef), "W")
    return None if latitude is None or longitude is None else (latitude, longitude)


def _degrees(parts: Any, reference: Any, negative: str) -> float | None:
    """Degrees, minutes and seconds as one number; None for what cameras write when they have no fix."""
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return round(-value if reference == negative else value, 6)
