"""The same tests on PostgreSQL, in a private cluster that is thrown away."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def cluster(need: Callable[[str], Path]) -> Iterator[str]:
    """Address of an empty database, on a Unix socket in a short folder."""
    programs = need("postgres").resolve().parent
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
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    server = [f"{programs}/pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log")]
    run(*server, "-o", options, "start")
    try:
        yield f"postgres://labo@/postgres?host={folder}"
    finally:
        run(*server, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="these tests already run on PostgreSQL")
def test_on_postgres(cluster: str) -> None:
    command = [sys.executable, "-m", "pytest", str(HERE), "-q", "-p", "no:randomly",
               "-p", "no:cacheprovider", "--show-capture=no"]  # fmt: skip
    environment = os.environ | {"DATABASE_URL": cluster}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    done = subprocess.run(  # noqa: S603
        command,
        env=environment,
        capture_output=True,
        text=True,
        cwd=HERE.parent.parent,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
