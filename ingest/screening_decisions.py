"""Does a reviewer's decision still stand, and what has a change of the rules changed?

A reviewer settles findings, not a vacancy for ever: a decision stands as long as nothing is found that was not
before them. Findings are compared by what they say of which words, wherever in the field these now stand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ingest.screening import Finding, Screened
from models.enums import Screening

_GRAVITY = (Screening.BLOCKED, Screening.REVIEW, Screening.OK)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided of the findings that were open then: OK or BLOCKED."""

    verdict: Screening
    settled: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """What another version of the rules makes of one vacancy; findings by their keys, in order."""

    before: Screening
    after: Screening
    added: tuple[str, ...]
    gone: tuple[str, ...]


def stored(found: Finding) -> dict[str, Any]:
    """A finding as it is kept beside its vacancy (JSON)."""
    return {**asdict(found), "level": found.level.value, "articles": list(found.articles)}


def key(found: Finding | Mapping[str, Any]) -> str:
    """The name by which a finding, or a stored one, is known again."""
    kept = found if isinstance(found, Mapping) else stored(found)
    return ":".join(str(kept[name]) for name in ("category", "rule", "field", "excerpt"))


def decide(screened: Screened, verdict: Screening) -> Decision:
    """A decision on everything that is found now."""
    return Decision(verdict, frozenset(key(found) for found in screened.findings))


def standing_verdict(screened: Screened, decision: Decision | None) -> Screening:
    """The verdict under which a vacancy stands: what was decided, unless something new is found."""
    if decision is None:
        return screened.verdict
    return gravest(
        [decision.verdict, *(found.level for found in screened.findings if key(found) not in decision.settled)]
    )


def change(
    verdict: Screening, findings: Sequence[Mapping[str, Any]], screened: Screened, after: Screening
) -> Change | None:
    """What differs from what is stored of a vacancy; None where nothing does."""
    old = dict.fromkeys(map(key, findings))
    new = dict.fromkeys(map(key, screened.findings))
    added, gone = tuple(name for name in new if name not in old), tuple(name for name in old if name not in new)
    return Change(verdict, after, added, gone) if added or gone or verdict is not after else None


def gravest(levels: Iterable[Screening]) -> Screening:
    """The gravest of levels; OK of none."""
    return min(levels, key=_GRAVITY.index, default=Screening.OK)
