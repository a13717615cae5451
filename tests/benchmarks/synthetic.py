"""What market are engines compared on? An invented municipality of one size and selectivity, its texts made of words.

400 occupations in 20 sectors (Zipf); a vacancy is a title and 30 to 120 draws of words: boilerplate that many have,
words of its trade, a long tail. A person names the trade with a word or two and brings further words as skills.
Thirty-eight districts, education, pay, kinds, shifts and certificates leave a person about 6.7 % of the market. Real
postings may lend their texts; what bars is invented in every market.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from segmentation import dictionary

from ingest.files import read_file
from matching.seekers import Seekers, profiles
from models.districts import districts
from models.trades import trades

DATA = Path(__file__).parents[2] / "../shared/data"
POSTINGS = ("zhilian_2026", "job51_2024", "taidi_2023")
SEED = 20261124
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
HOME = "500000"
SECTORS, OCCUPATIONS = 20, 400
BOILERPLATE, TOPICAL, TAIL = 1_500, 9_000, 38_000
OWN = 120  # words of an occupation, of its sector's
SHARES = (0.55, 0.33, 0.12)  # of boilerplate, topical and tail words in a vacancy
LEAST, MOST = 30, 120  # draws of a vacancy
FEW, MANY = 8, 30  # draws of a person
CLOSED = 0.04
KINDS = ("REGULAR", "GIG", "INTERNSHIP", "PUBLIC_WELFARE")
PORTION = 10_000  # vacancies made at once

Words = NDArray[np.str_]


class Opening(NamedTuple):
    """A vacancy, as `matching.index.build_index` takes it."""

    id: int
    title: str
    description: str
    district: str
    kind: str
    education: int
    experience: float | None
    pay_min: int
    pay_max: int
    shift: str | None
    night: bool | None
    certificates: list[str]
    minor_barred: bool
    valid_from: date
    valid_to: date
    openings: int
    employer_id: int
    skills: Sequence[str] = ()
    industry: str = ""
    occupation: str | None = None
    remote: bool = False
    openings_filled: int = 0
    source: str = "bench"
    release_at: datetime = NOW

    @property
    def revision(self) -> int:
        """When it was stored."""
        return self.id

    @property
    def cluster(self) -> int:
        """Each is its own: nothing was posted twice."""
        return self.id

    @property
    def external_id(self) -> str:
        """Its name outside."""
        return f"V{self.id}"


class Wanting(NamedTuple):
    """A person, as `matching.seekers.profiles` takes one."""

    id: int
    intentions: list[dict[str, Any]]
    skills: list[dict[str, Any]]
    districts: list[str]
    kinds: list[str]
    pay_floor: int | None
    education: int
    experience: float
    shift_limits: list[str]
    certificates: list[str]
    adult_on: date | None = None
    fixed: Sequence[str] = ()
    labels: Sequence[Any] = ()
    source: str = "bench"
    revision: int = 1
    state: str = "REGISTERED"
    district: str | None = None
    mobility: str = "OWN_DISTRICT"
    consent_other_city: bool = False
    consent_personalised: bool = True
    unemployed_since: date | None = None

    @property
    def external_id(self) -> str:
        """The name outside."""
        return f"P{self.id}"


@dataclass(frozen=True)
class Vocabulary:
    """The words that texts are drawn from."""

    names: list[str]  # of occupations
    share: NDArray[np.float64]  # of each occupation
    boilerplate: Words
    tail: Words
    own: Words  # occupations x OWN


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Names of trades, and two-letter words of jieba's dictionary, the frequent ones before."""
    random = np.random.default_rng(SEED)
    known = [(-often, word) for word, often in dictionary().items() if often and len(word) == 2 and _chinese(word)]
    words = np.array([word for _, word in sorted(known)[: BOILERPLATE + TOPICAL + TAIL]])
    words[: BOILERPLATE + TOPICAL] = random.permutation(words[: BOILERPLATE + TOPICAL])
    boilerplate, topical, tail = np.split(words, [BOILERPLATE, BOILERPLATE + TOPICAL])
    sectors = topical.reshape(SECTORS, -1)
    own = np.array([random.choice(sectors[n * SECTORS // OCCUPATIONS], OWN, False) for n in range(OCCUPATIONS)])
    names = list(trades())
    return Vocabulary(
        names[:: len(names) // OCCUPATIONS][:OCCUPATIONS], random.permutation(_zipf(OCCUPATIONS, 5)), boilerplate, tail,
        own,
    )  # fmt: skip


def _chinese(word: str) -> bool:
    return all("\u4e00" <= letter <= "\u9fd5" for letter in word)


def _zipf(size: int, flat: float) -> NDArray[np.float64]:
    weight = 1 / (np.arange(size) + flat)
    return np.asarray(weight / weight.sum())


@lru_cache(maxsize=1)
def counties() -> tuple[list[str], NDArray[np.float64]]:
    """The districts of the municipality, and the share of vacancies that lie in each."""
    codes = sorted(
        code for code, known in districts().items() if known.city == HOME and code != HOME and not known.successor
    )
    return codes, np.random.default_rng(SEED).permutation(_zipf(len(codes), 4))


def vacancies(count: int) -> Iterator[Opening]:
    """The first `count` vacancies, ids from 1 on: more of them begin with the same ones."""
    portions = (zip(*_texts(number), strict=True) for number in range(-(-count // PORTION)))
    return islice(_placed(chain.from_iterable(portions)), count)


def real_vacancies() -> Iterator[Opening]:
    """Real postings, title and all that they say, each placed and bounded as an invented one is."""
    return _placed(real_texts())


def real_texts() -> Iterator[tuple[str, str]]:
    """Title and text of every real posting."""
    for name in POSTINGS:
        for row in read_file(DATA / "vacancies" / f"{name}.csv", "vacancies"):
            told = row.document or {}
            if told.get("title"):
                yield str(told["title"])[:100], " ".join(filter(None, map(_plain, _said(told))))


def _said(document: dict[str, Any]) -> Iterable[Any]:
    skills = document.get("skills") or ()
    return (document.get("description"), *([skills] if isinstance(skills, str) else skills))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(portion: int) -> tuple[list[str], list[str]]:
    """Titles and texts of one portion."""
    random, known = np.random.default_rng((SEED, 1, portion)), vocabulary()
    trade = random.choice(OCCUPATIONS, PORTION, p=known.share)
    length = random.integers(LEAST, MOST + 1, PORTION)
    words = _drawn(random, known, np.repeat(trade, length), SHARES)
    ends = np.cumsum(length).tolist()
    bodies = ["、".join(words[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    added = np.where(random.random(PORTION) < 0.3, known.own[trade, random.integers(0, OWN, PORTION)], "")
    return [known.names[number] + more for number, more in zip(trade, added, strict=True)], bodies


def _drawn(
    random: np.random.Generator, known: Vocabulary, trade: NDArray[np.int64], shares: Sequence[float]
) -> list[str]:  # fmt: skip
    """A word for each place, of its trade, of all, or of the tail."""
    size, source = len(trade), random.random(len(trade))
    common = known.boilerplate[random.choice(BOILERPLATE, size, p=_zipf(BOILERPLATE, 12))]
    topical = known.own[trade, random.choice(OWN, size, p=_zipf(OWN, 4))]
    rare = known.tail[random.integers(0, TAIL, size)]
    found: list[str] = np.where(
        source < shares[0], common, np.where(source < shares[0] + shares[1], topical, rare)
    ).tolist()
    return found


def _placed(texts: Iterable[tuple[str, str]]) -> Iterator[Opening]:
    """Each text with the columns that bar people from it."""
    codes, share = counties()
    told = iter(texts)
    for portion in range(1 << 30):
        some = list(islice(told, PORTION))
        if not some:
            return
        random = np.random.default_rng((SEED, 2, portion))
        place = random.choice(len(codes), PORTION, p=share).tolist()
        kind = random.choice(len(KINDS), PORTION, p=(0.82, 0.10, 0.06, 0.02)).tolist()
        school = random.choice(7, PORTION, p=(0.35, 0.05, 0.12, 0.18, 0.16, 0.12, 0.02)).tolist()
        years = random.choice(5, PORTION, p=(0.5, 0.2, 0.15, 0.1, 0.05)).tolist()
        low = (random.lognormal(8.45, 0.35, PORTION) // 100 * 100).astype(int).tolist()
        draw = random.random((PORTION, 6))
        for number, (title, body) in enumerate(some):
            night, licence, minor, closed, age, more = draw[number].tolist()
            yield Opening(
                portion * PORTION + number + 1, title, body, codes[place[number]], KINDS[kind[number]], school[number],
                float(years[number]), low[number], int(low[number] * (1.2 + more)) // 100 * 100,
                "night" if night < 0.05 else "two_shift" if night < 0.15 else "day" if night < 0.6 else None,
                night < 0.15 or None, ["护士执业证"] if licence < 0.03 else [], minor < 0.3,
                TODAY - timedelta(days=int(age * 60)), TODAY + timedelta(days=-1 if closed < CLOSED else 30),
                1 + int(more * 4), 1 + int(age * 1e6) % 40_000,
            )  # fmt: skip


def people(count: int, texts: Sequence[tuple[str, str]] = ()) -> Seekers:
    """People who want what the market has: of the invented trades, or of the titles of such `texts`."""
    random, (codes, share) = np.random.default_rng((SEED, 3)), counties()
    near = random.choice(3, count, p=(0.6, 0.25, 0.15))
    kinds = random.choice(3, count, p=(0.62, 0.25, 0.13))
    school = random.choice(7, count, p=(0.03, 0.07, 0.25, 0.25, 0.2, 0.17, 0.03)).tolist()
    floor = (random.lognormal(9.15, 0.25, count) // 100 * 100).astype(int).tolist()
    draw = random.random((count, 3))
    rows = []
    for number, (wish, skills) in enumerate(_named(random, count, texts)):
        some = int(random.integers(*((1, 4), (4, 9), (1, 2))[near[number]]))
        wanted = [HOME] if near[number] == 2 else [codes[n] for n in random.choice(len(codes), some, False, share)]
        unpaid, nights, licence = draw[number].tolist()
        rows.append(Wanting(
            number + 1, [{"text": wish}], [{"name": name} for name in skills], wanted,
            list((KINDS[:1], KINDS[:2], KINDS[:3])[kinds[number]]), None if unpaid < 0.2 else floor[number],
            school[number], number % 12, ["night", "two_shift"] if nights < 0.3 else [],
            ["护士执业证"] if licence < 0.03 else [],
        ))  # fmt: skip
    return profiles(rows, TODAY, HOME)


def _named(
    random: np.random.Generator, count: int, texts: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, Sequence[str]]]:  # fmt: skip
    """A wish and skills for each person."""
    if texts:
        for place in random.choice(len(texts), count).tolist():
            title, body = texts[place]
            words = sorted(set(body.split()))
            yield title[:30], [words[n][:12] for n in random.integers(0, len(words), 6)] if words else []
        return
    known = vocabulary()
    trade = random.choice(OCCUPATIONS, count, p=known.share)
    length = random.integers(FEW, MANY + 1, count)
    words, ends = _drawn(random, known, np.repeat(trade, length), (0.12, 0.8)), np.cumsum(length).tolist()
    for own, start, end in zip(trade.tolist(), [0, *ends], ends, strict=False):
        said = list(dict.fromkeys(words[start:end]))
        named = 1 + start % 2
        yield " ".join([known.names[own], *said[:named]]), said[named:]
