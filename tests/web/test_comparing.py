"""What can be told apart, at once, is what can be told apart two by two."""

from hypothesis import given
from hypothesis import strategies as st

from labo_web.atlas import comparing
from labo_web.releases.models import Indicator, Value, Zone
from labo_web.releases.reading import Reading

ENDS = st.lists(st.integers(0, 30), min_size=3, max_size=3).map(sorted)
VALUES = st.lists(st.tuples(ENDS, st.sampled_from([True, True, True, False])), max_size=25)


def readings(given: list[tuple[list[int], bool]], direction: int) -> list[Reading]:
    x = Indicator(name="x", unit="minute", direction=direction, lowest=0.0, highest=30.0)
    rows = []
    for n, ((low, central, high), bounded) in enumerate(given):
        ends = {"low": float(low), "high": float(high)} if bounded else {"low": None, "high": None}
        v = Value(indicator=x, zone=Zone(name=f"Q{n}"), central=float(central), **ends)
        rows.append(Reading(v, x, None, []))
    return rows


@given(VALUES, st.sampled_from([1, -1]))
def test_as_two_by_two(values: list[tuple[list[int], bool]], direction: int) -> None:
    rows = readings(values, direction)
    made = comparing.lines(rows)
    assert sorted(line.reading.v.zone.name for line in made) == sorted(r.v.zone.name for r in rows)
    for line in made:
        r = line.reading
        others = [o.reading for o in made if o is not line]
        same = [o for o in others if comparing.overlap(r, o)]
        assert line.blurred == [o.v.zone.name for o in same]
        surely = [o for o in others if not comparing.overlap(r, o)]
        here = r.v.central or 0.0
        before = sum(((o.v.central or 0.0) - here) * direction > 0 for o in surely)
        last = before + len(same) + 1
        if len(rows) >= 8:
            said = f"{before + 1}" if last == before + 1 else f"{before + 1} à {last}"
            assert line.rank == said
        else:
            assert line.rank == ""
