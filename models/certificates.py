"""Which licences and certificates there are, what they are called, and which one covers another."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from models.text import normal_form


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate by its usual name. `obtainable`: anyone can get it within days, so lacking it bars nobody."""

    name: str
    aliases: tuple[str, ...]
    obtainable: bool
    covers: tuple[str, ...]


@lru_cache(maxsize=1)
def certificates() -> Mapping[str, Certificate]:
    """All known certificates by name."""
    text = resources.files("models").joinpath("data/certificates.csv").read_text("utf-8")
    return {
        row["name"]: Certificate(row["name"], _split(row["aliases"]), row["obtainable"] == "yes", _split(row["covers"]))
        for row in csv.DictReader(text.splitlines())
    }


@lru_cache(maxsize=65_536)
def certificate_name(text: str) -> str:
    """The usual name of a certificate; one that is not known keeps its own normal form."""
    normal = normal_form(text)
    return _by_alias().get(normal, normal)


def held_by(names: Iterable[str]) -> frozenset[str]:
    """All certificates that a person holding these holds in effect, covered ones included."""
    held: set[str] = set()
    waiting = [certificate_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name not in held:
            held.add(name)
            known = certificates().get(name)
            waiting.extend(known.covers if known else ())
    return frozenset(held)


def is_obtainable(name: str) -> bool:
    """Whether a person without this certificate can be recommended and told to get it first."""
    known = certificates().get(name)
    return known is not None and known.obtainable


@lru_cache(maxsize=1)
def _by_alias() -> Mapping[str, str]:
    return {
        normal_form(alias): certificate.name
        for certificate in certificates().values()
        for alias in (certificate.name, *certificate.aliases)
    }


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
