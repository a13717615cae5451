"""What a vacancy says, read in the plainest way, one by one: the reference of `matching.corpus`."""

from collections import Counter
from typing import Any

from matching.meaning import Said
from matching.terms import characters, words
from matching.wording import plain, substance


def said(row: Any) -> Said:
    """What the meaning is read from."""
    return Said(characters(row.title), substance(row.skills), words(plain(row.description)))


def terms(row: Any) -> Counter[str]:
    """The n-grams of the title, the words of all fields, the title's twice, each with its block before it."""
    found = words(row.title) * 2 + [word for tag in substance(row.skills) for word in words(tag)]
    found += words(plain(row.description)) + words(row.industry)
    return Counter([f"c{gram}" for gram in characters(row.title)] + [f"w{word}" for word in found])
