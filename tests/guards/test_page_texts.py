"""Everything that people read on a page is in both languages, and nothing is written into a template."""

import ast
import re
from pathlib import Path

import pytest

from backend import pages
from backend.certification.labels import LABELS
from backend.certification.policy import Policy
from backend.certification.states import Status
from backend.clock import bangkok_date
from backend.pages.file_slots import FACTS
from backend.pages.form.outline import TASKS
from backend.pages.queue_pages import ACTIONS
from backend.pages.texts import TEXTS, has
from backend.queues.names import QUEUES
from tests.support.site import THE_DAY

ROOT = Path(pages.__file__).parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted(ROOT.rglob("*.py"))
THAI = re.compile("[\u0e00-\u0e7f]")
_CALL = re.compile(r"""\bt\(\s*(?:"([^"]+)"|'([^']+)')\s*(~)?""")
_CODE = re.compile(r"\{% block width %\}.*?\{% endblock %\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<script.*?</script>", re.DOTALL)
_WORD = re.compile(r"[A-Za-z\u0e00-\u0e7f]{2,}")


def test_every_text_is_there_in_both_languages():
    for key, words in TEXTS.items():
        assert words.th.strip(), key
        assert words.en.strip(), key


def test_the_thai_text_is_thai_and_the_english_is_not():
    same_in_both = {"common.english", "common.thai", "fields.applicant.lineId"}
    for key in set(TEXTS) - same_in_both:
        assert THAI.search(TEXTS[key].th), key
        assert not THAI.search(TEXTS[key].en), key


def test_both_languages_take_the_same_values():
    for key, words in TEXTS.items():
        assert set(re.findall(r"{(\w+)}", words.th)) == set(re.findall(r"{(\w+)}", words.en)), key


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_asks_only_for_texts_that_exist(template):
    for double, single, is_prefix in _CALL.findall(template.read_text(encoding="utf-8")):
        key = double or single
        found = any(name.startswith(key) for name in TEXTS) if is_prefix else has(key)
        assert found, key


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_that_people_read_is_written_into_a_template(template):
    markup = _CODE.sub("", template.read_text(encoding="utf-8"))
    visible = re.sub(r'\s[a-z-]+="[^"]*"', " ", re.sub(r"<[^>]*>", " ", markup))  # the second: attributes that a macro adds to a tag
    attributes = " ".join(re.findall(r'(?:alt|title|aria-label|placeholder)="([^"]*)"', markup))
    assert _WORD.findall(f"{visible} {attributes}") == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_inline_script_or_style_and_trusts_no_text(template):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b|autoescape", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_posts_carries_the_token(template):
    text = template.read_text(encoding="utf-8")
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL):
        assert "csrf_token()" in form or "f.token()" in form, form[:200]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_asks_only_for_texts_that_exist(module):
    calls = [node for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    keys = [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "translate" and call.args and isinstance(call.args[0], ast.Constant)
    ]
    assert [key for key in keys if not has(key)] == []


def test_every_task_step_and_field_has_its_words():
    for task in TASKS:
        assert has(f"tasks.{task.name}")
        for step in task.steps:
            assert has(f"steps.{step.name}")
            assert not step.each or (has(f"lists.{step.name}.add") and has(f"lists.{step.name}.one"))
            for field in step.fields:
                key = f"{step.name}.{field.path}" if step.each else field.path
                assert field.kind == "assessment" or has(f"fields.{key}"), key


def test_every_fact_of_a_document_has_its_words():
    assert [field.path for fields in FACTS.values() for field in fields if not has(f"fields.document.{field.path}")] == []


def test_every_slot_says_what_it_is():
    needs = Policy.in_force(bangkok_date(THE_DAY)).requirements
    assert [slot for slot in (*needs.document_slots, *needs.photo_slots) if not has(f"slots.{slot}.what")] == []


def test_every_state_says_what_comes_next():
    assert [state for state in Status if state not in {Status.NONE, Status.DRAFT} and not has(f"next.{state}")] == []


def test_every_choice_of_the_form_has_its_label():
    policy = Policy.in_force(bangkok_date(THE_DAY))
    for task in TASKS:
        for field in (field for step in task.steps for field in step.fields if field.labels):
            codes = policy.formats.vocabularies.get(field.vocabulary or field.path, ())
            assert LABELS[field.labels], field.path
            assert set(codes) <= set(LABELS[field.labels]), field.path


def test_every_queue_and_every_action_has_its_words():
    assert all(has(f"queues.about_{name}") for name in QUEUES)
    assert all(has(f"queues.{part}{action}") for action in ACTIONS for part in ("", "will_", "confirm_", "done_"))
