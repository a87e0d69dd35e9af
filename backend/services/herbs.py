"""Describes the herbs that quality checks were about, by their codes."""

from collections.abc import Callable

from backend.certification.policy import Policy
from backend.clock import Clock, bangkok_date
from backend.services.insight import Thing

UNREGULATED = "GENERAL"


def herbs(clock: Clock) -> Callable[[str], Thing]:
    """The herb of a code as today's table has it; its category is the regime that it is under."""

    def describe(code: str) -> Thing:
        policy = Policy.in_force(bangkok_date(clock.now()))
        herb = policy.herb(code)
        if herb is None:
            return Thing("Other" if code == policy.herbs.other_code else code, UNREGULATED, {"nameTh": "อื่น ๆ"})
        names = {"nameTh": herb.name_th, "scientificName": herb.scientific_name}
        return Thing(herb.name_en, herb.regime or UNREGULATED, names)

    return describe
