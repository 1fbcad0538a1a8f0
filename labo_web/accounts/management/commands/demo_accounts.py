"""`labo-web demo_accounts`: the people of the demonstration, in debug only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from labo_web.accounts.models import Circle, Organisation, Person, Role, Territory


class Command(BaseCommand):
    """Makes one person for each role; made again, nothing changes."""

    help = "Crée les comptes de la démonstration et les affiche (en débogage seulement)."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make and print them."""
        if not settings.DEBUG:
            raise CommandError("Les comptes de démonstration n’existent qu’avec LABO_DEBUG=1.")
        first = Territory.objects.order_by("code").first()
        if first is None:
            raise CommandError(
                "Aucune livraison n’est importée : il n’y a pas encore de territoire."
            )
        other = Territory.objects.order_by("code").exclude(pk=first.pk).first()
        town = Organisation.objects.get_or_create(
            name="Agglomération (fictive)", defaults={"kind": Organisation.Kind.AUTHORITY}
        )[0]
        centre = Organisation.objects.get_or_create(
            name="Centre de ressources (fictif)",
            defaults={"kind": Organisation.Kind.RESOURCE_CENTRE},
        )[0]
        landlord = Organisation.objects.get_or_create(
            name="Bailleur (fictif)", defaults={"kind": Organisation.Kind.LANDLORD}
        )[0]
        people = [
            ("animation", "Animatrice du programme", Role.Kind.PROGRAMME, None, None, centre),
            ("chef-de-projet", "Cheffe de projet", Role.Kind.OFFICER, first, None, town),
            ("analyste", "Analyste", Role.Kind.ANALYST, first, None, centre),
            ("habitante", "Habitante", Role.Kind.CONTRIBUTOR, first, None, None),
            ("elu", "Élu du comité de pilotage", Role.Kind.READER, first, Circle.COPIL, town),
            ("bailleur", "Bailleur", Role.Kind.READER, first, Circle.COPIL, landlord),
        ]
        if other is not None:
            elsewhere = (
                "ailleurs",
                "Chef de projet ailleurs",
                Role.Kind.OFFICER,
                other,
                None,
                town,
            )
            people.append(elsewhere)
        self.stdout.write("Comptes de démonstration (le code de connexion s’affiche ici même) :")
        for name, label, kind, territory, committee, body in people:
            email = f"{name}@example.org"
            person = Person.objects.filter(email=email).first()
            if person is None:
                person = Person.objects.create_user(
                    email, name=label, function="personnage fictif", organisation=body
                )
            role, _ = Role.objects.current().get_or_create(
                person=person,
                territory=territory,
                kind=kind,
                withdrawn_at=None,
                defaults={"committee": committee},
            )
            self.stdout.write(f"  {email:32} {role}")
