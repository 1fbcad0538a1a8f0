"""Streets: to walk, wait and breathe."""

from labo.measure import (
    below,
    checked,
    figured,
    maybe,
    measure,
    no,
    protects,
    to_check,
    unfigured,
    yes,
)
from labo.measure_references import ADEME_COOLING, ANRU_GRID, SCHOOL_STREETS

NO_STOPS = to_check(0.02, 0.01, 0.10, "1", "part des habitants à cinq minutes d'un arrêt")

measure(
    id="shaded_stops",
    label="Abriter du soleil les arrêts de bus et de tram",
    summary="De l'ombre, un siège, de l'eau proche et l'heure du prochain bus à chaque arrêt.",
    family="mobility",
    kind="grey",
    hazards=("heat",),
    unit="place",
    unit_label="arrêt",
    capital=to_check(12_000, 5_000, 20_000, "euro / place", "abri ou arbres et banc, hors taxes"),
    running=to_check(500, 200, 1_200, "euro / place / year", "nettoyage, réparations"),
    lifetime=to_check(15, 10, 20, "year", "abri"),
    delay=to_check(6, 3, 9, "month", "marché et pose"),
    full_effect=to_check(0, 0, 1, "year", "dès la pose"),
    effects=(
        figured(
            "felt",
            "À l'ombre en attendant ; un abri tout en verre chauffe au contraire.",
            to_check(-5, -8, -3, "kelvin", "ressenti, de jour, à l'arrêt"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "no_car_share": protects("Ceux qui n'ont pas de voiture attendent à l'ombre."),
        "aged_65_plus_share": protects("Un siège et de l'ombre permettent de sortir."),
        "care_access_share": protects("Le trajet vers le soin devient possible en été."),
        "cool_indoor_access_share": protects("Le lieu frais plus loin se rejoint en bus."),
    },
    leans_on={"transport_access_share": "Des arrêts proches de presque tous."},
    needs=("street", "upkeep"),
    limits=(
        below(
            "transport_access_share",
            NO_STOPS,
            "impossible",
            "Presque aucun habitant n'a d'arrêt à cinq minutes : d'abord une desserte.",
        ),
    ),
    impossible_if=("Trottoir trop étroit pour un abri et un fauteuil.",),
    decides=("epci", "commune"),
    funding=("droit_commun", "dpv_dsil", "fonds_vert", "region"),
    co_benefits=("Plus de passagers", "Un trottoir plus sûr"),
    pitfalls=("Abri vitré qui fait serre.", "Publicité lumineuse la nuit."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Payé par la collectivité."),
        resources=no("Rien, ou un peu de lumière."),
        upkeep=maybe("À nettoyer et à réparer."),
        extremes=no("Il sert surtout à 40 °C."),
        excludes=maybe("Laisser la place d'un fauteuil ; des sièges où l'on peut s'allonger."),
        irreversible=no("Il se déplace."),
    ),
    benefits=("Personnes sans voiture, aînés, parents",),
    loses=("Personne en particulier",),
    references=(ADEME_COOLING,),
)

measure(
    id="school_street",
    label="Ouvrir la rue aux écoles",
    summary=(
        "Une rue d'école fermée aux voitures, aux heures d'entrée ou tout le temps, avec des "
        "arbres "
        "et de quoi s'asseoir."
    ),
    family="mobility",
    kind="soft",
    hazards=("air", "heat"),
    unit="place",
    unit_label="rue",
    capital=to_check(60_000, 10_000, 150_000, "euro / place", "de la barrière à la rue plantée"),
    running=to_check(2_500, 500, 6_000, "euro / place / year", "barrière, entretien"),
    lifetime=to_check(20, 10, 30, "year", "aménagement"),
    delay=to_check(8, 3, 12, "month", "essai, concertation, travaux"),
    full_effect=to_check(1, 0, 2, "year", "dès la fermeture"),
    effects=(
        unfigured(
            "pollution", "Moins de gaz d'échappement à la sortie ; l'effet dépend du report."
        ),
        unfigured("noise", "Plus calme devant l'école."),
        figured(
            "air",
            "Sans arbres, presque rien sur la chaleur.",
            to_check(-0.2, -0.8, 0, "kelvin", "air, de jour, dans la rue"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "no2_mean": protects("Moins de gaz là où les enfants attendent."),
        "no2_above_who_share": protects("Une rue de plus où l'on respire mieux."),
        "road_noise_55_share": protects("Une rue plus calme."),
        "children_0_5_share": protects("Les petits viennent à pied sans danger."),
    },
    leans_on={"green_space_access_share": "Une suite de lieux à relier à pied."},
    needs=("street", "agreement"),
    limits=(),
    impossible_if=("La rue porte une ligne de bus ou l'accès des secours sans détour possible.",),
    decides=("commune", "school", "residents"),
    funding=("droit_commun", "dpv_dsil", "fonds_vert", "ademe"),
    co_benefits=("Sécurité", "Parents qui se parlent", "Enfants qui marchent"),
    pitfalls=("Voitures reportées dans la rue d'à côté.", "Commerçants non consultés."),
    checks=checked(
        shifts=yes("La circulation va dans les rues voisines : à mesurer."),
        charges=maybe("Les loyers privés peuvent monter un peu."),
        resources=no("Rien, ou un peu d'eau pour les arbres."),
        upkeep=maybe("Une barrière à ouvrir et fermer."),
        extremes=maybe("Sans ombre, elle est brûlante à 40 °C."),
        excludes=maybe("Parents d'enfants handicapés qui viennent en voiture."),
        irreversible=no("On commence par un essai."),
    ),
    benefits=("Élèves et parents", "Riverains de la rue"),
    loses=("Riverains des rues d'à côté", "Automobilistes, livreurs"),
    references=(SCHOOL_STREETS,),
)

measure(
    id="cool_walk",
    label="Tracer des chemins à l'ombre vers les lieux utiles",
    summary=(
        "Un parcours continu, ombragé, avec bancs et eau tous les 150 mètres, du pied des "
        "immeubles "
        "au lieu frais, au médecin, à l'arrêt et aux courses."
    ),
    family="mobility",
    kind="green",
    hazards=("heat",),
    unit="meter",
    unit_label="mètre de chemin",
    capital=to_check(250, 80, 600, "euro / meter", "arbres, bancs, sol, hors taxes"),
    running=to_check(8, 3, 20, "euro / meter / year", "arrosage et nettoyage"),
    lifetime=to_check(25, 15, 40, "year", "aménagement"),
    delay=to_check(10, 6, 18, "month", "marche avec les habitants, travaux"),
    full_effect=to_check(12, 3, 20, "year", "ombre d'arbres ; quelques mois avec des voiles"),
    effects=(
        figured(
            "felt",
            "Le long du chemin, à l'ombre.",
            to_check(-6, -10, -2, "kelvin", "ressenti, de jour, sur le chemin ombragé"),
        ),
        unfigured("access", "Des lieux proches que l'on peut enfin atteindre l'après-midi."),
    ),
    changes=(),
    opens=(),
    answers={
        "senior_cool_indoor_access_share": protects(
            "Des pauses et de l'ombre pour qui marche lentement."
        ),
        "cool_indoor_access_share": protects("Le lieu frais devient joignable à 15 heures."),
        "care_access_share": protects("Aller au soin à pied, même l'été."),
        "hot_day_share": protects("De l'ombre sur le trajet, pas seulement à l'arrivée."),
        "no_car_share": protects("Ceux qui vont à pied y gagnent."),
    },
    leans_on={
        "cool_outdoor_access_share": "Des lieux frais à relier.",
        "information_access_share": "Des services proches à relier.",
    },
    needs=("street", "upkeep"),
    limits=(),
    impossible_if=("Les trottoirs sont trop étroits et la rue ne peut pas changer.",),
    decides=("commune", "epci", "landlord"),
    funding=("droit_commun", "fonds_vert", "anru", "feder", "dpv_dsil"),
    co_benefits=("Marche, santé", "Sécurité des enfants"),
    pitfalls=(
        "Un chemin avec un trou au soleil au milieu.",
        "Bancs retirés à la première plainte.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Payé par la collectivité."),
        resources=maybe("De l'eau pour les jeunes arbres."),
        upkeep=yes("Arbres, bancs et eau à tenir."),
        extremes=no("C'est à 40 °C qu'il sert."),
        excludes=maybe("Largeur, bordures, lumière : à marcher avec des habitants."),
        irreversible=no("Il se transforme."),
    ),
    benefits=("Aînés, parents à poussette, personnes sans voiture",),
    loses=("Automobilistes qui perdent une place",),
    references=(ADEME_COOLING, ANRU_GRID),
)

measure(
    id="slow_streets",
    label="Apaiser les rues : ralentir et réduire la circulation",
    summary="Des rues à 20 ou 30, sans transit, avec moins de bruit et de gaz sous les fenêtres.",
    family="mobility",
    kind="soft",
    hazards=("air",),
    unit="meter",
    unit_label="mètre de rue",
    capital=to_check(150, 20, 500, "euro / meter", "du panneau à la rue refaite, hors taxes"),
    running=to_check(2, 0.5, 6, "euro / meter / year", "entretien"),
    lifetime=to_check(20, 10, 30, "year", "aménagement"),
    delay=to_check(8, 3, 18, "month", "plan de circulation, travaux"),
    full_effect=to_check(1, 0, 2, "year", "le temps que les trajets changent"),
    effects=(
        unfigured("noise", "Rouler à 30 plutôt qu'à 50 s'entend un peu ; moins de voitures, plus."),
        unfigured("pollution", "Moins de voitures, moins de gaz ; la vitesse seule change peu."),
        unfigured("safety", "Des accidents moins graves."),
    ),
    changes=(),
    opens=(),
    answers={
        "road_noise_55_share": protects("Moins de bruit aux fenêtres."),
        "road_noise_68_share": protects("Moins de bruit sur les grands axes, si le flux baisse."),
        "no2_mean": protects("Moins de gaz, si le nombre de voitures baisse."),
        "no2_above_2030_share": protects("Moins de gaz près des grands axes."),
        "poor_summer_comfort_share": protects("Ouvrir la nuit redevient possible sans le bruit."),
    },
    leans_on={"transport_access_share": "Des bus pour se passer de voiture."},
    needs=("street", "agreement"),
    limits=(),
    impossible_if=("La rue est une route départementale ou nationale que la ville ne décide pas.",),
    decides=("commune", "epci", "departement"),
    funding=("droit_commun", "dpv_dsil", "fonds_vert", "ademe"),
    co_benefits=("Sécurité", "Vélo et marche", "Sommeil"),
    pitfalls=("Circulation reportée devant d'autres immeubles, souvent sociaux.",),
    checks=checked(
        shifts=yes("Le flux peut passer sous d'autres fenêtres."),
        charges=maybe("Les loyers privés peuvent monter."),
        resources=no("Plutôt des économies."),
        upkeep=no("Peu de chose."),
        extremes=no("Sans lien avec la chaleur."),
        excludes=maybe("Livreurs, soignants, personnes handicapées : garder leurs accès."),
        irreversible=no("On peut essayer."),
    ),
    benefits=("Riverains de la rue", "Enfants"),
    loses=("Riverains des rues où va le flux",),
    references=(SCHOOL_STREETS,),
)
