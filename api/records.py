"""What does a stored record look like from outside? The wire form it was sent in, and what was understood of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.imports import Counts
from api.problems import entry
from ingest.screening_personal import hidden, starred
from ingest.screening_search import PERSONAL
from ingest.verdicts import Effect, Verdict
from models.base import AnyRow
from models.enums import Screening, VacancyStatus
from models.errors import Problem, Refused
from models.identity import Keyring, SeekerIdentity
from models.seeker import JobSeeker
from models.vacancy import Vacancy

Document = dict[str, Any]


def vacancy_record(shown: AnyRow, with_contact: bool) -> Document:
    """A vacancy as it was sent, what was read out of its words, and where it stands.

    Sending the wire fields again changes nothing. Contact data is for its source and the office alone: for others
    it is left out, and starred where it stands in a text.
    """
    vacancy: Vacancy = shown.Vacancy
    sent = {
        "external_id": vacancy.external_id,
        "title": vacancy.title,
        "employer": {"name": shown.employer or "", "uscc": shown.uscc or ""},
        "openings_filled": vacancy.openings_filled or None,
        "remote": vacancy.remote,
        "address": vacancy.address,
        "skills": vacancy.skills,
        "slots": vacancy.slots,
        "description": vacancy.description,
        "industry": vacancy.industry,
        "preferences": vacancy.preferences,
        "updated_at": _moment(vacancy.updated_at),
        "contact": vacancy.contact if with_contact else "",
        **vacancy.stated,
    }
    return {
        "source": vacancy.source,
        **said(sent if with_contact else without_numbers(sent, vacancy.findings)),
        "understood": _understood_vacancy(vacancy),
        "status": vacancy.status,
        "screening": vacancy.screening,
        "findings": vacancy.findings,
        "revision": vacancy.revision,
        "confirmed_at": _moment(vacancy.confirmed_at),
        "release_at": _moment(vacancy.release_at),
    }


def change_document(shown: AnyRow, with_contact: bool) -> Document:
    """A changed vacancy as it stands; of one that this reader must show no longer only that it is `gone`.

    That is, for its source and the office, what was withdrawn; for others everything that is not open and lawful.
    """
    vacancy: Vacancy = shown.Vacancy
    live = vacancy.status == VacancyStatus.OPEN and vacancy.screening == Screening.OK
    kept = vacancy.status != VacancyStatus.WITHDRAWN if with_contact else live
    if kept:
        return {**vacancy_record(shown, with_contact), "gone": False}
    name = {"source": vacancy.source, "external_id": vacancy.external_id}
    return {**name, "revision": vacancy.revision, "gone": True}


def without_numbers(sent: Document, findings: Iterable[Mapping[str, Any]]) -> Document:
    """The same, with the personal data that screening found in its texts starred; an address is not screened."""
    shown = {**sent, "address": starred(sent["address"])}
    for found in findings:
        name = found["field"].partition("[")[0]
        if found.get("category") == PERSONAL and name in shown:
            shown[name] = _starred(shown[name], found)
    return shown


def _starred(value: Any, found: Mapping[str, Any]) -> Any:
    """A text, or those of a list, with what was found in it starred; entries of a list may have moved since."""
    if isinstance(value, list):
        return [_starred(entry, found) for entry in value]
    start, end = found["span"]
    if hidden(value[start:end]) == found["excerpt"]:
        value = value[:start] + "*" * (end - start) + value[end:]
    return starred(value)  # of many numbers in a text only the first are findings


def _understood_vacancy(vacancy: Vacancy) -> Document:
    """What matching goes by. Pay in yuan a month, experience in years."""
    return {
        "kind": vacancy.kind, "program": vacancy.program, "occupation": vacancy.occupation,
        "openings": vacancy.openings, "pay_min": vacancy.pay_min, "pay_max": vacancy.pay_max,
        "pay_base": vacancy.pay_base, "pay_unit": vacancy.pay_unit, "district": vacancy.district,
        "education": vacancy.education, "experience": vacancy.experience, "certificates": vacancy.certificates,
        "shift": vacancy.shift, "night": vacancy.night, "valid_from": _moment(vacancy.valid_from),
        "valid_to": _moment(vacancy.valid_to),
    }  # fmt: skip


def seeker_record(seeker: JobSeeker, identity: Document | None) -> Document:
    """A person as registered and understood. `identity` is what `masked` gives, None for who may not see it."""
    sent = {
        "external_id": seeker.external_id,
        "intentions": seeker.intentions,
        "skills": seeker.skills,
        "certificates": seeker.certificates,
        "graduated_at": _moment(seeker.graduated_at),
        "availability": seeker.availability,
        "labels": seeker.labels,
        "pension_drawn": seeker.pension_drawn,
        "broker": seeker.broker,
        **seeker.stated,
    }
    return {
        "source": seeker.source,
        **said(sent),
        "consents": {"other_city": seeker.consent_other_city, "personalised": seeker.consent_personalised},
        "identity": identity,
        "understood": {
            "state": seeker.state, "wish": seeker.wish, "kinds": seeker.kinds, "districts": seeker.districts,
            "district": seeker.district, "mobility": seeker.mobility, "pay_floor": seeker.pay_floor,
            "education": seeker.education, "experience": seeker.experience, "shift_limits": seeker.shift_limits,
            "fixed": seeker.fixed, "applied_at": _moment(seeker.applied_at),
            "unemployed_since": _moment(seeker.unemployed_since),
        },
        "findings": seeker.findings,
        "revision": seeker.revision,
    }  # fmt: skip


def masked(identity: SeekerIdentity | None, keyring: Keyring) -> Document:
    """Enough of who a person is to tell two apart: 张*, and three and four digits. ZhipeiError without the key."""

    def plain(token: bytes | None) -> str:
        return keyring.decrypt(token) if token else ""

    if identity is None:
        return {"name": None, "id_number": None, "phone": None}
    name = plain(identity.name)
    return {
        "name": f"{name[0]}*" if name else None,
        "id_number": _ends(plain(identity.id_number)),
        "phone": _ends(plain(identity.phone)),
    }


def _ends(digits: str) -> str | None:
    """The first three and last four; nothing of a number too short to hide anything."""
    if not digits:
        return None
    return f"{digits[:3]}{'*' * (len(digits) - 7)}{digits[-4:]}" if len(digits) > 9 else "*" * len(digits)


def verdict_document(verdict: Verdict) -> Document:
    """What the sender of a record is told about it."""
    return {
        "row": verdict.row,
        "external_id": verdict.external_id,
        "verdict": verdict.verdict.value,
        "effect": verdict.effect.value,
        "problems": [entry(found, verdict.row) for found in verdict.problems],
        "findings": [entry(found, verdict.row) for found in verdict.findings],
    }


def batch_document(results: Sequence[Document]) -> Document:
    """What the sender of a batch is told: counts, and the verdict of every row in order."""
    counts = Counts()
    for result in results:
        counts.count(result["verdict"], result["effect"], (f"{e['field']}:{e['rule']}" for e in result["problems"]))
    return {"counts": counts.as_dict(), "results": results}


def named(document: Any, external_id: str) -> Any:
    """A record with the name in its address. Refused when it names itself otherwise."""
    if not isinstance(document, dict):
        return document
    if document.get("external_id", external_id) not in (external_id, None):
        problem = Problem("external_id", "disagrees", "编号与地址中的编号不一致", "请核对编号")
        raise Refused("编号与地址不一致，未保存", [problem])
    return {**document, "external_id": external_id}


def subjects(source: str, verdicts: Iterable[Verdict]) -> list[str]:
    """The records that a batch changed, as the audit names them."""
    changed = (Effect.CREATED, Effect.UPDATED)
    return [f"{source}:{verdict.external_id}" for verdict in verdicts if verdict.effect in changed]


def said(fields: Document) -> Document:
    """The fields that say something: what is missing on the wire is unknown."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, False)}


def _moment(value: Any) -> str | None:
    return value.isoformat() if value else None
