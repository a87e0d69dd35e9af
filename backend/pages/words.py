"""Takes apart the texts that carry both languages, Thai before the slash and English behind it."""

import re

from backend.pages.language import language

_THAI = re.compile("[\u0e00-\u0e7f]")


def own_language(message: str) -> str:
    """The half of `ไทย / English` that the visitor reads (in either order), or all of it where there is one language."""
    halves = message.split(" / ")
    if len(halves) != 2:
        return message
    wanted = [half for half in halves if bool(_THAI.search(half)) == (language() == "th")]
    return wanted[0] if len(wanted) == 1 else message
