"""Who really cannot have three? A handful of people whose fixed wishes the market does not meet."""

from typing import Any

from api.market.draws import Dice
from api.market.records import Person
from api.market.settings import Settings

# The list in market.toml that such a person's trade is picked from.
TRADES = {"no_licence": "licensed_trades", "day_only": "shift_trades"}
NOT_BY_DAY = ["night", "two_shift", "three_shift", "rotating", "irregular"]


def hard_wishes(person: Person, settings: Settings, dice: Dice) -> dict[str, Any]:
    """What replaces the ordinary wishes of a person in a hard case; nothing for an ordinary one."""
    hard, wishes = settings.hard, dict[str, Any]()
    occupation: dict[str, Any] = {"intentions": [person.trade.wishes[0]], "fixed": ["occupation"]}
    match person.case:
        case "no_wish":
            wishes = {"wish": "UNCLEAR", "intentions": [], "skills": [], "fixed": []}
        case "far_county":
            place = {"districts": [dice.pick(hard["far_counties"])], "mobility": "OWN_DISTRICT"}
            wishes = occupation | place | {"fixed": ["occupation", "place"], "kinds": ["REGULAR"]}
        case "high_floor":
            wishes = {"pay_floor": {"amount": dice.pick(hard["floors"]), "unit": "month"}, "fixed": ["pay"]}
        case "rare_trade":
            wishes = occupation | {"intentions": [dice.pick(hard["rare_wishes"])], "skills": []}
        case "no_licence":
            wishes = occupation | {"certificates": []}
        case "day_only":
            wishes = occupation | {"shift_limits": list(NOT_BY_DAY)}
    return wishes
