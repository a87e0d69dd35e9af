"""Task 4: how the farm works, and what the applicant says of the 14 categories."""

from backend.pages.form.fields import Field, Step, Task

_MANAGEMENT = ("QUALITY_ASSURANCE", "PERSONAL_HYGIENE", "DOCUMENTATION", "EQUIPMENT", "FACILITIES")
_FIELD = ("CULTIVATION_SITE", "WATER", "FERTILIZER", "SEED_PROPAGATION", "CULTIVATION")
_AFTER_HARVEST = ("HARVEST", "PRIMARY_PROCESSING", "PACKAGING_LABELLING", "STORAGE_DISTRIBUTION")


def _assess(name: str, categories: tuple[str, ...]) -> Step:
    fields = (Field(f"selfAssessment.{code}", "assessment", "assessment", "selfAssessment.*.status") for code in categories)
    return Step(name, tuple(fields))


TASK = Task(
    "practices",
    (
        Step(
            "fertilizers",
            (
                Field("kind", "select", "fertilizer", "practices.fertilizers.*.kind"),
                Field("name"),
                Field("registrationNo", short=True),
            ),
            each="practices.fertilizers",
        ),
        Step(
            "pesticides",
            (
                Field("name"),
                Field("activeIngredient"),
                Field("registrationNo", short=True),
                Field("phiDays", "number", inputmode="numeric", short=True),
            ),
            each="practices.pesticides",
        ),
        Step(
            "records",
            (
                Field("practices.recordKeeping", "textarea"),
                Field("practices.staffCount", "number", inputmode="numeric", short=True),
                Field("practices.training", "textarea"),
            ),
        ),
        Step("sop", (Field("sopSections", "checkboxes", "sop"),)),
        _assess("assess-management", _MANAGEMENT),
        _assess("assess-field", _FIELD),
        _assess("assess-harvest", _AFTER_HARVEST),
    ),
    when=(("NOT_REPLACEMENT",),),
)
