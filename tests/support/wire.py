"""Records as they are pushed: every field has a harmless default, all of it invented."""

from typing import Any

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643


def vacancy(external_id: str, title: str = "叉车司机", **given: Any) -> dict[str, Any]:
    """An open vacancy in 渝中区 of an employer of its own."""
    record = {
        "external_id": external_id, "title": title, "employer": {"name": f"重庆{external_id}物流有限公司"}, "openings": 2,
        "pay": "5000-7000元/月", "district": "渝中区", "description": f"{title}、包住", "valid_to": "2099-12-31",
    }  # fmt: skip
    return {**record, **given}


def seeker(external_id: str, *intentions: str, **given: Any) -> dict[str, Any]:
    """A registered person of 渝中区 with a full identity, whom broker li serves."""
    record = {
        "external_id": external_id, "name": "张三丰", "id_number": id_number(external_id), "phone": "13912345678",
        "registration": {"district": "渝中区", "applied_at": "2026-11-02"}, "intentions": list(intentions),
        "districts": ["渝中区"], "education": "高中", "broker": "li",
    }  # fmt: skip
    return {**record, **given}


def id_number(external_id: str) -> str:
    """A valid number of an invented person, another one for each name."""
    digits = f"50010319900307{sum(external_id.encode()) % 1000:03d}"
    rest = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11
    return digits + "10X98765432"[rest]


def small_market() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Thirty vacancies and four people: P1 and P2 find three, P3 does not, P4 says nothing and has nobody."""
    trades = [
        ("叉车司机", "渝中区"),
        ("保洁员", "沙坪坝区"),
        ("中餐厨师", "渝中区"),
        ("客服专员", "渝中区"),
        ("电焊工", "万州区"),
    ]
    vacancies = [
        vacancy(f"V{number}{place}", title, district=district, pay=f"{4 + place}000-{6 + place}000元/月")
        for number, (title, district) in enumerate(trades)
        for place in range(6)
    ]
    fixed = {"fixed": ["occupation", "place"], "districts": ["城口县"]}
    people = [
        seeker("P1", "叉车司机"),
        seeker("P2", "保洁员", broker="wang", districts=["沙坪坝区"], registration={"district": "沙坪坝区"}),
        seeker("P3", "古琴修复师", **fixed),
        {"external_id": "P4"},
    ]
    return vacancies, people
