"""How what is learned gets made: from the service's own vacancies or judged sets, by a command, never in the night."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from api.judged import JudgedSet, judged_index
from api.settings import Settings
from matching.corpus import spoken
from matching.evaluation import Judgement, groups, judge, paired
from matching.fitting import FOLDS, Bench, Fit, Person, Weights, fit, holds
from matching.meaning import Meaning
from matching.readings import Readings
from matching.senses import senses_of
from models.errors import Refused
from models.queries.vacancies import open_vacancies, texts
from models.times import local_date, now


def fit_meaning(settings: Settings) -> dict[str, Any]:
    """Fit the vectors on every vacancy that is stored, open or not, and write the file. What was learned, counted.

    What is read of the vacancies, and what the open ones mean by the new vectors, is kept for the night.
    """
    today = local_date(now())
    readings = Readings(settings.readings_file, today)
    with settings.database.read() as session:
        said = readings.texts(map(spoken, texts(session))).said
    meaning = Meaning.fit(said, settings.engine.seed)
    meaning.save(settings.meaning_file)
    with settings.database.read() as session:
        readings.corpus(map(spoken, open_vacancies(session, today)), senses_of(meaning))
    return {"vacancies": len(said), "titles": len(meaning.titles), "skills": len(meaning.skills)}


def fit_weights(settings: Settings, folders: Sequence[Path], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """What weights the judged sets in these folders would choose, and what they are worth; nothing is changed.

    Every set is judged by the present weights, by those of other groups (cross-validation), by those of all sets
    together, and by those of each other set alone. `toml` is the two tables for the configuration.
    """
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        raise Refused("评判集重名：每个文件夹各给一次，并以不同的名字区分")
    steps, total = count(1), 2 * len(names) + FOLDS + 1
    sets, benches = {}, {}
    for name, folder in zip(names, folders, strict=True):
        sets[name] = JudgedSet.read(settings, folder)
        benches[name] = _bench(settings, sets[name])
        progress(next(steps), total)
    together = _groups(sets)
    found = fit(benches, Weights.of(settings.configuration), together, lambda: progress(next(steps), total))
    figures = {name: _figures(name, bench, found) for name, bench in benches.items()}
    return {
        "sets": figures, "groups": len(together), "weights": _weights(found), "holds": holds(benches, found),
        "toml": _toml(settings, found.whole, [str(folder) for folder in folders], figures),
    }  # fmt: skip


def _bench(settings: Settings, judged: JudgedSet) -> Bench:
    index = judged_index(settings, judged.vacancies)
    return Bench(judged.people, index, settings.configuration, now(),
                 lambda rows: judge(judged.listed(index, rows), judged.grades))  # fmt: skip


def _groups(sets: Mapping[str, JudgedSet]) -> list[list[Person]]:
    """The groups of occupations over all sets: a posting in two sets joins who is right for it in either.

    The same number with another title is another posting.
    """
    people = [(name, number) for name, judged in sets.items() for number in range(len(judged.people))]
    wishes = {f"{name} {person}": wish for name, judged in sets.items() for person, wish in judged.wishes.items()}
    grades = {}
    for name, judged in sets.items():
        known = {vacancy.external_id: f"{vacancy.external_id} {vacancy.title}" for vacancy in judged.vacancies}
        for person, graded in judged.grades.items():
            grades[f"{name} {person}"] = {known.get(vacancy, vacancy): grade for vacancy, grade in graded.items()}
    return [[people[number] for number in members] for members in groups(wishes, grades).values()]


def _figures(name: str, bench: Bench, found: Fit) -> dict[str, Any]:
    """The quality of a set under the present weights, and under learned ones how far that is from it."""
    present = bench.judgement(found.present)
    return {
        "present": present.quality().as_dict(),
        "crossed": _compared(found.crossed[name], present),
        "whole": _compared(bench.judgement(found.whole), present),
        "alone": {
            other: _compared(bench.judgement(weights), present)
            for other, weights in found.alone.items() if other != name
        },
    }  # fmt: skip


def _compared(learned: Judgement, present: Judgement) -> dict[str, Any]:
    gained = {name: asdict(gain) | {"significant": gain.significant} for name, gain in paired(learned, present).items()}
    return learned.quality().as_dict() | {"difference": gained}


def _weights(found: Fit) -> dict[str, Any]:
    return {
        "present": found.present.tables(),
        "whole": found.whole.tables(),
        "folds": [weights.tables() for weights in found.folds],
        "alone": {name: weights.tables() for name, weights in found.alone.items()},
    }


def _toml(settings: Settings, weights: Weights, folders: Sequence[str], figures: Mapping[str, Any]) -> str:
    """The two tables whole, to stand in the place of those of the configuration."""
    told = "，".join(
        f"{name} {found['present']['n']} 人 {found['present']['ndcg10']:.4f} → {found['crossed']['ndcg10']:.4f}"
        for name, found in figures.items()
    )
    lines = [
        f"# zhipei fit weights {' '.join(folders)}",
        f"# {local_date(now())}，自配置 {settings.configuration.identity}；nDCG@10 现行 → 交叉验证：{told}",
    ]
    tables = weights.within(settings.configuration).tables
    for table in weights.tables():
        lines += ["", f"[{table}]", *(f"{name} = {value}" for name, value in tables[table].items())]
    return "\n".join(lines) + "\n"
