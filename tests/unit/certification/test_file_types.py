"""What a file really is: told by its content, refused with a cure, cleaned of what the camera added."""

import threading
import zipfile
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import ExifTags, Image, PngImagePlugin

from backend.certification.file_types import inspect, sniff
from backend.certification.images import DECODING, MAX_PIXELS, read_picture, sharpness
from backend.certification.policy import Policy
from backend.errors import TooLarge, WrongType
from tests.support.certification import MONDAY, PDF, picture

LIMITS = Policy.in_force(MONDAY.date()).formats.files
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


def zipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hello")
    return out.getvalue()


def with_exif(**changes) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = changes.get("orientation", 1)
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = changes.get("taken", "2026:10:18 08:30:00")
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    if changes.get("gps", True):
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = changes.get("north", "N"), (13.0, 30.0, 7.56)
        gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = changes.get("east", "E"), (102.0, 11.0, 0.0)
    return picture(exif=exif)


@pytest.mark.parametrize(
    ("content", "kind", "mime", "extension"),
    [
        (PDF, "document", "application/pdf", "pdf"),
        (picture("JPEG"), "document", "image/jpeg", "jpg"),
        (picture("PNG"), "document", "image/png", "png"),
        (picture("JPEG"), "photo", "image/jpeg", "jpg"),
        (picture("PNG"), "photo", "image/png", "png"),
        (picture("WEBP"), "photo", "image/webp", "webp"),
    ],
)
def test_the_accepted_types_are_known_by_their_content(content, kind, mime, extension):
    found = inspect(content, kind, LIMITS)
    assert (found.mime, found.extension, found.size, found.sha256) == (mime, extension, len(content), sha256(content).hexdigest())
    assert (found.picture is None) == (mime == "application/pdf")


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"", "document", "EMPTY"),
        (PDF + b" " * LIMITS.max_bytes, "document", "FILE_TOO_LARGE"),
        (HEIC, "photo", "HEIC"),
        (HEIC, "document", "HEIC"),
        (HEIC.replace(b"heic", b"mif1"), "photo", "HEIC"),
        (b"MZ\x90\x00" + b"\x00" * 200, "document", "DOCUMENT_TYPE"),
        (b"<html><script>alert(1)</script>", "document", "DOCUMENT_TYPE"),
        (b"plain text", "photo", "PHOTO_TYPE"),
        (picture("WEBP"), "document", "DOCUMENT_TYPE"),
        (picture("GIF"), "photo", "PHOTO_TYPE"),
        (PDF, "photo", "PHOTO_TYPE"),
        (b"junk " + PDF, "document", "DOCUMENT_TYPE"),
        (zipped(), "document", "DOCUMENT_TYPE"),
        (PDF.removesuffix(b"%%EOF\n"), "document", "DAMAGED"),
        (PDF + b"x" * 2000, "document", "DAMAGED"),
        (PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 5 0 R"), "document", "PDF_ENCRYPTED"),
        (PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt<</V 4>>"), "document", "PDF_ENCRYPTED"),
        (PDF + zipped(), "document", "MIXED_CONTENT"),
        (picture() + zipped(), "photo", "MIXED_CONTENT"),
        (picture(comment=b"<script>alert(1)</script>"), "photo", "MIXED_CONTENT"),
        (picture(comment=b"%PDF-1.4"), "document", "MIXED_CONTENT"),
        (picture()[:-400], "photo", "DAMAGED"),
        (picture("PNG")[:-40], "photo", "DAMAGED"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 500, "photo", "DAMAGED"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 500, "document", "DAMAGED"),
    ],
)
def test_everything_else_is_refused_with_its_cause_and_cure(content, kind, code):
    with pytest.raises((WrongType, TooLarge)) as caught:
        inspect(content, kind, LIMITS)
    [error] = caught.value.errors
    assert (error.field, error.code) == ("file", code)
    assert isinstance(caught.value, TooLarge) == (code == "FILE_TOO_LARGE")
    thai, _, english = error.message.partition(" / ")
    assert any("ก" <= letter <= "๙" for letter in thai)
    assert english.isascii()


def test_the_limit_itself_is_allowed():
    limits = LIMITS.model_copy(update={"max_bytes": len(PDF)})
    assert inspect(PDF, "document", limits).size == len(PDF)


def test_a_pdf_that_only_speaks_of_encryption_is_accepted():
    inspect(PDF.replace(b"trailer", b"% /Encryption is off\ntrailer"), "document", LIMITS)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded():
    out = BytesIO()
    Image.new("1", (8001, 5000)).save(out, "PNG")
    with pytest.raises(TooLarge) as caught:
        read_picture(out.getvalue())
    assert caught.value.errors[0].code == "TOO_MANY_PIXELS"
    assert MAX_PIXELS == 8000 * 5000


def test_a_decompression_bomb_is_refused():
    out = BytesIO()
    Image.new("1", (20000, 20000)).save(out, "PNG")
    with pytest.raises(TooLarge):
        read_picture(out.getvalue())


def test_exif_is_read():
    found = read_picture(with_exif())
    assert (str(found.taken_on), found.gps, found.exif_present) == ("2026-10-18", (13.502100, 102.183333), True)


@pytest.mark.parametrize(("north", "east", "gps"), [("S", "E", (-13.5021, 102.183333)), ("N", "W", (13.5021, -102.183333))])
def test_the_southern_and_western_hemispheres_are_negative(north, east, gps):
    assert read_picture(with_exif(north=north, east=east)).gps == gps


def test_what_the_camera_did_not_know_is_none():
    found = read_picture(with_exif(taken="0000:00:00 00:00:00", gps=False))
    assert (found.taken_on, found.gps) == (None, None)
    bare = read_picture(picture())
    assert (bare.taken_on, bare.gps, bare.exif_present) == (None, None, False)


def test_the_copy_for_others_is_upright_and_without_exif():
    found = read_picture(with_exif(orientation=6))
    copy = Image.open(BytesIO(found.content))
    assert copy.size == (found.width, found.height) == (48, 64)
    assert not copy.getexif()
    assert b"2026:10:18" not in found.content


def with_secrets(format) -> bytes:
    """A picture that carries a text wherever its format has room for one."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "secret"
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", "secret")
    text.add_text("Comment", "secret")
    out = BytesIO()
    image = Image.effect_noise((64, 48), 80)
    image.save(out, format, exif=exif, xmp=b"secret", icc_profile=b"secret", comment=b"secret", pnginfo=text)
    assert out.getvalue().count(b"secret") > 2
    return out.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_was_hidden_beside_the_pixels_survives(format):
    found = read_picture(with_secrets(format))
    assert found.exif_present
    assert b"secret" not in found.content
    assert Image.open(BytesIO(found.content)).format == format


def test_two_pictures_are_decoded_at_once_and_a_third_waits():
    found = []
    third = threading.Thread(target=lambda: found.append(read_picture(picture())))
    with DECODING, DECODING:
        third.start()
        third.join(timeout=0.3)
        assert third.is_alive()
    third.join(timeout=10)
    assert len(found) == 1


def test_a_damaged_picture_gives_its_place_back():
    for _ in range(3):
        with pytest.raises(WrongType):
            read_picture(picture("PNG")[:-40])
    assert read_picture(picture()).format == "JPEG"


@pytest.mark.parametrize(("mode", "format"), [("RGB", "JPEG"), ("L", "JPEG"), ("P", "PNG")])
def test_a_large_picture_is_as_sharp_as_its_small_copy(mode, format):
    noise = Image.effect_noise((1400, 300), 80).convert(mode)
    out = BytesIO()
    noise.resize((4200, 900), Image.Resampling.NEAREST).save(out, format)
    assert read_picture(out.getvalue()).sharpness == pytest.approx(sharpness(noise), abs=0.05)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1"])
def test_pictures_of_every_mode_can_be_kept(mode):
    out = BytesIO()
    Image.effect_noise((40, 30), 50).convert(mode).save(out, "PNG")
    assert Image.open(BytesIO(read_picture(out.getvalue()).content)).size == (40, 30)


def test_a_cmyk_jpeg_becomes_rgb():
    out = BytesIO()
    Image.new("CMYK", (40, 30)).save(out, "JPEG")
    assert Image.open(BytesIO(read_picture(out.getvalue()).content)).mode == "RGB"


def test_sharpness_tells_sharp_from_blurred_from_empty():
    chessboard = Image.effect_noise((400, 300), 80)
    small = chessboard.resize((40, 30)).resize((400, 300), Image.Resampling.BICUBIC)
    assert sharpness(chessboard) > 0.9
    assert sharpness(small) < 0.35
    assert sharpness(Image.new("RGB", (400, 300), "green")) == 0.0
    assert sharpness(Image.new("RGB", (2, 300))) == 0.0


@pytest.mark.parametrize(("content", "mime"), [(PDF, "application/pdf"), (b" " + PDF, ""), (b"", ""), (zipped(), "application/zip")])
def test_a_pdf_has_its_mark_at_the_first_byte(content, mime):
    assert sniff(content) == mime
