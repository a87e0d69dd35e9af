"""A field with all that a template needs to draw it: words, options, the value so far, what is wrong with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.certification.form import ApplicationForm
from backend.certification.labels import LABELS
from backend.certification.policy import Policy
from backend.certification.requirements import required_fields
from backend.errors import InvalidInput
from backend.pages.form.fields import GROUPS, Field, Step
from backend.pages.form.outline import Outline, owns
from backend.pages.form.reading import Posted
from backend.pages.language import language
from backend.pages.rendering import label_text, translate
from backend.pages.texts import has

MONTHS = range(1, 13)


@dataclass(frozen=True)
class Option:
    """One choice; `note` stands below it in small print."""

    code: str
    words: str
    chosen: bool
    note: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong, in the visitor's words; `anchor` is the id of the input to go to, "" where it is on another page."""

    message: str
    anchor: str = ""
    code: str = ""
    href: str = ""


@dataclass(frozen=True)
class FieldView:
    """`values` are texts by part ("" for a field of one part)."""

    field: Field
    words: str
    hint: str
    optional: bool
    values: Mapping[str, str]
    options: Sequence[Option]
    problems: Sequence[Problem]
    is_group: bool

    @property
    def path(self) -> str:
        return self.field.path

    @property
    def value(self) -> str:
        return self.values.get("", "")

    @property
    def square_metres(self) -> str:
        """What an area comes to, or "" for one that is empty or cannot be read."""
        try:
            area = ApplicationForm.parse({"farm": {"area": dict(self.values)}}).farm.area
        except InvalidInput:
            return ""
        return f"{area.square_metres:,.0f}" if area.is_valid else ""

    @property
    def described_by(self) -> str:
        """The ids of hint and error, for assistive technology."""
        ids = [f"{self.path}-hint"] * bool(self.hint) + [f"{self.path}-error"] * bool(self.problems)
        return " ".join(ids)


@dataclass(frozen=True)
class Answers:
    """The values to show: those just posted, or those of the form (within an item: of the item)."""

    stored: Mapping[str, Any]
    posted: Posted | None = None

    def one(self, path: str) -> str:
        if self.posted is not None:
            return self.posted.get(path, "")
        return _shown(_at(self.stored, path))

    def many(self, path: str) -> list[str]:
        if self.posted is not None:
            return self.posted.getlist(path)
        found = _at(self.stored, path)
        return [str(code) for code in found] if isinstance(found, list) else [_shown(found)]


def field_views(outline: Outline, step: Step, answers: Answers, problems: Iterable[tuple[str, Problem]]) -> list[FieldView]:
    """The fields of the step that apply, each with the problems that are about it."""
    found = list(problems)
    needed = _needed(outline, step)
    return [_view(field, outline, step, answers, found, optional=field.path not in needed) for field in step.shown(outline.circumstances)]


def words_of(field: Field, step: Step, circumstances: frozenset[str]) -> str:
    """The label: one of its own for a circumstance, where there is one."""
    key = _key(field, step)
    if field.kind == "assessment":
        return label_text("category", field.path.rpartition(".")[2])
    special = next((f"fields.{key}@{code}" for code in sorted(circumstances) if has(f"fields.{key}@{code}")), f"fields.{key}")
    return translate(special)


def _view(
    field: Field, outline: Outline, step: Step, answers: Answers, problems: list[tuple[str, Problem]], *, optional: bool
) -> FieldView:
    hint = f"fields.{_key(field, step)}.hint"
    return FieldView(
        field=field,
        words=words_of(field, step, outline.circumstances),
        hint=translate(hint) if has(hint) else "",
        optional=optional,
        values=_values(field, answers),
        options=_options(field, outline.policy, answers),
        problems=[problem for path, problem in problems if owns(field, path, step)],
        is_group=field.kind in GROUPS,
    )


def _key(field: Field, step: Step) -> str:
    return f"{step.name}.{field.path}" if step.each else field.path


def _needed(outline: Outline, step: Step) -> set[str]:
    """Required paths, within an item as its fields are called; as each item needs them."""
    if not step.each:
        return set(required_fields(outline.form, outline.policy))
    rules = [rule for rule in outline.policy.requirements.fields if rule.each == step.each]
    return {name for rule in rules for name in rule.fields}


def _values(field: Field, answers: Answers) -> dict[str, str]:
    if field.kind == "area":
        return {part: answers.one(f"{field.path}.{part}") for part in ("rai", "ngan", "sqWah")}
    if field.kind == "assessment":
        return {part: answers.one(f"{field.path}.{part}") for part in ("status", "note")}
    if field.kind == "checkboxes":
        return {}
    return {"": answers.one(field.path)}


def _options(field: Field, policy: Policy, answers: Answers) -> list[Option]:
    if field.kind == "herb":
        return _herbs(policy, answers.one(field.path))
    if field.kind == "province":
        return [Option(item.name_th, item.name_en, chosen=False) for item in policy.provinces.provinces]
    if field.kind == "month":
        chosen = answers.one(field.path)
        return [Option(str(number), translate(f"months.{number}"), str(number) == chosen) for number in MONTHS]
    if field.kind == "yes_no":
        chosen = answers.one(field.path)
        return [Option(code, translate(f"common.{code}"), code == chosen) for code in ("no", "yes")]
    known: Iterable[str] = LABELS[field.labels] if field.labels else ()
    codes = policy.formats.vocabularies.get(field.vocabulary or field.path, known)
    picked = answers.one(f"{field.path}.status") if field.kind == "assessment" else answers.many(field.path)
    return [_option(field, code, code in picked if isinstance(picked, list) else code == picked) for code in codes]


def _option(field: Field, code: str, chosen: bool) -> Option:
    note = f"options.{field.labels}.{code}"
    return Option(code, label_text(field.labels, code), chosen, translate(note) if has(note) else "")


def _herbs(policy: Policy, chosen: str) -> list[Option]:
    other = policy.herbs.other_code
    named = [(herb.code, f"{herb.name_th if language() == 'th' else herb.name_en} ({herb.scientific_name})") for herb in policy.herbs.herbs]
    return [Option(code, words, code == chosen) for code, words in [*named, (other, translate("options.herb.OTHER"))]]


def _at(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
