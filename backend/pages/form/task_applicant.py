"""Task 1: what is asked for, and who asks."""

from backend.pages.form.fields import Field, Step, Task, address

_ORGANISATION = (("COMMUNITY_ENTERPRISE", "JURISTIC"),)

TASK = Task(
    "applicant",
    (
        Step("request", (Field("requestType", "radio", "requestType"),)),
        Step(
            "scope",
            (Field("certificationScopes", "checkboxes", "scope"), Field("purposes", "checkboxes", "purpose")),
        ),
        Step(
            "previous",
            (
                Field("previousCertificateNumber"),
                Field("previousCertificate.issuedOn", "date", when=(("RENEWAL",),)),
                Field("previousCertificate.expiresOn", "date", when=(("RENEWAL",),)),
                Field("replacementReason", "radio", "replacementReason", when=(("REPLACEMENT",),)),
            ),
            when=(("RENEWAL", "REPLACEMENT"),),
        ),
        Step("kind", (Field("applicant.type", "radio", "applicantType"),)),
        Step(
            "person",
            (
                Field("applicant.nameTh", autocomplete="name"),
                Field("applicant.nameEn"),
                Field("applicant.nationalId", inputmode="numeric", when=(("INDIVIDUAL",),), short=True),
                Field("applicant.registrationNumber", when=_ORGANISATION, short=True),
                Field("applicant.memberCount", "number", inputmode="numeric", when=(("COMMUNITY_ENTERPRISE",),), short=True),
            ),
        ),
        Step(
            "representative",
            (
                Field("applicant.representative.nameTh"),
                Field("applicant.representative.nationalId", inputmode="numeric", short=True),
                Field("applicant.representative.position"),
                Field("applicant.representative.phone", inputmode="tel", short=True),
            ),
            when=_ORGANISATION,
        ),
        Step("address", address("applicant.address")),
        Step(
            "contact",
            (
                Field("applicant.phone", inputmode="tel", autocomplete="tel", short=True),
                Field("applicant.email", inputmode="email", autocomplete="email"),
                Field("applicant.lineId", short=True),
            ),
        ),
        Step("filer", (Field("applicant.filedByAttorney", "yes_no"),)),
        Step(
            "attorney",
            (
                Field("applicant.attorney.name"),
                Field("applicant.attorney.phone", inputmode="tel", short=True),
                Field("applicant.attorney.relation"),
            ),
            when=(("BY_ATTORNEY",),),
        ),
    ),
)
