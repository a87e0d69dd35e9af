"""The accounts of a demonstration: made only where DEMO_DATA is on, and never in production."""

from typing import NamedTuple

from backend.accounts.roles import Role


class DemoAccount(NamedTuple):
    """One account that the start-up banner shows."""

    email: str
    password: str
    role: Role
    name: str


DEMO_ACCOUNTS = (
    DemoAccount("farmer@gacp.example", "farmer-demo", Role.FARMER, "สมหญิง ตัวอย่าง"),
    DemoAccount("reviewer@gacp.example", "reviewer-demo", Role.REVIEWER, "เจ้าหน้าที่ตรวจเอกสาร ตัวอย่าง"),
    DemoAccount("inspector@gacp.example", "inspector-demo", Role.INSPECTOR, "ผู้ตรวจประเมิน ตัวอย่าง"),
    DemoAccount("approver@gacp.example", "approver-demo", Role.APPROVER, "ผู้มีอำนาจลงนาม ตัวอย่าง"),
    DemoAccount("admin@gacp.example", "admin-demo", Role.ADMIN, "ผู้ดูแลระบบ ตัวอย่าง"),
)
