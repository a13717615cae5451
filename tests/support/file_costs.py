"""What does it cost to take a file in: seconds, and memory of all processes that it needs?"""

import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUPPORT = Path(__file__).parent
EVERY = 0.05  # seconds between two looks at the memory
PSS = re.compile(r"^Pss:\s+(\d+)", re.MULTILINE)  # a page that two processes share counts once


@dataclass(frozen=True, slots=True)
class Cost:
    """What came of a file. Seconds: by the clock, and of CPU."""

    told: list[list[Any]]
    verdicts: dict[str, int]
    refused: str
    seconds: float
    cpu: float
    mib: float = 0.0  # the most that was held beyond what was held before

    @property
    def line(self) -> str:
        """The figures as a line of a table."""
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.items()) or self.refused
        return f"{len(self.told):>7} rows {self.seconds:6.2f} s, CPU {self.cpu:6.2f} s, {self.mib:4.0f} MiB  {verdicts}"


class Taker:
    """A process that takes files in."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def take(self, path: Path, noun: str) -> Cost:
        """Hand it a file, and watch."""
        told, asked = self._process.stdout, self._process.stdin
        assert told
        assert asked
        before = most = memory(self._process.pid)
        asked.write(json.dumps([str(path), noun]) + "\n")
        asked.flush()
        while not select.select([told], [], [], EVERY)[0]:
            most = max(most, memory(self._process.pid))
        return Cost(**json.loads(told.readline()), mib=most - before)


@contextmanager
def taker(folder: Path) -> Iterator[Taker]:
    """A fresh process, with all loaded that a first file loads."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-W", "ignore", str(SUPPORT / "taking.py"), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT.parents[1])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Taker(process)
        assert process.stdin
        process.stdin.close()


def memory(process: int) -> float:
    """MiB that a process and all below it hold."""
    below = Path(f"/proc/{process}/task/{process}/children")
    try:
        held = PSS.search(Path(f"/proc/{process}/smaps_rollup").read_text())
        children = below.read_text().split()
    except OSError:  # it has ended
        return 0.0
    return (int(held[1]) / 1024 if held else 0.0) + sum(memory(int(child)) for child in children)
