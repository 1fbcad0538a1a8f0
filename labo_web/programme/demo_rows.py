"""What the demonstration says of its invented cohort: days are counted from today."""

from __future__ import annotations

from typing import Any

INVENTED = "(données fictives)"
# By territory: phase, planned start and end, real start, gates (outcome, body, day, shown, reason).
Spec = tuple[str, int, int, int | None, tuple[tuple[str, str, int, str, str], ...]]


def _passed(day: int, body: str, shown: str) -> tuple[str, str, int, str, str]:
    return ("passed", body, day, f"{shown} {INVENTED}", f"Ce qu’il fallait est là. {INVENTED}")


AHEAD: tuple[Spec, ...] = (
    ("framing", -330, -280, -330, (_passed(-284, "copil", "Note de cadrage, convention signée"),)),
    ("acculturation", -285, -200, -282, (_passed(-205, "cotech", "Registre des ateliers"),)),
    (
        "data",
        -260,
        -130,
        -255,
        (
            _passed(-140, "cotech", "Revue de la qualité des données"),
            (
                "reopened",
                "cotech",
                -100,
                "",
                f"Un fichier du bailleur s’est révélé faux. {INVENTED}",
            ),
            _passed(-82, "cotech", "Fichier corrigé, relu ligne à ligne"),
        ),
    ),
    # The walk of the demonstration is held 75 days ago.
    ("diagnosis", -200, -72, -198, (_passed(-70, "cotech", "Cahier de diagnostic"),)),
    ("priorities", -74, -60, -69, (_passed(-58, "copil", "Vulnérabilités prioritaires"),)),
    ("foresight", -58, -10, -52, (_passed(-12, "team", "Fiches solution, avec leur porteur"),)),
    ("roadmap", -10, 55, -8, ()),
    ("contract", 60, 130, None, ()),
    ("follow_up", 130, 360, None, ()),
    ("capitalising", 300, 390, None, ()),
)
LATE: tuple[Spec, ...] = (
    ("framing", -330, -270, -326, (_passed(-262, "copil", "Convention signée"),)),
    ("acculturation", -268, -180, -240, (_passed(-150, "cotech", "Registre des ateliers"),)),
    (
        "data",
        -200,
        -70,
        -160,
        (("postponed", "cotech", -60, "", f"La donnée du bailleur n’est pas arrivée. {INVENTED}"),),
    ),
    ("diagnosis", -120, -20, -95, ()),
    ("priorities", -15, 20, None, ()),
    ("foresight", 25, 90, None, ()),
    ("roadmap", 90, 150, None, ()),
)
JOINER: tuple[Spec, ...] = (
    ("framing", -80, -55, -78, (_passed(-58, "copil", "Convention signée"),)),
    ("acculturation", -56, 60, -54, ()),
    ("data", 10, 130, None, ()),
    ("diagnosis", 60, 170, None, ()),
)
SINGLE: tuple[Spec, ...] = (
    ("framing", -330, -280, -330, (_passed(-290, "copil", "Convention signée"),)),
    ("acculturation", -280, -200, -278, (_passed(-203, "cotech", "Registre des ateliers"),)),
    ("data", -240, -110, -230, (_passed(-112, "cotech", "Revue de la qualité des données"),)),
    ("diagnosis", -180, 30, -170, ()),
    ("priorities", 30, 60, None, ()),
    ("foresight", 60, 130, None, ()),
)
# Days on which conventions were signed: each before the gate of framing, and before any Fresque.
SIGNED = {"ahead": -286, "late": -266, "joiner": -60, "single": -292}
# Fresques held before the gate of acculturation: with services and elected officials, with
# residents. Of the joiner, the sessions that every territory of the demonstration holds do.
FRESQUES = {"ahead": (-232, -215), "late": (-172, -158), "single": (-226, -211)}
SCHEDULES = {"ahead": AHEAD, "late": LATE, "joiner": JOINER, "single": SINGLE}
# Phase, title, day, proof, how many, day of delivery (of those that are declared).
DELIVERABLES: dict[str, tuple[tuple[str, str, int, str, int, int | None], ...]] = {
    "ahead": (
        ("framing", "Convention signée", -280, "convention", 1, None),
        ("framing", "Note de cadrage", -280, "declared", 1, -285),
        ("acculturation", "Deux Fresques tenues", -210, "fresque", 2, None),
        ("data", "Données de deux partenaires reçues", -120, "dataset", 2, None),
        ("diagnosis", "Un diagnostic en marchant", -72, "walk", 1, None),
        ("diagnosis", "Diagnostic ouvert à tout le monde", -10, "release", 1, None),
        ("diagnosis", "Dix ressources publiées", 15, "resource", 10, None),
        ("foresight", "Une journée prospective", -10, "foresight", 1, None),
        ("roadmap", "Trois actions publiées", 20, "action", 3, None),
        ("roadmap", "Feuille de route présentée au COPIL", 55, "frozen", 1, None),
    ),
    "late": (
        ("framing", "Convention signée", -265, "convention", 1, None),
        ("acculturation", "Deux Fresques tenues", -180, "fresque", 2, None),
        ("data", "Donnée du bailleur reçue", -70, "dataset", 1, None),
        ("diagnosis", "Un diagnostic en marchant", -30, "walk", 1, None),
    ),
    "joiner": (
        ("framing", "Convention signée", -55, "convention", 1, None),
        ("acculturation", "Une Fresque tenue", 60, "fresque", 1, None),
    ),
    "single": (
        ("framing", "Convention signée", -280, "convention", 1, None),
        ("diagnosis", "Cahier de diagnostic", 30, "declared", 1, None),
        ("diagnosis", "Diagnostic ouvert à tout le monde", 30, "release", 1, None),
    ),
}
# Kind, label, days, planned, given.
SUPPORT: tuple[tuple[str, str, str, int, int | None], ...] = (
    ("method", "Cadrage avec l’équipe", "2", -320, -318),
    ("training", "Lire un intervalle et un doute", "1", -220, -220),
    ("data", "Inventaire et revue de qualité", "3", -150, -148),
    ("workshop", "Préparer la journée prospective", "1.5", -30, -28),
    ("writing", "Relire les fiches action", "2", 25, None),
)
STATEMENTS: tuple[tuple[str, str, str, int], ...] = (
    ("ahead", "Le service des parcs et celui de la politique de la ville préparent l’été ensemble.",
     "Note interne inventée, 12 p.", -40),
    ("single", "Le conseil citoyen siège au comité de pilotage depuis le programme.",
     "Relevé de décisions inventé", -60),
)  # fmt: skip
QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("Qui vit à plus de dix minutes à pied d’un lieu frais ouvert en août ?",
     "Les fichiers disent où sont les lieux, rarement quand ils ouvrent.",
     "On le sait pour les lieux dont une structure a vérifié les horaires."),
    ("Où vivent les personnes âgées seules aux derniers étages ?",
     "C’est là que la chaleur est la plus dangereuse.", ""),
    ("Les logements vacants peuvent-ils servir de lieux de repli ?", "", ""),
)  # fmt: skip
# Label, territory (empty: the cohort), access, holder, grain, vintage, source, purpose, days:
# promised, expected, signed, received, expires.
Days = tuple[int | None, int | None, int | None, int | None, int | None]
NO_DAYS: Days = (None, None, None, None, None)
DATASETS: tuple[tuple[str, str, str, str, str, str, str, str, Days], ...] = (
    ("Carreaux de 200 m de revenus et de population", "", "open", "Insee", "carreau de 200 m",
     "2021", "insee_filosofi_200m_2021", "Décrire qui habite les quartiers", NO_DAYS),
    ("Zones climatiques locales", "", "open", "Cerema", "îlot", "2022", "cerema_lcz_2022",
     "Savoir où la forme de la ville garde la chaleur", NO_DAYS),
    ("Logements du bailleur, vacants et derniers étages", "ahead", "agreement",
     "Bailleur (fictif)", "logement", "2026", "", "Repérer où la chaleur s’accumule",
     (-300, -150, -200, -145, 500)),
    ("Logements du bailleur", "late", "agreement", "Bailleur (fictif)", "logement", "2026", "",
     "Repérer où la chaleur s’accumule", (-250, -75, -110, None, 400)),
    ("Bénéficiaires suivis pour une maladie chronique", "", "agreement", "CPAM (fictive)",
     "IRIS", "2025", "", "Savoir où la santé est déjà fragile", (-90, 60, None, None, None)),
    ("Impayés d’énergie", "single", "agreement", "Fournisseur (fictif)", "IRIS", "2025", "",
     "Repérer la précarité énergétique", (-200, 20, -40, None, 300)),
    ("Registre des lieux frais de l’été dernier", "ahead", "agreement", "Ville (fictive)", "lieu",
     "2025", "", "Vérifier les horaires", (-325, -280, -310, -270, -30)),
    ("Température de l’air la nuit, rue par rue", "", "missing", "personne, à mesurer",
     "rue", "", "", "Savoir où l’on ne dort pas", NO_DAYS),
)  # fmt: skip
SEATS: tuple[tuple[str, str, str, str], ...] = (
    ("policy", "cheffe de projet du contrat de ville", "Agglomération (fictive)", "ahead"),
    ("transition", "chargé de mission climat", "Agglomération (fictive)", "late"),
    ("data", "géomaticienne", "Centre de ressources (fictif)", ""),
    ("partner", "service du patrimoine", "Bailleur (fictif)", ""),
)
DECISIONS: tuple[dict[str, Any], ...] = (
    {
        "subject": "Deux lectures de la chaleur, jamais additionnées",
        "decision": "La température du sol et celle de l’air sont montrées côte à côte.",
        "reason": "Le sol vu du ciel ne dit pas ce que l’on ressent sous un arbre.",
        "dissent": "Une carte unique aurait été plus simple à lire en comité.",
        "day": -170,
    },
    {
        "subject": "Pas de classement au-dessous de huit quartiers",
        "decision": "On donne l’écart à l’agglomération, avec son intervalle.",
        "reason": "Avec peu de quartiers, les rangs changent au moindre doute.",
        "dissent": "",
        "day": -120,
    },
)
DISAGREEMENTS: tuple[dict[str, Any], ...] = (
    {
        "text": "Vous comptez les médiathèques comme des lieux frais, et elles ferment en août.",
        "proposal": "Ne compter un lieu que si quelqu’un a vérifié qu’il ouvre l’été.",
        "decision": None,
        "day": -45,
        "answer": "Vous avez raison pour les horaires : une lecture corrigée est montrée à côté du "
        "chiffre dès qu’une structure est allée vérifier. Le premier chiffre reste visible.",
        "answered": -30,
    },
    {
        "text": "Le poids de la pauvreté écrase tout : un quartier âgé et moins pauvre disparaît.",
        "proposal": "Montrer ce qui change quand on met les mêmes poids partout.",
        "decision": 0,
        "day": -9,
        "answer": "",
        "answered": None,
    },
)
