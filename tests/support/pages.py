"""A person at the pages, without a browser: follows forms with their tokens, and knows what a complete applicant answers."""

import io
import re
from html import unescape

from PIL import Image

from backend.accounts.roles import Role
from tests.support.site import PASSWORD

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ADDRESS = {"line": "99 หมู่ 4", "subdistrict": "เขาวง", "district": "บ้านตาขุน", "province": "สุราษฎร์ธานี", "postalCode": "๘๔๒๓๐"}
STEPS = {
    "request": {"requestType": "NEW"},
    "scope": {"certificationScopes": ["CULTIVATION"], "purposes": ["COMMERCIAL_DOMESTIC"]},
    "kind": {"applicant.type": "INDIVIDUAL"},
    "person": {"applicant.nameTh": "นางสายใจ ทองดีสมมุติ", "applicant.nationalId": "1-0001-00001-01-5"},
    "address": {f"applicant.address.{name}": value for name, value in ADDRESS.items()},
    "contact": {"applicant.phone": "๐๘๑-๐๐๐-๐๐๐๑", "applicant.email": "saijai@example.com"},
    "filer": {"applicant.filedByAttorney": "no"},
    "farm-name": {"farm.nameTh": "สวนขมิ้นสายใจ"},
    "farm-address": {f"farm.address.{name}": value for name, value in ADDRESS.items()},
    "location": {"farm.location.lat": "8.914200", "farm.location.lng": "98.903500"},
    "area": {"farm.area.rai": "6-2-40", "farm.cultivatedArea.rai": "5", "farm.areaTypes": ["OUTDOOR"]},
    "tenure": {"farm.land.tenure": "OWNED"},
    "land": {"farm.land.documentType": "โฉนดที่ดิน", "farm.land.documentNumber": "00123"},
    "land-history": {"farm.landHistory.previousUse": "สวนยางพารา"},
    "water": {"farm.water.sources": ["POND", "RAIN"], "farm.soil.ph": "6.1"},
    "crops/0": {
        "herbCode": "TURMERIC",
        "partsUsed": ["RHIZOME"],
        "materialSource": "เก็บพันธุ์เอง",
        "expectedYieldKgPerCycle": "12,500",
        "cyclesPerYear": "๑",
    },
}
DOCUMENTS = ("ID_CARD", "HOUSE_REGISTRATION", "LAND_RIGHTS", "SITE_MAP", "PRODUCTION_PLAN", "SOP_MANUAL")
PHOTOS = ("FIELD_OVERVIEW", "FIELD_OVERVIEW", "SURROUNDINGS", "CROP_CLOSEUP", "WATER_SOURCE", "STORAGE")
CONSENTS = {"consents.privacyNoticeAcceptedAt": "yes", "consents.truthDeclaration": "yes"}


def picture(shade=120):
    """A photo that passes: large enough, and different for every shade."""
    buffer = io.BytesIO()
    noise = Image.effect_noise((900, 700), 60)
    Image.merge("RGB", (noise, noise, Image.new("L", noise.size, shade))).save(buffer, "JPEG")
    return buffer.getvalue()


class Visitor:
    """One person with a cookie jar; `last` is the page they look at."""

    def __init__(self, site):
        self.site = site
        self.client = site.stranger()
        self.last = None

    def get(self, path, **options):
        self.last = self.client.get(path, follow_redirects=True, **options)
        return self.last

    def post(self, path, fields=None, *, token=True, **options):
        """Send a form with the token of the page that was looked at last."""
        sent = {"csrf_token": self.token()} if token else {}
        self.last = self.client.post(path, data=sent | (fields or {}), follow_redirects=True, **options)
        return self.last

    def token(self):
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.last.text if self.last else "")
        return found[1] if found else ""

    @property
    def text(self):
        """The page as plain text, tags taken out."""
        return unescape(re.sub(r"<[^>]+>", " ", self.last.text))

    @property
    def path(self):
        return self.last.request.path

    def sign_in(self, role, name="a"):
        email = f"{name}.{role.lower()}@example.com"
        if self.site.services.accounts.find_by_email(email) is None:
            self.site.services.accounts.add_user(email, Role(role), PASSWORD)
        self.get("/sign-in")
        self.post("/sign-in", {"email": email, "password": PASSWORD})
        return self

    def register(self, email):
        self.get("/register")
        self.post("/register", {"email": email, "password": PASSWORD, "name": "สายใจ"})
        return self

    def begin(self):
        """A new draft; returns its address."""
        self.get("/applications")
        self.post("/applications")
        return self.path.removesuffix("/form")

    def fill_in(self, application, steps=None):
        for name, fields in (steps or STEPS).items():
            self.get(f"{application}/form/{name}")
            assert self.last.status_code == 200, (name, self.text)
            assert self.post(f"{application}/form/{name}", fields).status_code == 200, (name, self.text)

    def send_file(self, application, slot, content=PDF, name="file.pdf", **facts):
        self.get(f"{application}/files/{slot}")
        return self.post(f"{application}/files/{slot}", {"file": (io.BytesIO(content), name), **facts})

    def send_files(self, application):
        for slot in DOCUMENTS:
            assert self.send_file(application, slot).status_code == 200, (slot, self.text)
        for number, slot in enumerate(PHOTOS):
            assert self.send_file(application, slot, picture(40 * number), f"{number}.jpg").status_code == 200, (slot, self.text)

    def submit(self, application):
        self.get(f"{application}/check")
        version = re.search(r'name="version" value="(\d+)"', self.last.text)[1]
        return self.post(f"{application}/check", {"version": version, **CONSENTS})

    def submitted(self, email="saijai@example.com"):
        """Everything from registering to the status page; returns the address of the application."""
        self.register(email)
        application = self.begin()
        self.fill_in(application)
        self.send_files(application)
        assert self.submit(application).status_code == 200, self.text
        return application
