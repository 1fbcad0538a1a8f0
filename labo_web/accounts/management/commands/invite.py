"""`labo-web invite ADDRESS --name NAME --role officer --territory SIREN`."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from labo_web.accounts.models import Circle, Organisation, Person, Role, Territory


class Command(BaseCommand):
    """Invites someone, or gives one more role to someone who was."""

    help = "Invite quelqu’un dans un territoire ; l’animatrice du programme est invitée partout."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say who, as what, where."""
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", required=True, choices=Role.Kind.values)
        parser.add_argument("--territory", help="SIREN de l’EPCI")
        parser.add_argument("--committee", choices=["cotech", "copil"])
        parser.add_argument("--organisation", help="nom d’un organisme déjà connu")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Record the person and the role, or nothing."""
        territory = None
        if options["territory"]:
            territory = Territory.objects.filter(code=options["territory"]).first()
            if territory is None:
                raise CommandError(
                    f"Aucun territoire n’a le code « {options['territory']} » : importez d’abord "
                    "une de ses livraisons."
                )
        organisation = None
        if options["organisation"]:
            organisation = Organisation.objects.filter(name=options["organisation"]).first()
            if organisation is None:
                raise CommandError(
                    f"Aucun organisme ne s’appelle « {options['organisation']} » : vérifiez le nom."
                )
        committee = options["committee"]
        try:
            person = Person.objects.filter(email=options["email"].lower()).first()
            if person is None:
                person = Person.objects.create_user(
                    options["email"], name=options["name"], organisation=organisation
                )
            role = Role(person=person, territory=territory, kind=options["role"])
            role.committee = Circle[committee.upper()] if committee else None
            role.full_clean()
            role.save()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{person.email} : {role}")
