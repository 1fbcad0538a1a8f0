"""Places: those that are there, opened at the right hour, and a few that are made."""

from labo.measure import (
    Change,
    above,
    checked,
    figured,
    improves,
    maybe,
    measure,
    no,
    protects,
    to_check,
    unfigured,
    yes,
)
from labo.measure_references import GARDENS, HEAT_PLAN, OASIS, PFMV_OASIS, SPF_HEAT

ALREADY_NEAR = to_check(0.95, 0.9, 0.99, "1", "part des habitants à dix minutes d'un lieu frais")

measure(
    id="oasis_schoolyard",
    label="Transformer une cour d'école en oasis",
    summary=(
        "Moins d'enrobé, de la terre, des arbres, de l'eau et des coins calmes, dessinés avec les "
        "enfants, et une cour ouverte au quartier hors du temps scolaire."
    ),
    family="places",
    kind="green",
    hazards=("heat", "flood", "nature"),
    unit="m**2",
    unit_label="m² de cour",
    capital=to_check(450, 300, 600, "euro / m**2", "travaux et concertation, hors taxes"),
    running=to_check(5, 2, 10, "euro / m**2 / year", "entretien, copeaux, ouverture d'été"),
    lifetime=to_check(25, 15, 35, "year", "aménagement"),
    delay=to_check(15, 12, 18, "month", "concertation, puis travaux en juillet et août"),
    full_effect=to_check(10, 5, 20, "year", "jusqu'à de grands arbres"),
    effects=(
        figured(
            "felt",
            "À l'ombre, une grande différence.",
            to_check(-6, -10, -3, "kelvin", "ressenti, de jour, à l'ombre dans la cour"),
        ),
        figured(
            "air",
            "Peu d'effet sur l'air du quartier.",
            to_check(-0.5, -1.5, 0, "kelvin", "air, de jour, dans la cour"),
        ),
        unfigured("social", "Des jeux moins séparés entre filles et garçons."),
    ),
    changes=(
        Change(
            layer="impervious_ground",
            each=to_check(-0.4, -0.7, -0.2, "1", "part de la cour rendue perméable"),
            within="zone_ground",
        ),
        Change(
            layer="soil_runoff_ground",
            each=to_check(0.07, 0.01, 0.2, "1", "équivalent ruisselant du sol ouvert"),
            within="zone_ground",
        ),
        Change(
            layer="canopy_ground",
            each=to_check(0.25, 0.1, 0.4, "1", "part de la cour sous les arbres adultes"),
            within="zone_ground",
        ),
    ),
    answers={
        "canopy_share": improves("Des arbres là où jouent les enfants."),
        "impervious_share": improves("De l'enrobé en moins."),
        "cool_outdoor_access_share": protects("Un lieu frais de plus, si la cour ouvre l'été."),
        "children_0_5_share": protects("Les plus petits passent leurs journées au frais."),
        "green_space_access_share": protects("Un espace vert proche, hors du temps scolaire."),
    },
    leans_on={"associations_per_1000": "Des associations pour ouvrir et animer la cour l'été."},
    needs=("ground", "upkeep", "people"),
    limits=(),
    impossible_if=("Aucune école dans le quartier, ou une cour trop petite.", "Sol pollué."),
    decides=("commune", "school"),
    funding=("agence_eau", "fonds_vert", "anru", "dpv_dsil", "feder", "caf"),
    co_benefits=("Apprendre dehors", "Moins de disputes", "Pluie infiltrée"),
    pitfalls=(
        "Cour fermée tout l'été faute de clés et de personnel.",
        "Copeaux et boue mal acceptés par les agents et les parents.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Payée par la commune."),
        resources=maybe("De l'eau pour les jeunes arbres."),
        upkeep=yes("Plus de temps d'entretien qu'une cour en enrobé."),
        extremes=maybe("Les arbres y résistent s'ils ont de la terre."),
        excludes=maybe("Prévoir un chemin roulant et l'ouverture à tous l'été."),
        irreversible=no("Une cour se refait."),
    ),
    benefits=("Élèves, petits frères et sœurs, quartier l'été",),
    loses=("Agents d'entretien, si leur temps n'est pas revu",),
    references=(OASIS, PFMV_OASIS),
)

measure(
    id="cool_places_in_august",
    label="Ouvrir des lieux frais en août",
    summary=(
        "Médiathèque, centre social, salle ou église fraîche, ouverts l'après-midi et le week-end "
        "en "
        "été, avec de l'eau, des sièges et quelqu'un pour accueillir."
    ),
    family="places",
    kind="soft",
    hazards=("heat",),
    unit="place",
    unit_label="lieu, par été",
    capital=to_check(5_000, 1_000, 15_000, "euro / place", "sièges, eau, panneaux, ventilateurs"),
    running=to_check(18_000, 5_000, 40_000, "euro / place / year", "personnel d'un été"),
    lifetime=to_check(5, 3, 10, "year", "matériel"),
    delay=to_check(2, 1, 3, "month", "avant juin"),
    full_effect=to_check(2, 1, 3, "year", "le temps qu'on le sache et qu'on ose"),
    effects=(
        figured(
            "indoors",
            "Quelques heures au frais, par rapport à un logement trop chaud.",
            to_check(-6, -10, -3, "kelvin", "air du lieu comparé au logement, l'après-midi"),
        ),
        unfigured("health", "Passer deux ou trois heures au frais protège ; pas de chiffre local."),
        unfigured("social", "Un été moins seul."),
    ),
    changes=(),
    answers={
        "cool_indoor_access_share": protects("Un lieu existant devient un lieu frais en août."),
        "senior_cool_indoor_access_share": protects("Un lieu à portée de pas lents."),
        "one_person_household_share": protects("De la compagnie pour ceux qui sont seuls."),
        "poor_summer_comfort_share": protects("Une pièce fraîche pour qui n'en a pas."),
        "overcrowding_share": protects("De la place pour ceux qui en manquent."),
    },
    leans_on={
        "information_access_share": "Un équipement public proche, qu'il suffit d'ouvrir.",
        "cool_indoor_access_share": "Des lieux frais connus, dont on peut élargir les heures.",
        "associations_per_1000": "Des associations pour tenir le lieu.",
    },
    needs=("place", "people"),
    limits=(
        above(
            "cool_indoor_access_share",
            ALREADY_NEAR,
            "pointless",
            "Presque tous les habitants ont déjà un lieu frais ouvert en août à dix minutes.",
        ),
    ),
    impossible_if=(
        "Aucun bâtiment ne reste frais sans climatisation.",
        "Personne ne peut tenir le lieu en août.",
    ),
    decides=("commune", "ccas", "association"),
    funding=("droit_commun", "p147", "caf", "cnav", "ars"),
    co_benefits=("Lien social", "Accès aux droits", "Activités pour ceux qui ne partent pas"),
    pitfalls=(
        "Fermé le week-end et le 15 août.",
        "Un lieu « pour les vieux » où personne n'ose entrer.",
        "Dix minutes de marche en plein soleil pour y aller.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Gratuit pour les habitants."),
        resources=maybe("Climatiser le lieu coûte de l'énergie ; d'abord volets et nuit."),
        upkeep=yes("Chaque été, des heures de personnel à payer."),
        extremes=maybe("Il faut pouvoir y aller à 40 °C : ombre, navette, appel."),
        excludes=maybe("Langues, marches, horaires, regards : à vérifier avec les habitants."),
        irreversible=no("On peut arrêter."),
    ),
    benefits=("Personnes seules, aînés, familles à l'étroit",),
    loses=("Agents dont les congés d'août changent",),
    references=(HEAT_PLAN, SPF_HEAT),
)

measure(
    id="cooled_refuge_room",
    label="Climatiser une salle refuge, et une seule",
    summary=(
        "Dans un foyer, une résidence d'aînés ou une école, une salle tenue à 26 °C pendant la "
        "canicule, pour ceux qui ne peuvent aller ailleurs."
    ),
    family="places",
    kind="grey",
    hazards=("heat",),
    unit="place",
    unit_label="salle",
    capital=to_check(6_000, 3_000, 10_000, "euro / place", "appareil et pose, hors taxes"),
    running=to_check(900, 400, 2_000, "euro / place / year", "électricité et contrôle"),
    lifetime=to_check(12, 8, 15, "year", "appareil"),
    delay=to_check(3, 1, 4, "month", "commande et pose"),
    full_effect=to_check(0, 0, 1, "year", "dès la pose"),
    effects=(
        figured(
            "indoors",
            "Une salle sûre à 26 °C.",
            to_check(-6, -10, -3, "kelvin", "air de la salle comparé aux pièces voisines"),
        ),
        figured(
            "air",
            "L'appareil rejette de la chaleur dans la rue.",
            to_check(0.2, 0, 2, "kelvin", "air, dehors, tout près du rejet"),
        ),
        unfigured("health", "Le dernier recours pour les plus fragiles."),
    ),
    changes=(),
    answers={
        "aged_80_plus_share": protects("Une salle sûre pour les plus âgés."),
        "senior_cool_indoor_access_share": protects("Un lieu frais sans avoir à marcher."),
        "cool_indoor_access_share": protects("Un lieu frais là où il n'y en a pas."),
    },
    leans_on={},
    needs=("place", "landlord", "upkeep"),
    limits=(),
    impossible_if=(
        "Le rejet de chaleur tombe sous des fenêtres.",
        "Le réseau électrique ne suit pas.",
    ),
    decides=("landlord", "ccas", "commune"),
    funding=("cnav", "ars", "droit_commun", "departement"),
    co_benefits=("Une salle pour d'autres usages",),
    pitfalls=(
        "Un climatiseur de plus partout : la rue chauffe, la facture aussi.",
        "Salle fermée à clé la nuit et le week-end.",
    ),
    checks=checked(
        shifts=yes("Il rejette la chaleur dehors, sur les voisins."),
        charges=yes("Électricité et entretien."),
        resources=yes("De l'énergie et un gaz qui réchauffe le climat."),
        upkeep=yes("Un contrôle chaque année."),
        extremes=maybe("À plus de 40 °C il peine, et une coupure l'arrête."),
        excludes=maybe("Ceux qui ne sont pas de la résidence y sont-ils admis ?"),
        irreversible=no("Il se retire, mais l'habitude reste."),
    ),
    benefits=("Personnes très âgées ou malades",),
    loses=("Voisins du rejet de chaleur", "Ceux qui paient la facture"),
    references=(HEAT_PLAN, SPF_HEAT),
)

measure(
    id="shared_garden",
    label="Ouvrir un jardin partagé",
    summary=(
        "Des parcelles et un coin commun, cultivés par les habitants, avec de l'eau, de l'ombre et "
        "quelqu'un pour animer au moins un jour par semaine."
    ),
    family="places",
    kind="green",
    hazards=("nature", "heat"),
    unit="m**2",
    unit_label="m² de jardin",
    capital=to_check(60, 20, 100, "euro / m**2", "clôture légère, eau, terre, hors taxes"),
    running=to_check(20, 8, 40, "euro / m**2 / year", "animation comprise, jardin de 1 000 m²"),
    lifetime=to_check(15, 5, 30, "year", "tant qu'un groupe le tient"),
    delay=to_check(6, 3, 9, "month", "groupe, analyse de terre, travaux"),
    full_effect=to_check(3, 2, 5, "year", "un groupe installé"),
    effects=(
        figured(
            "air",
            "Un peu de fraîcheur sur place.",
            to_check(-0.6, -1, 0, "kelvin", "air, de jour, dans le jardin"),
        ),
        unfigured("social", "Des voisins qui se parlent."),
        unfigured("health", "Bouger, manger des légumes frais."),
    ),
    changes=(
        Change(
            layer="shared_garden_area",
            each=to_check(1.0, 0.9, 1.0, "1", "m² de jardin partagé"),
            within="zone_ground",
        ),
    ),
    answers={
        "shared_garden_per_resident": improves("Des parcelles de plus."),
        "food_access_share": protects("Quelques légumes frais près de chez soi."),
        "species_richness": protects("Des cultures variées sans pesticides."),
        "one_person_household_share": protects("Un endroit où rencontrer des voisins."),
    },
    leans_on={
        "open_soil_share": "Des pelouses que l'on peut cultiver.",
        "associations_per_1000": "Une association pour porter le jardin.",
    },
    needs=("deep_soil", "people", "water"),
    limits=(),
    impossible_if=(
        "Le sol est pollué et le bac hors-sol est refusé.",
        "Aucun groupe d'habitants ne s'en empare.",
    ),
    decides=("commune", "landlord", "association", "residents"),
    funding=("p147", "droit_commun", "tfpb", "caf", "fph", "fondations"),
    co_benefits=("Alimentation", "Lien social", "Compost"),
    pitfalls=(
        "Terre polluée non analysée.",
        "Quelques-uns s'approprient le lieu.",
        "Abandon quand l'animateur part.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Gratuit ou quelques euros par an."),
        resources=maybe("De l'eau l'été : cuves et paillage."),
        upkeep=yes("Sans animation payée, il se vide."),
        extremes=maybe("Un potager souffre en sécheresse ; l'arrosage peut être interdit."),
        excludes=maybe("Règles d'attribution, langues, bacs à hauteur de fauteuil."),
        irreversible=no("Il redevient pelouse."),
    ),
    benefits=("Jardiniers, écoles, voisins",),
    loses=("Ceux qui se servaient de la pelouse",),
    references=(GARDENS,),
)

measure(
    id="open_schoolyard_in_summer",
    label="Ouvrir les cours d'école l'été",
    summary="Une cour ombragée ouverte au quartier les soirs et week-ends d'été, avec un gardien.",
    family="places",
    kind="soft",
    hazards=("heat",),
    unit="place",
    unit_label="cour, par été",
    capital=to_check(4_000, 500, 15_000, "euro / place", "portail, toilettes, signalétique"),
    running=to_check(8_000, 3_000, 20_000, "euro / place / year", "gardiennage et ménage d'un été"),
    lifetime=to_check(10, 5, 20, "year", "aménagements légers"),
    delay=to_check(3, 1, 6, "month", "convention, assurance"),
    full_effect=to_check(1, 1, 2, "year", "le temps qu'on le sache"),
    effects=(
        unfigured("access", "Un espace de plus à portée de marche."),
        unfigured("social", "Des familles et des aînés au même endroit."),
    ),
    changes=(),
    answers={
        "cool_outdoor_access_share": protects("Un lieu extérieur de plus, sans rien construire."),
        "green_space_access_share": protects("Faute de parc, une cour ouverte."),
        "overcrowding_share": protects("De l'espace pour les familles à l'étroit."),
        "children_0_5_share": protects("Un lieu clos et sûr pour les petits."),
    },
    leans_on={"canopy_share": "Des arbres déjà grands dans le quartier."},
    needs=("place", "people"),
    limits=(),
    impossible_if=("La cour n'a ni ombre ni eau : la transformer d'abord.",),
    decides=("commune", "school", "association"),
    funding=("droit_commun", "p147", "caf"),
    co_benefits=("Parents qui entrent à l'école autrement",),
    pitfalls=("Clés, assurance et ménage non réglés.", "Bruit le soir pour les riverains."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Gratuit."),
        resources=no("Un peu d'eau."),
        upkeep=yes("Gardien et ménage à payer chaque été."),
        extremes=maybe("Sans ombre, elle ne sert pas à 40 °C."),
        excludes=maybe("Toilettes, bancs, règles affichées en plusieurs langues."),
        irreversible=no("On peut arrêter."),
    ),
    benefits=("Familles sans jardin", "Jeunes"),
    loses=("Riverains, par le bruit", "Équipe de l'école, si elle n'est pas associée"),
    references=(OASIS, HEAT_PLAN),
)

measure(
    id="parks_open_late",
    label="Laisser les parcs ouverts tard pendant les chaleurs",
    summary="Des parcs ouverts et éclairés jusqu'à minuit, avec une présence, les nuits chaudes.",
    family="places",
    kind="soft",
    hazards=("heat",),
    unit="place",
    unit_label="parc, par été",
    capital=to_check(1_000, 0, 8_000, "euro / place", "éclairage d'appoint, panneaux"),
    running=to_check(5_000, 1_500, 12_000, "euro / place / year", "présence, trente soirs"),
    lifetime=to_check(10, 5, 15, "year", "aménagements légers"),
    delay=to_check(1, 0.5, 2, "month", "arrêté, équipe"),
    full_effect=to_check(0, 0, 1, "year", "dès le premier soir"),
    effects=(
        figured(
            "air",
            "Le soir, un parc arboré est plus frais que la rue.",
            to_check(-1.5, -3, -0.5, "kelvin", "air, le soir, parc arboré comparé à la rue"),
        ),
        unfigured("social", "Souffler avant d'aller dormir."),
    ),
    changes=(),
    answers={
        "hot_night_share": protects("Un lieu frais avant de rentrer dans un logement chaud."),
        "overcrowding_share": protects("De l'air pour ceux qui dorment à plusieurs."),
        "poor_summer_comfort_share": protects("Attendre que le logement refroidisse."),
    },
    leans_on={
        "green_space_access_share": "Des parcs proches, qu'il suffit d'ouvrir.",
        "cool_outdoor_access_share": "Des lieux frais connus des habitants.",
    },
    needs=("place", "people"),
    limits=(),
    impossible_if=("Le parc n'est pas clos ou est déjà ouvert la nuit : rien à changer.",),
    decides=("commune", "residents"),
    funding=("droit_commun", "p147"),
    co_benefits=("Tranquillité, si quelqu'un est là",),
    pitfalls=("Bruit pour les riverains.", "Peur du soir, surtout pour les femmes."),
    checks=checked(
        shifts=maybe("Le bruit se déplace vers les fenêtres du parc."),
        charges=no("Gratuit."),
        resources=no("Un peu d'éclairage."),
        upkeep=yes("Une présence à payer chaque soir."),
        extremes=no("C'est alors qu'il sert le plus."),
        excludes=maybe("Sans présence, beaucoup n'iront pas."),
        irreversible=no("On referme quand on veut."),
    ),
    benefits=("Familles à l'étroit", "Personnes seules"),
    loses=("Riverains du parc", "Faune de nuit, si l'on éclaire trop"),
    references=(HEAT_PLAN,),
)
