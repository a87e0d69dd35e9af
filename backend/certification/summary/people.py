"""Who applies, for what, and what they agreed to."""

from collections.abc import Iterator

from backend.certification.form import Applicant
from backend.certification.labels import Label, label, listed
from backend.certification.summary.blocks import Block, fact, fact_if, facts, section
from backend.certification.summary.subject import Subject, address, day, moment, number

YES, NO = Label("ใช่", "yes"), Label("ไม่", "no")


def cover_facts(subject: Subject) -> list[Block]:
    """What stands beside the number on the first page."""
    form = subject.form
    herbs = [subject.herb(crop.herb_code) for crop in form.crops if crop.herb_code]
    return [
        fact("ผู้ยื่นคำขอ", "Applicant", form.applicant.name_th),
        fact("ประเภทคำขอ", "Request", label("requestType", form.request_type)),
        fact("ขอบข่าย", "Scope", listed("scope", form.certification_scopes)),
        fact("สมุนไพร", "Herbs", Label(", ".join(herb.th for herb in herbs), ", ".join(herb.en for herb in herbs))),
        fact("แหล่งผลิต", "Site", form.farm.name_th),
        *fact_if("จังหวัด", "Province", form.farm.address.province or form.applicant.address.province),
        fact("ยื่นเมื่อ", "Submitted", moment(subject.application.submitted_at) or Label("ยังไม่ได้ยื่น", "not submitted yet")),
    ]


def applicant_section(subject: Subject) -> Block:
    return section("applicant", "ผู้ยื่นคำขอ", "Applicant", [facts(_applicant(subject))])


def request_section(subject: Subject) -> Block:
    form = subject.form
    before = form.previous_certificate
    rows = [
        fact("ประเภทคำขอ", "Request type", label("requestType", form.request_type)),
        fact("ขอบข่ายการรับรอง", "Certification scope", listed("scope", form.certification_scopes)),
        fact("วัตถุประสงค์", "Purpose", listed("purpose", form.purposes)),
        *fact_if("เหตุที่ขอใบแทน", "Reason for replacement", label("replacementReason", form.replacement_reason)),
        *fact_if("ใบรับรองเดิมเลขที่", "Previous certificate", form.previous_certificate_number or before.number),
        *fact_if("ออกให้เมื่อ", "Issued on", day(before.issued_on)),
        *fact_if("หมดอายุ", "Expires on", day(before.expires_on)),
        *fact_if("หมายเหตุจากผู้ยื่น", "Note by the applicant", form.notes),
    ]
    return section("request", "คำขอ", "Request", [facts(rows)])


def consents_section(subject: Subject) -> Block:
    consents = subject.form.consents
    rows = [
        fact("รับทราบประกาศความเป็นส่วนตัว", "Privacy notice accepted", moment(consents.privacy_notice_accepted_at)),
        *fact_if("ฉบับประกาศ", "Version of the notice", consents.privacy_notice_version),
        fact("รับรองว่าข้อมูลเป็นความจริง", "Declared to be true", _yes_or_no(consents.truth_declaration)),
        fact("รับทราบการใช้ AI ช่วยตรวจ", "Informed of the AI check", _yes_or_no(consents.ai_processing_notice_seen)),
        fact("ยินยอมให้ AI ในต่างประเทศประมวลผล", "AI processing abroad allowed", _yes_or_no(consents.allow_cross_border_ai)),
    ]
    return section("consents", "คำรับรองและความยินยอม", "Declarations and consents", [facts(rows)])


def _applicant(subject: Subject) -> Iterator[Block]:
    applicant = subject.form.applicant
    yield fact("ประเภทผู้ยื่น", "Applicant type", label("applicantType", applicant.type))
    yield fact("ชื่อ", "Name", applicant.name_th)
    yield from fact_if("ชื่อภาษาอังกฤษ", "Name in English", applicant.name_en)
    yield from _numbers(subject, applicant)
    yield fact("ที่อยู่", "Address", address(applicant.address))
    yield fact("โทรศัพท์", "Phone", applicant.phone)
    yield from fact_if("อีเมล", "E-mail", applicant.email)
    yield from fact_if("LINE", "LINE", applicant.line_id)
    yield from fact_if("สัญชาติ", "Nationality", applicant.nationality)
    yield from fact_if("จำนวนสมาชิก", "Members", number(applicant.member_count))
    if applicant.filed_by_attorney:
        attorney = applicant.attorney
        yield fact(
            "ผู้รับมอบอำนาจ", "Attorney-in-fact", " · ".join(item for item in (attorney.name, attorney.relation, attorney.phone) if item)
        )


def _numbers(subject: Subject, applicant: Applicant) -> Iterator[Block]:
    if applicant.type == "INDIVIDUAL":
        yield fact("เลขประจำตัวประชาชน", "National ID", subject.identifier(applicant.national_id))
    else:
        representative = applicant.representative
        yield fact("เลขทะเบียน", "Registration number", applicant.registration_number)
        yield fact("ผู้แทน", "Representative", " · ".join(item for item in (representative.name_th, representative.position) if item))
        yield fact("เลขประจำตัวประชาชนผู้แทน", "Representative's national ID", subject.identifier(representative.national_id))
    yield from fact_if("รหัสประจำบ้าน", "House code", applicant.house_code)


def _yes_or_no(value: bool | None) -> Label | None:
    return None if value is None else YES if value else NO
