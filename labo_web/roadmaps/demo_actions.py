"""The actions of the demonstration: invented, and said to be so. Days count from today."""

from __future__ import annotations

from typing import Any

# measure, place of its neighbourhood in the list (None: everywhere), indicator it answers, and the
# rest of the sheet. Money in euros; days negative are past. What residents said, gave and proposed
# is named by how it begins.
ACTIONS: tuple[dict[str, Any], ...] = (
    {
        "measure": "oasis_schoolyard", "zone": 0, "indicator": "canopy_share",
        "level": "under_way", "pilot": "town",
        "objective": "Une cour où l’on peut jouer à l’ombre dès l’été 2027.",
        "public": "élèves et familles de l’école, tous les habitants l’été", "headcount": 240,
        "participation": "Deux ateliers avec les élèves, un avec les parents et les agents.",
        "money": {"ht": 312_000, "vat": 20, "operating": None, "upkeep": 60_000,
                  "upkeep_by": "ville, service des espaces verts"},
        "funding": (
            ("Agglomération (fictive)", "own", "", "budget d’investissement", "investment",
             "ordinary", 72_000, "secured"),
            ("Agence de l’eau", "agency", "agence_eau", "désimperméabilisation", "investment",
             "ordinary", 120_000, "secured"),
            ("État, Fonds vert", "state", "fonds_vert", "renaturation", "investment", "specific",
             120_000, "asked"),
        ),
        "steps": (
            ("Mesurer l’ombre et l’eau de la cour", -200, -170, -175, "town"),
            ("Dessiner avec les élèves et les agents", -160, -110, -112, "town"),
            ("Consulter les entreprises", -90, -20, None, "town"),
            ("Planter et ouvrir les sols", 30, 120, None, "town"),
        ),
        "follow": (
            ("result", "Part d’ombre des arbres", "", True, None, None, None),
            ("output", "Surface rendue à la pleine terre", "m²", False, 0, 700, 1_100),
        ),
        "observed": (("Surface rendue à la pleine terre", -30, 150, "relevé du service (fictif)"),),
        "goals": ((13, 2, "de l’ombre là où il n’y en a pas"), (5, 1, "la cour se partage mieux"),
                  (15, 1, "des sols vivants")),
        "said": (
            "Il faut planter devant l’école",
            "Il n’y a pas un banc à l’ombre entre l’arrêt de bus et l’école",
            "Plus d’arbres, d’accord",
        ),
        "resources": ("Outils de jardin",),
        "sheets": ("Ouvrir la dalle et y planter",),
    },
    {
        "measure": "home_visits", "zone": 0, "indicator": "aged_80_plus_alone_share",
        "level": "engaged", "pilot": "town",
        "objective": "Chaque personne âgée isolée qui le souhaite est appelée ou visitée.",
        "public": "personnes de plus de 80 ans qui vivent seules", "headcount": 160,
        "participation": "Des habitants relais choisissent les heures et les mots.",
        "money": {"ht": None, "vat": None, "operating": 45_000, "upkeep": None, "upkeep_by": ""},
        "funding": (
            ("CCAS (fictif)", "own", "", "temps d’agents", "operating", "ordinary", 25_000,
             "secured"),
            ("État, politique de la ville", "state", "p147", "appel à projets", "operating",
             "specific", 15_000, "secured"),
            ("Caisse de retraite", "agency", "", "prévention", "operating", "ordinary", None,
             "asked"),
        ),
        "steps": (
            ("Former les premiers visiteurs", -20, 25, None, "town"),
            ("Appeler tout le registre une première fois", 30, 90, None, "landlord"),
        ),
        "follow": (
            ("result", "Personnes de plus de 80 ans seules", "", True, None, None, None),
            ("output", "Personnes visitées dans l’été", "personnes", False, 20, 100, 150),
        ),
        "observed": (),
        "goals": ((3, 2, "moins de détresse pendant les chaleurs"), (10, 1, "vers les plus seuls")),
        "said": (
            "Ma voisine apporte de l’eau",
            "En août la médiathèque est fermée, les personnes âgées",
        ),
        "resources": ("Les Voisins de palier",),
        "sheets": (),
    },
    {
        "measure": "landlord_heat_plan", "zone": 1, "indicator": "poor_summer_comfort_share",
        "level": "engaged", "pilot": "landlord",
        "objective": "Un plan d’immeuble connu de tous avant chaque 1er juin.",
        "public": "locataires des tours mal protégées l’été", "headcount": 900,
        "participation": "Les locataires marchent l’immeuble avec les gardiens.",
        "money": {"ht": 60_000, "vat": 10, "operating": 8_000, "upkeep": 0, "upkeep_by": ""},
        "funding": (
            ("Bailleur (fictif)", "own", "tfpb", "convention TFPB", "investment", "specific",
             60_000, "secured"),
            ("Bailleur (fictif)", "own", "", "gestion courante", "operating", "ordinary", 8_000,
             "secured"),
        ),
        "steps": (
            ("Repérer les logements les plus chauds", -60, -15, -18, "landlord"),
            ("Poser les premiers volets", 10, 75, None, "landlord"),
        ),
        "follow": (
            ("result", "Logements au confort d’été insuffisant", "", True, None, None, None),
            ("means", "Gardiens formés", "gardiens", False, 0, 12, 12),
        ),
        "observed": (("Gardiens formés", -10, 5, "bailleur (fictif)"),),
        "goals": ((11, 1, "des logements plus sûrs l’été"),),
        "said": ("Au cinquième étage", "Au troisième étage", "Les volets, c’est au bailleur"),
        "resources": ("Permanence factures",),
        "sheets": ("Repeindre les toits",),
    },
    {
        "measure": "cool_places_in_august", "zone": None, "indicator": "cool_indoor_access_share",
        "level": "done", "pilot": "town",
        "objective": "Un lieu frais ouvert chaque jour d’août à dix minutes à pied.",
        "public": "toutes et tous", "headcount": None,
        "participation": "Les horaires ont été choisis avec les usagers des lieux.",
        "money": {"ht": None, "vat": None, "operating": 22_000, "upkeep": None, "upkeep_by": ""},
        "funding": (
            ("Agglomération (fictive)", "own", "", "personnel d’été", "operating", "ordinary",
             22_000, "secured"),
        ),
        "steps": (
            ("Choisir les lieux et les heures", -300, -240, -245, "town"),
            ("Ouvrir tout le mois d’août", -150, -100, -95, "town"),
        ),
        "follow": (
            ("result", "Accès à un lieu frais dedans", "", True, None, None, None),
            ("output", "Jours d’ouverture en août", "jours", False, 12, 31, 31),
        ),
        "observed": (("Jours d’ouverture en août", -90, 31, "services des lieux (fictif)"),),
        "goals": ((3, 1, "un répit pendant les canicules"),),
        "said": ("La médiathèque est fraîche", "La salle de la bibliothèque"),
        "resources": ("Salle des Tilleuls",),
        "sheets": ("Ouvrir une salle fraîche",),
    },
    {
        "measure": "building_referents", "zone": 1, "indicator": "information_access_share",
        "level": "ready", "pilot": "association",
        "objective": "Un référent dans chaque cage d’escalier volontaire.",
        "public": "habitants des immeubles collectifs", "headcount": 1_500,
        "participation": "Les référents sont des habitants, formés et remerciés.",
        "money": {"ht": None, "vat": None, "operating": 18_000, "upkeep": None, "upkeep_by": ""},
        "funding": (
            ("État, politique de la ville", "state", "p147", "convention de trois ans",
             "operating", "specific", 12_000, "asked"),
            ("Agglomération (fictive)", "authority", "", "subvention de droit commun",
             "operating", "ordinary", 6_000, "planned"),
        ),
        "steps": (("Aller voir les premiers immeubles", 5, 60, None, "association"),),
        "follow": (
            ("result", "Accès à un lieu d’information", "", True, None, None, None),
        ),
        "observed": (),
        "goals": ((16, 1, "l’information passe dans toutes les langues"),),
        "said": ("On nous a déjà demandé tout ça", "Ma voisine apporte de l’eau"),
        "resources": ("Dire l’alerte", "Les Voisins de palier"),
        "sheets": (),
    },
    {
        "measure": "unseal_soil", "zone": 0, "indicator": "impervious_share",
        "level": "study", "pilot": "town",
        "objective": "Rendre à la pluie les parkings vides du quartier.",
        "public": "habitants riverains", "headcount": None,
        "participation": "Une marche avec les automobilistes et les jardiniers.",
        "money": {"ht": None, "vat": None, "operating": None, "upkeep": None, "upkeep_by": ""},
        "funding": (), "steps": (("Compter les places qui restent vides", 10, 45, None, "town"),),
        "follow": (("result", "Part de sol imperméable", "", True, None, None, None),),
        "observed": (),
        "goals": (),
        "said": (
            "L’arrêt de bus est en plein soleil",
            "Plus d’arbres, c’est moins de places",
            "Le jardin partagé manque d’eau",
        ),
        "resources": ("Outils de jardin", "Bancs sortis"),
        "sheets": ("Ouvrir la dalle et y planter",),
    },
    {
        "measure": "cooled_refuge_room", "zone": 1, "indicator": "senior_cool_indoor_access_share",
        "level": "abandoned", "pilot": "town",
        "objective": "Une salle à 26 °C les jours d’alerte.",
        "public": "personnes fragiles du quartier", "headcount": None,
        "participation": "",
        "refusal": (
            "copil",
            (
                "La salle proposée n’a pas d’issue pour les fauteuils et son air chaud sortirait "
                "sous les fenêtres voisines. L’idée d’un lieu frais est reprise par l’ouverture en "
                "août."
            ),
        ),
        "money": {"ht": None, "vat": None, "operating": None, "upkeep": None, "upkeep_by": ""},
        "funding": (), "steps": (),
        "follow": (("result", "Accès des aînés à un lieu frais", "", True, None, None, None),),
        "observed": (),
        "goals": (),
        "said": ("La médiathèque est fraîche",),
        "resources": ("Salle des Tilleuls",),
        "sheets": ("Ouvrir une salle fraîche",),
    },
)  # fmt: skip
