"""The department's post room for tests: letters and reports about the applications of `Department`."""

from dataclasses import dataclass, field
from typing import Any

from backend.adapters.memory.mailer import MemoryMailer
from backend.adapters.memory.renderer import MemoryRenderer
from backend.certification.correspondence import Correspondence
from backend.certification.letters.facts import Office
from backend.certification.reports import ReportService
from tests.support.certification import Department

OFFICE = Office(base_url="https://gacp.example", phone="0-2149-5678", new_work="gacp-office@dtam.example")


@dataclass
class PostRoom(Department):
    """A department whose letters are kept in a list and whose reports are their data."""

    mailer: Any = field(default_factory=MemoryMailer)
    renderer: Any = field(default_factory=MemoryRenderer)
    office: Office = OFFICE

    def __post_init__(self) -> None:
        super().__post_init__()
        shared = {"applications": self.repository, "effects": self.effects, "clock": self.clock}
        self.correspondence = Correspondence(**shared, mailer=self.mailer, office=self.office)
        self.reports = ReportService(
            **shared,
            appointments=self.appointments,
            links=self.service,
            renderer=self.renderer,
            files=self.files,
            base_url=self.office.base_url,
        )
