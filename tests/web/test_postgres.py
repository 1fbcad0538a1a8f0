"""The same tests on PostgreSQL, in a private cluster that is thrown away."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench._cluster import private_cluster

HERE = Path(__file__).parent
# They make installations of their own, or look at files: once is enough.
ONCE = ("bad_archives", "faults_bench", "libreoffice", "oidc", "running", "withdrawals")


@pytest.fixture(scope="module")
def cluster(need: Callable[[str], Path]) -> Iterator[str]:
    """Address of an empty database."""
    with private_cluster(need("postgres")) as address:
        yield address


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="these tests already run on PostgreSQL")
def test_on_postgres(cluster: str) -> None:
    command = [sys.executable, "-m", "pytest", str(HERE), "-q", "-p", "no:randomly",
               "-p", "no:cacheprovider", "--show-capture=no",
               *(f"--ignore={HERE}/test_{name}.py" for name in ONCE)]  # fmt: skip
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
