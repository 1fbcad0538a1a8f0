"""The words in which measures are declared: families, scopes, needs, who decides, who may pay.

Keys are what declarations and files hold, texts are what people read. Rules of funding are leads,
never a right: they change every year, and the funder alone can say.
"""

from labo.estimate import Estimate
from labo.words import figure, interval

FAMILIES = {
    "shade": "ombre et arbres",
    "soil": "sols",
    "water": "eau",
    "buildings": "bâtiments et logements",
    "places": "lieux",
    "care": "solidarité et santé",
    "mobility": "déplacements",
    "energy": "énergie et charges",
}
# As « Plus fraîche ma ville » sorts its solutions.
KINDS = {
    "green": "verte : du végétal",
    "blue": "bleue : de l'eau",
    "grey": "grise : des matériaux, du bâti",
    "soft": "douce : des personnes, des règles, des horaires",
}
# Of what an effect holds. Two effects of different scopes never add up: a degree of surface is not
# a degree of air, nor one that is felt.
SCOPES = {
    "air": "air extérieur",
    "surface": "surface du sol, du toit ou du mur",
    "indoors": "air du logement ou de la salle",
    "felt": "chaleur ressentie",
    "water": "eau de pluie et ruissellement",
    "drinking": "eau à boire",
    "energy": "énergie et factures",
    "health": "santé",
    "access": "accès à un lieu ou à un service",
    "rights": "information et accès aux droits",
    "social": "lien social",
    "biodiversity": "nature",
    "pollution": "qualité de l'air",
    "noise": "bruit",
    "safety": "sécurité des personnes et des biens",
}
NEEDS = {
    "ground": "du sol libre",
    "deep_soil": "de la pleine terre, sans réseau ni dalle",
    "roof": "un toit accessible et solide",
    "wall": "un mur ou une façade",
    "building": "un bâtiment à rénover ou à équiper",
    "place": "un lieu qui existe et peut ouvrir",
    "water": "une arrivée d'eau",
    "street": "une rue que l'on peut transformer",
    "people": "des personnes, salariées ou bénévoles",
    "upkeep": "quelqu'un pour l'entretien, et son budget",
    "landlord": "l'accord du bailleur ou de la copropriété",
    "agreement": "l'accord des habitants de l'immeuble",
}
DECIDERS = {
    "commune": "commune",
    "epci": "agglomération",
    "landlord": "bailleur social",
    "co_owners": "copropriété",
    "ccas": "CCAS",
    "departement": "département",
    "region": "région",
    "school": "école et commune",
    "state": "État (préfecture)",
    "ars": "agence régionale de santé",
    "association": "association, centre social",
    "employer": "employeur",
    "water_service": "service des eaux",
    "energy_grid": "gestionnaire du réseau d'électricité",
    "residents": "habitants",
}
FUNDERS = {
    "droit_commun": "droit commun de la collectivité, d'abord",
    "fonds_vert": "Fonds vert : investissement, enveloppe et taux fixés chaque année par le préfet",
    "agence_eau": "Agence de l'eau : désimperméabilisation et infiltration, selon le programme",
    "anru": "ANRU, si le quartier est en renouvellement urbain (NPNRU, Quartiers résilients)",
    "p147": "crédits de la politique de la ville (BOP 147) : animation, jamais de travaux",
    "tfpb": "abattement de TFPB, par la convention avec le bailleur du QPV",
    "caf": "CAF : centres sociaux, espaces de vie sociale, lieux d'accueil",
    "cnav": "caisses de retraite : prévention, logement des aînés",
    "ars": "agence régionale de santé, contrat local de santé",
    "ademe": "ADEME : études, chaleur renouvelable",
    "banque_territoires": "Banque des Territoires : prêts, ingénierie, EduRénov",
    "feder": "FEDER (programme régional) : investissement, avance à prévoir",
    "dpv_dsil": "DPV ou DSIL : investissement des communes",
    "eco_pret": "éco-prêt logement social et prêts de la Caisse des Dépôts",
    "cee": "certificats d'économies d'énergie (CEE), dont SLIME",
    "anah": "Anah : copropriétés, propriétaires modestes",
    "barnier": "fonds de prévention des risques naturels (fonds Barnier)",
    "adulte_relais": "postes adultes-relais, cofinancés par l'État",
    "departement": "département",
    "region": "région",
    "fph": "fonds de participation des habitants",
    "fondations": "fondations",
    "employer": "employeur, avec l'appui de la Carsat",
}
# What makes a good intention a bad adaptation. « oui » is always the worrying answer.
QUESTIONS = {
    "shifts": "Déplace-t-elle le risque vers d'autres ?",
    "charges": "Fait-elle monter le loyer ou les charges ?",
    "resources": "Demande-t-elle de l'eau, de l'énergie, des émissions ?",
    "upkeep": "Dépend-elle d'un entretien que personne ne paie ?",
    "extremes": "Cesse-t-elle d'agir à 40 °C ou en pleine sécheresse ?",
    "excludes": "Laisse-t-elle des personnes de côté ?",
    "irreversible": "Est-elle difficile à défaire ?",
}
RISKS = {"no": "non", "maybe": "cela dépend", "yes": "oui"}
HOW = {"improves": "agit dessus", "protects": "protège ceux que cela touche"}
KINDS_OF_LIMIT = {"impossible": "impossible ici", "pointless": "sans objet ici"}
# The same, where the interval does not tell: never « impossible » and « to check » at once.
DOUBTFUL_LIMITS = {
    "impossible": "peut-être pas possible ici, à vérifier sur place",
    "pointless": "peut-être sans objet ici, à vérifier sur place",
}
EVIDENCE = {
    "verified": "au moins un effet chiffré et vérifié",
    "to_check": "effets chiffrés, à vérifier",
    "none": "aucun effet chiffré : ce que l'on en dit vient de la pratique",
}
GRADES = {"verified": "vérifié", "to_check": "à vérifier"}
# What stands after a figure, where its unit is not a sign.
NOUNS = {
    "month": "mois",
    "year": "ans",
    "m**3": "m³",
    "1 / year": "fois par an",
    "resident / post": "personnes",
    "m**2 / tree": "m²",
}


def said(x: Estimate) -> str:
    """Return a number with its range and its grade: « 1 500 € (500 à 3 000), à vérifier »."""
    unit = "euro" if x.unit.startswith("euro") else x.unit
    if unit in NOUNS:
        digits = f"{_plain(x.central)} {NOUNS[unit]}"
        ends = f"{_plain(x.low)} à {_plain(x.high)}"
    else:
        digits = figure(x.central, unit)
        ends = interval(x.low, x.high, unit).replace("–", " à ")
    if unit == "euro" and max(abs(x.low), abs(x.high)) < 10:
        digits, ends = f"{_plain(x.central)} €", f"{_plain(x.low)} à {_plain(x.high)}"
    return f"{digits} ({ends}), {GRADES[x.grade]}"


def _plain(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0").translate(
        {ord(","): "\u202f", ord("."): ",", ord("-"): "\u2212"}
    )
