"""What other portals are told of an open vacancy, and of which ones they are told nothing."""

from datetime import timedelta

import pytest
from wire import vacancy

from models.enums import Role
from models.times import local_date, now

PATH = "/v1/vacancies/caiji/V1"
PUBLIC = f"{PATH}/jobposting"


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url  # what is told depends on no database


@pytest.fixture
def office(client):
    return client(Role.OFFICE)


@pytest.fixture
def told(office):
    """What is told of a vacancy with these fields."""

    def push(**given):
        answer = office.put(PATH, json=vacancy("V1", **given))
        assert answer.status_code in (200, 201), answer.text
        found = office.get(PUBLIC)
        assert found.status_code == 200, found.text
        assert found.headers["content-type"] == "application/ld+json"
        return found.json()

    return push


def test_a_vacancy_is_told_in_the_words_of_schema_org(told):
    found = told(
        openings=5, openings_filled=2, education="高中及以上", experience="1-3年", certificates=["叉车证"],
        skills=["叉车", "仓储"], address="解放碑步行街 1 号", hours="白班 8小时", industry="物流", contact="王女士 13912345678",
        employer={"name": "重庆某某物流有限公司", "uscc": ""}, valid_from=str(local_date(now())), valid_to="2099-12-31",
    )  # fmt: skip
    assert found.pop("occupationalCategory")["inCodeSet"].startswith("中华人民共和国职业分类大典")
    assert found == {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "identifier": {"@type": "PropertyValue", "name": "caiji", "value": "V1"},
        "title": "叉车司机",
        "description": "叉车司机、包住",
        "datePosted": str(local_date(now())),
        "validThrough": "2099-12-31T23:59:59+08:00",
        "employmentType": "FULL_TIME",
        "hiringOrganization": {"@type": "Organization", "name": "重庆某某物流有限公司"},
        "totalJobOpenings": 3,
        "directApply": False,
        "baseSalary": {
            "@type": "MonetaryAmount",
            "currency": "CNY",
            "value": {"@type": "QuantitativeValue", "minValue": 5000, "maxValue": 7000, "unitText": "MONTH"},
        },
        "jobLocation": {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress", "addressCountry": "CN", "addressRegion": "重庆市",
                "addressLocality": "渝中区", "streetAddress": "解放碑步行街 1 号",
            },
        },
        "industry": "物流",
        "skills": ["叉车", "仓储"],
        "qualifications": "学历 高中及以上；证书 叉车证",
        "educationRequirements": {"@type": "EducationalOccupationalCredential", "credentialCategory": "high school"},
        "experienceRequirements": {"@type": "OccupationalExperienceRequirements", "monthsOfExperience": 12},
        "workHours": "白班 8小时",
    }  # fmt: skip


PAY = [
    ("5000元/月起", {"minValue": 5000, "unitText": "MONTH"}),
    ("年薪12万", {"minValue": 10_000, "maxValue": 10_000, "unitText": "MONTH"}),
    ("25元/小时", {"minValue": 25, "maxValue": 25, "unitText": "HOUR"}),
    ("200-260元/天，每天10小时", {"minValue": 200, "maxValue": 260, "unitText": "DAY"}),
    ({"min": 200, "max": 260, "unit": "day"}, {"minValue": 200, "maxValue": 260, "unitText": "DAY"}),
    ({"min": 4000, "max": None, "unit": "month"}, {"minValue": 4000, "unitText": "MONTH"}),
]


@pytest.mark.parametrize(("pay", "value"), PAY)
def test_pay_is_told_in_its_own_unit(told, pay, value):
    salary = told(pay=pay)["baseSalary"]
    assert salary["currency"] == "CNY"
    assert salary["value"] == {"@type": "QuantitativeValue", **value}


def test_of_a_rate_per_piece_no_salary_is_told(told):
    assert "baseSalary" not in told(pay="计件 0.5元/件")


def test_kinds_are_told_as_employment_types(told):
    for kind, word in (("零工", "TEMPORARY"), ("见习", "INTERN"), ("公益性岗位", "FULL_TIME")):
        assert told(kind=kind)["employmentType"] == word


def test_work_from_anywhere_in_the_country_says_so(told):
    found = told(remote=True, district="")
    assert found["jobLocationType"] == "TELECOMMUTE"
    assert found["applicantLocationRequirements"] == {"@type": "Country", "name": "中国"}
    assert "jobLocation" not in found


def test_a_place_in_another_province_has_its_city(told):
    assert told(district="江苏省苏州市昆山市")["jobLocation"]["address"]["addressLocality"] == "苏州市昆山市"
    assert told(district="重庆市")["jobLocation"]["address"]["addressLocality"] == "重庆市"


def test_no_requirement_is_told_as_none_and_silence_as_silence(told):
    found = told(education="学历不限", experience="经验不限")
    assert found["educationRequirements"] == found["experienceRequirements"] == "no requirements"
    silent = told(education="", experience="")
    assert not {"educationRequirements", "experienceRequirements", "qualifications"} & set(silent)


def test_nobody_can_be_called_or_written_to_by_it(office, told):
    number = "13912345678"
    told(description=f"驾驶叉车,电话{number}", address=f"解放碑，联系{number}", contact=f"王女士 {number}")
    text = office.get(PUBLIC).text
    assert number not in text
    assert "王女士" not in text
    assert "驾驶叉车" in text


def day(after):
    return str(local_date(now() + timedelta(days=after)))


HIDDEN = [
    {"pay": "面议"}, {"description": "限男性"}, {"openings": 2, "openings_filled": 2}, {"program": "重点企业"},
    {"valid_from": day(-9), "valid_to": day(-1)}, {"valid_from": day(2), "valid_to": day(9)},
]  # fmt: skip


@pytest.mark.parametrize("given", HIDDEN)
def test_a_vacancy_that_is_not_open_to_everyone_looks_missing(office, refused, given):
    missing = refused(office.get("/v1/vacancies/caiji/NONE/jobposting"), 404)
    answer = office.put(PATH, json=vacancy("V1", **given))
    assert answer.status_code == 201, answer.text
    assert refused(office.get(PUBLIC), 404) == missing


def test_a_withdrawn_vacancy_looks_missing_and_that_of_another_system_too(client, office, told, refused):
    told()
    refused(client(Role.SYSTEM, source="other").get(PUBLIC), 404)
    office.delete(PATH)
    refused(office.get(PUBLIC), 404)
