"""Does a reviewer's decision still stand, and what has a change of the rules changed?

A decision is on one text: a changed one is screened anew. While the text is the same, it stands whatever the rules
then find, unless they bar what was not before the reviewer. Findings are compared by what they say of which words,
wherever in the field these now stand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ingest.screening import Finding, Screened
from models.base import AnyRow
from models.enums import ReviewOutcome, Screening

_GRAVITY = (Screening.BLOCKED, Screening.REVIEW, Screening.OK)
VERDICTS: Mapping[ReviewOutcome, Screening] = {
    ReviewOutcome.APPROVE: Screening.OK,
    ReviewOutcome.BLOCK: Screening.BLOCKED,
    ReviewOutcome.ASK_CHANGE: Screening.REVIEW,
}

Stored = Mapping[str, Any]  # a finding as it is kept beside its vacancy


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision that stands for a text: its verdict, and the findings that were known when it was last looked at."""

    id: int
    outcome: ReviewOutcome
    reason: str
    wording: bytes | None
    findings: Sequence[Stored]

    @property
    def verdict(self) -> Screening:
        """Under which the vacancy stands as long as the decision does."""
        return VERDICTS[self.outcome]

    def holds(self, wording: bytes, findings: Sequence[Stored]) -> bool:
        """Whether it stands for this text, in which this is found now. What a person blocked stays blocked."""
        if wording != self.wording:
            return False
        return self.outcome is ReviewOutcome.BLOCK or barred(findings) <= barred(self.findings)


@dataclass(frozen=True, slots=True)
class Change:
    """What another version of the rules makes of one vacancy; findings by their keys, in order."""

    before: Screening
    after: Screening
    added: tuple[str, ...]
    gone: tuple[str, ...]


def standing_of(row: AnyRow | None) -> Standing | None:
    """The decision in a row of `standing_decisions`."""
    return Standing(row.id, ReviewOutcome(row.outcome), row.reason, row.wording, row.findings) if row else None


def stored(found: Finding) -> dict[str, Any]:
    """A finding as it is kept beside its vacancy (JSON)."""
    span = list(found.span) if found.span else None
    return {**asdict(found), "level": found.level.value, "articles": list(found.articles), "span": span}


def of_screening(findings: Iterable[Stored]) -> list[Stored]:
    """Those of a vacancy's stored findings that screening made."""
    return [found for found in findings if "category" in found]


def key(found: Finding | Stored) -> str:
    """The name by which a finding, or a stored one, is known again."""
    kept = found if isinstance(found, Mapping) else stored(found)
    field = str(kept["field"]).partition("[")[0]  # an entry of a list may have moved
    return ":".join((kept["category"], kept["rule"], field, kept["excerpt"]))


def barred(findings: Iterable[Stored]) -> set[str]:
    """What the rules bar by law, whatever a person thinks of it alone."""
    return {key(found) for found in of_screening(findings) if found["level"] == Screening.BLOCKED.value}


def change(verdict: Screening, findings: Sequence[Stored], screened: Screened, after: Screening) -> Change | None:
    """What differs from what is stored of a vacancy; None where nothing does."""
    old = {key(found): found["level"] for found in of_screening(findings)}
    new = {key(found): found.level.value for found in screened.findings}
    added = tuple(name for name, level in new.items() if old.get(name) != level)
    gone = tuple(name for name, level in old.items() if new.get(name) != level)
    return Change(verdict, after, added, gone) if added or gone or verdict is not after else None


def gravest(levels: Iterable[Screening]) -> Screening:
    """The gravest of levels; OK of none."""
    return min(levels, key=_GRAVITY.index, default=Screening.OK)
