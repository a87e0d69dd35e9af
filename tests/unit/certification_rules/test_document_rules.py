"""Documents: there, accepted, readable, in date."""

from datetime import date

import pytest

from tests.support.rule_cases import GONE, issues, result


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"documents.SITE_MAP": GONE}, [("DOCUMENT_MISSING", "documents.SITE_MAP")]),
        ({"documents.SITE_MAP.mime": "image/heic"}, [("DOCUMENT_FILE_REJECTED", "documents.SITE_MAP")]),
        ({"documents.SITE_MAP.mime": "image/webp"}, [("DOCUMENT_FILE_REJECTED", "documents.SITE_MAP")]),
        ({"documents.SITE_MAP.sizeBytes": 10_485_761}, [("DOCUMENT_FILE_REJECTED", "documents.SITE_MAP")]),
        ({"documents.SITE_MAP.sizeBytes": 10_485_760}, []),
        ({"documents.SITE_MAP.mime": "IMAGE/PNG"}, []),
        ({"documents.SITE_MAP.mime": None, "documents.SITE_MAP.sizeBytes": None}, []),
        ({"documents.SITE_MAP.legibility": "UNREADABLE"}, [("DOCUMENT_UNREADABLE", "documents.SITE_MAP")]),
        ({"documents.SITE_MAP.legibility": "POOR"}, [("DOCUMENT_POOR_QUALITY", "documents.SITE_MAP")]),
        ({"documents.SITE_MAP.legibility": "GOOD"}, []),
        ({"documents.SITE_MAP.issuedOn": "2026-11-03"}, [("DOCUMENT_DATE_IN_FUTURE", "documents.SITE_MAP")]),
        ({"documents.SITE_MAP.issuedOn": "2026-11-02"}, []),
        ({"documents.SITE_MAP.expiresOn": "2026-11-01"}, [("DOCUMENT_EXPIRED", "documents.SITE_MAP")]),
        ({"documents.SITE_MAP.expiresOn": "2026-11-02"}, []),
        ({"documents.SITE_MAP.expiresOn": "1/1/60"}, []),
        (
            {"documents.+": {"slot": "COMPANY_CERTIFICATE", "issuedOn": "2026-05-05"}},
            [("DOCUMENT_TOO_OLD", "documents.COMPANY_CERTIFICATE")],
        ),
        ({"documents.+": {"slot": "COMPANY_CERTIFICATE", "issuedOn": "2026-05-06"}}, []),
        ({"documents.+": {"slot": "COMPANY_CERTIFICATE"}}, []),  # of unknown age
        ({"documents.+": {"slot": "COMPANY_CERTIFICATE", "issuedOn": "soon"}}, []),
        ({"documents.SITE_MAP.issuedOn": "2020-01-01"}, []),
        ({"documents.TRAINING_CERTIFICATE.mime": "text/html"}, [("DOCUMENT_FILE_REJECTED", "documents.TRAINING_CERTIFICATE")]),
        (
            {"documents.SITE_MAP.legibility": "POOR", "documents.SITE_MAP.expiresOn": "2020-01-01"},
            [("DOCUMENT_EXPIRED", "documents.SITE_MAP"), ("DOCUMENT_POOR_QUALITY", "documents.SITE_MAP")],
        ),
        (
            {"documents.SITE_MAP.mime": "text/html", "documents.SITE_MAP.legibility": "POOR", "documents.SITE_MAP.expiresOn": "2020-01-01"},
            [("DOCUMENT_FILE_REJECTED", "documents.SITE_MAP")],
        ),
        ({"documents.+": {"slot": "SITE_MAP", "legibility": "POOR", "supersededBy": "x"}}, []),
    ],
)
def test_documents_are_looked_at(changes, found):
    assert issues(changes) == found


@pytest.mark.parametrize(
    ("slot", "severity"),
    [
        ("ID_CARD", "HIGH"),
        ("CONTROLLED_HERB_LICENSE", "HIGH"),
        ("KRATOM_EXPORT_LICENSE", "HIGH"),
        ("COLLECTION_PERMIT", "HIGH"),
        ("GAP_CERTIFICATE", "MEDIUM"),
        ("SITE_MAP", "MEDIUM"),
    ],
)
def test_an_expired_card_licence_or_permit_weighs_more_than_another_paper(slot, severity):
    card = {"slot": slot, "expiresOn": "2026-01-01", "numberOnDocument": "1000100001015", "nameOnDocument": "นางสายใจ ทองดีสมมุติ"}
    found = [issue for issue in result({"documents.+": card}).issues if issue.code == "DOCUMENT_EXPIRED"]
    assert [(issue.path, issue.severity) for issue in found] == [(f"documents.{slot}", severity)]


def test_the_same_paper_expires_with_time():
    assert issues(as_of=date(2026, 12, 14)) == []
    assert issues(as_of=date(2026, 12, 15)) == [
        ("DOCUMENT_EXPIRED", "documents.PREVIOUS_CERTIFICATE"),
        ("RENEWAL_AFTER_EXPIRY", "previousCertificate.expiresOn"),
    ]


def test_what_is_missing_is_listed_with_its_reason():
    [missing] = result({"documents.SITE_MAP": GONE}).missing_documents
    assert missing == {"slot": "SITE_MAP", "reason": "every application", "reasonTh": "ทุกคำขอ"}
    assert [item["reason"] for item in result(base=4).missing_documents] == ["cultivation", "new application", "new application"]
    cannabis = result({"requestType": "NEW", "crops.0.herbCode": "CANNABIS"}).missing_documents
    assert {item["slot"]: item["reason"] for item in cannabis}["SECURITY_PLAN"] == "new application, herb under a special regime"
