"""What the engine was told: weights, floor, ladder, order of changes, from one versioned file."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from models.configuration import Configuration
from models.enums import Confidence, Constraint, Rung
from models.errors import ZhipeiError

PARTS = ("intention", "meaning", "level", "skills", "distance", "pay", "fit", "freshness")
PART_LABELS = {
    "intention": "职业意向", "meaning": "工作内容相近", "level": "岗位级别", "skills": "技能", "distance": "距离",
    "pay": "薪酬", "fit": "学历经验", "freshness": "发布时间",
}  # fmt: skip
PART_SCALE = 10_000  # a part of 1.0
NEVER = 100  # a level above every rung: not admitted
POINT = 1_000  # a shown point of 0..1000 in the engine's score of 0..1,000,000
BID_STEP = 10 * POINT  # least raise of a bid in the auction of the planner


@dataclass(frozen=True, slots=True)
class PlanConfig:
    """What the planner was told. `margin` and `bonus` are in the engine's score, a millionth each."""

    offers_per_opening: int
    margin: int
    bonus: int


@dataclass(frozen=True, slots=True)
class Config:
    """The engine's configuration. `identity` changes when any value does."""

    identity: str
    seed: int
    ladder: tuple[Rung, ...]
    pay_percent: int
    characters_share: float
    words_share: float
    trades_share: float
    floor: int
    k1: float
    characters_b: float
    words_b: float
    weights: tuple[int, ...]
    neutral_weights: tuple[int, ...]
    confidence: tuple[int, int]
    changes: tuple[Constraint, ...]
    plan: PlanConfig

    def level(self, rung: Rung) -> int:
        """The place of a rung on the ladder, NEVER when the ladder has no such rung."""
        return self.ladder.index(rung) if rung in self.ladder else NEVER

    def confidence_word(self, score: int) -> Confidence:
        """The word for a score of 0..1000."""
        high, medium = self.confidence
        return Confidence.HIGH if score >= high else Confidence.MEDIUM if score >= medium else Confidence.LOW


@lru_cache(maxsize=8)
def engine_config(configuration: Configuration) -> Config:
    """The engine's part of a configuration. ZhipeiError when a value is missing or senseless."""
    try:
        return _read(configuration)
    except (KeyError, TypeError, ValueError) as error:
        raise ZhipeiError(f"配置文件有误：{error}") from error


def _read(configuration: Configuration) -> Config:
    tables = configuration.tables
    engine, evidence, bm25, confidence = (tables[name] for name in ("engine", "evidence", "bm25", "confidence"))
    total = evidence["characters"] + evidence["words"] + evidence["trades"]
    ladder = tuple(Rung(name) for name in engine["ladder"])
    if not ladder or ladder[0] is not Rung.EXACT or len(set(ladder)) != len(ladder):
        raise ValueError("ladder must begin with EXACT and name each rung once")
    return Config(
        identity=configuration.identity,
        seed=int(engine["seed"]),
        ladder=ladder,
        pay_percent=int(engine["pay_percent"]),
        characters_share=evidence["characters"] / total,
        words_share=evidence["words"] / total,
        trades_share=evidence["trades"] / total,
        floor=int(evidence["floor"]),
        k1=float(bm25["k1"]),
        characters_b=float(bm25["characters_b"]),
        words_b=float(bm25["words_b"]),
        weights=_weights(tables["weights"]),
        neutral_weights=_weights(tables["neutral_weights"]),
        confidence=(int(confidence["high"]), int(confidence["medium"])),
        changes=tuple(Constraint(name) for name in tables["certificate"]["order"]),
        plan=_plan(tables["plan"]),
    )


def _plan(table: Mapping[str, int]) -> PlanConfig:
    plan = PlanConfig(int(table["offers_per_opening"]), int(table["margin"]) * POINT, int(table["bonus"]) * POINT)
    if plan.offers_per_opening < 1 or not 2 * BID_STEP <= plan.margin <= 1000 * POINT:
        raise ValueError("plan: offers_per_opening at least 1, margin 20 to 1000 points")
    if not 1 * POINT <= plan.bonus <= 10_000 * POINT:
        raise ValueError("plan: bonus 1 to 10000 points")
    return plan


def _weights(table: Mapping[str, int]) -> tuple[int, ...]:
    weights = tuple(int(table[part]) for part in PARTS)
    if sum(weights) != 100 or min(weights) < 0:
        raise ValueError("weights must sum to 100, none below 0")
    return weights
