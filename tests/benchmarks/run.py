"""Measure everything and write docs/benchmarks.md and docs/benchmarks.svg.

    python tests/benchmarks/run.py [--full] [--database FILE] [--only SECTION ...] [--out FOLDER]

The quick profile takes a few minutes on two quiet cores, the full one, which the committed page is of, half an hour or
more. `--database`: a SQLite file of the sample market, copied, for the nights and the service: it saves the intake.
Each section runs in a process of its own and in bounded time; one that fails is said to be missing, and fails the
command once the others are measured and the page is written.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import clock
import growth
import nights
import online
import page
import planner
import plot
import side_by_side
import synthetic
import tokenising
from clock import Budget, NotMeasured, alone
from goals import Results
from side_by_side import Spec

DOCS = Path(__file__).parents[2] / "docs"
INVENTED, REAL = "an invented municipality", "real postings"


@dataclass(frozen=True)
class Profile:
    """How much is measured; `seconds` bounds each section."""

    name: str
    seconds: float
    towns: tuple[Spec, ...]  # invented, the smallest first
    main: int  # which of them has all peers
    real: Spec | None
    texts: int
    grown: tuple[int, tuple[int, ...]]  # vacancies, numbers of people
    plan: tuple[int, int]
    night: tuple[int, int]
    service: float  # seconds of requests


QUICK = Profile(
    "quick", 240,
    (Spec(INVENTED, 5_000, 3_000, Budget(0.2, 3), every_peer=False, alone=200),
     Spec(INVENTED, 20_000, 3_000, Budget(0.25, 3), checked=400, alone=300)),
    1, None, 2_000, (5_000, (1_000, 2_000, 4_000)), (10_000, 2_000), (10_000, 6_000), 8,
)  # fmt: skip
FULL = Profile(
    "full", 1_200,
    (Spec(INVENTED, 10_000, 8_000, Budget(1, 5), every_peer=False, checked=400),
     Spec(INVENTED, 100_000, 8_000, Budget(1.5, 5), checked=400, alone=2_000),
     Spec(INVENTED, 1_000_000, 4_000, Budget(1.5, 5), every_peer=False, alone=500)),
    1, Spec(REAL, 0, 8_000, Budget(1.5, 5), real=True, checked=400, alone=1_000),
    110_000, (20_000, (4_000, 12_000, 36_000)), (100_000, 20_000), (300_000, 100_000), 60,
)  # fmt: skip
LEAST_FREE = 14  # GB for a million vacancies and what the peers copy of them
NOT_ASKED, NO_ROOM = "not asked for", f"less than {LEAST_FREE} GB of memory are free"


class Run:
    """What is asked for, and what has come of it."""

    def __init__(self, profile: Profile, only: list[str], database: Path | None, folder: Path) -> None:
        self.profile, self._only, self._database, self._folder = profile, only, database, folder
        self.missing: dict[str, str] = {}
        self.ground: nights.Ground | None = None

    def section(self, name: str, work: Callable[..., Any], *given: Any) -> Any:
        """What a section finds in a process of its own; None where it is not asked for or fails."""
        if self._only and name.split()[0] not in self._only:
            self.missing[name] = NOT_ASKED
            return None
        start = time.monotonic()
        _say(f"{name} ...")
        try:
            found = alone(self.profile.seconds, work, *given)
        except NotMeasured as why:
            self.missing[name] = str(why)
            found = None
        _say(f"{name}: {self.missing.get(name, 'done')}, {time.monotonic() - start:.0f} s")
        return found

    def results(self) -> Results:
        """All sections, one after another."""
        profile, limit = self.profile, self.profile.seconds
        towns = [self._town(number, spec) for number, spec in enumerate(profile.towns)]
        real = profile.real and synthetic.DATA.is_dir() and self.section("real", side_by_side.measure, profile.real)
        people = self.section("growth", growth.in_people, *profile.grown)
        cut = self.section("tokeniser", tokenising.measure, profile.texts)
        plans = self.section("planner", planner.outcomes, *profile.plan, (10, 5, 3))
        both, postgres = self._nights(limit)
        served = self.ground and self.section("online", online.measure, self.ground, profile.service)
        return Results(
            [town for town in towns if town], towns[profile.main], real or None, cut, people, plans, profile.plan, both,
            postgres, profile.night, served or None, self.missing,
        )  # fmt: skip

    def _town(self, number: int, spec: Spec) -> Any:
        name = "main" if number == self.profile.main else f"towns {spec.vacancies}"
        if spec.vacancies >= 1_000_000 and clock.free() < LEAST_FREE:
            self.missing[name] = NO_ROOM
            return None
        return self.section(name, side_by_side.measure, spec)

    def _nights(self, limit: float) -> tuple[Any, Any]:
        if self._only and not {"nights", "postgres", "online"} & set(self._only):
            return None, None
        self._only += ["intake"] if self._only else []
        if self._database:
            self.ground = self.section("intake", nights.borrowed, self._database, self._folder)
        else:
            self.ground = self.section("intake", nights.prepared, *self.profile.night, self._folder)
        if self.ground is None:
            self.missing |= dict.fromkeys(("nights", "postgres", "online"), self.missing["intake"])
            return None, None
        before = nights.copied(self.ground, "before")
        both = self.section("nights", nights.two_nights, self.ground, limit / 3)
        return both, self.section("postgres", nights.on_postgres, before, limit / 3)


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="the sizes of the goals")
    parser.add_argument("--database", type=Path, default=None, help="a SQLite file of the sample market")
    parser.add_argument("--only", nargs="+", default=[], metavar="SECTION",
                        help="main towns real growth tokeniser planner nights postgres online")  # fmt: skip
    parser.add_argument("--out", type=Path, default=DOCS, help="the folder of benchmarks.md and benchmarks.svg")
    return parser.parse_args()


def main() -> None:
    """Measure and write."""
    given, start = arguments(), time.monotonic()
    os.environ["PYTHONWARNINGS"] = "ignore"  # in the processes of the sections: jieba's and pkg_resources'
    profile = FULL if given.full else QUICK
    with tempfile.TemporaryDirectory() as folder:
        run = Run(profile, given.only, given.database, Path(folder))
        found = run.results()
    command = "make bench-full" if given.full else "make bench"
    made = f"Made by `{command}`, the {profile.name} profile, on {clock.machine()}"
    (given.out / "benchmarks.md").write_text(page.page(found, made, run.ground, time.monotonic() - start), "utf-8")
    plot.draw(found, given.out / "benchmarks.svg")
    _say(f"written to {given.out}")
    failed = {
        name: why for name, why in run.missing.items() if not why.startswith((NOT_ASKED, NO_ROOM, nights.NO_POSTGRES))
    }
    if failed:
        sys.exit(f"not measured: {failed}")


if __name__ == "__main__":
    main()
