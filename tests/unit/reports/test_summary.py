"""The summary of an application as data: everything of domain.md g.2 is there, and each reader sees what is theirs."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.certification.actors import SYSTEM
from backend.certification.application import Act
from backend.certification.labels import LABELS
from backend.certification.quality.result import Issue
from backend.certification.revision import Revision, RevisionItem
from backend.certification.summary.subject import Subject
from tests.support.certification import MONDAY
from tests.support.summaries import appointment, fact_of, reviewed, rows_of, section, summary, texts

SUSPICION = Issue("PROMPT_INJECTION_SUSPECTED", "HIGH", "CONSISTENCY", "notes", "สงสัยว่าสั่งการ", "May instruct", visible_to_applicant=False)


def test_the_sections_stand_in_the_order_of_the_paper():
    ids = [item["id"] for item in summary(appointments=(appointment(),))["sections"]]
    assert ids == [
        "request", "applicant", "farm", "crops", "practices", "sop", "assessment",
        "documents", "photos", "consents", "quality", "appointments", "timeline",
    ]  # fmt: skip


def test_a_replacement_has_no_sections_about_the_growing():
    ids = [item["id"] for item in summary(reviewed(base=7))["sections"]]
    assert ids == ["request", "applicant", "farm", "crops", "documents", "consents", "quality", "timeline"]


def test_all_data_are_json_and_every_section_speaks_both_languages():
    data = summary(appointments=(appointment(),))
    assert json.loads(json.dumps(data)) == data
    for item in data["sections"]:
        assert item["text"]
        assert item["note"].isascii()


def test_the_cover_tells_number_status_and_what_it_is_about():
    data = summary()
    assert data["number"] == "GACP-2569-000102"
    assert data["status"] == {"text": "กำลังตรวจเอกสาร", "note": "Under document review"}
    cover = {row["label"]["note"]: row["value"]["text"] for row in data["cover"]}
    assert cover["Herbs"] == "ไพล, ขมิ้นชัน"
    assert cover["Province"] == "สระแก้ว"
    assert cover["Submitted"] == "2 พ.ย. 2569 10.00 น."


def test_a_draft_says_so_in_place_of_number_and_day():
    draft = replace(reviewed(), number=None, status="DRAFT", submitted_at=None, qc_runs=(), qc_status="NOT_STARTED")
    data = summary(draft)
    assert data["number"] == "ร่าง / Draft"
    assert "ยังไม่ได้ยื่น" in texts(data["cover"])
    assert fact_of(data, "quality", "Status") == "ยังไม่เริ่ม"


@pytest.mark.parametrize(
    ("variant", "number", "shown"),
    [
        ("applicant", "1000200002021", "x-xxxx-xxxxx-02-1"),
        ("officer", "1000200002021", "1-0002-00002-02-1"),
        ("applicant", "1 0002 00002 02 1", "x-xxxx-xxxxx-02-1"),
        ("applicant", "12345678901", "xxxxxxxx901"),
        ("officer", "12345678901", "12345678901"),
        ("applicant", "00123", "00123"),
        ("applicant", "", ""),
        ("officer", None, None),
    ],
)
def test_identity_numbers_show_their_last_three_digits_to_applicants(variant, number, shown):
    assert Subject(reviewed(), (), variant, lambda code: code).identifier(number) == shown


def test_no_identity_number_stands_anywhere_in_the_copy_for_applicants():
    for base in (1, 2, 7):
        application = reviewed(base=base)
        holder = application.form.applicant
        number = holder.national_id or holder.representative.national_id
        everything = texts(summary(application, "applicant"))
        digits = "".join(char for char in everything if char.isdigit())
        assert number not in everything.replace("-", "").replace(" ", "")
        assert number not in digits
        grouped = f"{number[0]}-{number[1:5]}-{number[5:10]}-{number[10:12]}-{number[12]}"
        assert grouped in texts(summary(application, "officer"))


def test_the_farm_has_its_place_area_and_water():
    data = summary()
    assert fact_of(data, "farm", "Coordinates") == "13.502100, 102.183300 (± 15 ม.) · ปักหมุดแผนที่"
    assert fact_of(data, "farm", "Total area") == "22-1-60 ไร่ (35,840 ตร.ม.)"
    assert fact_of(data, "farm", "Address") == "หมู่ 7 ต.ทุ่งมหาเจริญ อ.วังน้ำเย็น จ.สระแก้ว 27210"
    assert fact_of(data, "farm", "Lease ends on") == "30 เม.ย. 2571"
    assert fact_of(data, "farm", "Water sources") == "บ่อบาดาล, คลอง"
    assert fact_of(data, "farm", "Soil") == "ร่วนเหนียวปนลูกรัง · pH 5.6"


def test_an_address_in_the_capital_uses_the_words_of_the_capital():
    place = {"subdistrict": "พระบรมมหาราชวัง", "district": "พระนคร", "province": "กรุงเทพมหานคร", "line": "1", "postalCode": "10200"}
    data = summary(reviewed({"farm.address": place}))
    assert fact_of(data, "farm", "Address") == "1 แขวงพระบรมมหาราชวัง เขตพระนคร กรุงเทพมหานคร 10200"


def test_what_was_not_given_is_said_and_not_left_blank():
    data = summary(reviewed({"farm.location": {}, "farm.area": None, "applicant.phone": ""}))
    for place, name in (("farm", "Coordinates"), ("farm", "Total area"), ("applicant", "Phone")):
        assert fact_of(data, place, name) == "ไม่ได้ระบุ"


def test_a_date_that_could_not_be_read_is_shown_as_typed():
    assert fact_of(summary(reviewed({"farm.land.leaseEndsOn": "ปลายปีหน้า"})), "farm", "Lease ends on") == "ปลายปีหน้า"


def test_the_crops_have_names_yield_and_season():
    first, second = rows_of(summary(), "crops")
    assert [cell["text"] for cell in first] == ["ไพล", "เหง้า", "หัวหรือเหง้าพันธุ์", "10-0-0 ไร่", "30,000 กก.", "พ.ค.–มี.ค."]
    assert first[0]["note"] == "Zingiber montanum (J.Koenig) Link ex A.Dietr."
    assert first[0]["small"] == "พันธุ์ พื้นเมืองสระแก้ว"
    assert second[4]["small"] == "1 รอบ/ปี"


@pytest.mark.parametrize("month", [0, 13, None])
def test_a_month_that_is_none_leaves_the_season_open(month):
    assert rows_of(summary(reviewed({"crops.0.plantingMonth": month})), "crops")[0][5]["text"] == "–"


def test_the_coverage_of_the_manual_is_counted_and_ticked():
    blocks = section(summary(), "sop")["blocks"]
    assert blocks[0]["text"] == "ครอบคลุม 9 จาก 15 หัวข้อ"
    ticked = {item["text"] for item in blocks[1]["items"] if item["done"]}
    assert len(blocks[1]["items"]) == 15
    assert "การเก็บเกี่ยว" in ticked
    assert "การตรวจสอบย้อนกลับ" not in ticked


def test_the_self_assessment_has_fourteen_rows_also_where_nothing_was_answered():
    assert len(rows_of(summary(), "assessment")) == len(LABELS["category"]) == 14
    rows = rows_of(summary(reviewed({"selfAssessment": {}})), "assessment")
    assert len(rows) == 14
    assert {row[1]["text"] for row in rows} == {"–"}
    answered = rows_of(summary(), "assessment")[5]
    assert [cell["text"] for cell in answered] == ["6. น้ำ", "ปฏิบัติบางส่วน", "50", "ผลตรวจน้ำเกิน 1 ปี"]


def test_each_document_in_force_is_listed_with_its_hash_facts_and_state():
    application = reviewed({"documents.HOUSE_REGISTRATION.supersededBy": "f9", "documents.SITE_MAP.storageKey": "files/1"})
    rows = {row[0]["note"]: row for row in rows_of(summary(application), "documents")}
    assert "House registration" not in rows
    card = rows["Copy of the ID card"]
    assert card[1]["text"] == "president-id.jpg · JPEG · 420 kB"
    assert card[1]["small"].replace(" ", "").removeprefix("SHA-256") == application.form.documents[0].sha256
    assert "หมดอายุ 2 ม.ค. 2572" in card[2]["text"]
    assert rows["Lease or the land owner's consent"][3]["text"] == "ไม่ค่อยชัด"
    assert rows["Map of the site"][3]["text"] == "รอตรวจ"
    assert card[3]["text"] == "แจ้งไว้"
    assert "ผลวิเคราะห์ ผ่าน" in rows["Water test"][2]["text"]


def test_each_photo_is_listed_with_day_place_and_size():
    rows = rows_of(summary(), "photos")
    assert len(rows) == 6
    assert rows[0][2]["text"] == "18 ต.ค. 2569"
    assert rows[0][2]["small"] == "13.5031, 102.1833 · 4,000 × 3,000"
    assert rows[3][2]["small"].startswith("ไม่มีพิกัด / no position")


@pytest.mark.parametrize(("size", "shown"), [(None, "a.pdf · PDF"), (999, "999 B"), (1_000, "1 kB"), (8_900_000, "8.9 MB")])
def test_sizes_are_for_people(size, shown):
    application = reviewed({"documents.SITE_MAP.sizeBytes": size, "documents.SITE_MAP.fileName": "a.pdf"})
    rows = {row[0]["note"]: row[1]["text"] for row in rows_of(summary(application), "documents")}
    assert rows["Map of the site"].endswith(shown)


def test_licences_come_with_the_warning_that_a_certificate_is_none():
    data = summary(
        reviewed({"licenses": [{"kind": "EXPORT", "form": "ภ.ท.10", "number": "1/2569", "status": "HAVE", "expiresOn": "2027-12-31"}]})
    )
    assert [cell["text"] for cell in rows_of(data, "licences")[0]] == ["EXPORT ภ.ท.10", "1/2569", "มีแล้ว", "31 ธ.ค. 2570"]
    assert "ไม่ใช่ใบอนุญาต" in texts(section(data, "licences"))


def test_the_check_shows_scores_reasons_and_that_it_decides_nothing():
    data = summary()
    quality = section(data, "quality")
    assert quality["blocks"][0]["tone"] == "notice"
    assert "ผลเบื้องต้น ไม่ใช่คำตัดสิน" in quality["blocks"][0]["text"]
    scores = next(block for block in quality["blocks"] if block["kind"] == "scores")
    assert (scores["overall"], scores["grade"]) == ("88.1", "B")
    assert [bar["shown"] for bar in scores["bars"]] == ["100.0", "90.0", "81.0", "83.3", "79.3"]
    assert fact_of(data, "quality", "Proposed inspection") == "ตรวจแบบผสม"
    assert fact_of(data, "quality", "Reasons") == "คะแนนถึงเกณฑ์ตรวจแบบผสม"
    assert fact_of(data, "quality", "As of") == "2 พ.ย. 2569"
    assert len(rows_of(data, "quality")) == 8


def test_codes_runs_and_notes_to_officers_are_for_officers():
    officer, applicant = texts(section(summary(), "quality")), texts(section(summary(variant="applicant"), "quality"))
    for words in ("DOCUMENT_POOR_QUALITY", "qc-rules-2026.11-draft", "id1-v2-submit", "ผู้ตรวจประเมิน:"):
        assert words in officer
        assert words not in applicant
    assert "ถ่ายหรือสแกนใหม่ในที่สว่าง" in applicant


def test_the_cure_of_an_issue_stands_in_both_languages():
    cures = [(row[2]["text"], row[2]["note"]) for row in rows_of(summary(), "quality")]
    assert ("ถ่ายหรือสแกนใหม่ในที่สว่าง", "Photograph or scan it again in good light") in cures


def test_a_suspicion_and_the_reason_it_gives_are_for_officers():
    application = reviewed()
    result = replace(
        application.qc_runs[0], issues=(SUSPICION,), decision_reasons=("SCORE_HYBRID", "FORCED_ONSITE:PROMPT_INJECTION_SUSPECTED")
    )
    application = replace(application, qc_runs=(result,))
    officer, applicant = texts(summary(application)), texts(summary(application, "applicant"))
    assert "สงสัยว่าสั่งการ" in officer
    assert "สั่งการ" not in applicant
    assert "May instruct" not in applicant
    assert fact_of(summary(application, "applicant"), "quality", "Reasons") == "คะแนนถึงเกณฑ์ตรวจแบบผสม"


def test_what_is_missing_and_unchecked_is_listed():
    application = reviewed(base=4)
    result = replace(application.qc_runs[0], checks_not_performed=("AREA_VS_LAND_DOCUMENT",))
    data = summary(replace(application, qc_runs=(result,)))
    assert "Map of the site" in texts(section(data, "quality"))
    assert "(0/1)" in fact_of(data, "quality", "Missing photos")
    assert fact_of(data, "quality", "Checks not performed") == "เทียบเนื้อที่กับเอกสารสิทธิ์ที่ดิน"


def test_a_check_that_was_skipped_or_failed_has_no_scores():
    assert fact_of(summary(reviewed(base=7)), "quality", "Status") == "ไม่ต้องตรวจ"
    application = reviewed()
    failed = replace(application.qc_runs[0], status="FAILED", overall_score=None, dimension_scores={}, issues=(), inspection_type="ONSITE")
    data = summary(replace(application, qc_runs=(failed,), qc_status="FAILED"))
    assert [block["kind"] for block in section(data, "quality")["blocks"]] == ["note", "facts"]
    assert fact_of(data, "quality", "Proposed inspection") == "ตรวจ ณ สถานที่"


def test_the_revision_is_complete_and_due():
    items = (RevisionItem("farm.area", "ไม่ตรงโฉนด"), RevisionItem("documents.LAND_RIGHTS", "อ่านไม่ออก"))
    due = datetime(2026, 12, 2, 16, 59, 59, tzinfo=UTC)
    asked = Revision(2, items, "comment", due, "u-reviewer", datetime(2026, 11, 2, tzinfo=UTC))
    application = replace(reviewed(), status="REVISION_REQUESTED", revisions=(asked,))
    data = summary(application)
    assert [row[1]["text"] for row in rows_of(data, "revision")] == ["ไม่ตรงโฉนด", "อ่านไม่ออก"]
    assert fact_of(data, "revision", "Due") == "วันพุธที่ 2 ธันวาคม 2569 เวลา 23.59 น."
    assert fact_of(data, "revision", "Round") == "2"
    assert "revision" not in [item["id"] for item in summary(replace(application, status="SUBMITTED"))["sections"]]


def test_appointments_that_stand_are_listed_with_day_and_hours():
    data = summary(appointments=(appointment(), appointment(id="a2", status="CANCELLED", type="ONSITE")))
    ((kind, when, state, place),) = rows_of(data, "appointments")
    assert (kind["text"], when["text"], state["text"]) == ("ตรวจแบบผสม: ณ สถานที่", "6 พ.ย. 2569 10.00–13.00 น.", "เสนอวัน")
    assert when["note"] == "6 Nov 2026, 10:00–13:00"
    assert place["text"] == "ทุ่งมหาเจริญ"
    assert "appointments" not in [item["id"] for item in summary(appointments=(appointment(status="CANCELLED"),))["sections"]]


def test_the_timeline_has_every_step_for_officers_and_the_milestones_for_applicants():
    officer = rows_of(summary(), "timeline")
    applicant = rows_of(summary(variant="applicant"), "timeline")
    assert [row[1]["note"] for row in officer] == ["Application created", "Edited", "Submitted", "Quality check finished"]
    assert [row[1]["note"] for row in applicant] == ["Application created", "Submitted", "Quality check finished"]
    assert officer[2][4]["text"] == "because of submit"
    assert {row[4]["text"] for row in applicant} == {"–"}
    assert officer[2][0]["text"] == "2 พ.ย. 2569 10.03 น."


@pytest.mark.parametrize(
    ("event", "reason", "thai", "english"),
    [
        ("qc_finished", "RULES VIDEO", "กฎเกณฑ์อัตโนมัติ · ตรวจทางวิดีโอ", "Automatic rules · Video inspection"),
        ("qc_finished", "RULES SKIPPED", "กฎเกณฑ์อัตโนมัติ · ไม่ต้องตรวจ", "Automatic rules · Skipped"),
        ("qc_degraded", "GEMINI HYBRID", "กฎเกณฑ์อัตโนมัติและ AI (Gemini) · ตรวจแบบผสม", "Automatic rules and AI (Gemini) · Hybrid inspection"),
        ("qc_failed", "FALLBACK ONSITE", "ระบบสำรอง · ตรวจ ณ สถานที่", "Fallback · On-site inspection"),
        ("report_made", "applicant", "ฉบับผู้ยื่นคำขอ", "Copy for the applicant"),
        ("report_made", "officer", "ฉบับเจ้าหน้าที่", "Copy for officers"),
        ("upload", "documents.ID_CARD", "สำเนาบัตรประจำตัวประชาชน", "Copy of the ID card"),
        ("edit", "farm.area, … (25)", "เนื้อที่ทั้งหมด · … (25)", "Total area · … (25)"),
        ("create", "on behalf of u-farmer", "แทนผู้ยื่นคำขอ", "on behalf of the applicant"),
        ("sweep", "no running check", "ไม่มีการตรวจที่กำลังทำอยู่", "no check was running"),
        ("withdraw", "RULES VIDEO applicant", "RULES VIDEO applicant", ""),
        ("reject", "เอกสารไม่ตรง", "เอกสารไม่ตรง", ""),
        ("submit", "", "–", ""),
    ],
)
def test_the_timeline_has_words_for_codes_and_leaves_what_people_wrote(event, reason, thai, english):
    application = reviewed().record(event, Act(SYSTEM, MONDAY, "req_test0002"), reason=reason)
    cell = rows_of(summary(application), "timeline")[-1][4]
    assert (cell["text"], cell["note"]) == (thai, english)


def test_names_stay_the_text_that_they_are():
    evil = '<script>alert(1)</script> #eval("1") $x$ *b*'
    assert fact_of(summary(reviewed({"applicant.nameTh": evil})), "applicant", "Name") == evil


@pytest.mark.parametrize("base", [1, 2, 4, 5, 7])
@pytest.mark.parametrize("variant", ["applicant", "officer"])
def test_every_sample_can_be_summed_up(base, variant):
    assert summary(reviewed(base=base), variant)["sections"]
