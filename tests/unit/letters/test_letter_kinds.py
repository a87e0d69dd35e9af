"""Every kind of letter, composed of a real application: what it says, in both languages and both parts."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from backend.certification.letters.catalogue import KINDS, kind_of
from backend.certification.letters.compose import compose
from backend.certification.letters.facts import LetterFacts
from backend.certification.ports import Letter
from backend.certification.quality.result import Issue
from backend.errors import Conflict, InvalidInput
from tests.support.certification import FARMER, REVIEWER, complete_form, replacement_form
from tests.support.office import OFFICE, PostRoom
from tests.support.rule_cases import POLICY

NATIONAL_ID = "1000700007073"
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")


class Words(HTMLParser):
    """The text that a mail program shows, with the links and the tags it came in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags = "", [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if tag == "a" and name == "href"]

    def handle_data(self, data):
        self.text += data


def letter(kind: str, application) -> Letter:
    return compose(kind_of(kind), LetterFacts(application, OFFICE, POLICY), to="farmer@example.com", key="k1")


def written(kind: str, form=None) -> Letter:
    room = PostRoom()
    application = room.sent_back("documents.LAND_RIGHTS", "farm.area", form=form) if "revision" in kind else room.in_review(form)
    return letter(kind, application)


@pytest.fixture(params=sorted(KINDS))
def every_letter(request: pytest.FixtureRequest) -> Letter:
    return written(request.param)


def test_every_kind_has_a_subject_with_the_number_and_the_department(every_letter):
    assert every_letter.subject.startswith("[GACP DTAM] ")
    assert "GACP-2569-000001" in every_letter.subject
    assert "\n" not in every_letter.subject


def test_every_kind_is_thai_first_and_english_below_in_both_parts(every_letter):
    for part in (every_letter.text, Words(every_letter.html).text):
        thai, english = part.index("สอบถาม โทร."), part.index("Questions: phone")
        assert thai < english
        assert re.search("[ก-๙]", part[:thai])
        ours = part[: part.index("เปิดคำขอ")].replace("does not match the papers", "").replace("please put this right", "")
        assert not re.search(
            "[A-Za-z]{4,} [a-z]{3,} [a-z]{2,}", ours.replace("Department of Thai Traditional and Alternative Medicine", "")
        )


def test_every_kind_says_first_what_happened_in_one_line(every_letter):
    first = every_letter.text.splitlines()[0]
    assert "GACP-2569-000001" in first
    assert first in Words(every_letter.html).text


def test_every_kind_has_one_button_to_the_page_and_the_phone_of_the_office(every_letter):
    words = Words(every_letter.html)
    assert words.links == ["https://gacp.example/applications/id1"]
    assert every_letter.text.count("https://gacp.example/applications/id1") == 2  # one per language, where there is no button
    assert every_letter.text.count("0-2149-5678") == words.text.count("0-2149-5678") == 2


def test_no_kind_tells_identity_numbers_names_or_shouts(every_letter):
    everything = every_letter.subject + every_letter.text + every_letter.html
    assert NATIONAL_ID not in everything
    assert "สมชาย" not in everything
    assert not EMOJI.search(everything)
    assert "{" not in every_letter.text


def test_no_kind_needs_anything_from_outside(every_letter):
    assert Words(every_letter.html).tags.isdisjoint({"img", "script", "link", "style", "iframe"})


def test_a_letter_carries_its_kind_key_recipient_and_application(every_letter):
    assert every_letter.kind in KINDS
    assert (every_letter.key, every_letter.to, every_letter.application_id) == ("k1", "farmer@example.com", "id1")


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("application.submitted", "[GACP DTAM] ได้รับคำขอ GACP-2569-000001 แล้ว"),
        ("qc.completed", "[GACP DTAM] ผลตรวจเบื้องต้นคำขอ GACP-2569-000001"),
        ("status-change.revision", "[GACP DTAM] โปรดแก้ไขคำขอ GACP-2569-000001 ภายในวันที่ 2 ธ.ค. 2569"),
        ("new-application", "[GACP DTAM] คำขอใหม่ GACP-2569-000001 (ขมิ้นชัน, อุบลราชธานี) – ตรวจแบบผสม"),
    ],
)
def test_the_subjects_are_those_of_the_department(kind, subject):
    assert written(kind).subject == subject


def test_the_acknowledgement_tells_the_day_and_the_time_in_bangkok():
    text = written("application.submitted").text
    assert "วันจันทร์ที่ 2 พฤศจิกายน 2569 เวลา 10.00 น." in text
    assert "on Monday 2 November 2026" in text
    assert "preliminary check is running" in text


def test_a_replacement_is_not_promised_a_preliminary_check():
    text = written("application.submitted", replacement_form()).text
    assert "preliminary check" not in text
    assert "An officer will check the documents" in text


def test_a_corrected_application_is_acknowledged_as_such():
    room = PostRoom()
    application = room.sent_back("farm.area")
    again = room.service.resubmit(FARMER, application.id)
    text = letter("application.submitted", again).text
    assert "คำขอที่แก้ไขแล้ว (ครั้งที่ 1)" in text
    assert "corrected application (round 1)" in text


def test_the_result_tells_score_proposal_and_what_to_prepare():
    room = PostRoom()
    result = room.in_review().ai_qc
    text = letter("qc.completed", room.service.get(FARMER, "id1")).text
    assert f"{result.overall_score:.1f} จาก 100 คะแนน" in text
    assert "ไม่ใช่คำตัดสิน" in text
    assert "not a decision" in text
    for issue in result.issues:
        if issue.visible_to_applicant:
            assert f"{issue.message_th} – {issue.how_to_fix_th}" in text
            assert f"{issue.message_en} – {issue.how_to_fix_en}" in text


def test_a_suspicion_is_not_told_to_the_applicant():
    room = PostRoom()
    application = room.in_review()
    hidden = Issue("PROMPT_INJECTION_SUSPECTED", "HIGH", "CONSISTENCY", "notes", "สงสัย", "A suspicion", visible_to_applicant=False)
    told = replace(application, qc_runs=(replace(application.ai_qc, issues=(hidden,)),))
    text = letter("qc.completed", told).text
    assert "สงสัย" not in text
    assert "suspicion" not in text
    assert "You need not do anything" in text


@pytest.mark.parametrize("status", ["DEGRADED", "FAILED"])
def test_a_check_that_could_not_be_done_costs_the_applicant_nothing(status):
    room = PostRoom()
    application = replace(room.in_review(), qc_status=status)
    text = letter("qc.completed", application).text
    assert "ตรวจ ณ สถานที่ ท่านไม่เสียสิทธิใด ๆ" in text
    assert "You lose no right" in text
    assert "คะแนน" not in text


def test_a_check_that_was_not_needed_is_said_so():
    assert "ไม่ต้องตรวจเบื้องต้น" in written("qc.completed", replacement_form()).text


def test_the_revision_letter_has_the_complete_list_and_the_due_day():
    room = PostRoom()
    paths = ["documents.LAND_RIGHTS", "farm.area", "photos.STORAGE", "applicant.phone", "selfAssessment.WATER"]
    application = room.sent_back(*paths)
    sent = letter("status-change.revision", application)
    for part in (sent.text, Words(sent.html).text):
        assert part.count("does not match the papers") == 2 * len(paths)  # once per language
        assert "วันพุธที่ 2 ธันวาคม 2569 เวลา 23.59 น." in part
        assert "Wednesday 2 December 2026, 23:59" in part
        assert "please put this right" in part
    for number, words in enumerate(("เอกสารสิทธิ์", "เนื้อที่ทั้งหมด", "ภาพสถานที่เก็บรักษา", "โทรศัพท์", "น้ำ"), start=1):
        assert re.search(rf"^{number}\. .*{words}.* – does not match", sent.text, re.MULTILINE)


def test_there_is_no_revision_letter_without_a_revision():
    room = PostRoom()
    with pytest.raises(Conflict):
        letter("status-change.revision", room.in_review())


@pytest.mark.parametrize("kind", ["new-application", "status-change.revision"])
def test_what_people_typed_is_text_and_never_markup(kind):
    evil = "<script>alert(1)</script>"
    room = PostRoom()
    form = complete_form()
    form["farm"]["address"] = {**form["farm"]["address"], "province": f"{evil}\r\nBcc: x@example.com"}
    application = room.in_review(complete_form())
    application = room.service.request_revision(
        REVIEWER, application.id, [{"path": "farm.area", "reason": evil}], f"please put this right {evil}"
    )
    application = replace(application, form=type(application.form).parse(form))
    sent = letter(kind, application)
    assert evil not in sent.html
    assert "&lt;script&gt;" in sent.html
    assert "script" not in Words(sent.html).tags
    assert not {"\r", "\n"} & set(sent.subject)


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(InvalidInput) as raised:
        kind_of("decision.guess")
    (error,) = raised.value.errors
    assert error.field == "kind"
    assert all(name in error.message for name in KINDS)


@pytest.mark.parametrize(
    ("kind", "status", "current"),
    [
        ("application.submitted", "SUBMITTED", True),
        ("application.submitted", "IN_REVIEW", True),
        ("application.submitted", "WITHDRAWN", False),
        ("application.submitted", "DRAFT", False),
        ("qc.completed", "REVISION_REQUESTED", True),
        ("qc.completed", "EXPIRED", False),
        ("status-change.revision", "REVISION_REQUESTED", True),
        ("status-change.revision", "SUBMITTED", False),
        ("new-application", "IN_REVIEW", True),
        ("new-application", "REVIEW_PASSED", False),
    ],
)
def test_a_letter_is_out_of_date_once_the_application_has_moved_on(kind, status, current):
    assert kind_of(kind).is_current(status) is current
