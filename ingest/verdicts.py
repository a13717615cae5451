"""What the sender of a record is told about it: one verdict, one effect, every problem named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from models.errors import Problem


class VerdictKind(StrEnum):
    """From the gravest down; a record gets the gravest that applies."""

    INVALID = "invalid"
    BLOCKED = "blocked"
    IN_REVIEW = "in_review"
    NEEDS_COMPLETION = "needs_completion"
    OK = "ok"


class Effect(StrEnum):
    """What happened to the stored row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"
    NONE = "none"


@dataclass(slots=True)
class Verdict:
    """The answer to one record. `problems` decided the verdict; `findings` are worth knowing, no more."""

    row: int
    external_id: str
    verdict: VerdictKind
    effect: Effect = Effect.NONE
    problems: Sequence[Problem] = field(default_factory=list)
    findings: Sequence[Problem] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether the record was taken in; not whether it is complete."""
        return self.verdict is not VerdictKind.INVALID
