"""What those who run the site rely on: health, counts, a log that tells of nobody, deployment."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.urls import resolve

from labo_web.atlas import health
from labo_web.logs import WithoutMessages, WithoutPaths
from labo_web.releases.models import Release

TOKEN = "jeton-de-mesure"  # noqa: S105
PRIVATE = "/suivre/un-lien-que-personne-ne-doit-lire/"


@pytest.mark.django_db
def test_health(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    assert client.get("/sante/").json() == {"base": True, "schema": True, "dossier": True}
    settings.DATA = tmp_path / "absent"
    answer = client.get("/sante/")
    assert answer.status_code == 503
    assert answer.json()["dossier"] is False
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_health_tells_of_a_schema_that_is_behind(client: Client, monkeypatch: Any) -> None:
    plan = "django.db.migrations.executor.MigrationExecutor.migration_plan"
    monkeypatch.setattr(plan, lambda *_: ["0099_later"])
    assert client.get("/sante/").json()["schema"] is False


@pytest.mark.django_db
def test_health_has_no_need_of_tls(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.SECURE_SSL_REDIRECT, settings.DATA = True, tmp_path
    assert client.get("/sante/").status_code == 200
    assert client.get("/").status_code == 301


def test_counts_are_for_whoever_holds_the_token(
    client: Client, public: Release, settings: Any, tmp_path: Path
) -> None:
    settings.DATA = settings.MEDIA_ROOT = tmp_path
    (tmp_path / "photo.jpg").write_bytes(b"12345")
    held = {"Authorization": f"Bearer {TOKEN}"}
    for token, headers in (("", {}), ("", {"Authorization": "Bearer "}), (TOKEN, {}),
                           (TOKEN, {"Authorization": "Bearer é"})):  # fmt: skip
        settings.METRICS_TOKEN = token
        assert client.get("/mesures/", headers=headers).status_code == 404
    settings.METRICS_TOKEN = TOKEN
    lines = client.get("/mesures/", headers=held).content.decode().splitlines()
    counts = dict(line.split() for line in lines if not line.startswith("#"))
    assert counts["labo_releases"] == str(Release.objects.count())
    assert counts["labo_media_bytes"] == "5"
    assert int(counts["labo_disk_free_bytes"]) > 0
    assert set(counts) == set(health.measures())


def said_of(record: logging.LogRecord) -> str:
    assert WithoutPaths().filter(record)
    return WithoutMessages("%(levelname)s %(message)s").format(record)


def test_the_log_tells_neither_a_private_link_nor_what_was_typed() -> None:
    request = RequestFactory().get(PRIVATE)
    request.resolver_match = resolve(PRIVATE)
    try:
        raise ValidationError("« 06 12 34 56 78 » n’est pas une adresse")
    except ValidationError:
        caught = sys.exc_info()
    record = logging.LogRecord(
        "django.request",
        logging.ERROR,
        __file__,
        1,
        "Internal Server Error: %s",
        (PRIVATE,),
        caught,
    )
    record.request, record.status_code = request, 500
    said = said_of(record)
    assert "ERROR GET /suivre/<" in said
    assert "test_running.py" in said
    assert said.endswith("django.core.exceptions.ValidationError")
    for private in ("lien-que-personne", "06 12", "adresse"):
        assert private not in said


def test_the_log_of_an_address_that_is_no_page() -> None:
    record = logging.LogRecord(
        "django.request", logging.WARNING, __file__, 1, "Not Found: %s", ("/06123/",), None
    )
    record.request, record.status_code = RequestFactory().get("/06123/"), 404
    assert said_of(record) == "WARNING GET (no page of that address): 404"


# With what a server has: neither debug nor a default secret.
SERVER = {
    "LABO_DEBUG": "0", "LABO_SECRET_KEY": "x7Jw-3kQz_9vRt5LmN2pYb8HsD4fGc6A1eUiOq0ZKdTnWgXyPqR7",
    "LABO_HOSTS": "labo.example.org", "DATABASE_URL": "", "LABO_TLS": "1",
    "LABO_BEHIND_PROXY": "1", "DJANGO_SETTINGS_MODULE": "labo_web.settings",
}  # fmt: skip


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "labo_web.manage",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
    ]
    environment = os.environ | SERVER | {"LABO_DATA": str(tmp_path)}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE")  # of the tests, see their settings
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    weak = environment | {"LABO_SECRET_KEY": "court"}
    done = subprocess.run(command, env=weak, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1
    assert "security.W009" in done.stderr


def test_a_server_prints_no_private_link(tmp_path: Path) -> None:
    asked = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "from django.core.management import call_command\n"
        "call_command('migrate', verbosity=0)\n"
        "call_command('collectstatic', interactive=False, verbosity=0)\n"
        "here = {'host': 'labo.example.org'}\n"
        f"print(Client().get('{PRIVATE}', secure=True, headers=here).status_code)"
    )
    environment = os.environ | SERVER | {"LABO_DATA": str(tmp_path)}
    command = [sys.executable, "-c", asked]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "404"
    assert "GET /suivre/<" in done.stderr
    assert "personne-ne-doit" not in done.stderr
