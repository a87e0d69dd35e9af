"""Why a file is refused: one error per cause, in Thai and English, each with its cure."""

from backend.errors import FieldError, GacpError, TooLarge, WrongType

_CAUSES: dict[str, tuple[type[GacpError], str, str]] = {
    "EMPTY": (WrongType, "ไฟล์ว่าง โปรดเลือกไฟล์อีกครั้ง", "The file is empty: choose it again."),
    "FILE_TOO_LARGE": (
        TooLarge,
        "ไฟล์ใหญ่เกิน 10 MB โปรดลดขนาดหรือถ่ายใหม่ด้วยความละเอียดต่ำลง",
        "The file is larger than 10 MB: make it smaller, or take the picture again at a lower resolution.",
    ),
    "APPLICATION_TOO_LARGE": (
        TooLarge,
        "ไฟล์ทั้งหมดของคำขอเกิน 200 MB โปรดลบรูปที่ไม่ใช้",
        "All files of the application together exceed 200 MB: remove pictures that are not needed.",
    ),
    "HEIC": (
        WrongType,
        "ไฟล์ HEIC ของ iPhone เปิดไม่ได้ โปรดตั้งค่า > กล้อง > รูปแบบ > เข้ากันได้มากที่สุด แล้วถ่ายใหม่ หรือส่งออกเป็น JPEG",
        "HEIC cannot be read: on the iPhone choose Settings > Camera > Formats > Most Compatible and retake it, or export it as JPEG.",
    ),
    "DOCUMENT_TYPE": (WrongType, "เอกสารต้องเป็น PDF, JPEG หรือ PNG", "A document has to be a PDF, JPEG or PNG file."),
    "PHOTO_TYPE": (WrongType, "รูปถ่ายต้องเป็น JPEG, PNG หรือ WebP", "A photo has to be a JPEG, PNG or WebP file."),
    "PDF_ENCRYPTED": (
        WrongType,
        "PDF นี้ตั้งรหัสผ่านไว้ โปรดบันทึกใหม่โดยไม่ใส่รหัสผ่าน",
        "This PDF is protected by a password: save it again without one.",
    ),
    "DAMAGED": (
        WrongType,
        "ไฟล์เสียหายหรือส่งมาไม่ครบ โปรดส่งอีกครั้งหรือสแกนใหม่",
        "The file is damaged or incomplete: send it again, or scan it anew.",
    ),
    "MIXED_CONTENT": (
        WrongType,
        "ไฟล์มีเนื้อหาชนิดอื่นแฝงอยู่ โปรดสแกนหรือถ่ายใหม่",
        "The file holds content of a second type: scan or photograph it anew.",
    ),
    "TOO_MANY_PIXELS": (
        TooLarge,
        "รูปมีความละเอียดเกิน 40 ล้านพิกเซล โปรดย่อขนาดรูป",
        "The picture has more than 40 megapixels: make it smaller.",
    ),
}


def refusal(code: str) -> GacpError:
    """The error to raise for one of the causes above, naming the field `file`."""
    error, thai, english = _CAUSES[code]
    message = f"{thai} / {english}"
    return error(message, errors=(FieldError("file", message, code),))
