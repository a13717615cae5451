"""What would a search engine or another portal be told of an open vacancy? A schema.org JobPosting (JSON-LD).

Only of vacancies that everyone may see; without contact data, and with numbers in its texts starred.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from api.records import Document, said, without_numbers
from ingest.notation import notation
from ingest.pay_figures import read_figures
from ingest.pay_words import tidied
from models.base import AnyRow
from models.codes_education import education_label
from models.districts import districts
from models.enums import EmploymentKind, PayUnit, Shift
from models.occupations import occupation_label
from models.vacancy import Vacancy

LD_JSON = "application/ld+json"
CLASSIFICATION = "中华人民共和国职业分类大典（2022年版）"
CONFIDENTIAL = "confidential"  # what search engines expect where the employer is not named
# employmentType and credentialCategory as search engines know them; levels below have no English word there.
TYPES: Mapping[str, str] = {
    EmploymentKind.REGULAR: "FULL_TIME",
    EmploymentKind.GIG: "TEMPORARY",
    EmploymentKind.INTERNSHIP: "INTERN",
    EmploymentKind.PUBLIC_WELFARE: "FULL_TIME",
}
CREDENTIALS: Mapping[int, str] = {
    3: "high school", 4: "associate degree", 5: "bachelor degree", 6: "postgraduate degree", 7: "postgraduate degree",
}  # fmt: skip
UNITS: Mapping[str, str] = {PayUnit.HOUR: "HOUR", PayUnit.DAY: "DAY", PayUnit.WEEK: "WEEK"}
NO_REQUIREMENTS = "no requirements"


def schema_org_document(shown: AnyRow) -> Document:
    """The JobPosting of a vacancy that is open to everyone (https://schema.org/JobPosting)."""
    vacancy: Vacancy = shown.Vacancy
    texts = without_numbers(
        {
            "title": vacancy.title, "description": vacancy.description, "address": vacancy.address,
            "skills": vacancy.skills, "hours": vacancy.stated.get("hours", ""),
        },
        vacancy.findings,
    )  # fmt: skip
    return {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "identifier": _named_value(vacancy.source, vacancy.external_id),
        "title": texts["title"],
        "description": texts["description"] or texts["title"],
        "datePosted": (vacancy.valid_from or vacancy.confirmed_at.date()).isoformat(),
        "employmentType": TYPES[vacancy.kind],
        "hiringOrganization": _organization(shown),
        "totalJobOpenings": vacancy.openings - vacancy.openings_filled,
        "directApply": False,  # an introduction goes through the service
        **said(
            {
                "validThrough": f"{vacancy.valid_to}T23:59:59+08:00" if vacancy.valid_to else None,
                "baseSalary": _salary(vacancy),
                "jobLocation": _place(vacancy.district, texts["address"]),
                **_remote(vacancy.remote),
                "occupationalCategory": _occupation(vacancy.occupation),
                "industry": vacancy.industry,
                "skills": texts["skills"],
                "qualifications": _qualifications(vacancy),
                "educationRequirements": _education(vacancy.education),
                "experienceRequirements": _experience(vacancy.experience),
                "workHours": texts["hours"] or (Shift(vacancy.shift).label if vacancy.shift else ""),
            }
        ),
    }


def _typed(kind: str, **fields: Any) -> Document:
    return {"@type": kind, **said(fields)}


def _named_value(name: str, value: str) -> Document:
    return _typed("PropertyValue", name=name, value=value)


def _organization(shown: AnyRow) -> Document | str:
    if not shown.employer:
        return CONFIDENTIAL
    code = _named_value("统一社会信用代码", shown.uscc) if shown.uscc else None
    return _typed("Organization", name=shown.employer, identifier=code)


def _salary(vacancy: Vacancy) -> Document | None:
    """Yuan a month; of pay an hour, a day or a week the figures as they were written. None of piece rates."""
    unit = UNITS.get(vacancy.pay_unit or "", "MONTH")
    low, high = (vacancy.pay_min, vacancy.pay_max) if unit == "MONTH" else _written(vacancy)
    if low is None and high is None:
        return None
    value = _typed("QuantitativeValue", minValue=low, maxValue=high, unitText=unit)
    return _typed("MonetaryAmount", currency="CNY", value=value)


def _written(vacancy: Vacancy) -> tuple[float | None, float | None]:
    """The two figures in the unit in which the pay was written."""
    stated = vacancy.stated.get("pay", "")
    if isinstance(stated, dict):
        return stated.get("min"), stated.get("max")
    figures = (figure for figure in read_figures(tidied(notation(stated))) if figure.unit == vacancy.pay_unit)
    return next(((figure.low, figure.high) for figure in figures), (None, None))


def _place(code: str | None, street: str) -> Document | None:
    """A place of work; None where nothing is known of it."""
    known = districts().get(code or "")
    if known is None:
        return None
    names = {part: districts()[part].name for part in (known.province, known.city, known.code) if part}
    region = names.pop(known.province)
    address = _typed(
        "PostalAddress", addressCountry="CN", addressRegion=region, addressLocality="".join(names.values()) or region,
        streetAddress=street,
    )  # fmt: skip
    return _typed("Place", address=address)


def _remote(remote: bool) -> Document:
    if not remote:
        return {}
    return {"jobLocationType": "TELECOMMUTE", "applicantLocationRequirements": _typed("Country", name="中国")}


def _occupation(code: str | None) -> Document | None:
    if code is None:
        return None
    return _typed("CategoryCode", codeValue=code, name=occupation_label(code), inCodeSet=CLASSIFICATION)


def _qualifications(vacancy: Vacancy) -> str:
    """What one must have, in words: 学历 高中及以上；证书 叉车证."""
    education = f"学历 {education_label(vacancy.education)}及以上" if vacancy.education else ""
    certificates = _listed("证书", vacancy.certificates)
    return "；".join(filter(None, (education, certificates)))


def _listed(name: str, entries: Iterable[str]) -> str:
    words = "、".join(entries)
    return f"{name} {words}" if words else ""


def _education(level: int | None) -> Document | str | None:
    if not level:
        return None if level is None else NO_REQUIREMENTS
    return _typed(
        "EducationalOccupationalCredential", credentialCategory=CREDENTIALS.get(level, education_label(level))
    )


def _experience(years: float | None) -> Document | str | None:
    if not years:
        return None if years is None else NO_REQUIREMENTS
    return _typed("OccupationalExperienceRequirements", monthsOfExperience=round(years * 12))
