"""Takes out of an error's message what differs from one occurrence to the next, so that equal failures read alike."""

import re

LIMIT = 200
_KINDS = {
    "text": r"""(?<!\w)(?:"[^"]*"|'[^']*'|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»)(?!\w)""",
    "status": r"\b(?:HTTP|[Ss]tatus|[Cc]ode)(?:/[0-9.]+)?[ =:]{1,3}[1-5][0-9]{2}\b",
    "url": r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s\"'`<>]+",
    "email": r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*",
    "time": r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    "address": r"(?<![\w.-])(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[A-Za-z][\w-]*(?:\.[\w-]+)*(?=:[0-9]{2,5}\b))(?::[0-9]{2,5}\b)?",
    "path": r"(?<![\w.:/])(?:~|\.{1,2})?(?:/[\w.@%+-]+){2,}/?",
    "n": r"(?<![A-Za-z0-9_.-])[-+]?[0-9๐-๙]+(?:[.,:][0-9๐-๙]+)*(?:\s?(?:%|ms|s|min|h|[KMG]i?B|B)(?![A-Za-z0-9_]))?(?![A-Za-z0-9_-])",
    "id": r"(?<![A-Za-z0-9_-])[A-Za-z_-]*[0-9๐-๙][A-Za-z0-9๐-๙_-]*",
}
_ANY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))
_SPACE = re.compile(r"\s+")


def normalised(message: str) -> str:
    """The message with `<n>` for a number, `<id>` for what has digits in it, `<text>` for what stands in quotes, and so on.

    The status of an answer stays: `HTTP 503` and `HTTP 403` have different cures. Asked again of its own answer it changes nothing.
    """
    text = _SPACE.sub(" ", message).strip()[: 4 * LIMIT]
    while (shorter := _ANY.sub(_placeholder, text)) != text:
        text = shorter
    return text[:LIMIT]


def _placeholder(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    return found.group() if kind == "status" else f"<{kind}>"
