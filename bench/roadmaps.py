"""A large roadmap, and a crowd that writes it: `python -m bench.roadmaps`.

Two works. A roadmap of 200 actions with 10 funding lines each, on SQLite: SQL queries and median
milliseconds of its list, seconds of its exports. Then 50 officers who save at once on PostgreSQL,
in a private cluster that is thrown away: all in the same part of one sheet, where one is kept and
each of the others is shown what was saved with their own text still there, and then each in a sheet
of their own, where all are kept. « lost » counts the texts that are neither kept nor shown back.
Everything is invented. Without PostgreSQL the crowd writes to SQLite, and the table says so.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import apart, text_table

TOWN = "999000001"
HERE = f"/territoires/{TOWN}/feuille-de-route/"
GOALS = {"list_queries": 10, "list_ms": 150, "annex_s": 10}
HOST = {"host": "127.0.0.1"}


@dataclass(frozen=True)
class Size:
    """lines: of the funding plan of each action."""

    actions: int = 200
    lines: int = 10
    repeats: int = 15
    officers: int = 50


QUICK = Size(actions=20, lines=3, repeats=3, officers=12)


def opened(data: Path, address: str) -> None:
    """Open an empty site in a folder, in this process."""
    os.environ.update({
        "LABO_DATA": str(data), "LABO_DEBUG": "0", "LABO_TLS": "0", "LABO_HOSTS": "127.0.0.1",
        "LABO_SECRET_KEY": "of-a-benchmark", "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "labo_web.settings",
    })  # fmt: skip
    import django
    from django.core.management import call_command

    data.mkdir(parents=True, exist_ok=True)
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def written(size: Size) -> list[Any]:
    """Write the roadmap and its officers, and return these."""
    from labo_web.accounts.models import Organisation, Person, Role, Territory
    from labo_web.roadmaps.models import Action, FundingLine, Roadmap, Step, Tracked

    town = Territory.objects.create(code=TOWN, name="Ville inventée")
    body = Organisation.objects.create(name="Agglomération inventée", kind="authority")
    roadmap = Roadmap.objects.create(territory=town, title="Feuille de route inventée")
    text = "Il fait chaud dans la cour, et l’eau ne s’y infiltre pas. " * 8
    actions = Action.objects.bulk_create(
        Action(
            roadmap=roadmap, number=n, origin="nothing", title=f"Action inventée {n}",
            finding=text, carrier="ville", first_step="visiter", pilot=body, level="ready",
            objective=text, description=text, environment=text, benefits=text, loses=text,
            investment_ht=1_000 * n, vat=20, investment_ttc=1_200 * n,
        )
        for n in range(1, size.actions + 1)
    )  # fmt: skip
    FundingLine.objects.bulk_create(
        FundingLine(
            action=a, funder=f"Financeur {n}", payer="state", nature="investment",
            credit="ordinary" if n % 2 else "specific", amount=100 * a.number,
            status="secured" if n % 3 else "asked",
        )
        for a in actions
        for n in range(size.lines)
    )  # fmt: skip
    Step.objects.bulk_create(
        Step(action=a, position=n, label=f"Étape {n}", due_on=f"2027-0{n}-01")
        for a in actions
        for n in range(1, 6)
    )
    Tracked.objects.bulk_create(
        Tracked(action=a, kind="result", label="Arbres", unit="arbres") for a in actions
    )
    officers = []
    for n in range(size.officers):
        person = Person.objects.create_user(f"officer-{n}@example.org", name=f"Officer {n}")
        Role.objects.create(person=person, territory=town, kind="officer")
        officers.append(person)
    return officers


def client_of(person: Any) -> Any:
    """Return a browser in process, signed in."""
    from django.conf import settings
    from django.test import Client

    made = Client(headers=HOST)
    made.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return made


def pages(folder: str, size: Size) -> dict[str, float]:
    """Measure the list and the exports of the roadmap, on SQLite."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    opened(Path(folder), "")
    client = client_of(written(size)[0])
    path = f"{HERE}actions/"
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"the list answers {answer.status_code}")
    queries = len(asked)
    seconds, worked = [], []
    for _ in range(size.repeats):
        start, before = time.perf_counter(), time.process_time()
        client.get(path)
        seconds.append(time.perf_counter() - start)
        worked.append(time.process_time() - before)
    found = {
        "list_queries": queries,
        "list_ms": 1000 * statistics.median(seconds),
        "list_processor_ms": 1000 * statistics.median(worked),
    }
    for name, file in (
        ("annex_s", "annexe.docx"), ("workbook_s", "financement.xlsx"),
        ("pdf_s", "feuille-de-route.pdf"), ("json_s", "feuille-de-route.json"),
    ):  # fmt: skip
        start = time.perf_counter()
        answer = client.get(HERE + file)
        found[name] = time.perf_counter() - start
        if answer.status_code != 200:
            raise RuntimeError(f"{file} answers {answer.status_code}")
    return found


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, where it is installed."""
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return places[-1].parent if places else None


@contextmanager
def cluster(found: Path | None) -> Iterator[str]:
    """Give the address of an empty database on a Unix socket; nothing without PostgreSQL."""
    if found is None:
        yield ""
        return
    # The server refuses root.
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    become = user if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if become:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run([*become, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603

    run(f"{found}/initdb", "-D", str(data), "-A", "trust", "-E", "UTF8", "-U", "labo",
        "--locale=C.UTF-8", "--no-sync")  # fmt: skip
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    server = [f"{found}/pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log")]
    run(*server, "-o", options, "start")
    try:
        yield f"postgres://labo@/postgres?host={folder}"
    finally:
        run(*server, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def crowd(folder: str, address: str, size: Size) -> dict[str, dict[str, float]]:
    """Let all officers save at once: in a part of one sheet, then each in a sheet of their own."""
    opened(Path(folder), address)
    officers = written(size)
    return {
        "same": _at_once(officers, [1] * len(officers)),
        "apart": _at_once(officers, [n % size.actions + 1 for n in range(len(officers))], "b"),
    }


def _at_once(officers: list[Any], numbers: list[int], mark: str = "a") -> dict[str, float]:
    """Let each officer save their own text in the sheet of that number, at the same moment."""
    from django.db import connections

    from labo_web.roadmaps.models import Action, Change

    browsers = [client_of(person) for person in officers]
    browsers[0].get(f"{HERE}actions/")  # what a process loads once is not what is measured
    versions = dict(Action.objects.values_list("number", "version"))
    gate = threading.Barrier(len(officers))
    answers: dict[int, tuple[int, str, float]] = {}

    def save(n: int) -> None:
        sent = {"base": versions[numbers[n]], "objective": f"texte {mark}{n}.", "public": "tous"}
        gate.wait()
        start = time.perf_counter()
        answer = browsers[n].post(f"{HERE}actions/{numbers[n]}/ecrire/besoin/", sent)
        answers[n] = (
            answer.status_code, answer.content.decode(), time.perf_counter() - start
        )  # fmt: skip
        connections.close_all()

    threads = [threading.Thread(target=save, args=(n,)) for n in range(len(officers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texts = Change.objects.filter(field="objective").values_list("after", flat=True)
    kept = {x for x in texts if str(x).startswith(f"texte {mark}")}
    shown = {
        f"texte {mark}{n}."
        for n, (status, page, _) in answers.items()
        # Their own text in the form, and what the other saved above it.
        if status == 409 and f"texte {mark}{n}." in page and "a enregistré cette partie" in page
    }
    mine = {f"texte {mark}{n}." for n in range(len(officers))}
    taken = [x for _, _, x in answers.values()]
    return {
        "saved": sum(status == 302 for status, _, _ in answers.values()),
        "conflicts": len(shown),
        "lost": len(mine - kept - shown) + max(len(officers) - len(answers), 0),
        "p50_ms": 1000 * statistics.median(taken) if taken else 0.0,
        "slowest_ms": 1000 * max(taken, default=0.0),
    }


def figures(size: Size) -> dict[str, Any]:
    """Return all that is measured, each work in a process of its own."""
    found = programs()
    with tempfile.TemporaryDirectory(prefix="roadmaps-") as folder:
        measured = apart(pages, f"{folder}/pages", size)
        with cluster(found) as address:
            crowded = apart(crowd, f"{folder}/crowd", address, size)
    return {
        "benchmark": "roadmaps",
        "size": asdict(size),
        "pages": measured,
        "database": "PostgreSQL" if found else "SQLite",
        "crowd": crowded,
    }


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    size, page = found["size"], found["pages"]
    rows = [
        [name, page[name], f"< {GOALS[name]}" if name in GOALS else "–"]
        for name in ("list_queries", "list_ms", "list_processor_ms", "annex_s", "workbook_s",
                     "pdf_s", "json_s")
    ]  # fmt: skip
    keys = ("saved", "conflicts", "lost", "p50_ms", "slowest_ms")
    crowd = [
        [said, *(found["crowd"][key][k] for k in keys)]
        for key, said in (("same", "one part of one sheet"), ("apart", "a sheet each"))
    ]
    return (
        f"{os.cpu_count()} processors, load of the machine {os.getloadavg()[0]:.1f}; everything is "
        f"invented\n{size['actions']} actions with {size['lines']} funding lines each\n"
        f"{text_table(['', 'measured', 'goal'], rows)}\n\n"
        f"{size['officers']} officers saving at once on {found['database']}\n"
        f"{text_table(['', *keys], crowd)}\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 actions, 12 officers")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    found = figures(QUICK if given.quick else Size())
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
