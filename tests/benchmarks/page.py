"""docs/benchmarks.md: the goals beside what was measured, then what lies behind it."""

import textwrap
from collections.abc import Iterable, Sequence

from goals import Results, lines, night_shares, shares
from growth import exponent
from nights import Ground, Nights
from online import Loaded, Online
from planner import Outcome
from side_by_side import FIRST_STAGE, OURS, OURS_FREE, Comparison, Latency
from tokenising import Cut

WIDTH = 120


def page(found: Results, made: str, ground: Ground | None, took: float) -> str:
    """The whole page. `made`: the command and the machine."""
    parts = [
        f"# Benchmarks\n\n{made}; all of it took {took / 60:.0f} minutes. CPU seconds are those of all threads of the "
        "process, medians of several turns; engines that are compared run in one process, a turn each, one thread.\n\n"
        "![Throughput of the engine beside other libraries, and growth](benchmarks.svg)",
        _goals(found),
        *(_town(town) for town in (found.main, found.real) if town),
        _growth(found),
        _cut(found.cut),
        _plans(found.plans, found.plan_size),
        _nights(found, ground),
        _online(found.online),
    ]
    return "\n\n".join(map(_wrapped, "\n\n".join(filter(None, parts)).split("\n\n"))) + "\n"


def _wrapped(block: str) -> str:
    """A paragraph in lines of one length; tables, headings and pictures as they are."""
    if block.startswith(("|", "#", "!")):
        return block
    lines = block.splitlines() if block.startswith("*") else [" ".join(block.split())]
    return "\n".join(textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False,
                                   subsequent_indent="  " if line.startswith("* ") else "") for line in lines)  # fmt: skip


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
    return f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|\n{body}"


def _goals(found: Results) -> str:
    rows = [(line.area, line.goal, line.measured, line.verdict) for line in lines(found)]
    reasons: dict[str, list[str]] = {}
    for line in lines(found):
        if line.why:
            reasons.setdefault(line.why, []).append(f"{line.area}, {line.goal}")
    why = [f"* **{'; '.join(goals)}**: {reason}." for reason, goals in reasons.items()]
    short = "\n\nWhere a line falls short, what the time or the memory goes to:\n\n" + "\n".join(why) if why else ""
    return "## Goals\n\n" + _table(("what", "goal", "measured", "verdict"), rows) + short


def _town(town: Comparison) -> str:
    mean, median, least = town.passes
    rows = []
    for name, line in sorted(town.lines.items(), key=lambda item: item[1].rate.micros):
        bold = f"**{name}**" if name.startswith("ours") else name
        short = "" if line.short is None else f"{line.short:.1%}"
        rows.append((
            bold, f"{line.rate.per_second:,.0f}", f"{line.rate.micros:,.1f}",
            f"{line.rate.micros / town.micros(OURS):.2f}", f"{line.megabytes:,.0f}", short,
        ))  # fmt: skip
    heads = ("engine", "people a CPU-s", "us a person", "of ours", "MB of index", "people left with < 3")
    return f"""## Side by side: {town.name}

{town.vacancies:,} vacancies; {town.people:,} people with {town.distinct:,} different sayings, {town.terms:.0f} weighted
terms a wish, which {town.touched:.2f} x the vacancies have. All limits together let {mean:.1%} pass (median
{median:,.0f}, 1st percentile {least:,.0f}). The index takes {town.build:.1f} CPU-s from texts, a wish that was never read
{town.reading:,.0f} us; the process held {town.peak / 1e3:.1f} GB at the peak, the peers' copies among it.

{_table(heads, rows)}

`{OURS}` is everything: every limit inside, the ladder for who has fewer than three (a further rung opened for
{town.later:.0%}), scores of eight parts, ten each, exactly. `{OURS_FREE}` is the same for people who take any place,
kind, pay and shift; `{FIRST_STAGE}` the exact products of a wish with all vacancies, written down and not yet chosen
from. All others take the same weighted terms (BM25: the same terms), find ten by that one product, and know no limit
unless their name says so. Wishes were read, and queries made, before the clock started.

Of the time of `{OURS}`: {shares(town.profile, 5)}. Ideal: {town.scatter:.2f} ns to add one posting to a sum in the first
cache, measured in the same run; the first stage reaches {town.ideal:.0%} of that rate, everything {town.ideal_whole:.1%}
for the postings in the places that a person accepts.

One person at a time, the whole answer: {_ms(town.known)}; with a wish that was never read {_ms(town.new)}. Of that time:
{shares(town.profile_alone, 5)}."""


def _ms(latency: Latency) -> str:
    return f"p50 {latency.p50:.2f} ms, p99 {latency.p99:.2f} ms"


def _growth(found: Results) -> str:
    parts = []
    if len(found.towns) > 1:
        rows = [
            (f"{town.vacancies:,}", f"{town.micros(OURS):,.0f}", f"{town.micros(FIRST_STAGE):,.0f}",
             f"{town.build:.1f}", f"{town.peak / 1e3:.1f}", _ms(town.known))
            for town in found.towns
        ]  # fmt: skip
        heads = ("vacancies", "us a person", "first stage alone, us", "index, CPU-s", "GB", "one request")
        powers = ", ".join(
            f"{exponent((a.vacancies, b.vacancies), (a.micros(OURS), b.micros(OURS))):.2f} from {a.vacancies:,} to "
            f"{b.vacancies:,}"
            for a, b in zip(found.towns, found.towns[1:], strict=False)
        )
        parts.append(f"{_table(heads, rows)}\n\nExponents in vacancies: {powers}.")
    if found.people:
        grown = found.people
        spans = zip(grown.sizes, grown.seconds, strict=True)
        sized = [(f"{size:,}", f"{spent:.2f}", f"{spent / size * 1e6:,.0f}") for size, spent in spans]
        parts.append(
            f"{_table(('people', 'CPU-s', 'us a person'), sized)}\n\nExponent in people: {grown.exponent:.2f} in the last "
            f"step, {grown.whole:.2f} over all."
        )
    return "## Growth\n\n" + "\n\n".join(parts) if parts else ""


def _cut(cut: Cut | None) -> str:
    if cut is None:
        return ""
    texts, size = ("real postings" if cut.real else "invented texts"), cut.bytes / 1e6
    roads = (
        ("ours (rjieba and repair)", cut.ours), ("jieba", cut.jieba),
        ("the normal form before either", cut.normal),
    )  # fmt: skip
    rows = [(name, f"{cut.texts / spent:,.0f}", f"{size / spent:.2f}") for name, spent in roads]
    return f"""## Tokeniser

{cut.texts:,} {texts}, {size:.0f} MB in normal form; {cut.equal:,} cut alike, word by word, the words within words too.
By turns, one thread.

{_table(("road", "texts a CPU-s", "MB a CPU-s"), rows)}"""


def _plans(plans: Sequence[Outcome] | None, size: tuple[int, int]) -> str:
    if plans is None:
        return ""
    rows = [
        (plan.offers, f"{plan.cpu:.2f}", f"{plan.cpu_classes:.2f}", f"{plan.bound:.4f}", f"{plan.three:.2%}",
         f"{plan.can:.2%}", f"{plan.beyond:.1%}")
        for plan in plans
    ]  # fmt: skip
    heads = (
        "offers an opening", "CPU-s", "of three classes", "worth, of the dual bound", "have three", "can have three",
        "beyond capacity",
    )  # fmt: skip
    return f"""## Planner

{size[0]:,} people x {size[1]:,} vacancies, an invented market of lists of a hundred; compiled code was loaded before.
`make bench-plan` holds it against simpler ways and an optimum.

{_table(heads, rows)}"""


def _nights(found: Results, ground: Ground | None) -> str:
    if found.nights is None or ground is None:
        return ""
    kinds: list[tuple[str, Nights]] = [("SQLite", found.nights)]
    if found.postgres:
        kinds.append(("PostgreSQL", found.postgres))
    nights = [(f"{kind}, {which}", night) for kind, both in kinds
              for which, night in (("first", both.first), ("after 1 %", both.second))]  # fmt: skip
    stages = list(dict.fromkeys(name for _, night in nights for name in night.stages))
    rows: list[Sequence[object]] = [
        (name, *(f"{night.stages.get(name, 0):.2f}" for _, night in nights)) for name in stages
    ]
    rows += [
        ("**all stages, s**", *(f"**{night.wall:.1f}**" for _, night in nights)),
        ("the command, s", *(f"{night.command:.1f}" for _, night in nights)),
        ("the command, CPU-s", *(f"{night.cpu:.1f}" for _, night in nights)),
        ("peak, MB", *(f"{night.peak:,.0f}" for _, night in nights)),
    ]
    taken = "a database that was at hand" if ground.intake is None else (
        f"taken in row by row in {ground.intake:.0f} s, meanings fitted in {ground.fit:.0f} s"
    )  # fmt: skip
    first = found.nights.first
    return f"""## The night

The sample market, {first.people:,} people x {first.vacancies:,} open vacancies ({taken}). Seconds of wall clock by stage of
`zhipei nightly`, each night in a process of its own, lists of a hundred planned to three; everyone has an outcome:
{first.with_three:,} three, {first.shortfalls:,} a certificate. In between: {found.nights.changed}. The client's CPU and
memory; those of the PostgreSQL server are its own.

{_table(("stage", *(name for name, _ in nights)), rows)}

Of the first night: {night_shares(first)}. Its lists of a hundred take
{first.stages.get("match", 0) / max(1, first.people) * 1e6:,.0f} us of wall clock a person: people of this market share
their wishes, and equal wishes are met once, which the invented municipality above does not allow."""


def _online(online: Online | None) -> str:
    if online is None:
        return ""
    service = online.service
    rows = [
        ("the engine alone, one person after another", f"{online.engine.p50:.2f}", f"{online.engine.p99:.2f}"),
        ("a vacancy from its commit into the index of the same process", f"{online.seen_here.p50:.1f}",
         f"{online.seen_here.p99:.1f}"),
        *(row for loaded in (service, online.calm) if loaded for row in _asked(loaded)),
        ("a vacancy from the answer to its push until all workers showed it", f"{online.seen_elsewhere.p50:.0f}",
         f"{online.seen_elsewhere.p99:.0f}"),
    ]  # fmt: skip
    return f"""## Online

On the database of the nights, {online.vacancies:,} open vacancies. The service runs in {online.workers} worker processes;
every request proves its key, and what it was shown is written down and committed before it is answered.
{service.requests:,} requests are due at {service.asked:.0f} a second, each counted from when it was due; {service.rate:.0f} a
second were answered, {service.failed} failed, {service.unsent:,} were given up when twice the time had passed. A request takes {service.cpu:.1f} ms of CPU in the service; the sender has
the same cores.

{_table(("milliseconds", "p50", "p99"), rows)}

Of the engine's time: {shares(online.profile, 5)}. Of an answer with reasons, HTTP and audit left out:
{shares(online.answer, 5)}."""


def _asked(loaded: Loaded) -> list[tuple[str, str, str]]:
    """The lines of one stream of requests."""
    kinds = (
        ("all requests", loaded.every), ("the night's list", loaded.stored),
        ("a list made anew, one in five", loaded.fresh),
    )  # fmt: skip
    rate = f"HTTP, {loaded.asked:.0f} a second"
    return [(f"{rate}: {name}", f"{spent.p50:.1f}", f"{spent.p99:.1f}") for name, spent in kinds]
