"""What do people tell the service about stored vacancies: decisions, objections, which are the same one?"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ingest.schemas import Flag, Identifier, Wire, WireModel, lines, read_wire
from ingest.screening_personal import starred
from models.enums import ReviewOutcome
from models.errors import Refused

LONGEST_REASON = 1_000


def _refuse(rule: str, message: str, fix: str) -> PydanticCustomError:
    return PydanticCustomError(rule, message, {"fix": fix})


def _said(text: str) -> str:
    """A reason is kept for good and told to others: it says something, and nobody's number."""
    if not text:
        raise _refuse("missing", "缺少理由", "请写明理由，对方会看到")
    if starred(text) != text:
        raise _refuse("personal_number", "理由中有证件号、电话或聊天账号", "请删去，只写与岗位有关的理由")
    return text


def _outcome(value: Any) -> ReviewOutcome:
    if value not in set(ReviewOutcome):
        words = "、".join(f"{each.value}（{each.label}）" for each in ReviewOutcome)
        raise _refuse("unknown_value", "不是可以识别的取值", f"请填写 {words} 之一")
    return ReviewOutcome(value)


def _digest(value: Any) -> str:
    try:
        if isinstance(value, str) and len(bytes.fromhex(value)) == 16:
            return value.lower()
    except ValueError:
        pass
    raise _refuse("digest", "不是内容标识", "请填写待审列表中该岗位的 wording，表示决定的是您看到的内容")


_LINES = lines(LONGEST_REASON).func
Reason = Annotated[
    str,
    BeforeValidator(lambda value: _said(_LINES(value))),
    Field(max_length=LONGEST_REASON, description="理由，发布单位会看到；不写证件号和电话"),
]
Outcome = Annotated[
    ReviewOutcome,
    BeforeValidator(_outcome),
    Field(description="approve 通过，block 不得发布，ask_change 要求修改"),
]
Text = Annotated[str, BeforeValidator(_digest), Field(description="待审列表中的 wording：所审内容的标识")]


class DecisionWire(Wire):
    """A reviewer's word on one text of one vacancy."""

    source: Identifier
    external_id: Identifier
    wording: Text
    outcome: Outcome
    reason: Reason


class AppealWire(Wire):
    """Why the verdict on a vacancy is wrong."""

    reason: Reason


class NameWire(Wire):
    """One vacancy by its outside name."""

    source: Identifier
    external_id: Identifier


class PairWire(Wire):
    """A person's word on two vacancies: `same` true, they are one and the same; false, they are not duplicates."""

    first: NameWire
    second: NameWire
    same: Flag


DECISION_EXAMPLE: Mapping[str, Any] = {
    "source": "caiji",
    "external_id": "V000001",
    "wording": "0f" * 16,
    "outcome": "ask_change",
    "reason": "请删去年龄上限，写明实际的体力要求",
}
APPEAL_EXAMPLE: Mapping[str, Any] = {"reason": "“男装部”是柜台名称，并不限制应聘者性别"}
PAIR_EXAMPLE: Mapping[str, Any] = {
    "first": {"source": "caiji", "external_id": "V000001"},
    "second": {"source": "caiji", "external_id": "V000002"},
    "same": False,
}


def read_body(model: type[WireModel], document: Any) -> WireModel:
    """What a body says. Refused with every problem named."""
    wire = read_wire(model, document)
    if isinstance(wire, list):
        raise Refused("内容有误", wire)
    return wire
