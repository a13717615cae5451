"""What a person should know about an item before calling: the facts nobody could check."""

from matching.eligibility import Limits
from matching.index import UNKNOWN
from models.certificates import is_obtainable
from models.districts import city_of
from models.enums import MARKS, Mark


def marks(limits: Limits, person: int, row: int, same_employer: bool) -> tuple[Mark, ...]:
    """The marks of one person and vacancy row."""
    x, s = limits.index.facts, limits.seekers
    place = limits.index.places[x.place[row]]
    profile = s.profiles[person]
    lacking = set(limits.index.licences[x.licences[row]]) - profile.certificates
    holds = {
        Mark.COUNTY_UNKNOWN: place != "" and city_of(place) == place,
        Mark.PAY_UNKNOWN: x.pay_max[row] == UNKNOWN,
        Mark.EDUCATION_UNKNOWN: x.education[row] == UNKNOWN or (x.education[row] > 0 and profile.education == UNKNOWN),
        Mark.EXPERIENCE_UNKNOWN: x.experience[row] > 0 and profile.experience == UNKNOWN,
        Mark.SHIFT_UNKNOWN: bool(profile.shift_limits) and x.shift[row] == UNKNOWN and x.night[row] == UNKNOWN,
        Mark.CERTIFICATE_TO_GET: any(is_obtainable(name) for name in lacking),
        Mark.SAME_EMPLOYER: same_employer,
        Mark.GUIDANCE: not profile.readable,
    }
    return tuple(mark for mark, on in holds.items() if on)


def to_bits(found: tuple[Mark, ...]) -> int:
    """Marks as one small integer, for storing."""
    return sum(1 << MARKS.index(mark) for mark in found)


def from_bits(bits: int) -> tuple[Mark, ...]:
    """The marks that `to_bits` stored."""
    return tuple(mark for number, mark in enumerate(MARKS) if bits >> number & 1)
