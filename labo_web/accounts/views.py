"""Pages of people: one's account, invitations, and who has which role where."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labo_web.accounts import invitations
from labo_web.accounts.access import (
    get_invitation_to_edit,
    get_person_to_edit,
    get_role_to_withdraw,
    get_territory_to_staff,
    is_facilitator,
    roles_of,
    signed_in,
    territories_to_staff,
)
from labo_web.accounts.forms import (
    AccountForm,
    GivenRoleForm,
    InvitationForm,
    OrganisationForm,
    PersonForm,
    sent,
)
from labo_web.accounts.models import (
    DECIDING_KINDS,
    VALID_DAYS,
    Invitation,
    Organisation,
    Role,
    Territory,
)

NOT_SENT = (
    "Le message n’a pas pu partir : rien n’est enregistré. Réessayez dans un moment ; si cela "
    "dure, prévenez qui tient le site."
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """What is kept of oneself, and how to change or erase it."""
    person = signed_in(request)
    form = AccountForm(sent(request), instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Votre compte est à jour.")
        return redirect("account")
    person.refresh_from_db(fields=["name", "function"])
    context = {
        "form": form,
        "person": person,
        "roles": Role.objects.current().filter(person=person).select_related("territory"),
        "protected": is_mfa_enabled(person),
        "staffs": any(r.kind in DECIDING_KINDS for r in roles_of(request)),
    }
    return render(request, "accounts/account.html", context, status=_status(form))


def _status(*bound: forms.BaseForm) -> int:
    return 422 if any(form.errors for form in bound) else 200


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Ask once, in words, then erase the account."""
    person, refused = signed_in(request), ""
    if request.method == "POST":
        try:
            invitations.leave(person)
        except ValidationError as error:
            refused = " ".join(error.messages)
        else:
            logout(request)
            messages.success(request, "Votre compte est effacé. Votre nom n’est plus nulle part.")
            return redirect("home")
    status = 422 if refused else 200
    return render(request, "accounts/leave.html", {"refused": refused}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation; accepted, it opens the account, and a code is sent to enter."""
    found = invitations.find(token)
    if found is None:
        return render(request, "accounts/invitation_over.html", status=410)
    other = request.user.is_authenticated and signed_in(request).email != found.email
    if request.method == "POST" and not other:
        person = invitations.accept(token)
        if person is None:
            return render(request, "accounts/invitation_over.html", status=410)
        if request.user.is_authenticated:
            messages.success(request, "Votre nouveau rôle est enregistré.")
            return redirect("account")
        # The link shows that the message was read; the code and the second factor still hold.
        answer: HttpResponse = perform_login(request, person, email=person.email)
        return answer
    status = 409 if other and request.method == "POST" else 200
    context = {"invitation": found, "other": other}
    return render(request, "accounts/invitation.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """The territories whose people one may invite, and who runs the programme."""
    context: dict[str, object] = {"territories": territories_to_staff(request)}
    form = InvitationForm(None, sent(request)) if is_facilitator(request) else None
    if request.method == "POST" and form is None:
        raise Http404("Seule l’animation du programme invite ici.")
    if form is not None:
        if request.method == "POST" and _invited(request, form):
            return redirect("people")
        context |= {"form": form, "valid_days": VALID_DAYS, **_present(None)}
    status = _status(form) if form else 200
    return render(request, "accounts/people.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def territory_people(request: HttpRequest, territory: str) -> HttpResponse:
    """Who has which role in a territory, since when; and inviting someone."""
    here = get_territory_to_staff(request, territory)
    form = InvitationForm(here, sent(request))
    if request.method == "POST" and _invited(request, form):
        return redirect("territory_people", territory=here.code)
    return _territory_page(request, here, form, GivenRoleForm(here))


def _territory_page(
    request: HttpRequest, here: Territory, form: InvitationForm, given: GivenRoleForm
) -> HttpResponse:
    context = {
        "territory": here,
        "form": form,
        "given": given,
        "valid_days": VALID_DAYS,
        **_present(here),
    }
    status = _status(form, given)
    return render(request, "accounts/territory_people.html", context, status=status)


def _present(territory: Territory | None) -> dict[str, object]:
    """Return the roles and invitations of a territory, or of the programme."""
    found = Role.objects.filter(territory=territory).select_related(
        "person__organisation", "given_by", "withdrawn_by"
    )
    pending = Invitation.objects.filter(territory=territory).select_related("organisation")
    return {
        "roles": found.current().order_by("kind", "person__name"),
        "former": found.exclude(withdrawn_at=None).order_by("-withdrawn_at"),
        "invitations": pending,
    }


def _invited(request: HttpRequest, form: InvitationForm) -> bool:
    """Send the invitation of a form; else the form says why not."""
    if not form.is_valid():
        return False
    made = form.invitation()
    try:
        invitations.invite(request, made)
    except ValidationError as error:
        form.add_error(None, error)
    except OSError:
        form.add_error(None, NOT_SENT)
    else:
        messages.success(request, f"Invitation envoyée à {made.email}.")
        return True
    return False


@require_POST
def give_role(request: HttpRequest, territory: str) -> HttpResponse:
    """Give one more role to someone of the territory."""
    here = get_territory_to_staff(request, territory)
    form = GivenRoleForm(here, request.POST)
    if not form.is_valid():
        return _territory_page(request, here, InvitationForm(here), form)
    given = form.cleaned_data
    Role.objects.create(
        person=given["person"],
        territory=here,
        kind=given["kind"],
        committee=given["committee"],
        given_by=signed_in(request),
    )
    messages.success(request, "Le rôle est donné.")
    return redirect("territory_people", territory=here.code)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once, then withdraw a role."""
    role, refused = get_role_to_withdraw(request, pk), ""
    if request.method == "POST":
        try:
            invitations.withdraw(role, signed_in(request))
        except ValidationError as error:
            refused = " ".join(error.messages)
        else:
            messages.success(request, "Le rôle est retiré.")
            if role.person_id == signed_in(request).pk:
                return redirect("account")
            return _back(role.territory)
    context = {"role": role, "refused": refused}
    return render(request, "accounts/withdraw.html", context, status=422 if refused else 200)


def _back(territory: Territory | None) -> HttpResponse:
    if territory is None:
        return redirect("people")
    return redirect("territory_people", territory=territory.code)


@require_POST
def edit_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel an invitation, or send it again with a new link."""
    found = get_invitation_to_edit(request, pk)
    if request.POST.get("action") == "renew":
        try:
            invitations.invite(request, found)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        except OSError:
            messages.error(request, NOT_SENT)
        else:
            messages.success(
                request, f"Nouveau lien envoyé à {found.email} ; l’ancien ne vaut plus."
            )
    else:
        found.delete()
        messages.success(request, "L’invitation est annulée et effacée.")
    return _back(found.territory)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """The body that someone speaks for."""
    found = get_person_to_edit(request, pk)
    form = PersonForm(sent(request), instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "L’organisme est enregistré.")
        return redirect("people")
    roles = found.roles.current().select_related("territory")
    context = {"person": found, "form": form, "roles": roles}
    return render(request, "accounts/person.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
def organisations(request: HttpRequest) -> HttpResponse:
    """The bodies that take part, and adding one."""
    territories_to_staff(request)
    form = OrganisationForm(sent(request))
    if request.method == "POST" and form.is_valid():
        made = form.save()
        messages.success(request, f"{made} peut maintenant être choisi dans les invitations.")
        return redirect("organisations")
    context = {"form": form, "rows": Organisation.objects.order_by("kind", "name")}
    return render(request, "accounts/organisations.html", context, status=_status(form))


class SecondFactorView(ActivateTOTPView):  # type: ignore[misc]
    """Activates the second factor, then shows the spare codes without asking for one more code."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Keep that a code was given just now."""
        answer: HttpResponse = super().form_valid(form)
        person = signed_in(self.request)
        record_authentication(self.request, person, method="mfa", type="totp", reauthenticated=True)
        return answer
