"""Who may read and change what of a programme: each function returns the object or answers 404."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import Http404, HttpRequest

from labo_web.accounts.access import is_facilitator, is_team, may_decide, roles_of
from labo_web.accounts.models import TEAM_KINDS, fingerprint
from labo_web.programme.models import (
    Dataset,
    Disagreement,
    Membership,
    PartnerImport,
    Programme,
)

CLOSED = "Ce programme n’existe pas ou ne vous est pas ouvert."
LETTERS = ("", "", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")
NOT_YOURS = "Seule l’équipe de ce territoire, ou l’animation du programme, lit cette page."


def _programme(code: str) -> Programme:
    found = Programme.objects.select_related("organisation").filter(code=code).first()
    if found is None:
        raise Http404(CLOSED)
    return found


def programmes_for(request: HttpRequest) -> list[Programme]:
    """Return the programmes that whoever asks may read of, the newest first."""
    rows = Programme.objects.select_related("organisation")
    if is_facilitator(request):
        return list(rows)
    mine = [r.territory_id for r in roles_of(request)]
    theirs = Membership.objects.filter(territory__in=[x for x in mine if x is not None])
    return list((rows.public() | rows.filter(pk__in=theirs.values("programme"))).distinct())


def followed() -> tuple[Programme, str] | None:
    """Return the newest public programme that has territories, and the words that lead to it."""
    rows = Programme.objects.public().annotate(
        here=Count("memberships", filter=Q(memberships__left_on=None))
    )
    found = rows.filter(here__gt=0).order_by("-starts_on", "-pk").first()
    if found is None:
        return None
    many: int = found.here  # type: ignore[attr-defined]
    if many == 1:
        return found, "Suivre le territoire"
    return found, f"Suivre les {LETTERS[many] if many < len(LETTERS) else many} territoires"


def get_programme_for(request: HttpRequest, code: str) -> Programme:
    """Return a programme that is public, or that of a territory where one has a role; or 404."""
    found = _programme(code)
    if found.published_on is not None or is_facilitator(request):
        return found
    mine = [r.territory_id for r in roles_of(request) if r.territory_id is not None]
    if mine and found.memberships.filter(territory__in=mine).exists():
        return found
    raise Http404(CLOSED)


def get_programme_to_run(request: HttpRequest, code: str) -> Programme:
    """Return the programme that whoever asks runs, or answer 404."""
    found = _programme(code)
    if not is_facilitator(request):
        raise Http404(CLOSED)
    return found


def ask_facilitator(request: HttpRequest) -> None:
    """Answer 404 to whoever does not run programmes."""
    if not is_facilitator(request):
        raise Http404(CLOSED)


def _membership(code: str, territory: str) -> Membership:
    rows = Membership.objects.select_related("programme__organisation", "territory")
    found = rows.filter(programme__code=code, territory__code=territory)
    # A territory that left and came back: the newest one.
    newest = found.order_by("-joined_on", "-pk").first()
    if newest is None:
        raise Http404(NOT_YOURS)
    return newest


def get_membership_for(request: HttpRequest, code: str, territory: str) -> Membership:
    """Return a territory of a programme to its own team, or answer 404."""
    found = _membership(code, territory)
    if not is_team(request, found.territory):
        raise Http404(NOT_YOURS)
    return found


def get_membership_to_edit(request: HttpRequest, code: str, territory: str) -> Membership:
    """Return a territory of a programme whose days whoever asks may write, or answer 404."""
    found = _membership(code, territory)
    if not may_decide(request, found.territory):
        raise Http404(NOT_YOURS)
    return found


def get_membership_to_run(request: HttpRequest, code: str, territory: str) -> Membership:
    """Return a territory of a programme to whoever runs it, or answer 404."""
    found = _membership(code, territory)
    ask_facilitator(request)
    return found


def may_edit_dataset(request: HttpRequest, dataset: Dataset) -> bool:
    """Return whether whoever asks writes a dataset: its territory's team, or the facilitator."""
    if dataset.membership is None:
        return is_facilitator(request)
    return may_decide(request, dataset.membership.territory)


def get_dataset_to_edit(request: HttpRequest, code: str, pk: int) -> Dataset:
    """Return a dataset of the inventory that whoever asks may write, or answer 404."""
    rows = Dataset.objects.select_related("programme", "membership__territory")
    found = rows.filter(programme__code=code, pk=pk).first()
    if found is None or not may_edit_dataset(request, found):
        raise Http404("Ce jeu de données n’existe pas, ou n’est pas le vôtre.")
    return found


def writes_somewhere(request: HttpRequest, programme: Programme) -> list[Membership]:
    """Return the territories of a programme for which whoever asks writes datasets."""
    rows = programme.memberships.current().select_related("territory")
    return [m for m in rows if may_decide(request, m.territory)]


def get_dataset_to_import(
    request: HttpRequest, code: str, territory: str, pk: int
) -> tuple[Membership, Dataset]:
    """Return a territory and a dataset by agreement whose file its team imports, or answer 404."""
    member = get_membership_for(request, code, territory)
    rows = Dataset.objects.filter(programme=member.programme, access=Dataset.Access.AGREEMENT)
    found = rows.filter(pk=pk).first()
    if found is None or found.membership_id not in (None, member.pk):
        raise Http404("Ce jeu de données n’est pas de ce territoire.")
    return member, found


def get_import_for(request: HttpRequest, code: str, territory: str, pk: int) -> PartnerImport:
    """Return an accepted import to the team of its territory, or answer 404."""
    member = get_membership_for(request, code, territory)
    found = member.partner_imports.select_related("dataset", "signature").filter(pk=pk).first()
    if found is None:
        raise Http404("Cette importation n’existe pas.")
    return found


def get_disagreement_to_answer(request: HttpRequest, code: str, pk: int) -> Disagreement:
    """Return a disagreement that whoever asks reads and answers, or answer 404."""
    programme = get_programme_to_run(request, code)
    found = programme.disagreements.select_related("decision").filter(
        pk=pk, withdrawn_at=None
    ).first()  # fmt: skip
    if found is None:
        raise Http404("Ce désaccord n’existe pas, ou a été retiré.")
    return found


def get_disagreement_by_link(token: str) -> Disagreement:
    """Return what was filed with a private link, whoever holds it, or answer 404."""
    rows = Disagreement.objects.select_related("programme", "decision")
    found = rows.filter(token_hash=fingerprint(token)).first()
    if found is None:
        raise Http404("Ce lien n’ouvre rien : il est incomplet, ou a été remplacé.")
    return found


def teams_of(request: HttpRequest, cohort: list[Membership]) -> set[int]:
    """Return the territories of a cohort whose own page whoever asks reads."""
    roles = [r for r in roles_of(request) if r.kind in TEAM_KINDS]
    if any(r.territory_id is None for r in roles):
        return {m.territory_id for m in cohort}
    return {m.territory_id for m in cohort} & {r.territory_id for r in roles if r.territory_id}
