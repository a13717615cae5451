"""What does a receiver ask for? Its address, and which vacancies it wants to hear of; checked, and ready to be kept."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import httpx2
from pydantic import Field

from api.decisions import read_body
from api.receivers import Network, may_call
from ingest.districts import read_place
from ingest.schemas import Certificates, Names, Wire, line
from ingest.vacancies import PROGRAM_WORDS
from models.errors import Problem, Refused

LONGEST_URL = 500
OCCUPATION = re.compile(r"\d(-\d\d){0,3}")

Districts = Annotated[Certificates, Field(description="地区代码或名称；城市包含其全部区县")]
Occupations = Annotated[Names, Field(description="职业分类代码或其前几段，例如 6-30 或 6-30-05-01")]
Programs = Annotated[Names, Field(description="重点企业、重大项目")]


class SubscriptionWire(Wire):
    """Where to push, and what. A part that is left out lets everything through; `districts` may be names."""

    url: Annotated[str, line(LONGEST_URL), Field(max_length=LONGEST_URL, description="接收地址，https")]
    districts: Districts = Field(default_factory=list)
    occupations: Occupations = Field(default_factory=list)
    programs: Programs = Field(default_factory=list)


SUBSCRIPTION_EXAMPLE: Mapping[str, Any] = {
    "url": "https://jiuye.example.org/zhipei",
    "districts": ["重庆市渝中区", "500106"],
    "occupations": ["6-30"],
    "programs": ["重点企业"],
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A receiver's wish, in codes."""

    url: str
    districts: list[str]
    occupations: list[str]
    programs: list[str]


def read_wanted(document: Any, inside: Sequence[Network]) -> Wanted:
    """What a body asks for. Refused with every problem named."""
    wire = read_body(SubscriptionWire, document)
    problems = _address_problems(wire.url, inside)
    districts = _read("districts", wire.districts, lambda name: read_place(district=name).code, problems, DISTRICT)
    occupations = _read("occupations", wire.occupations, _occupation, problems, OCCUPATIONS)
    programs = _read("programs", wire.programs, _program, problems, PROGRAMS)
    if problems:
        raise Refused("订阅内容有误，未保存", problems)
    return Wanted(wire.url, districts, occupations, programs)


DISTRICT = ("unknown_district", "没有这个地区", "请填写行政区划代码或全称，例如 500103 或 重庆市渝中区")
OCCUPATIONS = ("occupation_prefix", "不是职业分类代码", "请填写代码或其前几段，例如 6-30 或 6-30-05-01")
PROGRAMS = ("unknown_value", "不是可以识别的取值", "请填写 重点企业 或 重大项目")


def _read(
    field: str,
    entries: Iterable[str],
    reader: Callable[[str], str | None],
    problems: list[Problem],
    words: tuple[str, str, str],
) -> list[str]:
    found: list[str] = []
    for place, entry in enumerate(entries):
        code = reader(entry)
        if code is None:
            problems.append(Problem(f"{field}.{place}", *words))
        else:
            found.append(code)
    return list(dict.fromkeys(found))


def _occupation(text: str) -> str | None:
    return text if OCCUPATION.fullmatch(text) else None


def _program(text: str) -> str | None:
    program = PROGRAM_WORDS.get(text.lower()) or PROGRAM_WORDS.get(text)
    return program.value if program else None


def _address_problems(text: str, inside: Sequence[Network]) -> list[Problem]:
    """What is wrong with an address at sight; where its name leads is looked up whenever something is sent."""
    try:
        url = httpx2.URL(text)
        host = url.raw_host.decode("ascii")
        port = url.port
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        return [Problem("url", "url", "不是有效的网址", "请填写完整地址，例如 https://jiuye.example.org/zhipei")]
    if url.scheme not in ("https", "http") or not host or port == 0:
        return [Problem("url", "url", "不是有效的网址", "请填写完整地址，例如 https://jiuye.example.org/zhipei")]
    if url.userinfo or url.fragment:
        return [Problem("url", "url_parts", "网址中不能有用户名、密码和 #", "请只保留主机、路径和参数")]
    if url.scheme == "http" and not inside:
        return [Problem("url", "https_only", "接收地址须为 https", "请使用 https 地址")]
    return [] if _may_be(host, url.scheme, inside) else [ADDRESS]


ADDRESS = Problem(
    "url",
    "address_refused",
    "不能推送到这个地址",
    "请使用公网 https 地址；内网地址须由管理员列入 ZHIPEI_RECEIVER_NETWORKS",
)


def _may_be(host: str, scheme: str, inside: Sequence[Network]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.rstrip(".") != "localhost" or any(network.is_loopback for network in inside)
    return may_call(address, scheme, inside)
