import uuid
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import labo_web.workshops.models.contributions
import labo_web.workshops.models.events


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0002_people_and_gate"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Cumulation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("shown", models.JSONField()),
                ("counted", models.JSONField()),
                ("events", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cumulations",
                        to="accounts.territory",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("zone", models.CharField(blank=True, max_length=60, verbose_name="quartier")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fresque", "Fresque du climat"),
                            ("walk", "diagnostic en marchant"),
                            ("foresight", "journée prospective"),
                            ("copil", "comité de pilotage (COPIL)"),
                            ("cotech", "comité technique (COTECH)"),
                            ("interview", "entretien"),
                            ("meeting", "réunion publique"),
                        ],
                        max_length=12,
                        verbose_name="nature",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "en préparation"),
                            ("announced", "annoncé"),
                            ("cancelled", "annulé"),
                        ],
                        default="draft",
                        max_length=12,
                        verbose_name="état",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="titre")),
                (
                    "purpose",
                    models.TextField(blank=True, max_length=1000, verbose_name="pourquoi venir"),
                ),
                ("starts_at", models.DateTimeField(verbose_name="début")),
                ("ends_at", models.DateTimeField(verbose_name="fin")),
                ("place", models.CharField(max_length=300, verbose_name="lieu")),
                (
                    "accessibility",
                    models.TextField(blank=True, max_length=600, verbose_name="accessibilité"),
                ),
                (
                    "childcare",
                    models.CharField(blank=True, max_length=300, verbose_name="garde d’enfants"),
                ),
                (
                    "languages",
                    models.CharField(blank=True, max_length=300, verbose_name="langues proposées"),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("inform", "informer"),
                            ("consult", "consulter"),
                            ("concert", "concerter"),
                            ("build", "co-construire"),
                            ("decide", "co-décider"),
                        ],
                        max_length=12,
                        verbose_name="niveau de participation",
                    ),
                ),
                (
                    "negotiable",
                    models.TextField(
                        blank=True, max_length=1000, verbose_name="ce qui peut changer"
                    ),
                ),
                (
                    "settled",
                    models.TextField(
                        blank=True, max_length=1000, verbose_name="ce qui est déjà décidé"
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="places"),
                ),
                (
                    "code",
                    models.CharField(
                        default=labo_web.workshops.models.events.new_code,
                        max_length=8,
                        unique=True,
                        verbose_name="code de la salle",
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="salle ouverte le"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="salle fermée le"),
                ),
                ("fictive", models.BooleanField(default=False, verbose_name="données fictives")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "facilitators",
                    models.ManyToManyField(
                        blank=True, related_name="facilitated", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="accounts.territory",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("before", "avant"),
                            ("after", "à la fin"),
                            ("later", "trois mois après"),
                        ],
                        max_length=8,
                        verbose_name="moment",
                    ),
                ),
                (
                    "knowledge",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "power",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "heard",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "satisfaction",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "comment",
                    models.TextField(blank=True, max_length=1000, verbose_name="en quelques mots"),
                ),
                ("client_id", models.UUIDField(unique=True)),
                ("given_on", models.DateField(default=django.utils.timezone.localdate)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evaluations",
                        to="workshops.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("zone", models.CharField(blank=True, max_length=60, verbose_name="quartier")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "texte"),
                            ("voice", "message vocal"),
                            ("dictated", "recueilli oralement"),
                            ("photo", "photo"),
                            ("card", "carte ou feuille"),
                        ],
                        default="text",
                        max_length=8,
                        verbose_name="forme",
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=4000, verbose_name="texte")),
                (
                    "dictated_to",
                    models.CharField(
                        blank=True, max_length=80, verbose_name="recueilli oralement par"
                    ),
                ),
                (
                    "number",
                    models.CharField(
                        default=labo_web.workshops.models.contributions.new_number,
                        max_length=7,
                        verbose_name="numéro",
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("client_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("easting", models.IntegerField(blank=True, null=True)),
                ("northing", models.IntegerField(blank=True, null=True)),
                ("voter", models.CharField(blank=True, max_length=32)),
                ("table", models.CharField(blank=True, max_length=20, verbose_name="table")),
                ("minority", models.BooleanField(default=False, verbose_name="avis minoritaire")),
                (
                    "on_paper",
                    models.BooleanField(default=False, verbose_name="saisie d’une feuille"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "reçue"),
                            ("shown", "montrée"),
                            ("withheld", "écartée"),
                        ],
                        default="received",
                        max_length=8,
                        verbose_name="état",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("personal", "elle contient des données personnelles"),
                            ("insult", "elle contient des injures ou des discriminations"),
                            ("twice", "elle est déjà là"),
                            ("elsewhere", "elle ne parle pas du sujet"),
                        ],
                        max_length=10,
                        verbose_name="raison",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="accounts.territory",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="workshops.event",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="FresqueSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "licence",
                    models.CharField(
                        choices=[
                            ("volunteer", "animation bénévole, sans vente"),
                            ("professional", "animation rémunérée, droit d’usage payé"),
                            ("internal", "animation interne à un organisme, droit d’usage déclaré"),
                        ],
                        max_length=14,
                        verbose_name="droit d’usage",
                    ),
                ),
                (
                    "licence_note",
                    models.CharField(
                        blank=True,
                        max_length=200,
                        verbose_name="convention, facture ou déclaration",
                    ),
                ),
                ("public", models.CharField(blank=True, max_length=200, verbose_name="public")),
                (
                    "tables",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="tables",
                    ),
                ),
                (
                    "leaders",
                    models.PositiveSmallIntegerField(verbose_name="fresqueuses et fresqueurs"),
                ),
                (
                    "registered",
                    models.PositiveSmallIntegerField(verbose_name="personnes inscrites"),
                ),
                ("present", models.PositiveSmallIntegerField(verbose_name="personnes présentes")),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="durée, en minutes"
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fresque",
                        to="workshops.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Headcount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "trait",
                    models.CharField(
                        choices=[
                            ("present", "présence"),
                            ("home", "lieu de vie"),
                            ("gender", "genre"),
                            ("age", "âge"),
                        ],
                        max_length=8,
                    ),
                ),
                ("answer", models.CharField(max_length=12)),
                ("people", models.PositiveIntegerField()),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="headcounts",
                        to="workshops.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Hours",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("residents", "habitantes et habitants"),
                            ("associations", "associations"),
                            ("services", "services publics et bailleurs"),
                        ],
                        max_length=12,
                        verbose_name="de qui",
                    ),
                ),
                (
                    "people",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="personnes",
                    ),
                ),
                (
                    "each",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.25")),
                            django.core.validators.MaxValueValidator(Decimal("500")),
                        ],
                        verbose_name="heures par personne",
                    ),
                ),
                (
                    "paid",
                    models.CharField(
                        choices=[
                            ("nothing", "rien"),
                            ("voucher", "bons d’achat"),
                            ("allowance", "indemnité"),
                            ("agreement", "convention ou prestation"),
                            ("salary", "sur le temps de travail"),
                        ],
                        max_length=12,
                        verbose_name="dédommagement",
                    ),
                ),
                (
                    "euros",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="montant total, en euros",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hours",
                        to="workshops.event",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Medium",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(blank=True, max_length=20)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("photo", "photo"),
                            ("voice", "voix"),
                            ("sheet", "photo d’une feuille"),
                        ],
                        max_length=6,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("size", models.PositiveIntegerField()),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("seconds", models.FloatField(blank=True, null=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "contribution",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="media",
                        to="workshops.contribution",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sheets",
                        to="workshops.event",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Moderation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "reçue"),
                            ("shown", "montrée"),
                            ("withheld", "écartée"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("personal", "elle contient des données personnelles"),
                            ("insult", "elle contient des injures ou des discriminations"),
                            ("twice", "elle est déjà là"),
                            ("elsewhere", "elle ne parle pas du sujet"),
                        ],
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moderations",
                        to="workshops.contribution",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="ordre")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("say", "dire : texte, voix, photo, lieu"),
                            ("dots", "voter avec des gommettes"),
                            ("weights", "proposer des poids"),
                        ],
                        max_length=8,
                        verbose_name="réponse",
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="question")),
                (
                    "dots",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="gommettes par personne",
                    ),
                ),
                ("index", models.CharField(blank=True, max_length=100, verbose_name="indice")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="workshops.event",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddField(
            model_name="contribution",
            name="question",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="contributions",
                to="workshops.question",
            ),
        ),
        migrations.CreateModel(
            name="Choice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.CharField(max_length=200)),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="choices",
                        to="workshops.question",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Ballot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("voter", models.CharField(max_length=32)),
                ("people", models.PositiveSmallIntegerField(default=1)),
                ("content", models.JSONField()),
                ("table", models.CharField(blank=True, max_length=20)),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ballots",
                        to="workshops.question",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("voter", models.CharField(max_length=32)),
                (
                    "stance",
                    models.CharField(
                        choices=[
                            ("support", "d’accord"),
                            ("oppose", "pas d’accord"),
                            ("doubt", "j’hésite"),
                        ],
                        max_length=8,
                    ),
                ),
                ("people", models.PositiveSmallIntegerField(default=1)),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reactions",
                        to="workshops.contribution",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=80, verbose_name="nom ou prénom")),
                (
                    "contact",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="adresse électronique ou téléphone"
                    ),
                ),
                (
                    "people",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="personnes",
                    ),
                ),
                (
                    "children",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(10)],
                        verbose_name="enfants à garder",
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registrations",
                        to="workshops.event",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["territory", "starts_at"], name="workshops_e_territo_6b0880_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="event_ends_after_it_starts",
                violation_error_message="La fin vient avant le début.",
            ),
        ),
        migrations.AddConstraint(
            model_name="headcount",
            constraint=models.UniqueConstraint(
                fields=("event", "trait", "answer"), name="headcount_once"
            ),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(fields=["event", "state"], name="workshops_c_event_i_f93861_idx"),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                fields=["event", "voter", "created_at"], name="workshops_c_event_i_514229_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(fields=["territory", "zone"], name="workshops_c_territo_f9a4c7_idx"),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.UniqueConstraint(fields=("territory", "number"), name="number_once"),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("easting", None), ("northing", None)),
                    models.Q(("easting__isnull", False), ("northing__isnull", False)),
                    _connector="OR",
                ),
                name="place_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withheld"), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("state", "withheld"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="withheld_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="ballot",
            constraint=models.UniqueConstraint(fields=("question", "voter"), name="ballot_once"),
        ),
        migrations.AddConstraint(
            model_name="reaction",
            constraint=models.UniqueConstraint(
                fields=("contribution", "voter"), name="reaction_once"
            ),
        ),
    ]
