"""Scenarios, and the night model beside plain convolutions: `python -m bench.scenario`.

An invented town of 5 × 5 km at 10 m, some of it unknown. Works: one run of the night model, beside
the same formulas written with `scipy.signal.fftconvolve`; on a smaller piece, also beside
`scipy.ndimage.convolve`, the straightforward way, which takes minutes on the whole. Then what a
reader waits for: a neighbourhood's night with its interval (a hundred draws, with and without the
works), and a plan on Ville-Témoin: the first run reads the release, those that follow do not. All
on one thread but for BLAS; seconds depend on who else uses the machine, so the processor's are
given too.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench import apart, resident_gib, text_table
from labo import cooling, smoothing

Floats = npt.NDArray[np.float64]
Convolve = Callable[[Floats, Floats], Floats]

TABLE = {
    1: {"shade": 0.0, "albedo": 0.14, "kc": 0.1, "green": 0},
    2: {"shade": 0.9, "albedo": 0.18, "kc": 1.0, "green": 1},
    3: {"shade": 0.0, "albedo": 0.22, "kc": 0.7, "green": 1},
}
UNKNOWN = 0


@dataclass(frozen=True)
class Size:
    side: int = 500
    """Pixels of 10 m each way."""
    piece: int = 100
    """The same, of what is convolved directly."""
    reach_m: float = 300.0
    mixing_m: float = 500.0
    piece_reach_m: float = 100.0
    piece_mixing_m: float = 100.0
    residents: int = 150_000
    repeats: int = 5
    seed: int = 0


def town(side: int, seed: int) -> npt.NDArray[np.int64]:
    """Return land use: blocks of houses and gardens, a park, water that nobody classed."""
    rng = np.random.default_rng(seed)
    blocks = rng.choice([1, 1, 1, 2, 3], size=(-(-side // 5), -(-side // 5)))
    codes = np.kron(blocks, np.ones((5, 5), dtype=np.int64))[:side, :side]
    third = side // 3
    codes[third : third + side // 8, third : third + side // 8] = 2
    codes[-side // 10 :, : side // 6] = UNKNOWN
    return codes


def ours(codes: npt.NDArray[np.int64], reach_m: float, mixing_m: float) -> Floats:
    return cooling.night(
        codes,
        TABLE,
        5.0,
        pixel_m=10,
        reference=20.0,
        uhi_max=3.0,
        park_reach_m=reach_m,
        mixing_radius_m=mixing_m,
        unknown=UNKNOWN,
    ).air


def plainly(
    codes: npt.NDArray[np.int64], reach_m: float, mixing_m: float, convolve: Convolve
) -> Floats:
    """Return the same from the published formulas, with somebody else's convolution."""
    columns = {name: np.full(codes.shape, np.nan) for name in cooling.COLUMNS}
    for code, row in TABLE.items():
        for name, value in row.items():
            columns[name][codes == code] = value
    capacity = 0.6 * columns["shade"] + 0.2 * columns["albedo"] + 0.2 * columns["kc"]
    known = codes != UNKNOWN

    def mean(values: Floats, kernel: Floats) -> Floats:
        total = convolve(np.where(known, values, 0.0), kernel)
        weight = convolve(known.astype(np.float64), kernel)
        return np.where(known, total / np.where(known, weight, 1.0), np.nan)

    d, r = round(reach_m / 10), round(mixing_m / 10)
    disk = smoothing.disk(d)
    park = mean(capacity * columns["green"], smoothing.decaying(d))
    near = mean(columns["green"], disk) * disk.sum()
    mitigation = np.where((near >= 200 - 1e-6) & (park > capacity), park, capacity)
    return mean(20.0 + (1 - mitigation) * 3.0, smoothing.decaying(r))


def _quiet(_: str) -> None:
    """Say nothing of the steps of a diagnosis."""


def _by_transforms(values: Floats, kernel: Floats) -> Floats:
    import scipy.signal

    return scipy.signal.fftconvolve(values, kernel, mode="same")


def _directly(values: Floats, kernel: Floats) -> Floats:
    import scipy.ndimage

    return scipy.ndimage.convolve(values, kernel, mode="constant")


def _timed(repeats: int, work: Callable[[], Floats]) -> tuple[dict[str, float], Floats]:
    seconds, worked = [], []
    found = work()
    for _ in range(repeats):
        start, busy = time.perf_counter(), time.process_time()
        found = work()
        seconds.append(time.perf_counter() - start)
        worked.append(time.process_time() - busy)
    return {
        "seconds": float(np.median(seconds)),
        "processor_seconds": float(np.median(worked)),
    }, found


def run_whole(size: Size) -> dict[str, Any]:
    codes = town(size.side, size.seed)
    mine, air = _timed(size.repeats, lambda: ours(codes, size.reach_m, size.mixing_m))
    theirs, other = _timed(
        size.repeats, lambda: plainly(codes, size.reach_m, size.mixing_m, _by_transforms)
    )
    return {
        "labo": mine,
        "fftconvolve": theirs,
        "ratio": theirs["seconds"] / mine["seconds"],
        "apart": float(np.nanmax(np.abs(air - other))),
        "peak_gib": resident_gib(),
    }


def run_piece(size: Size) -> dict[str, Any]:
    codes = town(size.piece, size.seed)
    given = codes, size.piece_reach_m, size.piece_mixing_m
    mine, air = _timed(size.repeats, lambda: ours(*given))
    theirs, other = _timed(1, lambda: plainly(*given, _directly))
    return {
        "labo": mine,
        "ndimage": theirs,
        "ratio": theirs["seconds"] / mine["seconds"],
        "apart": float(np.nanmax(np.abs(air - other))),
    }


def run_interval(size: Size) -> dict[str, Any]:
    from labo import night
    from labo.converted_ground import Area
    from labo.surrounding_ground import Ground

    codes = town(size.side, size.seed)
    trees, sealed = (np.where(codes == code, 0.9, 0.05) for code in (2, 1))
    trees, sealed = (np.where(codes == UNKNOWN, np.nan, x) for x in (trees, sealed))
    inside = np.zeros(codes.shape, dtype=bool)
    middle = slice(size.side // 2 - 20, size.side // 2 + 20)
    inside[middle, middle] = True
    ground = Ground(trees, 1 - trees - sealed, sealed, inside, 10.0)
    grown = {"trees": Area(5_000.0, np.linspace(2_000.0, 9_000.0, night.DRAWS))}
    told, drawn = _timed(1, lambda: night.cooled("Q", ground, grown, (), 0).drawn)
    return told | {"draws": len(drawn)}


def run_plan(size: Size) -> dict[str, Any]:
    from labo import demo, release
    from labo.diagnosis import diagnose
    from labo.measure_plan import plan_of
    from labo.mirror import open_mirror
    from labo.scenario import scenario_of

    with tempfile.TemporaryDirectory() as folder:
        mirror, out = Path(folder) / "town", Path(folder) / "release"
        demo.write(mirror, residents=size.residents, seed=size.seed)
        found = release.write(diagnose(open_mirror(mirror), "ville-temoin", tell=_quiet), out)
        places = found.places[found.places["kind"] == "qpv"].sort_values("zone")
        point = places.geometry.iloc[0].representative_point()
        zones = list(places["zone"])
        rows = [
            {"measure": "plant_trees", "zone": zones[0], "quantity": 50},
            {"measure": "unseal_soil", "zone": zones[-1], "quantity": 500},
            {
                "measure": "cool_places_in_august",
                "zone": zones[0],
                "quantity": 1,
                "lon": point.x,
                "lat": point.y,
            },
        ]
        plan = plan_of(rows)
        start = time.perf_counter()
        first = scenario_of(out, plan)
        read = time.perf_counter() - start
        told, _ = _timed(
            size.repeats,
            lambda: np.array([x.change.central for x in scenario_of(out, plan).differences]),
        )
        return told | {
            "first_seconds": read,
            "qpvs": len(zones),
            "draws": int(found.manifest["draws"]),
            "differences": len(first.differences),
            "changed": len(first.changed),
        }


def figures(size: Size) -> dict[str, Any]:
    """Run each work in a process of its own and return every figure."""
    works = {
        name: apart(work, size)
        for name, work in (
            ("whole", run_whole),
            ("piece", run_piece),
            ("interval", run_interval),
            ("plan", run_plan),
        )
    }
    return {"benchmark": "scenario", "size": asdict(size), "works": works}


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    size, works = found["size"], found["works"]
    whole, piece, interval, plan = (works[n] for n in ("whole", "piece", "interval", "plan"))
    km = f"{size['side'] / 100:g} × {size['side'] / 100:g} km"
    small = f"{size['piece'] / 100:g} × {size['piece'] / 100:g} km"
    rows: list[list[object]] = [
        [f"night, {km}, labo", whole["labo"]["seconds"], None, None],
        [f"night, {km}, fftconvolve", whole["fftconvolve"]["seconds"], whole["ratio"],
         f"{whole['apart']:.0e}"],
        [f"night, {small}, labo", piece["labo"]["seconds"], None, None],
        [f"night, {small}, ndimage", piece["ndimage"]["seconds"], piece["ratio"],
         f"{piece['apart']:.0e}"],
    ]  # fmt: skip
    goals: list[list[object]] = [
        [f"night, {km}, one run s", whole["labo"]["seconds"],
         whole["labo"]["processor_seconds"], "< 1"],
        [f"the same with {interval['draws']} draws, twice s", interval["seconds"],
         interval["processor_seconds"], "none"],
        ["a plan on Ville-Témoin s", plan["seconds"], plan["processor_seconds"], "< 0.3"],
        ["its first run, which reads s", plan["first_seconds"], None, "none"],
    ]  # fmt: skip
    return (
        f"{os.cpu_count()} processors, load of the machine {os.getloadavg()[0]:.1f}\n"
        f"{text_table(['', 'seconds', 'ratio', '°C apart'], rows)}\n\n"
        f"{text_table(['', 'measured', 'processor', 'goal'], goals)}\n\n"
        f"plan: {plan['qpvs']} QPVs, {plan['draws']} draws, {plan['differences']} differences, "
        f"{plan['changed']} of them not zero; peak GiB of the night: {whole['peak_gib']:.2f}\n"
    )


QUICK = Size(side=150, piece=60, residents=6_000, repeats=2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1.5 × 1.5 km, a small town")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    found = figures(QUICK if given.quick else Size())
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
