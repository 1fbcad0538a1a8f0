"""What `labo-web purge` erases of the roadmaps."""

import datetime as dt

from labo_web.roadmaps.models import ImportDraft
from labo_web.roadmaps.pieces import LEFT, orphans


def purge(now: dt.datetime) -> dict[str, int]:
    """Erase files that no row names and plans that nobody confirmed; return how many of each."""
    old = ImportDraft.objects.filter(made_at__lt=now - LEFT)
    done = {"plans jamais confirmés": old.count(), "pièces jointes sans fiche": 0}
    old.delete()
    for path in orphans():
        if path.stat().st_mtime < (now - LEFT).timestamp():
            path.unlink()
            done["pièces jointes sans fiche"] += 1
    return done
