"""Turns a template into a page: in the visitor's language, with dates as they read them."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import make_response, render_template, request, url_for
from flask.wrappers import Response

from backend.certification.form import ApplicationForm
from backend.certification.labels import label, listed
from backend.certification.messages.texts import name_of
from backend.certification.thai_dates import (
    english_date,
    english_day,
    english_moment,
    english_time,
    thai_date,
    thai_day,
    thai_moment,
    thai_time,
)
from backend.pages.language import language
from backend.pages.texts import has, text
from backend.pages.words import own_language
from backend.web.current_user import visitor
from backend.web.state import use_cases

STATIC = Path(__file__).parent / "static"
When = date | datetime | str


def page(template: str, status: int = 200, **values: Any) -> Response:
    """The finished page."""
    found = visitor()
    known = {
        "t": translate,
        "t_in": translate_into,
        "has_text": has,
        "lang": language(),
        "label": label_text,
        "listed": listed_text,
        "place": place_name,
        "day": _by_language(thai_date, english_date),
        "whole_day": _by_language(thai_day, english_day),
        "moment": _by_language(thai_moment, english_moment),
        "clock_time": _by_language(thai_time, english_time),
        "user": found.user if found else None,
        "asset": asset,
        "other_language": _other_language,
        "own_language": own_language,
        "office_phone": use_cases().settings.office_phone,
    }
    return make_response(render_template(template, **known, **values), status)


def translate(key: str, /, **values: object) -> str:
    """The text of that key in the visitor's language."""
    return text(key, language(), **values)


def translate_into(language: str, key: str, /) -> str:
    """The text of that key in that language, for what has to be read by everybody."""
    return text(key, language)


def label_text(group: str, code: str | None) -> str:
    """The words for a code of the API."""
    return str(getattr(label(group, code), language()))


def listed_text(group: str, codes: list[str] | None) -> str:
    """Several codes in one line."""
    return str(getattr(listed(group, codes), language()))


def place_name(path: str, form: ApplicationForm | None = None) -> str:
    """What people call a place in the form, such as `farm.area` or `documents.LAND_RIGHTS`; a photo by its slot, with the form."""
    return str(getattr(name_of(path, form), language()))


@cache
def asset(name: str) -> str:
    """The address of one of our own static files; it changes with the content, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("pages.static", filename=name, v=digest, _external=False)


def page_day(when: When) -> str:
    """A day as the visitor reads it."""
    return _by_language(thai_date, english_date)(when)


def _by_language(thai: Callable[[Any], str], english: Callable[[Any], str]) -> Callable[[When | None], str]:
    def show(when: When | None) -> str:
        if not when:
            return ""
        try:
            return thai(when) if language() == "th" else english(when)
        except ValueError:  # a draft may hold a date that is none: people see what they typed
            return str(when)

    return show


def _other_language(code: str) -> str:
    """The address of this page in that language."""
    kept = {name: value for name, value in request.args.items() if name != "lang"}
    return f"{quote(request.path)}?{urlencode(kept | {'lang': code})}"
