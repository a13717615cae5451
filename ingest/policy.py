"""How strictly a source is read, and what intake assumes where a record says nothing."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from models.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Policy:
    """The intake table of the configuration."""

    open_data: tuple[str, ...]
    collected: tuple[str, ...]
    validity_days: int
    priority_window_days: int

    @classmethod
    def of(cls, configuration: Configuration) -> "Policy":
        """The policy in a configuration."""
        table = configuration.tables["intake"]
        return cls(
            tuple(table["open_data"]),
            tuple(table["collected"]),
            int(table["validity_days"]),
            int(table["priority_window_days"]),
        )

    def may_lack_employer(self, source: str) -> bool:
        """Whether a source is marked open_data."""
        return any(fnmatchcase(source, pattern) for pattern in self.open_data)

    def is_collected(self, source: str) -> bool:
        """Whether a source is key-enterprise collection, held to the law's full list (暂行条例 24)."""
        return any(fnmatchcase(source, pattern) for pattern in self.collected)
