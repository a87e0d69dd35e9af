"""`.env.example` is the documentation of the settings, complete and true."""

import re

import pytest

from backend.settings import Settings, load
from tests.support.sources import ROOT

TEXT = (ROOT / ".env.example").read_text("utf-8")
DOCUMENTED = dict(re.findall(r"^([A-Z_]+)=(.*)$", TEXT, re.MULTILINE))
OF_OTHERS = {"WEB_CONCURRENCY"}
FIELDS = {field.alias: attribute for attribute, field in Settings.model_fields.items()}


def test_every_variable_is_documented_and_nothing_else():
    assert DOCUMENTED.keys() - OF_OTHERS == FIELDS.keys()


def test_no_variable_stands_there_twice():
    assert len(re.findall(r"^[A-Z_]+=", TEXT, re.MULTILINE)) == len(DOCUMENTED)


@pytest.mark.parametrize("variable", sorted(FIELDS))
def test_the_value_shown_is_the_default(variable):
    shown = DOCUMENTED[variable].strip('"')
    given = load(**{variable: shown}) if shown else load()

    assert getattr(given, FIELDS[variable]) == Settings.model_fields[FIELDS[variable]].default


@pytest.mark.parametrize("variable", sorted(FIELDS.keys() - {"REDIS_PASSWORD", "ADMIN_PASSWORD", "GEMINI_MODEL"}))
def test_each_is_explained_above_it(variable):
    before = TEXT[: TEXT.index(f"\n{variable}=")].rsplit("\n\n", 1)[-1]

    assert re.search(r"^# [^-]", before, re.MULTILINE)


def test_the_shell_can_load_it_without_any_change():
    for value in DOCUMENTED.values():
        assert re.fullmatch(r'[\w.:/@+-]*|"[^"$`\\]*"', value), value
