"""Who are the made-up people? Names, ID numbers, mobile numbers: right in form, and of nobody."""

from datetime import date
from typing import Any

from stdnum.cn import ric

from api.market.draws import Dice
from api.market.settings import Place, Settings

# Codes that ID numbers carry: those of birth. The district made in 2025 has none; two it came from have.
BIRTHPLACES = {"500157": ("500105", "500112")}
SCATTER = 7_368_787  # prime to 10**8: numbers from 1 on become different and scattered ones


class Identities:
    """Identities without a second one of the same ID number or mobile number."""

    def __init__(self, dice: Dice, settings: Settings) -> None:
        self._dice, self._texts = dice, settings.texts
        self._born: dict[str, int] = {}

    def identity(self, number: int, place: Place, birth: date) -> dict[str, Any]:
        """Name, ID number (GB 11643), mobile number, sex and birth date of the person with this number."""
        dice, texts = self._dice, self._texts
        male = dice.random() < 0.5
        second = dice.pick(texts["given_second"]) if dice.random() < 0.8 else ""
        return {
            "name": dice.pick(texts["surnames"]) + dice.pick(texts["given_first"]) + second,
            "id_number": self._id_number(place, birth, male),
            "phone": f"154{number * SCATTER % 10**8:08d}",  # 154 is a series that was never given out
            "sex": "男" if male else "女",
            "birth_date": birth.isoformat(),
        }

    def _id_number(self, place: Place, birth: date, male: bool) -> str:
        """The lowest order code that is still free for the place and day: odd for men."""
        code = self._dice.pick(BIRTHPLACES.get(place.code, (place.code,)))
        day = code + birth.isoformat().replace("-", "")
        order = self._born.get(day, 0)
        order += order % 2 != male
        self._born[day] = order + 1
        body = f"{day}{order:03d}"
        return body + ric.calc_check_digit(body + "0")
