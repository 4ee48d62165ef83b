"""The name of a person in a display name, or nothing: a team, a platform and a firm have none."""

import re

_MAX_NAME = 50
_ASIDE = re.compile(r"\s*(?:[(\[|/]|\s[-–—@]\s|\b(?:via|at|from|bei|chez|von)\b).*$", re.IGNORECASE)
_TITLE = re.compile(r"^(?:(?:mr|mrs|ms|mx|dr|prof|dipl|ing|herr|frau|mme|m)\.?\s+)+", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w'’-]*\.?(?:\s+[^\W\d_][\w'’.-]*){0,4}")
_NO_PERSON = re.compile(
    r"\b(?:team|talent|acquisition|recruit\w*|recruiting|hiring|careers?|jobs?|hr|human|resources|people|"
    r"support|info|contact|office|no|noreply|reply|notifications?|mail\w*|admin|system|service|group|inc|"
    r"ltd|llc|gmbh|ag|bv|corp|company|applications?|candidates?|staffing|bewerb\w*|karriere|personal\w*|"
    r"recrutement|rh|rrhh|empleo|vacatures?|selezione|department|workday|greenhouse|lever|ashby|linkedin|"
    r"indeed|the|trust|hospital|university|college|school|bank|council|foundation|agency|studios?|labs?|"
    r"solutions|partners|holdings|consulting|institute|clinic|systems|technologies|software|limited|plc|"
    r"campus|charity|ministry|authority|association|"
    r"ausbildung|geschäftsstelle|lavora|\w*abteilung|\w*verwaltung|\w*referat|sekretariat|\w*büro|\w*bank|\w*sparkasse|\w*klinik\w*|"
    r"\w*krankenhaus|stadt|landkreis|gemeinde|\w*amt|\w*universität|\w*hochschule|\w*schule|kita|\w*verlag|kanzlei|"
    r"praxis|\w*zentrum|verein|stiftung|\w*werke?|\w*bäckerei|hotel|restaurant|theater|museum|"
    r"service|équipe|mairie|société|cabinet|université|école|musée|banque|hôpital|agence|groupe|"
    r"equipo|departamento|ayuntamiento|universidad|empresa|banco|selección|talento|colegio|clínica|"
    r"gemeente|stichting|afdeling|ziekenhuis|secretariaat|werving|selectie|redactie|sollicitaties?|"
    r"ufficio|risorse|umane|azienda|banca|comune|studio|scuola|segreteria|università|ospedale|candidature|"
    r"equipa|equipe|recursos|humanos|prefeitura|câmara|escola|universidade|secretaria|recrutamento|seleção|vagas|"
    r"teatro|theatre|théâtre|museo|museu|editorial|editora|éditions|edizioni|biblio\w*)\b",
    re.IGNORECASE,
)


def person_name(display: str) -> str | None:
    """Return the person's name in a display name, "Doe, Jane (Acme)" as "Jane Doe", or None."""
    name = _TITLE.sub("", _ASIDE.sub("", display).strip(" \"'"))
    surname, comma, given = name.partition(",")
    if comma:
        name = f"{given.strip()} {surname.strip()}"
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name) or _NO_PERSON.search(name):
        return None
    if name.isupper() or name.islower():
        name = name.title()
    return name


def first_name(name: str | None) -> str | None:
    """Return the given name to greet somebody by, or None where it is only an initial."""
    words = (name or "").split()
    if len(words) < 2 or len(words[0].rstrip(".")) < 2:  # noqa: PLR2004 - one word may be a firm, a letter is no name
        return None
    return words[0]
