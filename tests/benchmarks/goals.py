"""How does what was measured stand beside the goals of the engine, line by line, and why where it falls short?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clock import NotMeasured
from growth import Growth, exponent
from nights import Night, Nights
from online import Online
from planner import Outcome
from side_by_side import (
    BM25,
    BOUNDED,
    FIRST_STAGE,
    OURS,
    OURS_FREE,
    OVER_1000,
    TOPN,
    Comparison,
)
from tokenising import Cut

AREA, MILLION, NIGHT = 100_000, 1_000_000, (300_000, 100_000)
PEOPLE, TEXTS = 400, 100_000


@dataclass(frozen=True)
class Results:
    """What each section found; None where it was not measured, and why in `missing`."""

    towns: Sequence[Comparison]  # invented ones, the smallest first
    main: Comparison | None  # the invented one that all peers are run on
    real: Comparison | None
    cut: Cut | None
    people: Growth | None
    plans: Sequence[Outcome] | None
    plan_size: tuple[int, int]
    nights: Nights | None
    postgres: Nights | None
    night_size: tuple[int, int]
    online: Online | None
    missing: Mapping[str, str]

    @property
    def million(self) -> Comparison | None:
        """The largest invented market, if it is beyond the main one."""
        largest = self.towns[-1] if self.towns else None
        return largest if largest and self.main and largest.vacancies > self.main.vacancies else None


@dataclass(frozen=True)
class Line:
    """One goal, what was measured, whether that is enough, and why not."""

    area: str
    goal: str
    measured: str
    verdict: str
    why: str = ""


def lines(found: Results) -> list[Line]:
    """All goals in their order. What lacks a figure is said to lack it."""
    made: list[Line] = []
    for area, make in SECTIONS.items():
        try:
            made += make(found)
        except NotMeasured as reason:
            made.append(Line(area, "", str(reason), "not measured"))
    return made


def _verdict(good: bool, sized: bool = True) -> str:
    return ("met" if good else "**not met**") + ("" if sized else " at this size")


def _need(value: object, found: Results, section: str) -> None:
    if value is None:
        raise NotMeasured(_missing(found, section))


def _missing(found: Results, section: str) -> str:
    return found.missing.get(section, "no part of this run")


def shares(profile: Mapping[str, float], most: int = 3) -> str:
    """The largest shares of a profile in words."""
    largest = sorted(profile.items(), key=lambda item: -item[1])[:most]
    return ", ".join(f"{name} {share:.0%}" for name, share in largest)


def _exact(found: Results) -> list[Line]:
    checked = [town for town in (found.main, found.real) if town and town.exact]
    if not checked:
        raise NotMeasured("no market was checked")
    made = []
    for town in checked:
        exact = town.exact
        assert exact
        good = exact.people >= PEOPLE and exact.equal == exact.people and not exact.violations and exact.threads
        made.append(Line(
            "exact", f"lists and scores of all of {PEOPLE} or more people equal to the plain reference, one thread and "
            "two; no limit broken",
            f"{town.name}: {exact.equal} of {exact.people} equal, two threads {'equal' if exact.threads else 'unequal'}, "
            f"{exact.violations} of {exact.items:,} items break a limit",
            _verdict(good),
        ))  # fmt: skip
    return made


def _constrained(found: Results) -> list[Line]:
    town = found.main
    _need(town, found, "main")
    assert town
    made = [
        _times(town, TOPN, 20, OURS, "limits", "without any"),
        _times(town, BOUNDED, 60, OURS, "limits", ""),
        _times(
            town, OVER_1000, 30, OURS, "limits", f"which leaves {town.lines[OVER_1000].short:.1%} with fewer than 3"
        ),
    ]
    if found.million:
        made.append(_times(found.million, TOPN, 40, OURS, "limits", "without any", MILLION))
    return made


def _times(
    town: Comparison, peer: str, least: float, ours: str, area: str, told: str, size: int = AREA
) -> Line:  # fmt: skip
    times = town.times(peer, ours)
    assert times is not None
    good = times >= least
    return Line(
        f"{area}, {size:,}", f">= {least:g} x {peer}{f' {told}' if told else ''}",
        f"{times:.2g} x ({town.micros(ours):,.0f} us a person beside {town.micros(peer):,.0f}; {town.vacancies:,})",
        _verdict(good, town.vacancies == size), "" if good else _why(town, ours),
    )  # fmt: skip


def _why(town: Comparison, ours: str) -> str:
    """What the time goes to, and what more is done than the peer does."""
    stage = town.micros(FIRST_STAGE)
    if ours == OURS_FREE:
        return f"the products alone take {stage:,.0f} us, {town.ideal:.0%} of the ideal rate; the rest is the score"
    return (
        f"{shares(town.profile)}; the products with all vacancies take {stage:,.0f} us a wish, and for "
        f"{town.later:.0%} of the people a further rung was opened"
    )


def _unconstrained(found: Results) -> list[Line]:
    town = found.main
    _need(town, found, "main")
    assert town
    return [_times(town, peer, least, OURS_FREE, "no limits", "") for peer, least in ((BM25, 2), (TOPN, 6))]


def _hardware(found: Results) -> list[Line]:
    made = []
    for town, least in ((found.main, 0.25), (found.real, 0.4)):
        if town:
            good = town.ideal >= least
            made.append(Line(
                "hardware", f">= {least} of the ideal scatter rate, {'real' if town is found.real else 'invented'}",
                f"first stage {town.ideal:.2f}, everything {town.ideal_whole:.3f} ({town.scatter:.2f} ns a posting)",
                _verdict(good, town is found.real or town.vacancies == AREA),
                "" if good else f"{town.touched * town.vacancies:,.0f} postings a wish take "
                f"{town.micros(FIRST_STAGE):,.0f} us: each term of a wish is looked up in each block, and every sum made a "
                "part, beside the adding up",
            ))  # fmt: skip
    if not made:
        raise NotMeasured(_missing(found, "main"))
    return made


def _tokeniser(found: Results) -> list[Line]:
    cut = found.cut
    _need(cut, found, "tokeniser")
    assert cut
    what = "real postings" if cut.real else "invented texts"
    sized = cut.texts >= TEXTS
    return [
        Line("tokeniser", f"as jieba cuts, on {TEXTS:,} texts or more", f"{cut.equal:,} of {cut.texts:,} {what}",
             _verdict(cut.equal == cut.texts, sized)),
        Line("tokeniser", ">= 8 x its speed", f"{cut.ratio:.1f} x, in search mode, repair included",
             _verdict(cut.ratio >= 8),
             "" if cut.ratio >= 8 else "the words within words are looked for in Python on both roads"),
    ]  # fmt: skip


def _night(found: Results) -> list[Line]:
    nights = found.nights
    _need(nights, found, "nights")
    assert nights
    sized = found.night_size == NIGHT
    first, second, stages = nights.first, nights.second, night_shares(nights.first)

    def line(goal: str, told: str, good: bool, why: str = stages) -> Line:
        return Line("night", goal, told, _verdict(good, sized), "" if good else why)

    made = [
        line("<= 35 s", f"{first.wall:.1f} s ({first.people:,} x {first.vacancies:,})", first.wall <= 35),
        line("<= 60 CPU-s", f"{first.cpu:.1f} CPU-s, the command's start and report included", first.cpu <= 60),
        line("lists <= 15 CPU-s", f"{first.lists:.1f} CPU-s", first.lists <= 15),
        line("<= 2 GB", f"{first.peak / 1e3:.2f} GB", first.peak <= 2_000, "most is held when lists are planned"),
        line("everyone one outcome", f"{first.with_three:,} with three + {first.shortfalls:,} certificates = "
             f"{first.people:,}", first.adds_up, ""),
        line("after 1 % change <= 20 s", f"{second.wall:.1f} s ({nights.changed})", second.wall <= 20,
             night_shares(second)),
    ]  # fmt: skip
    if found.postgres:
        times = found.postgres.first.wall / first.wall
        made.append(line("PostgreSQL <= 1.5 x", f"{times:.2f} x ({found.postgres.first.wall:.1f} s)", times <= 1.5,
                         night_shares(found.postgres.first)))  # fmt: skip
    else:
        made.append(Line("night", "PostgreSQL <= 1.5 x", _missing(found, "postgres"), "not measured"))
    return made


def night_shares(night: Night) -> str:
    """The largest stages of a night."""
    return shares({name: seconds / night.wall for name, seconds in night.stages.items()})


def _growth(found: Results) -> list[Line]:
    made = []
    if len(found.towns) > 1:
        pair = found.towns[-2:]
        sizes, spent = [town.vacancies for town in pair], [town.micros(OURS) for town in pair]
        power = exponent(sizes, spent)
        made.append(Line(
            "growth", "CPU in vacancies <= 0.9", f"{power:.2f} from {sizes[0]:,} to {sizes[1]:,}",
            _verdict(power <= 0.9, sizes == [AREA, MILLION]),
            "" if power <= 0.9 else f"{shares(pair[1].profile, 2)}: both are in proportion to the vacancies",
        ))  # fmt: skip
    if found.people:
        power = found.people.exponent
        ends = found.people.sizes[-2:]
        made.append(Line("growth", "CPU in people <= 1.02", f"{power:.2f} from {ends[0]:,} to {ends[1]:,}",
                         _verdict(power <= 1.02)))  # fmt: skip
    return made


def _online(found: Results) -> list[Line]:
    made = []
    for town, most, size in ((found.main, 0.5, AREA), (found.million, 3.0, MILLION)):
        if town:
            good = town.known.p99 <= most
            made.append(Line(
                "online", f"engine p99 <= {most:g} ms at {size:,}",
                f"p50 {town.known.p50:.2f}, p99 {town.known.p99:.2f} ms, certificates included; a wish never read "
                f"before p50 {town.new.p50:.2f} ms ({town.vacancies:,})",
                _verdict(good, town.vacancies == size), "" if good else shares(town.profile_alone, 4),
            ))  # fmt: skip
    online = found.online
    if online is None:
        return [*made, Line("online", "the service", _missing(found, "online"), "not measured")]
    service, rate = online.service, online.service.rate
    good = service.every.p99 <= 25 and service.kept_up
    return [
        *made,
        Line("online", "engine p99 <= 0.5 ms, sample market", f"p50 {online.engine.p50:.2f}, p99 {online.engine.p99:.2f}"
             f" ms ({online.vacancies:,})", _verdict(online.engine.p99 <= 0.5, online.vacancies >= AREA * 0.9),
             "" if online.engine.p99 <= 0.5 else shares(online.profile, 4)),
        Line("online", "HTTP p99 <= 25 ms at 200 a second", f"p50 {service.every.p50:.1f}, p99 {service.every.p99:.1f} "
             f"ms at {rate:.0f} a second, {service.requests:,} requests, {service.failed} failed"
             + (f", {service.unsent:,} given up" if service.unsent else ""),
             _verdict(good, online.vacancies >= AREA * 0.9),
             "" if good else f"a request takes the service {service.cpu:.1f} ms of CPU{_calm(online)}; of an answer: "
             f"{shares(online.answer, 4)}"),
        Line("online", "pushed -> seen <= 50 ms, same process", f"p50 {online.seen_here.p50:.1f}, p99 "
             f"{online.seen_here.p99:.1f} ms", _verdict(online.seen_here.p99 <= 50, online.vacancies >= AREA * 0.9)),
        Line("online", "pushed -> seen <= 1 s, all workers", f"p50 {online.seen_elsewhere.p50:.0f}, p99 "
             f"{online.seen_elsewhere.p99:.0f} ms until all connections to {online.workers} workers were shown it",
             _verdict(online.seen_elsewhere.p99 <= 1_000, online.vacancies >= AREA * 0.9)),
    ]  # fmt: skip


def _calm(online: Online) -> str:
    """What it is like where the service keeps up."""
    calm = online.calm
    if calm is None:
        return ""
    return f", so requests queue up (at {calm.rate:.0f} a second p50 {calm.every.p50:.1f}, p99 {calm.every.p99:.1f} ms)"


def _planner(found: Results) -> list[Line]:
    _need(found.plans, found, "planner")
    assert found.plans
    sized, first = found.plan_size == (AREA, 20_000), found.plans[0]
    told = ", ".join(f"{plan.offers}: {plan.bound:.4f}" for plan in found.plans)
    fair = all(plan.three >= plan.can for plan in found.plans)
    return [
        Line("planner", "<= 1 CPU-s at 10 offers", f"{first.cpu:.2f} CPU-s, of three classes {first.cpu_classes:.2f}",
             _verdict(first.cpu <= 1, sized)),
        Line("planner", ">= 0.99 of the dual bound at 10 offers", told, _verdict(first.bound >= 0.99, sized)),
        Line("planner", "who can have three has three", ", ".join(
            f"{plan.offers}: {plan.three:.2%} of {plan.can:.2%}" for plan in found.plans), _verdict(fair, sized)),
    ]  # fmt: skip


SECTIONS: dict[str, Callable[[Results], list[Line]]] = {
    "exact": _exact, "limits": _constrained, "no limits": _unconstrained, "hardware": _hardware,
    "tokeniser": _tokeniser, "night": _night, "growth": _growth, "online": _online, "planner": _planner,
}  # fmt: skip
