"""For whoever runs the site: whether it answers, and a few counts for their monitoring.

Nothing here tells of a person, a neighbourhood or a value.
"""

import hmac
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labo_web.releases.models import Release
from labo_web.workshops.models import Contribution, Subject

LEAST_FREE = 500_000_000  # bytes: below, an import or a backup may not find its place


def database_answers() -> bool:
    """Whether the database answers a question."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except Error:
        return False


def schema_is_current() -> bool:
    """Whether `labo-web migrate` has nothing to do."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return False


def folder_takes() -> bool:
    """Whether a file can be written in the folder of data, and there is room left."""
    try:
        with tempfile.TemporaryFile(dir=settings.DATA) as file:
            file.write(b"1")
        return shutil.disk_usage(settings.DATA).free > LEAST_FREE
    except OSError:
        return False


CHECKS: dict[str, Callable[[], bool]] = {
    "base": database_answers,
    "schema": schema_is_current,
    "dossier": folder_takes,
}


@never_cache
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """Say whether the site can work: 200, or 503 and what cannot."""
    found = {name: check() for name, check in CHECKS.items()}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def measures() -> dict[str, tuple[str, int]]:
    """Return the counts that are watched, with what each is: some queries, a look at the disk."""
    today = timezone.localdate()
    free = shutil.disk_usage(settings.DATA).free
    return {
        "labo_releases": ("Releases imported.", Release.objects.count()),
        "labo_contributions": ("Contributions kept.", Contribution.objects.count()),
        "labo_contributions_waiting": (
            "Contributions that nobody has read yet.",
            Contribution.objects.filter(state=Contribution.State.RECEIVED, erased_at=None).count(),
        ),
        "labo_subjects_overdue": (
            "Subjects whose answer is late.",
            Subject.objects.all().overdue(today).count(),
        ),
        "labo_disk_free_bytes": ("Room left in the folder of data.", free),
        "labo_media_bytes": ("Photos, voices and films.", _weight(Path(settings.MEDIA_ROOT))),
    }


def _weight(folder: Path) -> int:
    return sum(
        (Path(where) / name).stat().st_size for where, _, names in os.walk(folder) for name in names
    )


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the counts in the text format of Prometheus, to whoever holds the declared token."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Http404
    lines = []
    for name, (said, value) in measures().items():
        lines += [f"# HELP {name} {said}", f"# TYPE {name} gauge", f"{name} {int(value)}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
