"""What a night costs, stage by stage, beside a plain scikit-learn pipeline; writes docs/benchmarks.md.

Run by `make bench`. Every figure is a median of several runs on an invented market; the peer runs in the same
process on the same texts and people: TF-IDF of jieba words, dense `linear_kernel`, `argpartition`, no limits.
"""

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jieba
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel

from api.fitting import fit_meaning
from api.imports import import_rows
from api.market.sample import seekers, vacancies
from api.settings import Settings
from ingest.files import Row
from matching.index import build_index
from matching.ladder import Ladder
from matching.meaning import Meaning
from matching.nightly import Night, run_night
from matching.recommend import recommend
from matching.seekers import profiles
from models.bulk import named_rows
from models.identity import Keyring
from models.queries.seekers import served_columns
from models.queries.vacancies import open_vacancies
from models.times import local_date, now

ROUNDS = 3
SIZES = [(2_000, 1_500), (10_000, 5_000), (50_000, 20_000)]
STAGES = ("read and index", "read people", "match", "plan", "write", "prove and publish", "ledger")
COLUMNS = (
    "people x vacancies", "intake s", *(f"{name} s" for name in STAGES), "night s", "peak MB", "match us a person",
    "peer us a person", "peer / ours", "one request ms",
)  # fmt: skip
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def measured(work: Callable[[], object]) -> float:
    """Median CPU seconds of a piece of work."""
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def market(folder: Path, count: int, openings: int) -> tuple[Settings, float]:
    """A filled database, and the seconds that intake took."""
    settings = Settings(database_url=f"sqlite:///{folder / f'{count}.db'}", secret_keys=Keyring.new_key())
    settings.database.migrate()
    today = local_date(now())
    start = time.perf_counter()
    for noun, documents in (("vacancies", vacancies(openings, 7, today)), ("seekers", seekers(count, 7, today))):
        rows = (Row(number, document, None) for number, document in enumerate(documents, 1))
        for _ in import_rows(settings, rows, noun, "bench"):
            pass
    return settings, time.perf_counter() - start


def peer(titles: list[str], texts: list[str], wishes: list[str]) -> Callable[[], object]:
    """The ordinary pipeline, its vectors ready: top ten of every person, no limits, no certificate."""
    jieba.setLogLevel(60)
    vectorizer = TfidfVectorizer(analyzer=jieba.lcut, sublinear_tf=True)
    documents = vectorizer.fit_transform([f"{title} {text}" for title, text in zip(titles, texts, strict=True)])
    queries = vectorizer.transform(wishes)

    def run() -> None:
        for start in range(0, queries.shape[0], 500):
            scores = linear_kernel(queries[start : start + 500], documents)
            np.argpartition(-scores, min(10, scores.shape[1] - 1), axis=1)[:, :10]

    return run


def bench(count: int, openings: int, folder: Path) -> list[str]:
    """The lines of one market size."""
    settings, intake = market(folder, count, openings)
    moment = now()
    fit_meaning(settings)
    meaning = Meaning.stored(settings.meaning_file)
    night = Night(
        settings.engine, settings.home_city, moment, workers=os.cpu_count() or 1, meaning=meaning,
        readings=settings.readings_file,
    )  # fmt: skip
    nights = [run_night(settings.database, night)[1] for _ in range(ROUNDS)]
    with settings.database.read() as session:
        rows = list(open_vacancies(session, local_date(moment)))
        everyone = served_columns(session)
    index = build_index(rows, 0, settings.engine, meaning)
    batch = profiles(named_rows(everyone), local_date(moment), settings.home_city)
    ours = measured(lambda: Ladder(batch, index, settings.engine, moment).climb(10))
    wishes = [" ".join(profile.wishes or profile.skills) for profile in batch]
    theirs = measured(peer([row.title for row in rows], [row.description for row in rows], wishes))
    alone = measured(lambda: [recommend([profile], index, settings.engine, moment) for profile in batch[:100]]) / 100
    stages = {name: statistics.median(night.seconds[name] for night in nights) for name in STAGES}
    spent = " | ".join(f"{value:.2f}" for value in stages.values())
    whole = statistics.median(sum(night.seconds.values()) for night in nights)
    return [
        f"| {count:,} x {len(rows):,} open | {intake:.1f} | {spent} | {whole:.2f}"
        f" | {nights[-1].peak_mb['plan']} | {ours / len(batch) * 1e6:.0f} | {theirs / len(batch) * 1e6:.0f} "
        f"| {theirs / ours:.2f} | {alone * 1e3:.1f} |",
    ]  # fmt: skip


def main() -> None:
    """Measure and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [line for count, openings in SIZES for line in bench(count, openings, Path(folder))]
    page = f"""# Benchmarks

Made by `make bench`: {os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}, SQLite, medians
of {ROUNDS}. Seconds of wall clock a stage of a night (a second night on unchanged facts is what most are); CPU
microseconds a person for matching alone.

Matching covers all limits, the ladder and the whole score of eight parts, exactly, ten for everyone; the peer
(scikit-learn: TF-IDF, dense `linear_kernel`, `argpartition`) covers a top ten by text and nothing else. The night's own
lists hold a hundred each, from which the plan chooses. A request is one person's three with reasons' numbers.

| {" | ".join(COLUMNS)} |
{"|---" * len(COLUMNS)}|
{chr(10).join(lines)}
"""
    PAGE.write_text(page, "utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
