"""Which trades a text may mean: the compiled loops against a plain sum over every name."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.catalogue import NEAREST, catalogue
from matching.terms import characters
from models.text import normal_form

PIECES = [
    "叉车",
    "司机",
    "保洁",
    "员",
    "电工",
    "焊",
    "java",
    "开发",
    "工程师",
    "会计",
    "高级",
    "月嫂",
    "厨",
    "师",
    "a",
    "龘",
    "/",
    "、",
    "急聘",
]
TEXT = st.lists(st.sampled_from([*PIECES, " "]), max_size=5).map("".join)


class Plain:
    """Every name's n-grams, compared one by one."""

    def __init__(self):
        names = [
            [dict.fromkeys(characters(name)) for name in {normal_form(n) for n in (t.name, *t.aliases, *t.spoken)}]
            for t in catalogue().trades
        ]
        every = [grams for group in names for grams in group]
        counts = {}
        for grams in every:
            for gram in grams:
                counts[gram] = counts.get(gram, 0) + 1
        self.rarity = {gram: math.log1p(len(every) / (count + 0.5)) for gram, count in counts.items()}
        self.unseen = math.log1p(len(every) / 0.5)
        self.sized = [[(grams, self._size(grams)) for grams in group] for group in names]

    def likeness(self, texts):
        """Of the best naming to each trade."""
        asked = [(grams, self._size(grams) or 1.0) for grams in (dict.fromkeys(characters(text)) for text in texts)]
        return [max((self._alike(*each, names) for each in asked), default=0.0) for names in self.sized]

    def _size(self, grams):
        return math.sqrt(sum(self.rarity.get(gram, self.unseen) for gram in grams))

    def _alike(self, grams, own, names):
        return max(sum(self.rarity[gram] for gram in grams if gram in name) / own / size for name, size in names)


@pytest.fixture(scope="module")
def plain():
    catalogue().nearest([["叉车"]])  # compiled before anything is timed
    return Plain()


@settings(deadline=None, max_examples=30)  # every name, one by one
@given(st.data())
def test_the_nearest_trades_are_those_whose_best_name_shares_most(plain, data):
    namings = data.draw(st.lists(TEXT, max_size=3))
    found = catalogue().nearest([namings])
    numbers, values = found.trades[0].tolist(), found.values[0].tolist()
    if not namings:
        assert not any(values)
        return
    expected = plain.likeness(namings)
    assert len(set(numbers)) == NEAREST
    assert values == pytest.approx([expected[number] for number in numbers], abs=1e-5)
    assert values == pytest.approx(sorted(expected, reverse=True)[:NEAREST], abs=1e-5)
    assert all(
        a > b or (a == b and m < n) for a, b, m, n in zip(values, values[1:], numbers, numbers[1:], strict=False)
    )


def test_every_trade_is_nearest_to_its_own_name():
    names = [trade.name for trade in catalogue().trades]
    found = catalogue().nearest([[name] for name in names])
    own = [number == values for number, values in enumerate(found.trades[:, 0].tolist())]
    assert sum(own) == len(names)
    assert found.values[:, 0].tolist() == pytest.approx([1.0] * len(names), abs=1e-5)


@given(st.lists(st.lists(TEXT, max_size=3), max_size=6))
def test_texts_are_read_alike_alone_and_together(groups):
    catalogue().nearest([["叉车"]])
    together = catalogue().nearest(groups)
    for place, group in enumerate(groups):
        alone = catalogue().nearest([group])
        assert alone.trades[0].tolist() == together.trades[place].tolist()
        assert alone.values[0].tolist() == together.values[place].tolist()


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ("开叉车的", ["叉车司机"]),
        ("在厂里开叉车", ["叉车司机"]),
        ("守铺子卖货", ["店员"]),
        ("总装设备工程师", []),  # 装设备 is no speech here
        ("炒火锅底料的厂", []),
        ("学美容的老师", []),
        ("家政阿姨,做清洁煮饭", []),  # names its trade itself
        ("叉车司机", []),
    ],
)
def test_a_wish_in_speech_is_given_its_plain_name(wish, names):
    assert catalogue().called(wish) == names
