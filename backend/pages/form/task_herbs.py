"""Task 3: the herbs, and the licences that some of them need."""

from backend.pages.form.fields import Field, Step, Task

TASK = Task(
    "herbs",
    (
        Step(
            "crops",
            (
                Field("herbCode", "herb"),
                Field("herbNameOther"),
                Field("scientificName"),
                Field("variety"),
                Field("partsUsed", "checkboxes", "plantPart", "crops.*.partsUsed"),
                Field("materialKind", "select", "material", "crops.*.materialKind"),
                Field("materialOrigin", "radio", "origin", "crops.*.materialOrigin"),
                Field("materialSource"),
                Field("plantedArea", "area", when=(("CULTIVATION", "PROCESSING"),)),
                Field("expectedYieldKgPerCycle", "number", inputmode="decimal", short=True),
                Field("cyclesPerYear", "number", inputmode="numeric", short=True),
                Field("plantingMonth", "month", when=(("CULTIVATION", "PROCESSING"),)),
                Field("harvestMonth", "month"),
                Field("collectionPlan", "textarea", when=(("COLLECTION",),)),
            ),
            each="crops",
        ),
        Step(
            "licenses",
            (
                Field("kind"),
                Field("form", short=True),
                Field("number", short=True),
                Field("status", "radio", "licenceStatus", "licenses.*.status"),
                Field("issuedOn", "date"),
                Field("expiresOn", "date"),
            ),
            when=(("SPECIAL_REGIME", "EXPORT"),),
            each="licenses",
        ),
    ),
    when=(("NOT_REPLACEMENT",),),
)
