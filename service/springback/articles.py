"""A firm's name in a sentence: the preposition and the article that its first word asks for.

A firm goes without an article in most languages; a public body, a school or a bank doesn't.
"""

_PLAIN = {
    "de": "bei ",
    "en": "at ",
    "es": "en ",
    "fr": "chez ",
    "it": "presso ",
    "nl": "bij ",
    "pt": "na empresa ",
}
_BY_FIRST_WORD = {
    "es": (
        (
            "en el ",
            "ayuntamiento banco centro colegio grupo hospital instituto ministerio museo servicio teatro",
        ),
        ("en la ", "asociación clínica diputación escuela fundación panadería universidad"),
    ),
    "fr": (
        ("aux ", "ateliers éditions hospices hôpitaux"),
        ("au ", "centre conseil département groupe ministère musée théâtre"),
        (
            "à la ",
            "banque boulangerie caisse clinique commune fondation librairie mairie région ville",
        ),
        ("à l'", "agence association école hôpital institut université"),
    ),
    "it": (
        ("presso il ", "comune gruppo ministero museo panificio politecnico teatro"),
        ("presso la ", "banca casa cooperativa fondazione provincia regione scuola"),
        ("presso lo ", "studio"),
        ("presso l'", "associazione azienda hotel istituto ospedale università"),
    ),
    "pt": (
        ("no ", "banco centro colégio grupo hospital hotel instituto ministério município museu teatro"),
        ("na ", "associação câmara clínica escola fundação livraria padaria prefeitura universidade"),
    ),
    "en": (("at the ", "university department ministry institute office centre center"),),
}
# German first words by their ends, and whole names by theirs: "Stadt Ulm", "Sparkasse", "Volksbank Ulm".
_DIE = (
    *(
        "stadt",
        "gemeinde",
        "schule",
        "universität",
        "akademie",
        "erei",
        "orei",
        "kanzlei",
        "klinik",
        "praxis",
    ),
    *("apotheke", "kita", "spedition", "stiftung", "agentur", "diakonie", "caritas", "bank", "kasse"),
    *("gesellschaft", "deutsche", "deutschen", "ische", "ischen"),
)
_DIE_WHOLE = ("bank", "kasse", "gesellschaft", "genossenschaft", "gruppe", "stiftung")
_DAS = (
    *(
        "klinikum",
        "krankenhaus",
        "autohaus",
        "amt",
        "ministerium",
        "institut",
        "theater",
        "museum",
        "zentrum",
    ),
    *("studio", "diakoniewerk", "hotel", "gasthof", "kreis", "verlag", "verein", "verband", "verbund"),
)
_PLURAL = ("werke", "werken", "betriebe", "betrieben")
_BENT = ("deutsche", "ische", "werke", "betriebe")  # take an n: "bei der Deutschen Post"


def at_firm(name: str, language: str) -> str:
    """Return a firm's name with "at" in front: "bei der Stadt Ulm", "chez Acme", "presso l'Università"."""
    if language == "de":
        return _bei(name)
    first, _, rest = name.partition(" ")
    if rest and (language != "en" or rest.startswith(("of ", "for "))):
        for phrase, words in _BY_FIRST_WORD.get(language, ()):
            if first.lower() in words.split():
                return phrase + name
    return _PLAIN.get(language, _PLAIN["en"]) + name


def with_article(name: str) -> str:
    """Return an English name as a sentence has it: "the University of Leeds", "Acme"."""
    return at_firm(name, "en").removeprefix("at ")


def _bei(name: str) -> str:
    first, _, rest = name.partition(" ")
    head = first.lower() if rest else ""
    bent = f"{first}n {rest}" if head.endswith(_BENT) else name
    if head.endswith(_PLURAL):
        return f"bei den {bent}"
    if head.endswith(_DIE) or name.lower().endswith(_DIE_WHOLE):
        return f"bei der {bent}"
    if head.endswith(_DAS):
        return f"beim {bent}"
    return f"bei {bent}"
