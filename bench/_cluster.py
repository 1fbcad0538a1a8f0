"""A PostgreSQL of one's own, on a Unix socket in a short folder, thrown away afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Where Debian keeps the server, which is on no PATH.
PROGRAMS = "usr/lib/postgresql/*/bin/postgres"


def server() -> Path | None:
    """Return the program, if the machine has it."""
    if found := shutil.which("postgres"):
        return Path(found)
    return next(iter(sorted(Path("/").glob(PROGRAMS), reverse=True)), None)


@contextmanager
def private_cluster(postgres: Path, *, durable: bool = False) -> Iterator[str]:
    """Give the address of an empty database; `durable` waits for the disk, as in earnest."""
    programs = postgres.resolve().parent
    # The server refuses root.
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    become = user if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if become:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run([*become, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603

    initdb = [f"{programs}/initdb", "-D", str(data), "-A", "trust", "-E", "UTF8", "-U", "labo"]
    run(*initdb, "--locale=C.UTF-8", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    options += "" if durable else " -c fsync=off"
    control = [f"{programs}/pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log")]
    run(*control, "-o", options, "start")
    try:
        yield f"postgres://labo@/postgres?host={folder}"
    finally:
        run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
