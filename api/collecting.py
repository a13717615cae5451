"""How often does a process that reads many records look for garbage in cycles? Seldom: records have none."""

import gc

# Of so many new objects some are looked at. With the 700 of the language a bulk of records is walked again and again,
# which was a sixth of what a row cost.
YOUNG, MIDDLE, OLD = 50_000, 20, 50


def collect_seldom() -> None:
    """Leave what is loaded by now out of the search, and search seldom from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
