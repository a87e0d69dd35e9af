"""Which questions an applicant is asked, where each path is asked, and what a step's answers become."""

import pytest
from werkzeug.datastructures import MultiDict

from backend.certification.form import ApplicationForm
from backend.certification.policy import Policy
from backend.certification.requirements import required_fields
from backend.clock import bangkok_date
from backend.errors import NotFound
from backend.pages.form.fields import Field, Step
from backend.pages.form.items import Items
from backend.pages.form.outline import TASKS, Outline, owns
from backend.pages.form.reading import item_of, patch_of
from tests.support.site import INCOMPLETE, REPLACEMENT, THE_DAY, TURMERIC, sample

POLICY = Policy.in_force(bangkok_date(THE_DAY))
SAMPLES = (TURMERIC, "02_plai_community_enterprise_new.json", INCOMPLETE, "05_invalid_identifiers_gps_area.json", REPLACEMENT)


def outline(**form):
    return Outline(ApplicationForm.parse(form), POLICY)


def names(found):
    return [step.name for task in found.tasks() for step in found.steps(task)]


def test_step_names_are_unique_since_they_are_addresses():
    every = [step.name for task in TASKS for step in task.steps]

    assert len(every) == len(set(every))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_required_field_of_every_kind_of_application_is_asked_somewhere(name):
    """Otherwise nobody could ever submit it by these pages."""
    found = Outline(ApplicationForm.parse(sample(name)), POLICY)

    assert [path for path in required_fields(found.form, POLICY) if found.asks(path) is None] == []


@pytest.mark.parametrize("scope", ["CULTIVATION", "PROCESSING", "COLLECTION"])
@pytest.mark.parametrize("kind", ["INDIVIDUAL", "COMMUNITY_ENTERPRISE", "JURISTIC"])
@pytest.mark.parametrize("request_type", ["NEW", "RENEWAL", "REPLACEMENT"])
def test_a_new_form_of_any_kind_asks_for_all_that_it_requires(request_type, kind, scope):
    found = outline(requestType=request_type, applicant={"type": kind}, certificationScopes=[scope])

    assert [path for path in required_fields(found.form, POLICY) if found.asks(path) is None] == []


@pytest.mark.parametrize(
    ("form", "asked", "not_asked"),
    [
        ({}, {"request", "farm-name", "crops"}, {"previous", "representative", "attorney", "licenses", "land"}),
        ({"requestType": "REPLACEMENT"}, {"previous"}, {"farm-name", "crops", "records"}),
        ({"applicant": {"type": "JURISTIC"}}, {"representative"}, set()),
        ({"applicant": {"filedByAttorney": True}}, {"attorney"}, set()),
        ({"certificationScopes": ["PROCESSING"]}, {"tenure", "land", "water"}, set()),
        ({"certificationScopes": ["COLLECTION"]}, set(), {"tenure", "land", "water"}),
        ({"crops": [{"herbCode": "CANNABIS"}]}, {"licenses"}, set()),
        ({"crops": [{"herbCode": "TURMERIC"}]}, set(), {"licenses"}),
        ({"purposes": ["EXPORT"]}, {"licenses"}, set()),
    ],
)
def test_a_step_is_shown_where_it_applies(form, asked, not_asked):
    shown = set(names(outline(**form)))

    assert asked <= shown
    assert not_asked.isdisjoint(shown)


def test_neighbours_skip_what_does_not_apply():
    found = outline(requestType="NEW", applicant={"type": "INDIVIDUAL"})
    _, scope = found.find("scope")
    before, after = found.neighbours(scope)

    assert (before.name, after.name) == ("request", "kind")
    assert found.neighbours(found.find("request")[1])[0] is None
    assert found.neighbours(found.find("filer")[1])[1] is None


def test_a_step_that_does_not_apply_cannot_be_opened():
    with pytest.raises(NotFound):
        outline().find("attorney")


@pytest.mark.parametrize(
    ("path", "step", "field"),
    [
        ("applicant.phone", "contact", "applicant.phone"),
        ("farm.area", "area", "farm.area"),
        ("farm.area.rai", "area", "farm.area"),
        ("farm.location", "location", "farm.location.lat"),
        ("farm.location.lng", "location", "farm.location.lng"),
        ("crops", "crops", None),
        ("crops.3.herbCode", "crops", "herbCode"),
        ("crops.0.plantedArea.rai", "crops", "plantedArea"),
        ("practices.pesticides.0.registrationNo", "pesticides", "registrationNo"),
        ("selfAssessment.WATER.note", "assess-field", "selfAssessment.WATER"),
    ],
)
def test_a_path_is_asked_by_one_field_of_one_step(path, step, field):
    found = outline(certificationScopes=["CULTIVATION"], crops=[{}] * 4)

    chosen, owner = found.asks(path)

    assert (chosen.name, owner.path if owner else None) == (step, field)


@pytest.mark.parametrize("path", ["documents.ID_CARD", "consents.truthDeclaration", "nothing", "farm.areas", "applicant.phones"])
def test_what_no_step_asks_for_is_nowhere(path):
    assert outline().asks(path) is None


def test_a_field_owns_its_parts_and_not_its_namesakes():
    step = Step("s", (Field("farm.area", "area"),))

    assert owns(step.fields[0], "farm.area.ngan", step)
    assert not owns(step.fields[0], "farm.areaTypes", step)


@pytest.mark.parametrize(
    ("field", "posted", "value"),
    [
        (Field("a"), {"a": " สายใจ "}, "สายใจ"),
        (Field("a"), {"a": "  "}, None),
        (Field("a"), {}, None),
        (Field("a", "checkboxes"), {"a": ["X", "", "Y"]}, ["X", "Y"]),
        (Field("a", "checkboxes"), {}, []),
        (Field("a", "yes_no"), {"a": "yes"}, True),
        (Field("a", "yes_no"), {"a": "no"}, False),
        (Field("a", "yes_no"), {"a": "perhaps"}, None),
        (Field("a", "area"), {"a.rai": "4", "a.ngan": "", "a.sqWah": "25"}, {"rai": "4", "ngan": None, "sqWah": "25"}),
        (Field("a", "area"), {"a.rai": "4-2-25 ไร่"}, {"rai": "4", "ngan": "2", "sqWah": "25"}),
        (Field("a", "area"), {"a.rai": "-3"}, {"rai": "-3", "ngan": None, "sqWah": None}),
        (Field("a", "area"), {"a.rai": "4-2"}, {"rai": "4-2", "ngan": None, "sqWah": None}),
        (Field("a", "assessment"), {"a.status": "PARTIAL", "a.note": "x"}, {"status": "PARTIAL", "note": "x"}),
    ],
)
def test_an_answer_is_read_as_its_kind_of_field_says(field, posted, value):
    assert patch_of((field,), MultiDict(posted)) == {"a": value}


def test_answers_are_nested_by_their_paths():
    fields = (Field("farm.address.line"), Field("farm.address.province"), Field("farm.nameTh"))

    patch = patch_of(fields, MultiDict({"farm.address.line": "9", "farm.nameTh": "สวน"}))

    assert patch == {"farm": {"address": {"line": "9", "province": None}, "nameTh": "สวน"}}


def test_an_item_leaves_out_what_was_not_answered():
    fields = (Field("name"), Field("kind"), Field("parts", "checkboxes"))

    assert item_of(fields, MultiDict({"name": "ปุ๋ย"})) == {"name": "ปุ๋ย"}


def test_a_list_is_put_together_around_the_item_that_changed():
    items = Items.of({"practices": {"fertilizers": [{"name": "a", "extra": 1}, {"name": "b"}]}}, "practices.fertilizers")

    changed = items.with_item(0, {"name": "c"}, {"name"})
    added = items.with_item(2, {"name": "d"}, {"name"})

    assert changed == {"practices": {"fertilizers": [{"extra": 1, "name": "c"}, {"name": "b"}]}}
    assert added["practices"]["fertilizers"][2] == {"name": "d"}
    assert items.without(0) == {"practices": {"fertilizers": [{"name": "b"}]}}


@pytest.mark.parametrize("form", [{}, {"crops": None}, {"crops": "x"}, {"crops": []}])
def test_a_list_that_is_not_there_is_empty(form):
    items = Items.of(form, "crops")

    assert items.values == ()
    assert items.get(0) == {}
