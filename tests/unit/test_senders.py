"""What the senders that Springback ships say of an address, and what a person can add and take away."""

import pickle
import re
import tomllib
from collections import Counter
from pathlib import Path
from time import process_time

import pytest
from pydantic import BaseModel

from springback.errors import RuleError
from springback.headers import Address
from springback.library import sender_files
from springback.rule import SourceFile
from springback.rulebook import load_senders
from springback.senderfile import PlatformEntry, SendersEntry, parse_senders
from springback.senders import Senders

SENDERS = load_senders()


def at(address: str) -> Address:
    return Address("", address)


def with_own(text: str) -> Senders:
    return parse_senders([*sender_files(), SourceFile("own/senders.toml", f"schema = 1\n{text}")])


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RuleError) as caught:
        with_own(text)
    return caught.value.problems


@pytest.mark.parametrize(
    "local",
    [
        "jobs-noreply", "noreply+tag", "noreply-jobs", "notifications-noreply", "notifications-no_reply",
        "careers.donotreply", "firm_do-not-reply+8f3a", "never-reply", "no-reply2", "mailrobot", "dev-null",
        "hr-unmonitored", "job-alerts", "autoresponder", "notify", "nicht-antworten",
        "bitte-nicht-antworten", "bittenichtantworten", "keineantwort", "karriere-keine-antwort",
        "ne-pas-repondre", "nepasrepondre", "rh-ne-pas-repondre", "sans-reponse", "no-responder",
        "noresponder", "no.responda", "rrhh-no-contestar", "notificaciones", "niet-beantwoorden",
        "nietbeantwoorden", "geen-antwoord", "vacatures-geenantwoord", "niet-reageren", "non-rispondere",
        "nonrispondere", "lavora_non-rispondere", "notifiche", "nao-responda", "naoresponda",
        "nao_responder", "vagas-nao-responda", "notificacoes",
    ],
)  # fmt: skip
def test_nobody_reads_a_no_reply_address_in_any_language(local: str) -> None:
    reason = SENDERS.nobody_reads(at(f"{local}@firm.example"))
    assert reason == f"{local}@firm.example is a no-reply address"


@pytest.mark.parametrize(
    "local",
    [
        "ana", "nora.eply", "jan.bot", "alberta.lertsen", "notker.fischer", "nadia.noli", "jobs",
        "bewerbung", "robotham", "digesta", "anna.alerti", "noreen", "nessa.nuri", "mario.bounceur",
        "antwort", "reponse",
    ],
)  # fmt: skip
def test_a_person_may_read_any_other(local: str) -> None:
    assert SENDERS.nobody_reads(at(f"{local}@firm.example")) is None


@pytest.mark.parametrize(
    "local",
    [
        # as the words stand
        "jobs", "careers", "hr", "recruiting", "talent", "people", "info", "contact", "office", "hello",
        "team", "support", "help", "admin", "newsletter", "news", "marketing", "events", "press", "privacy",
        "dpo", "accessibility", "billing", "sales", "service", "hiring", "applications", "cv", "post",
        "mail", "bewerbung", "bewerbungen", "karriere", "personal", "personalabteilung", "kontakt",
        "sekretariat", "ausbildung", "stellen", "datenschutz", "presse", "recrutement", "rh", "drh",
        "candidatures", "ressources-humaines", "accueil", "emploi", "stages", "rrhh", "empleo", "seleccion",
        "recursos-humanos", "recursoshumanos", "talento", "trabaja", "contacto", "vacatures",
        "sollicitatie", "sollicitaties", "werving", "personeelszaken", "werkenbij", "secretariaat",
        "lavora", "lavoraconnoi", "selezione", "risorse-umane", "risorseumane", "risorse.umane",
        "curricula", "recrutamento", "vagas", "selecao", "trabalheconosco", "carreiras", "talentos",
        "atendimento",
        # as they are really used
        "Jobs", "HR", "hr-team", "hr.team", "hrteam-berlin.hr", "jobs.berlin", "jobs-berlin", "berlin-jobs",
        "careers-uk", "careers_uk", "recruiting2", "jobs2026", "acme-jobs", "acme-careers", "acme_hr",
        "hr+8f3a", "jobs+acme", "talent-acquisition", "talentacquisition", "people.ops", "team-anna",
        "uk.hr", "emea.careers", "early-careers", "de.jobs", "info.jobs", "team.sales", "jobs-noreply",
        "workday", "service-rh", "contact.paris", "hr_de", "bewerbung.muenchen", "personal-nord",
        "empleo.madrid", "vacatures.zorg", "vagas.tech",
    ],
)  # fmt: skip
def test_a_role_mailbox_is_shared(local: str) -> None:
    assert SENDERS.is_shared(at(f"{local}@firm.example"))


@pytest.mark.parametrize(
    "local",
    [
        # words inside of names
        "hrvoje.horvat", "hrvoje", "jobst.meyer", "jobst", "jobson", "information.x", "persona", "personn",
        "tina.teamer", "helpa.hansen", "infante", "contactor", "newsom", "kira.newsom", "eventina",
        "rhea.rhodes", "rhys", "talenti", "officer", "adminou", "pressler", "otto.pressburger", "salesman",
        "karrieri", "personalis", "kontaktis", "vagass", "lavorato", "selezionatore", "empleodora",
        "servicio", "hiringer", "peoples", "hellon", "supporta", "peter.hrabal", "anne.rhode",
        "maria.rrhhe",
        # surnames, and given names that are left out
        "tobias+hiring",
        "jane.jobs", "j.jobs", "jane_jobs", "ana.sales", "ana.maria.sales", "jean-luc.press", "jan.post",
        "jan.post2", "mario.posta", "elena.campus", "job.devries", "job", "ola.nordmann", "ola",
        "Jane.Jobs",
        # anything else
        "ana", "a.ferrer", "ana.ferrer", "aferrer", "kim+jobhunt", "x8f3a", "q", "",
    ],
)  # fmt: skip
def test_a_person_is_not_shared(local: str) -> None:
    assert not SENDERS.is_shared(at(f"{local}@firm.example"))


@pytest.mark.parametrize("address", ["acme.jobs@acme.example", "acme.jobs@mail.acme-group.example"])
def test_a_surname_behind_the_firm_is_shared(address: str) -> None:
    assert SENDERS.is_shared(at(address))
    assert not SENDERS.is_shared(at(address.replace("acme.jobs", "jane.jobs")))


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com", "googlemail.com", "outlook.com", "outlook.de", "outlook.fr", "hotmail.com",
        "hotmail.co.uk", "live.nl", "msn.com", "yahoo.com", "yahoo.co.uk", "yahoo.com.br", "ymail.com",
        "icloud.com", "me.com", "mac.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de",
        "posteo.de", "mailbox.org", "proton.me", "protonmail.com", "orange.fr", "free.fr", "laposte.net",
        "sfr.fr", "wanadoo.fr", "libero.it", "virgilio.it", "tin.it", "alice.it", "tiscali.it", "ziggo.nl",
        "kpnmail.nl", "xs4all.nl", "planet.nl", "hetnet.nl", "telefonica.net", "terra.es", "sapo.pt",
        "uol.com.br", "bol.com.br", "terra.com.br", "ig.com.br", "mail.ru", "yandex.com", "yandex.ru",
        "qq.com", "163.com", "zoho.com", "fastmail.com", "tutanota.com", "aol.com", "btinternet.com",
        "sky.com", "bluewin.ch", "GMail.com",
    ],
)  # fmt: skip
def test_freemail_tells_no_firm(domain: str) -> None:
    assert SENDERS.is_free(domain)


@pytest.mark.parametrize(
    "domain",
    [
        "firm.example", "gmail.example", "gmail.com.firm.example", "yahoo.firm.example", "gmx.example",
        "corp.mail.ru", "live", "yahoo.", "mail.gmx.de", "myworkday.com", "",
    ],
)  # fmt: skip
def test_a_firms_domain_is_no_freemail(domain: str) -> None:
    assert not SENDERS.is_free(domain)


@pytest.mark.parametrize(
    ("address", "tenant"),
    [
        ("acme@myworkday.com", "acme"),
        ("Acme@MyWorkday.com", "acme"),
        ("acme-group@myworkday.com", "acme-group"),
        ("acme@otp.workday.com", "acme"),
        ("ana.ferrer@workday.com", None),
        ("acme@notmyworkday.com", None),
        ("no-reply@myworkday.com", None),
        ("careers@myworkday.com", None),
        ("talent-team@myworkday.com", None),
        ("acme+autoreply@talent.icims.com", "acme"),
        ("acme+email+4x7-a1@talent.icims.com", "acme"),
        ("acme+autoreply@talent.icims.eu", "acme"),
        ("no-reply+a1@talent.icims.com", None),
        ("careers+autoreply@talent.icims.com", None),
        ("careers@talent.icims.com", None),
        ("acme-jobs@m.personio.de", "acme"),
        ("acme-gmbh-jobs@m.personio.com", "acme-gmbh"),
        ("acme-jobs@m-personio.de", "acme"),
        ("jobs@m.personio.com", None),
        ("acme@m.personio.de", None),
        ("ana.ferrer@acme.teamtailor-mail.com", "acme"),
        ("no-reply@acme.teamtailor-mail.com", "acme"),
        ("ana@acme.na.teamtailor-mail.com", "acme"),
        ("ana@teamtailor-mail.com", None),
        ("no-reply@na.teamtailor-mail.com", None),
        ("candidate-7e9f30c6-8b05@message.teamtailor.com", None),
        ("no-reply@acme.comeet-notifications.com", "acme"),
        ("no-reply@comeet-notifications.com", None),
        ("ana@acme.recruitee.com", "acme"),
        ("x@recruitee-mailbox.com", None),
        ("acme@pinpoint.email", "acme"),
        ("69e25fca-1c38-4c0c-a41d-b29a0aa9e0e7@pinpoint.email", None),
        ("ana@acme-software-inc.breezy-mail.com", "acme-software-inc"),
        ("careers@acme-talent.freshteam.com", "acme-talent"),
        ("notifications@app.bamboohr.com", None),
        ("no-reply@us.greenhouse-mail.io", None),
        ("no-reply@hire.lever.co", None),
        ("no-reply@ashbyhq.com", None),
        ("system@successfactors.eu", None),
        ("acme@firm.example", None),
    ],
)
def test_whose_mail_a_platform_carries(address: str, tenant: str | None) -> None:
    assert SENDERS.tenant_of(at(address)) == tenant


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("acme@otp.workday.com", False),
        ("ana@workday.com", True),
        ("mail@hire.eu.lever.co", False),
        ("dc7+job+1563+514620@app.bamboohr.com", True),
        ("notifications@app.bamboohr.com", False),
        ("acme-jobs@m-personio.com", True),
        ("conversations@message.teamtailor.com", True),
        ("no-reply@message.teamtailor.com", False),
        ("acme@pinpoint.email", True),
        ("ana@acme.breezy-mail.com", True),
        ("no-reply@acme.breezy-mail.com", False),
        ("acme@breezy.hr", False),
        ("c20240419kxhff0@mail.applytojob.com", True),
        ("recruiting+3872-05c1@applytojob.com", True),
        ("notice@applytojob.com", False),
        ("candidature.brg9n7yg@message.digitalrecruiters.com", True),
        ("ana44ky2_22r@indeedemail.com", True),
        ("noreply@indeedemail.com", False),
        ("indeedapply@indeed.com", False),
        ("no-reply@msg.join.com", False),
    ],
)
def test_which_platforms_pass_an_answer_on(address: str, reached: bool) -> None:  # noqa: FBT001
    assert (SENDERS.nobody_reads(at(address)) is None) == reached


@pytest.mark.parametrize(
    "address", ["talent@wellfound.com", "conversation-7_d8e@remail.wellfound.com", "no-reply@angel.co"]
)
def test_a_platform_that_closes_the_channel_says_so(address: str) -> None:
    reason = SENDERS.nobody_reads(at(address))
    assert reason == f"{address} belongs to Wellfound, which lets nobody answer after a rejection"


def test_a_closed_channel_reaches_nobody_whatever_else_the_platform_passes_on() -> None:
    senders = with_own(
        "[[platform]]\nname = 'Gate'\ndomains = ['gate.example']\nreaches = 'person'\n"
        "person_if = ['+email+']\ncloses = true"
    )
    assert "Gate, which lets nobody" in (senders.nobody_reads(at("a+email+b@gate.example")) or "")


def test_an_address_that_a_person_reads_is_neither_no_reply_nor_shared() -> None:
    senders = with_own(
        "person = ['Jobs@Smallfirm.example', 'no-reply@smallfirm.example', 'ana@wellfound.com']\n"
        "nobody = ['@smallfirm.example']"
    )
    for address in ("jobs@smallfirm.example", "JOBS@smallfirm.example", "no-reply@smallfirm.example"):
        assert senders.nobody_reads(at(address)) is None
        assert not senders.is_shared(at(address))
    assert senders.nobody_reads(at("ana@wellfound.com")) is None
    assert senders.nobody_reads(at("ana@smallfirm.example"))
    assert senders.is_shared(at("jobs@otherfirm.example"))


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        ("jane@bot.example", True),
        ("JANE@bot.example", True),
        ("kim@bot.example", False),
        ("jane@mail.bot.example", False),
        ("x@robot.example", True),
        ("x@mail.robot.example", True),
        ("x@notrobot.example", False),
        ("x@robot.example.firm.example", False),
        ("x@xn--bro-hoa.example", True),
    ],
)
def test_addresses_and_domains_that_nobody_reads(address: str, listed: bool) -> None:  # noqa: FBT001
    senders = with_own("nobody = ['Jane@bot.example', '@robot.example', '@Büro.example']")
    expected = f"{address} is listed under nobody in senders.toml" if listed else None
    assert senders.nobody_reads(at(address)) == expected


def test_a_file_of_ones_own_adds_to_every_list() -> None:
    senders = with_own(
        "no_reply = ['Silent-Box']\nshared = ['crew']\nsurnames = ['lobby']\n"
        "free = ['vale.example', 'hill.*']\n"
        "[[platform]]\nname = 'Own'\ndomains = ['Relay.example', 'myworkday.com']\nreaches = 'person'\n"
        "tenant = ['{tenant}+', '@{tenant}.']\nnobody_if = ['+AUTO+']\nnote = 'seen in May'"
    )
    assert senders.nobody_reads(at("hr-silentbox@firm.example"))
    assert senders.nobody_reads(at("noreply@firm.example"))
    assert senders.is_shared(at("crew@firm.example"))
    assert senders.is_shared(at("lobby@firm.example"))
    assert not senders.is_shared(at("kim.lobby@firm.example"))
    assert senders.is_shared(at("jobs@firm.example"))
    assert senders.is_free("vale.example")
    assert senders.is_free("hill.de")
    assert senders.is_free("gmail.com")
    assert senders.nobody_reads(at("acme@myworkday.com")) is None
    assert senders.nobody_reads(at("acme+auto+x@relay.example")) is not None
    assert senders.tenant_of(at("acme+x@relay.example")) == "acme"
    assert senders.tenant_of(at("x@acme.relay.example")) == "acme"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("person = ['jobs']", "person[1]: 'jobs' is no address; write it as name@firm.example"),
        ("person = ['@firm.example']", "person[1]: '@firm.example' is no address"),
        ("person = ['a b@firm.example']", "person[1]: 'a b@firm.example' is no address"),
        ("person = ['ana@firm']", "person[1]: 'firm' is no domain; write it as firm.example, without @"),
        ("person = 'ana@firm.example'", 'person: is no list; write ["..."]'),
        ("nobody = ['a@b.example', 'robot.example']", "nobody[2]: 'robot.example' is no address"),
        ("nobody = ['@']", "nobody[1]: '' is no domain"),
        ("nobody = ['@a..example']", "nobody[1]: 'a..example' is no domain"),
        ("nobody = [7]", "nobody[1]: is no text; write it in quotes"),
        (
            "person = ['Ana@firm.example']\nnobody = ['ana@firm.example']",
            "ana@firm.example is listed under person and under nobody; take one away",
        ),
        ("free = ['*.example']", "free[1]: '*.example' is no domain"),
        ("free = ['@vale.example']", "free[1]: '@vale.example' is no domain"),
        ("shared = ['jobs@']", "shared[1]: 'jobs@' is no word of an address; write a-z, 0-9"),
        ("shared = ['']", "shared[1]: '' is no word of an address"),
        ("no_reply = ['sélection']", "no_reply[1]: 'sélection' is no word of an address"),
        ("surnames = ['a.b']", "surnames[1]: 'a.b' is no word of an address"),
        ("noreply = ['x']", "noreply: unknown key. Did you mean 'no_reply'?"),
    ],
)
def test_a_malformed_entry_is_told(text: str, problem: str) -> None:
    (told,) = problems(text)
    assert told.startswith("own/senders.toml: ")
    assert problem in told


@pytest.mark.parametrize(
    "form",
    ["", "tenant", "{tenant}", "{Tenant}@", "{tenant}{tenant}@", "x-{tenant}@", "@{tenant}", "@{tenant}.x",
     "{tenant}jobs@", "{tenant}@acme.example", "(.*)@", "{tenant}-JOBS@", ".{tenant}@", "{tenant}."],
)  # fmt: skip
def test_an_unknown_form_of_a_tenant_is_told(form: str) -> None:
    (told,) = problems(
        f"[[platform]]\nname = 'Own'\ndomains = ['relay.example']\nreaches = 'person'\ntenant = ['{form}']"
    )
    assert told == (
        f"own/senders.toml: platform[1].tenant[1]: {form!r} doesn't tell where the tenant stands; "
        'write it as "{tenant}@", "{tenant}+", "{tenant}-jobs@" or "@{tenant}."'
    )


def test_every_mistake_is_told_at_once() -> None:
    told = problems(
        "person = ['jobs']\nshared = ['a@']\n"
        "[[platform]]\nname = 'Own'\ndomains = ['@relay.example']\nreaches = 'robots'\ntenant = ['{t}@']\n"
        "closes = 'sometimes'\n[[platform]]\nname = 'Empty'\ndomains = []\nreaches = 'person'"
    )
    wheres = [line.split(": ")[1] for line in told]
    assert wheres == [
        "shared[1]", "person[1]", "platform[1].domains[1]", "platform[1].reaches", "platform[1].closes",
        "platform[1].tenant[1]", "platform[2].domains",
    ]  # fmt: skip


def test_without_words_nothing_is_known() -> None:
    senders = parse_senders([SourceFile("a.toml", "schema = 1")])
    assert senders.nobody_reads(at("no-reply@firm.example")) is None
    assert not senders.is_shared(at("jobs@firm.example"))
    assert not senders.is_free("gmail.com")
    assert senders.tenant_of(at("acme@myworkday.com")) is None


def test_the_senders_survive_the_cache() -> None:
    assert pickle.loads(pickle.dumps(SENDERS)) == SENDERS  # noqa: S301 - made here


def test_hostile_addresses_are_read_at_once() -> None:
    begun = process_time()
    for local in ("a." * 20_000 + "sales", "jobs-" * 20_000, "no-" * 20_000, "-jobs" * 20_000, "@" * 20_000):
        for domain in ("acme.teamtailor-mail.com", "m.personio.de", "a." * 2_000 + "example"):
            address = at(f"{local}@{domain}")
            SENDERS.nobody_reads(address)
            SENDERS.is_shared(address)
            SENDERS.tenant_of(address)
    assert process_time() - begun < 3


def test_the_packaged_file_says_nothing_twice() -> None:
    """A word in two lists, or a domain of two platforms, would be taken away in vain by who edits it."""
    (file,) = sender_files()
    entry = SendersEntry.model_validate(tomllib.loads(file.text))
    for words in (
        [word.replace("-", "") for word in (*entry.no_reply, *entry.shared, *entry.surnames)],
        [*entry.free, *(domain for platform in entry.platform for domain in platform.domains)],
    ):
        assert [word for word, times in Counter(words).items() if times > 1] == []
    assert not entry.person
    assert not entry.nobody


DOCS = (Path(__file__).parents[2] / "docs" / "senders.md").read_text()


@pytest.mark.parametrize("entry", [SendersEntry, PlatformEntry])
def test_every_key_is_explained(entry: type[BaseModel]) -> None:
    for key, field in entry.model_fields.items():
        assert f"`{field.alias or key}`" in DOCS or f"`[[{key}]]`" in DOCS


def test_the_file_shown_is_valid_and_shows_every_key() -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    entry = SendersEntry.model_validate(tomllib.loads(shown))
    assert entry.model_fields_set == set(SendersEntry.model_fields)
    assert entry.platform[0].model_fields_set == set(PlatformEntry.model_fields)


def test_the_forms_of_a_tenant_shown_find_it() -> None:
    rows = re.findall(r"\| `(\S*\{tenant\}\S*)` \| `(\S+)` \|", DOCS)
    assert len(rows) == 4
    for form, address in rows:
        platform = SENDERS.platform_of(at(address))
        assert platform
        senders = with_own(
            f"[[platform]]\nname = 'x'\ndomains = {list(platform.domains)}\nreaches = 'person'\n"
            f"tenant = ['{form}']"
        )
        assert senders.tenant_of(at(address)) == "acme"


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("jobs@firm.example", True), ("jobs.berlin@firm.example", True), ("acme-jobs@firm.example", True),
        ("jobs2@firm.example", True), ("uk.sales@firm.example", True), ("info.jobs@firm.example", True),
        ("acme.jobs@acme.example", True), ("jobst.meyer@firm.example", False),
        ("jane.jobs@firm.example", False), ("a.sales@firm.example", False),
    ],
)  # fmt: skip
def test_the_mailboxes_named_are_what_the_text_says(address: str, shared: bool) -> None:  # noqa: FBT001
    assert address in DOCS or f"{address.partition('@')[0]}@`" in DOCS
    assert SENDERS.is_shared(at(address)) == shared
