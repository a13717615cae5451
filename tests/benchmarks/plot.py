"""The two pictures of docs/benchmarks.md: throughput beside other libraries, and growth, both on log axes."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from goals import Results
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from side_by_side import FIRST_STAGE, OURS, OURS_FREE, PRODUCT, TOPN, Comparison

OWN, OTHER, FAINT = "#0b6e4f", "#8a94a6", "#d9dee7"
GROWN = {OURS: (OWN, "o"), FIRST_STAGE: ("#58b09c", "s"), TOPN: ("#c8553d", "^"), PRODUCT: ("#e0a458", "v")}
plt.rcParams.update({
    "font.family": "DejaVu Sans", "font.size": 9, "svg.hashsalt": "zhipei", "axes.spines.top": False,
    "axes.spines.right": False, "figure.facecolor": "white",
})  # fmt: skip


def draw(found: Results, path: Path) -> None:
    """Write the picture."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4.6), width_ratios=(1.35, 1), layout="constrained")
    if found.main:
        _throughput(left, found.main)
    _growth(right, found.towns)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = path.read_text("utf-8")
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", "utf-8")


def _throughput(axes: Axes, town: Comparison) -> None:
    lines = sorted(town.lines.items(), key=lambda item: item[1].rate.per_second)
    names, rates = [name for name, _ in lines], [line.rate.per_second for _, line in lines]
    bars = axes.barh(names, rates, color=[OWN if name.startswith("ours") else OTHER for name in names], height=0.7)
    axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates], padding=4, fontsize=8)
    axes.set_xscale("log")
    axes.set_xlim(min(rates) / 2, max(rates) * 4)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    for label in axes.get_yticklabels():
        if label.get_text() in (OURS, OURS_FREE, FIRST_STAGE):
            label.set_color(OWN)
            label.set_fontweight("bold")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("people a CPU second")
    axes.set_title(f"The ten best of {town.vacancies:,} vacancies", loc="left", fontsize=10)


def _growth(axes: Axes, towns: Sequence[Comparison]) -> None:
    for name, (colour, marker) in GROWN.items():
        points = [(town.vacancies, town.micros(name)) for town in towns if name in town.lines]
        if points:
            sizes, micros = zip(*points, strict=True)
            axes.plot(sizes, micros, color=colour, marker=marker, linewidth=2, markersize=5, label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([town.vacancies for town in towns], [f"{town.vacancies:,}" for town in towns])
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_formatter("")
    axes.yaxis.set_minor_formatter("")
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("vacancies")
    axes.set_ylabel("CPU microseconds a person")
    axes.set_title("Growth", loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
