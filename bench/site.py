"""The website as its readers meet it: `python -m bench.site`.

Three works. A warm page of a neighbourhood, in process: SQL queries and median seconds. A hundred
readers at once, each with a connection of its own, against the server that `make serve` runs, on
two of its workers. A country: 137 territories and 1,362 neighbourhoods with 45 indicators, imported
one after the other, then the page that compares them. The country is invented: each of its releases
is a copy of one small release, given other names, codes and places, so only sizes mean something.
The site is made in a folder of its own and thrown away; the server listens to this machine only.
"""

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bench import apart, text_table

ROOT = Path(__file__).resolve().parents[1]
TOWN = "999000001"
INVENTED = "données fictives"
COLUMNS = ("queries", "ms", "processor_ms", "kb")
GOALS = {
    "page_queries": 8,
    "page_ms": 50,
    "import_s": 180,
    "comparison_ms": 300,
}


@dataclass(frozen=True)
class Size:
    """neighbourhoods: of the country, spread over its territories."""

    residents: int = 25_000
    draws: int = 200
    repeats: int = 30
    readers: int = 100
    seconds: float = 15.0
    workers: int = 2
    territories: int = 137
    neighbourhoods: int = 1_362
    indicators: int = 45


QUICK = Size(
    residents=6_000, draws=40, repeats=10, readers=20, seconds=3.0, territories=6,
    neighbourhoods=60, indicators=20,
)  # fmt: skip


def town(folder: Path, size: Size) -> Path:
    """Diagnose the small town that everything here is copied from."""
    from labo import demo, release
    from labo.diagnosis import diagnose
    from labo.mirror import open_mirror

    demo.write(folder / "mirror", residents=size.residents, seed=1)
    done = diagnose(
        open_mirror(folder / "mirror"), "ville-temoin", draws=size.draws, tell=lambda _: None
    )
    release.write(done, folder / "release")
    return folder / "release"


class Model:
    """The release that territories are copied from: its tables, read once."""

    def __init__(self, folder: Path, indicators: int) -> None:
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.catalogue = json.loads((folder / "catalogue.json").read_text("utf-8"))
        # Those that a neighbourhood has, before those that a town this small leaves empty.
        values = pd.read_parquet(folder / "values.parquet")
        zones = gpd.read_parquet(folder / "zones.parquet")
        self.zones = zones[zones["kind"] != "cell"]
        self.qpvs = list(self.zones.loc[self.zones["kind"] == "qpv", "zone"])
        values = values[values["zone"].isin(self.zones["zone"])]
        told = values[values["zone"].isin(self.qpvs) & values["central"].notna()]
        counted = told["indicator"].value_counts()
        names = [x["id"] for x in self.catalogue["indicators"]]
        names.sort(key=lambda name: -int(counted.get(name, 0)))
        kept = set(names[:indicators])
        self.catalogue["indicators"] = [x for x in self.catalogue["indicators"] if x["id"] in kept]
        self.values = values[values["indicator"].isin(kept)]
        draws = pd.read_parquet(folder / "draws.parquet")
        self.draws = draws[draws["indicator"].isin(kept)]
        self.scores = pd.read_parquet(folder / "scores.parquet")

    def territory(self, out: Path, number: int, neighbourhoods: int) -> Path:
        """Write the release of one invented territory."""
        out.mkdir(parents=True)
        place = f"{800_000_000 + number}"
        names = {TOWN: place} | {
            zone: f"{place}{zone.removeprefix(TOWN)}" for zone in self.zones["zone"] if zone != TOWN
        }
        others = self.zones.loc[self.zones["kind"] != "qpv", "zone"]
        # One copy after the other of the town's neighbourhoods, until there are enough.
        sources = [(self.qpvs[n % len(self.qpvs)], n) for n in range(neighbourhoods)]
        pairs = [(zone, names[zone]) for zone in others]
        pairs += [(zone, f"QN{number:03d}{n:02d}X") for zone, n in sources]
        pairing = pd.DataFrame(pairs, columns=["zone", "made"])

        def copied(table: pd.DataFrame) -> pd.DataFrame:
            found = pairing.merge(table, on="zone").drop(columns="zone")
            return found.rename(columns={"made": "zone"})[list(table.columns)]

        zones = gpd.GeoDataFrame(copied(self.zones), crs=self.zones.crs)
        # Territories side by side; copies of a neighbourhood a little apart from it.
        row = np.arange(len(zones)) // len(self.zones)
        shapes = [
            shape if step == 0 else _moved(shape, 0.0, 0.2 * step)
            for shape, step in zip(zones.geometry, row, strict=True)
        ]
        zones["geometry"] = [_moved(s, 0.4 * (number % 12), -0.3 * (number // 12)) for s in shapes]
        qpv = zones["kind"] == "qpv"
        zones.loc[qpv, "name"] = [f"Quartier {n + 1} de {place}" for n in range(int(qpv.sum()))]
        zones.loc[qpv, "code"] = zones.loc[qpv, "zone"]
        zones.to_parquet(out / "zones.parquet")
        # Every figure moved a little, by territory: no two towns are the same.
        tilt = 1 + 0.2 * np.sin(number)
        values = copied(self.values)
        for column in ("central", "low", "high"):
            values[column] *= tilt
        values.to_parquet(out / "values.parquet", index=False)
        _write_draws(out / "draws.parquet", copied(self.draws), tilt)
        copied(self.scores).to_parquet(out / "scores.parquet", index=False)
        # Told by cell, from cells, or of places: none here.
        for name in ("access", "layers", "places", "shares", "without"):
            pq.write_table(pq.read_table(self.folder / f"{name}.parquet").slice(0, 0),
                           out / f"{name}.parquet")  # fmt: skip
        shutil.copy(self.folder / "cells.pmtiles", out)
        (out / "catalogue.json").write_text(json.dumps(self.catalogue), encoding="utf-8")
        files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}
        manifest = self.manifest | {
            "territory": {"code": place, "name": f"Territoire {number + 1} ({INVENTED})"},
            "files": files,
        }
        (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return out


def _moved(shape: Any, east: float, north: float) -> Any:
    from shapely.affinity import translate

    return translate(shape, east, north)


def _write_draws(path: Path, draws: pd.DataFrame, tilt: float) -> None:
    drawn = np.stack(list(draws["values"])) * np.float32(tilt)
    keys = [name for name in draws.columns if name != "values"]
    table = pa.table(
        {name: pa.array(draws[name].astype(str), pa.string()) for name in keys}
        | {"values": pa.FixedSizeListArray.from_arrays(pa.array(drawn.ravel()), drawn.shape[1])}
    )
    pq.write_table(table, path)


def site(data: Path, database: str = "") -> None:
    """Open an empty site in a folder, in this process."""
    environment(data, database)
    import django
    from django.core.management import call_command

    data.mkdir(parents=True, exist_ok=True)
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def environment(data: Path, database: str = "") -> dict[str, str]:
    """Set what the settings read: a site of its own, on SQLite if no other, for this machine."""
    given = {
        "LABO_DATA": str(data),
        "LABO_DEBUG": "0",
        "LABO_TLS": "0",
        "LABO_SECRET_KEY": "of-a-benchmark",
        "LABO_HOSTS": "127.0.0.1",
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "labo_web.settings",
    }
    os.environ.update(given)
    return given


def opened(folder: Path) -> None:
    """Import a release and open it to everyone."""
    import datetime as dt

    from labo_web.accounts.models import Circle
    from labo_web.releases.gate import decide
    from labo_web.releases.importing import import_release

    made = import_release(folder, received_on=dt.date(2026, 1, 5))
    for circle in (Circle.COTECH, Circle.COPIL, Circle.EVERYONE):
        decide(made, circle, dt.date(2026, 5, 4), person=None, restitution_on=dt.date(2026, 3, 2))


def read(path: str, repeats: int) -> dict[str, float]:
    """Read a page in process: SQL queries, median milliseconds (clock, processor), kilobytes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "127.0.0.1"})
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    queries = len(asked)  # now: what is read after it would count too
    seconds, worked = [], []
    for _ in range(repeats):
        start, before = time.perf_counter(), time.process_time()
        client.get(path)
        seconds.append(time.perf_counter() - start)
        worked.append(time.process_time() - before)
    return {
        "queries": queries,
        "ms": 1000 * statistics.median(seconds),
        # Where others use the machine too, this says more than the clock.
        "processor_ms": 1000 * statistics.median(worked),
        "kb": len(answer.content) / 1000,
    }


def pages(data: Path, release: Path, size: Size) -> dict[str, Any]:
    """Measure the warm pages of a town, and return one address of a neighbourhood."""
    site(data)
    opened(release)
    from labo_web.releases.models import Zone

    code = Zone.objects.filter(kind="qpv").order_by("code")[0].code
    address = f"/territoires/{TOWN}/quartiers/{code}/"
    return {"address": address, **read(address, size.repeats)}


def granian(port: int, workers: int, level: str) -> list[str]:
    """Return the command that serves the site as `make serve` does, on this machine only."""
    return [
        *(str(Path(sys.executable).parent / "granian"), "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", "4", "--backpressure", "2000", "--log-level", level),
        "labo_web.wsgi:application",
    ]


@contextmanager
def served(data: Path, workers: int) -> Iterator[int]:
    """Serve the site as `make serve` does, and end the server by its process."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    command = granian(port, workers, "error")
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environment(data)) as process:  # noqa: S603
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                    break
                except OSError:
                    if process.poll() is not None:
                        raise RuntimeError("the site ended before it answered") from None
                    time.sleep(0.25)
            else:
                raise RuntimeError("the site does not answer")
            yield port
        finally:
            process.terminate()


async def _reader(port: int, path: str, until: float, kept: list[float], wrong: list[str]) -> None:
    """Read the same page again and again over one connection, as a browser keeps it."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n\r\n"
    into, out = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            start = time.perf_counter()
            out.write(request.encode())
            await out.drain()
            head = (await into.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            status = head.split(" ", 2)[1]
            length = head.split("content-length:")[1].split("\r\n")[0]
            await into.readexactly(int(length))
            kept.append(time.perf_counter() - start)
            if status != "200":
                wrong.append(status)
    except (OSError, EOFError, IndexError) as error:
        wrong.append(repr(error))
    finally:
        out.close()


def readers(data: Path, address: str, size: Size) -> dict[str, Any]:
    """Let many read at once for some seconds: answers, errors, median and 95th percentile."""
    kept: list[float] = []
    wrong: list[str] = []

    async def crowd(port: int) -> None:
        until = time.perf_counter() + size.seconds
        await asyncio.gather(
            *(_reader(port, address, until, kept, wrong) for _ in range(size.readers))
        )

    with served(data, size.workers) as port:
        asyncio.run(crowd(port))
    return {
        "answers": len(kept),
        "errors": len(wrong),
        "first_errors": wrong[:3],
        "per_second": len(kept) / size.seconds,
        "p50_ms": 1000 * float(np.quantile(kept, 0.5)) if kept else None,
        "p95_ms": 1000 * float(np.quantile(kept, 0.95)) if kept else None,
    }


def country(data: Path, release: Path, size: Size) -> dict[str, Any]:
    """Import a whole country, then compare its neighbourhoods."""
    site(data)
    model = Model(release, size.indicators)
    shares = [
        len(part) for part in np.array_split(np.arange(size.neighbourhoods), size.territories)
    ]
    seconds = []
    for number, count in enumerate(shares):
        folder = model.territory(data / "made" / str(number), number, count)
        start = time.perf_counter()
        opened(folder)
        seconds.append(time.perf_counter() - start)
        shutil.rmtree(folder)
    from labo_web.releases.models import Release, Value, Zone

    every = "&".join(f"territoire={r.territory.code}" for r in Release.objects.all())
    some = "&".join(every.split("&")[:10])
    indicator = "indicateur=poverty_share"
    return {
        "territories": Release.objects.count(),
        "neighbourhoods": Zone.objects.filter(kind="qpv").count(),
        "values": Value.objects.count(),
        "import_s": sum(seconds),
        "comparison": read(f"/comparer/?{indicator}", size.repeats),
        "comparison_ten": read(f"/comparer/?{indicator}&{some}", size.repeats),
        "comparison_whole": read(f"/comparer/?{indicator}&{every}", max(size.repeats // 3, 3)),
        "home": read("/", size.repeats),
        "layers": read("/ogc/collections", max(size.repeats // 3, 3)),
    }


def figures(size: Size, work: Callable[..., Any] = apart) -> dict[str, Any]:
    """Run the three works, each in a process of its own, and return every figure."""
    with tempfile.TemporaryDirectory(prefix="labo-bench-") as name:
        folder = Path(name)
        release = work(town, folder, size)
        page = work(pages, folder / "town", release, size)
        crowd = readers(folder / "town", page["address"], size)
        whole = work(country, folder / "country", release, size)
    return {
        "benchmark": "site",
        "size": asdict(size),
        "page": page,
        "readers": crowd,
        "country": whole,
    }


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    page, crowd, whole = found["page"], found["readers"], found["country"]
    names = {
        "comparison": "comparison, one territory",
        "comparison_ten": "comparison, ten territories",
        "comparison_whole": "comparison, all of them",
        "home": "home",
        "layers": "OGC collections",
    }
    rows: list[list[object]] = [["neighbourhood", *(page[k] for k in COLUMNS)]]
    rows += [[said, *(whole[name][k] for k in COLUMNS)] for name, said in names.items()]
    size = found["size"]
    goals: list[list[object]] = [
        ["neighbourhood, queries", page["queries"], f"< {GOALS['page_queries']}"],
        ["neighbourhood, ms", page["ms"], f"< {GOALS['page_ms']}"],
        ["errors", crowd["errors"], "0"],
        ["import of the country, s", whole["import_s"], f"< {GOALS['import_s']}"],
        ["comparison, ms", whole["comparison"]["ms"], f"< {GOALS['comparison_ms']}"],
        ["comparison of all, ms", whole["comparison_whole"]["ms"], f"< {GOALS['comparison_ms']}"],
    ]
    crowded: list[list[object]] = [
        [f"{size['readers']} readers", crowd["answers"], crowd["errors"], crowd["per_second"],
         crowd["p50_ms"], crowd["p95_ms"]],
    ]  # fmt: skip
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} processors, load of the machine {load:.1f}; everything is invented\n"
        f"{text_table(['page, warm', 'queries', 'median ms', 'processor ms', 'HTML kB'], rows)}\n\n"
        f"{text_table(['', 'answers', 'errors', 'a second', 'p50 ms', 'p95 ms'], crowded)}\n\n"
        f"{whole['territories']} territories, {whole['neighbourhoods']} neighbourhoods, "
        f"{size['indicators']} indicators, {whole['values']} values\n"
        f"{text_table(['', 'measured', 'goal'], goals)}\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="6 territories, 20 readers")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    found = figures(QUICK if given.quick else Size())
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
