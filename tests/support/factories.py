"""Invented vacancies and people for tests: every field has a harmless default."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from models.seeker import JobSeeker
from models.vacancy import Vacancy

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # noon in Chongqing
TODAY = date(2026, 11, 24)
HOME = "500000"
_numbers = count(1)


def vacancy(title: str = "叉车司机", **given: Any) -> Vacancy:
    """An open regular vacancy in 渝中区, 5000-7000 a month."""
    number = given.pop("id", None) or next(_numbers)
    values: dict[str, Any] = {
        "id": number, "source": "test", "external_id": f"V{number}", "employer_id": number, "title": title,
        "occupation": None, "kind": "REGULAR", "program": None, "openings": 1, "openings_filled": 0,
        "pay_unit": "month", "pay_min": 5000, "pay_max": 7000, "pay_base": None, "district": "500103",
        "remote": False, "address": "", "education": 0, "experience": 0.0, "certificates": [], "skills": [],
        "shift": None, "night": None, "slots": [], "description": "", "industry": "", "preferences": [],
        "contact": "", "stated": {}, "findings": [], "status": "OPEN", "screening": "OK", "minor_barred": False,
        "valid_from": TODAY, "valid_to": date(2026, 12, 24), "updated_at": None, "confirmed_at": NOW,
        "release_at": NOW, "cluster": number, "content": b"", "revision": number,
    }  # fmt: skip
    return Vacancy(**{**values, **given})


def seeker(*intentions: str, **given: Any) -> JobSeeker:
    """A registered person who wants to work in 渝中区 and says nothing else."""
    number = given.pop("id", None) or next(_numbers)
    values: dict[str, Any] = {
        "id": number, "source": "test", "external_id": f"P{number}", "state": "REGISTERED",
        "registration_kind": None, "channel": None, "applied_at": TODAY, "district": None,
        "unemployed_since": None, "reason": "", "wish": "EMPLOYMENT", "kinds": [],
        "intentions": [{"text": text, "occupation": None} for text in intentions], "skills": [],
        "certificates": [], "education": None, "graduated_at": None, "experience": None,
        "districts": ["500103"], "mobility": "OWN_DISTRICT", "pay_floor": None, "shift_limits": [],
        "availability": [], "fixed": [], "labels": [], "consent_other_city": False,
        "consent_personalised": True, "pension_drawn": False, "broker": None, "adult_on": None, "stated": {},
        "findings": [], "content": b"", "revision": number,
    }  # fmt: skip
    return JobSeeker(**{**values, **given})
