"""A reply greets a person by name, and nobody else."""

import pytest

from springback.names import first_name, person_in_address, person_name, same_person


@pytest.mark.parametrize(
    ("display", "name"),
    [
        ("Jane Doe", "Jane Doe"),
        ("Doe, Jane", "Jane Doe"),
        ("Doe, Jane (Acme)", "Jane Doe"),
        ("Jane Doe (Acme)", "Jane Doe"),
        ("Jane Doe [Acme]", "Jane Doe"),
        ("Jane Doe | Acme", "Jane Doe"),
        ("Jane Doe / Acme", "Jane Doe"),
        ("Jane Doe - Acme Recruiting", "Jane Doe"),
        ("Jane Doe – Acme", "Jane Doe"),
        ("Jane Doe @ Acme", "Jane Doe"),
        ("Jane Doe via Greenhouse", "Jane Doe"),
        ("Jane from Acme", "Jane"),
        ("Jane Doe bei Acme", "Jane Doe"),
        ("Dr. Jane Doe", "Jane Doe"),
        ("Frau Dr. Jane Doe", "Jane Doe"),
        ("Mr Miro Vale", "Miro Vale"),
        ("JANE DOE", "Jane Doe"),
        ("jane doe", "Jane Doe"),
        ('"Jane Doe"', "Jane Doe"),
        ("Zoë O’Neill-Řezáč", "Zoë O’Neill-Řezáč"),
        ("Jane M. Doe", "Jane M. Doe"),
        ("Ana María de la Cruz", "Ana María de la Cruz"),
        ("Jane", "Jane"),
        ("李 明", "李 明"),
        ("Nguyễn Văn An", "Nguyễn Văn An"),
        ("Nguye\u0302\u0303n Va\u0306n An", "Nguyễn Văn An"),
        ("María José García López", "María José García López"),
        ("García López, María", "María García López"),
        ("Anne-Marie O'Neill", "Anne-Marie O'Neill"),
        ("Jean-Luc de la Tour", "Jean-Luc de la Tour"),
        ("Jan 't Hooft", "Jan 't Hooft"),
        ("Ursula von der Berg", "Ursula von der Berg"),
        ("Dr. Jana von Berg", "Jana von Berg"),
        ("Jane at Acme", "Jane"),
        ("Jane (Acme Talent)", "Jane"),
        ("Jane @Acme", "Jane"),
        ("Jana von Acme", "Jana"),
        ("Jane Doe - Acme GmbH", "Jane Doe"),
        ("Jane Doe -Acme", "Jane Doe"),
        ("Jane Doe · Acme", "Jane Doe"),
        ("Jane Doe (she/her)", "Jane Doe"),
        ("Jane Doe she/her", "Jane Doe"),
        ("[External] Jane Doe", "Jane Doe"),
        ("(EXT) Doe, Jane", "Jane Doe"),
    ],
)
def test_the_person_in_a_display_name(display: str, name: str) -> None:
    assert person_name(display) == name


@pytest.mark.parametrize(
    "display",
    [
        "",
        "Acme Recruiting Team",
        "Talent Acquisition",
        "The Acme Team",
        "Acme Careers",
        "Jobs",
        "Acme HR",
        "Human Resources",
        "no-reply",
        "noreply",
        "Workday",
        "Acme GmbH",
        "Acme Inc.",
        "Bewerbermanagement",
        "Karriere bei Acme",
        "Recrutement Acme",
        "jane.doe@acme.example",
        "+49 170 000",
        "Jane <b>Doe</b>",
        "{{ name }}",
        "A" * 51,
        "one two three four five six",
        "(Acme)",
        ",",
        "[External]",
        "Jane Doe, Acme, Oslo",
        "KGV Morgenrot",
        "HVS Ressources humaines",
        "Direction ISE",
        "Tischlerei Morgenrot",
        "Fundación Alba - Becas",
        "Mr Doe",
        "M. Dupont",
        "Herr Berg",
        "Frau Dr. Berg",
        "A" * 100_000,
        " (" * 100_000,
        "Dr. " * 100_000,
        "Doe," * 100_000,
    ],
)
def test_no_person_in_a_display_name(display: str) -> None:
    assert person_name(display) is None


@pytest.mark.parametrize(
    "display",
    [
        "Jane Doe, PhD",
        "Jane Doe, Ph.D.",
        "Jane Doe, M.A.",
        "Jane Doe, MBA, SHRM-CP",
        "Jane Doe, MSc, PhD",
        "Jane Doe PhD",
        "Jane Doe MBA",
        "Jane Doe SHRM-SCP",
        "Jane Doe, Esq.",
        "Jane Doe Jr.",
        "Jane Doe III",
        "Doe, Jane, PhD",
        "Doe, Dr. Jane",
        "Prof. Dr. Jane Doe",
        "Dr.Jane Doe",
        "Dipl.-Ing. Jane Doe",
        "Sra. Jane Doe",
        "Dott.ssa Jane Doe",
        "Sig.ra Jane Doe",
        "Mme Jane Doe",
        "Mevr. Jane Doe",
    ],
)
def test_titles_and_degrees_are_no_part_of_a_name(display: str) -> None:
    assert person_name(display) == "Jane Doe"


@pytest.mark.parametrize(
    ("display", "name"),
    [
        ("DOE Jane", "Jane Doe"),
        ("DOE Jane Ida", "Jane Ida Doe"),
        ("Jane DOE", "Jane Doe"),
        ("O'NEILL Jane", "Jane O'Neill"),
        ("BERG-LARSEN Anna", "Anna Berg-Larsen"),
        ("VAN DER MEER Tom", "Tom van der Meer"),
        ("TOM VAN DER MEER", "Tom van der Meer"),
        ("tom van der meer", "Tom van der Meer"),
        ("Jean-Luc DE LA TOUR", "Jean-Luc de la Tour"),
        ("JP Doe", "JP Doe"),
        ("Ma, Jane", "Jane Ma"),
        ("Jane Ma", "Jane Ma"),
        ("Don Berg", "Don Berg"),
    ],
)
def test_capitals_tell_the_surname(display: str, name: str) -> None:
    assert person_name(display) == name


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Jane Doe", "Jane"),
        ("Jane M. Doe", "Jane"),
        ("J. Doe", None),
        ("J Doe", None),
        ("Acme", None),
        ("JP Doe", None),
        ("LI Ming", None),
        ("李 明", None),
        ("Nguyễn Văn An", "An"),
        ("An Nguyễn", "An"),
        ("María José García López", "María"),
        ("", None),
        (None, None),
    ],
)
def test_the_name_to_greet_by(name: str | None, first: str | None) -> None:
    """One word may be a firm, and an initial is no name: better no name than a wrong one."""
    assert first_name(name) == first


@pytest.mark.parametrize(
    ("name", "address", "first"),
    [
        ("Jana", "jana@acme.example", "Jana"),
        ("Jana", "JANA@ACME.EXAMPLE", "Jana"),
        ("Jana", "jana.berg@acme.example", "Jana"),
        ("Jana", "jana_berg@acme.example", "Jana"),
        ("Jana", "jana-berg@acme.example", "Jana"),
        ("Jana", "jana+x1@acme.example", "Jana"),
        ("Jürgen", "juergen.gross@acme.example", "Jürgen"),
        ("Zoë", "zoe@acme.example", "Zoë"),
        ("Jana", "berg@acme.example", None),
        ("Jana", "janab@acme.example", None),
        ("Jana", "", None),
        ("Jana", "@acme.example", None),
        ("Acme", "acme@acme.example", None),
        ("Acme", "acme@mail.acme.example", None),
        ("Jobs", "jobs@acme.example", None),
        ("Hello", "hello@acme.example", None),
        ("Volunteering", "volunteering@acme.example", None),
        ("J.", "j@acme.example", None),
        ("Acme Jane Doe", "jane.doe@acme.example", None),
        ("Jane Doe", "jobs@acme.example", "Jane"),
        ("Jane Doe", "jane@doe.example", "Jane"),
        ("Ai Mori", "a.mori@acme.ai", "Ai"),
    ],
)
def test_one_word_counts_in_ones_own_mailbox(name: str, address: str, first: str | None) -> None:
    assert first_name(name, address) == first


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("jane.doe@acme.example", "Jane Doe"),
        ("Jane.Doe@Acme.example", "Jane Doe"),
        ("jane_doe@acme.example", "Jane Doe"),
        ("jane.doe+x1@acme.example", "Jane Doe"),
        ("anna.maria.berg@acme.example", "Anna Maria Berg"),
        ("anne-marie.oneill@acme.example", "Anne-Marie Oneill"),
        ("tom.van.der.meer@acme.example", "Tom van der Meer"),
        ("ana.de.la.cruz@acme.example", "Ana de la Cruz"),
        ("juergen.gross@acme.example", "Juergen Gross"),
        ("jürgen.groß@acme.example", "Jürgen Groß"),
        ("anna.lohse@lohse.example", "Anna Lohse"),
        ("ed.berg@acme.example", "Ed Berg"),
    ],
)
def test_an_address_may_spell_out_a_name(address: str, name: str) -> None:
    assert person_in_address(address) == name


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "jane.doe",
        "jane@acme.example",
        "jdoe@acme.example",
        "j.doe@acme.example",
        "jane.d@acme.example",
        "jp.doe@acme.example",
        "jane.doe2@acme.example",
        "jane-doe@acme.example",
        "jane..doe@acme.example",
        ".jane.doe@acme.example",
        "one.two.three.four@acme.example",
        "van.gogh@acme.example",
        "tom.van@acme.example",
        "no.reply@acme.example",
        "do_not_reply@acme.example",
        "talent.team@acme.example",
        "people.ops@acme.example",
        "customer.care@acme.example",
        "early.careers@acme.example",
        "oslo.hiringdesk@acme.example",
        "x1.fa.sender@acme.example",
        "abcd.fa.sender@acme.example",
        "human.resources@acme.example",
        "jobs.berlin@acme.example",
        "hello.berlin@acme.example",
        "acme.oslo@acme.example",
        "acme.oslo@mail.acme.example",
        "a" * 60 + ".doe@acme.example",
        "a." * 100_000 + "@acme.example",
    ],
)
def test_an_address_without_a_name(address: str) -> None:
    assert person_in_address(address) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Berg", "Anna Berg"),
        ("Anna Berg", "ANNA BERG"),
        ("Anna Berg", "Berg, Anna"),
        ("Anna Berg", "Dr. Anna Berg"),
        ("Anna Berg", "Anna Maria Berg"),
        ("Anna Berg", "Anna M. Berg"),
        ("Anna M. Berg", "Anna Maria Berg"),
        ("Maria Berg", "Anna Maria Berg"),
        ("A. Berg", "Anna Berg"),
        ("A Berg", "Berg Anna"),
        ("J.M. Dupont", "Jean-Marie Dupont"),
        ("Anna", "Anna Berg"),
        ("anna", "Anna"),
        ("Anne Marie Berg", "Anne-Marie Berg"),
        ("Anna Berg", "Anna Berg-Larsen"),
        ("Jürgen Groß", "Juergen Gross"),
        ("Jürgen", "Juergen Gross"),
        ("Zoë Řezáč", "Zoe Rezac"),
        ("Anne O’Neill", "Anne Oneill"),
        ("Tom van der Meer", "Tom van der Meer"),
        ("李 明", "李 明"),
    ],
)
def test_two_names_of_one_person(one: str, other: str) -> None:
    assert same_person(one, other)
    assert same_person(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Berg", "Anna Larsen"),
        ("Anna Berg", "Tom Berg"),
        ("Anna Berg", "Anna Bergmann"),
        ("Anna Maria Berg", "Anna Clara Berg"),
        ("Anna M. Berg", "Anna Clara Berg"),
        ("A. Berg", "Tom Berg"),
        ("A. B.", "Anna Berg"),
        ("A. B.", "A. B."),
        ("A.", "Anna Berg"),
        ("A.", "A."),
        ("Berg", "Anna Berg"),
        ("Anna", "Berg Anna"),
        ("Anna Anna", "Anna Berg"),
        ("Tom van Dijk", "Tom van Berg"),
        ("李 明", "李 华"),
        ("", "Anna Berg"),
        ("", ""),
        ("\u0301", "\u0302"),
        ("a " * 100_000, "b " * 100_000),
    ],
)
def test_names_of_two_people(one: str, other: str) -> None:
    assert not same_person(one, other)
    assert not same_person(other, one)


@pytest.mark.parametrize(
    "shown", ["Dr. med. Eva Roth", "Dr. rer. nat. Eva Roth", "Prof. Dr. phil. habil. Eva Roth"]
)
def test_the_faculty_of_a_doctor_is_no_name(shown: str) -> None:
    assert person_name(shown) == "Eva Roth"
