"""Task 2: the site."""

from backend.pages.form.fields import Field, Step, Task, address

_LAND = (("CULTIVATION", "PROCESSING"),)
_OF_OTHERS = (("RENTED", "OWNER_PERMITTED"),)

TASK = Task(
    "farm",
    (
        Step("farm-name", (Field("farm.nameTh"), Field("farm.nameEn"), Field("farm.description", "textarea"))),
        Step("farm-address", address("farm.address")),
        Step(
            "location",
            (
                Field("farm.location.lat", "number", inputmode="decimal", short=True),
                Field("farm.location.lng", "number", inputmode="decimal", short=True),
            ),
        ),
        Step(
            "area",
            (
                Field("farm.area", "area"),
                Field("farm.cultivatedArea", "area", when=_LAND),
                Field("farm.areaTypes", "checkboxes", "areaType"),
            ),
        ),
        Step("tenure", (Field("farm.land.tenure", "radio", "tenure"),), when=_LAND),
        Step(
            "land",
            (
                Field("farm.land.documentType"),
                Field("farm.land.documentNumber", short=True),
                Field("farm.land.ownerName", when=_OF_OTHERS),
                Field("farm.land.leaseEndsOn", "date", when=_OF_OTHERS),
                Field("farm.land.remarks", "textarea"),
            ),
            when=_LAND,
        ),
        Step(
            "land-history",
            (
                Field("farm.landHistory.previousUse"),
                Field("farm.landHistory.yearsKnown", "number", inputmode="numeric", short=True),
                Field("farm.landHistory.contaminationSources", "checkboxes", "contamination"),
            ),
            when=_LAND,
        ),
        Step(
            "water",
            (
                Field("farm.water.sources", "checkboxes", "water"),
                Field("farm.water.irrigation"),
                Field("farm.soil.texture"),
                Field("farm.soil.ph", "number", inputmode="decimal", short=True),
            ),
            when=_LAND,
        ),
    ),
    when=(("NOT_REPLACEMENT",),),
)
