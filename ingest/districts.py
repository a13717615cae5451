"""Which place a partner's words mean: codes, full and short names, former ones, free addresses."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from ingest.district_names import Meaning
from ingest.district_path import Meanings, Walk
from models.districts import Level, city_of, counties_of, covers, districts, level_of
from models.enums import Labelled
from models.text import normal_form

__all__ = ["Level", "Place", "PlaceFlag", "read_place", "read_places"]

CHONGQING = "500000"
# A place is named at the head of a text; what stands beyond is not read.
LONGEST_FIELD, LONGEST_ADDRESS, LONGEST_LIST = 100, 200, 1000
REMOTE = re.compile(
    r"(?<![不非])(?<!不[可能])(?<!不支持)(?<!不接受)(?:远程|居家|在家|线上)(?:办公|工作|上班)|^(?:远程|居家|remote)$"
)
# Words in a column for places that name none.
NOWHERE = re.compile(
    r"不限|无|全国|异地|招聘|均可|支持|接受|可|其[他它]|周边|附近|就近|各地|直辖|县级行政(?:区划|单位)|辖|市|城区|区|县|内|全|省"
)
LIST_MARKS = re.compile(r"[、,;|]|或者?")
DIGITS = re.compile(r"\d+")  # of houses and rooms, which are no codes
SEVERAL_MARKS = re.compile(r"[、，,；;|/和及]|或者?")


class PlaceFlag(Labelled):
    """What a broker should know about how a place was read."""

    PLACE_MISSING = "place_missing", "未写明地点"
    PLACE_UNKNOWN = "place_unknown", "地点无法识别"
    PLACE_AMBIGUOUS = "place_ambiguous", "多个城市有同名区县，请写明城市"
    COUNTY_UNKNOWN = "county_unknown", "区县无法识别，按所在城市处理"
    PLACES_SEVERAL = "places_several", "写了不止一个地点，按第一个处理"
    DISTRICT_RENAMED = "district_renamed", "行政区划已调整，按现行区划处理"


@dataclass(frozen=True, slots=True)
class Place:
    """A place as read: the code of a division that stands today, or None.

    `level` is how finely it is known (a municipality is a CITY), `remote` that the work is done from anywhere,
    `flag` what is worth noting.
    """

    code: str | None
    level: Level | None = None
    remote: bool = False
    flag: PlaceFlag | None = None


def read_place(city: str = "", district: str = "", address: str = "", home: str = CHONGQING) -> Place:
    """The finest division that the columns name together. Each may hold a code, a name or a path of names.

    `city` and `district` are claims: what stands there and is not understood is flagged. `address` only makes a
    claim finer. A name borne in several cities is the one in the given city, else the one in the city `home`.
    """
    return _read_place(city[:LONGEST_FIELD], district[:LONGEST_FIELD], address[:LONGEST_ADDRESS], home)


def read_places(text: str, home: str = CHONGQING, city: str = "") -> list[Place]:
    """All places of a list of wanted ones (九龙坡区、南岸区), each once; `city` is where they lie, if given.

    A group (主城) gives its counties. What cannot be read is a Place without code. A list that names none is
    the city, if given.
    """
    return list(_read_places(text[:LONGEST_LIST], home, city[:LONGEST_FIELD]))


@lru_cache(maxsize=8_192)  # with an address hardly one comes again, and without there are few
def _read_place(city: str, district: str, address: str, home: str) -> Place:
    claimed = _read_claims(city, district, home)
    text, is_remote = REMOTE.subn(" ", _plain(address))
    walk = Walk(home, claim=False, known=claimed.known)
    walk.read(text)
    place = claimed.place if walk.known == claimed.known else _settle(walk.known, home, claimed.prefer_city)
    remote = claimed.remote or is_remote > 0
    place = _with_unread(place, claimed.unread, remote)
    if place.flag is None and (
        claimed.several or (not district and len({*map(city_of, _listed(DIGITS.sub("", address)))}) > 1)
    ):
        place = replace(place, flag=PlaceFlag.PLACES_SEVERAL)
    return replace(place, remote=True) if remote else place


class _Claimed(NamedTuple):
    """What the columns for places say: the place so far, as it stands without more, and letters that said nothing."""

    known: Meanings
    place: Place
    unread: str
    remote: bool
    prefer_city: bool
    several: bool


@lru_cache(maxsize=16_384)
def _read_claims(city: str, district: str, home: str) -> _Claimed:
    texts, remote = _without_remote([_plain(city), _plain(district)])
    walk = Walk(home)
    for text in texts:
        walk.read(text)
    prefer_city = not texts[1]
    place = _settle(walk.known, home, prefer_city)
    several = len(_listed(district)) > 1
    return _Claimed(walk.known, place, walk.unread, remote, prefer_city, several)


def _listed(text: str) -> set[str]:
    """The places in a text that lists some, save those that others of them lie in."""
    codes = {place.code for place in read_places(text) if place.code} if SEVERAL_MARKS.search(text) else set()
    return {code for code in codes if not any(code != other and covers(code, other) for other in codes)}


@lru_cache(maxsize=65_536)
def _read_places(text: str, home: str, city: str) -> tuple[Place, ...]:
    base = Walk(home)
    base.read(_plain(city))
    found: dict[object, Place] = {}
    for part in LIST_MARKS.split(_plain(text)):
        for place in _places_in(part, home, base.known):
            found.setdefault(place.code or place, place)
            home = (place.code and city_of(place.code)) or home
    if not found and base.known:
        return (_settle(base.known, home, prefer_city=True),)
    return tuple(found.values())


def _places_in(part: str, home: str, given: Meanings) -> Iterator[Place]:
    (text,), remote = _without_remote([part])
    walk = Walk(home, known=given, given=given)
    walk.read(text)
    if remote:
        yield Place(None, remote=True)
    if walk.known is given and not walk.done:
        if NOWHERE.sub("", walk.unread):
            yield _with_unread(_settle(given, home), walk.unread)
        return
    for known in (*walk.done, walk.known):
        if known is given:
            continue
        if all(meaning.group for meaning in known):
            yield from (_place(meaning.now) for meaning in known)
        else:
            yield _with_unread(_settle(known, home), walk.unread)


def _plain(text: str) -> str:
    """Normal form; lone surrogates, which are no text, are left out."""
    return normal_form(text if text.isprintable() else text.encode("utf-8", "ignore").decode())


def _without_remote(texts: Iterable[str]) -> tuple[list[str], bool]:
    cut = [REMOTE.subn(" ", text) for text in texts]
    return [text for text, _ in cut], any(count for _, count in cut)


def _with_unread(place: Place, unread: str, remote: bool = False) -> Place:
    """The place with the flag that letters nobody understood call for."""
    unread = NOWHERE.sub("", unread) if unread else ""
    if place.code is None:
        silent = None if remote else PlaceFlag.PLACE_MISSING
        return replace(place, flag=place.flag or (PlaceFlag.PLACE_UNKNOWN if unread else silent))
    if unread and (place.level is Level.PROVINCE or (place.level is Level.CITY and counties_of(place.code))):
        return replace(place, flag=PlaceFlag.COUNTY_UNKNOWN)
    return place


@lru_cache(maxsize=16_384)
def _settle(known: Meanings, home: str, prefer_city: bool = False) -> Place:
    """The one place that several meanings come down to: the only one, at home, standing today, or the widest."""
    if not known:
        return Place(None)
    if len(known) == 1:
        return _named(known)
    at_home = tuple(meaning for meaning in known if home in meaning.regions)
    left = known if prefer_city else at_home or known
    left = tuple(meaning for meaning in left if not meaning.renamed) or left
    for meanings in (known, left, _widest(left, prefer_city)):
        if len({meaning.now for meaning in meanings}) == 1:
            return _named(meanings)
    cities = {city_of(meaning.now) for meaning in left}
    city = cities.pop() if len(cities) == 1 else None
    if city:
        return _place(city, PlaceFlag.COUNTY_UNKNOWN)
    return Place(None, flag=PlaceFlag.PLACE_AMBIGUOUS)


def _widest(known: Meanings, prefer_city: bool) -> Meanings:
    """吉林 is the city in the province, 大理 the one around the county, 海南 the province, 开平 the 市."""
    known = tuple(meaning for meaning in known if not _is_province_of(meaning, known))
    around = tuple(m for m in known if all(m.now in other.regions for other in known))
    provinces = tuple(m for m in known if level_of(m.now) is Level.PROVINCE)
    cities = tuple(m for m in known if level_of(m.now) is Level.CITY)
    towns = () if cities else tuple(m for m in known if districts()[m.now].name.endswith("市"))
    return around or provinces or (cities if prefer_city else ()) or towns


def _is_province_of(meaning: Meaning, others: Meanings) -> bool:
    return level_of(meaning.now) is Level.PROVINCE and any(
        meaning.now in other.regions for other in others if other.now != meaning.now
    )


def _named(meanings: Meanings) -> Place:
    now = meanings[0].now
    if level_of(now) is not Level.COUNTY and all(level_of(m.code) is Level.COUNTY for m in meanings):
        return _place(now, PlaceFlag.COUNTY_UNKNOWN)
    return _place(now, PlaceFlag.DISTRICT_RENAMED if all(m.renamed for m in meanings) else None)


def _place(code: str, flag: PlaceFlag | None = None) -> Place:
    return Place(code, Level.CITY if code == city_of(code) and code.endswith("00") else level_of(code), flag=flag)
