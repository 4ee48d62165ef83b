"""Labelled mail: what is read of files and folders, and every problem in them told at once."""

import json
from pathlib import Path

import pytest

from springback.errors import LabelError
from springback.message import parse_message
from springback.tuning.labelled import LABELS, Labelled, Meaning, read_labelled, treatments

MAIL = b"From: Ana <ana@firm.example>\nSubject: Your application\n\nYou were not chosen.\n"


def jsonl(path: Path, *records: object) -> Path:
    """Write a JSONL file of records, or of lines as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def saved(path: Path, raw: bytes = MAIL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def problems_of(*paths: Path) -> list[str]:
    with pytest.raises(LabelError) as caught:
        read_labelled(paths)
    assert str(caught.value).startswith("Can't measure:\n  ")
    return list(caught.value.problems)


def labels_by_name(folder: Path) -> dict[str, str]:
    return {str(Path(mail.name).relative_to(folder)): mail.label for mail in read_labelled([folder])}


def test_a_line_holds_a_mail(tmp_path: Path) -> None:
    line = {
        "id": "m1", "label": "rejection", "lang": "de", "subject": "Your\napplication",
        "from": "Ana <ana@firm.example>", "body": "Leider nein.\n",
    }  # fmt: skip
    file = jsonl(tmp_path / "a.jsonl", line)
    (mail,) = read_labelled([file])
    assert (mail.source, mail.name, mail.label, mail.meaning, mail.language) == (
        str(file), "m1", "rejection", "rejection", "de",
    )  # fmt: skip
    message = parse_message(mail.raw)
    assert (message.subject, str(message.sender)) == ("Your application", "Ana <ana@firm.example>")
    assert message.text.strip() == "Leider nein."
    assert mail.expected == {}


def test_a_line_without_id_is_named_by_its_number(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path / "a.jsonl", "", {"label": "other", "body": "a"}, "  ", {"label": "other", "body": "b"}
    )
    assert [mail.name for mail in read_labelled([file])] == [f"{file}:2", f"{file}:4"]
    assert [mail.language for mail in read_labelled([file])] == [None, None]


@pytest.mark.parametrize(
    "body",
    [
        {"html": "<p>You were <b>not</b> chosen.</p>"},
        {"body": " <p>You were <b>not</b> chosen.</p>"},
        {"body": "Use HTML.", "html": "<p>You were <b>not</b> chosen.</p>"},
        {"body": "You were not chosen."},
        {"html": "", "body": "You were not chosen."},
    ],
)
def test_a_body_is_text_or_html(tmp_path: Path, body: dict[str, str]) -> None:
    (mail,) = read_labelled([jsonl(tmp_path / "a.jsonl", {"label": "rejection", **body})])
    assert parse_message(mail.raw).text.strip() == "You were not chosen."


@pytest.mark.parametrize(
    ("text", "read"),
    [("a\u2028b", "a b"), ("a\u0085b", "a b"), ("Absage \ud83d", "Absage ?"), ("a\r\nb", "a b"), ("<", "<")],
)
@pytest.mark.parametrize("raw", [True, False])
def test_a_text_that_json_can_say_is_read(tmp_path: Path, text: str, read: str, raw: bool) -> None:  # noqa: FBT001
    record = {"label": "other", "id": text, "lang": text, "subject": text, "from": text, "body": f"x {text}"}
    line = json.dumps(record, ensure_ascii="\ud83d" in text or not raw)
    (mail,) = read_labelled([jsonl(tmp_path / "a.jsonl", line)])
    message = parse_message(mail.raw)
    assert (message.subject, " ".join(message.text.split())) == (read, f"x {read}")
    assert mail.name.encode()


@pytest.mark.parametrize("sender", ["<", ">", "a@", '"', "(", "a <b", ",", "=?x?", "a:b;", "@,:", "<>", "\0"])
def test_a_sender_is_read_as_it_was_written(tmp_path: Path, sender: str) -> None:
    (mail,) = read_labelled(
        [jsonl(tmp_path / "a.jsonl", {"label": "other", "from": sender, "body": "Hello"})]
    )
    assert parse_message(mail.raw).text.strip() == "Hello"


def test_a_number_names_a_mail_too(tmp_path: Path) -> None:
    (mail,) = read_labelled([jsonl(tmp_path / "a.jsonl", {"label": "other", "body": "x", "id": 7})])
    assert mail.name == "7"


@pytest.mark.parametrize("text", ["Größe – “ja”", "日本語", "x" * 3000, "From a\n.\nb", "", "a < b"])
def test_a_body_is_read_as_it_was_written(tmp_path: Path, text: str) -> None:
    (mail,) = read_labelled(
        [jsonl(tmp_path / "a.jsonl", {"label": "rejection", "body": text, "subject": text})]
    )
    message = parse_message(mail.raw)
    assert message.text.split() == text.split()
    assert message.subject == " ".join(text.split())


def test_a_line_names_a_mail_beside_the_file(tmp_path: Path) -> None:
    saved(tmp_path / "set" / "mails" / "a.eml")
    file = jsonl(tmp_path / "set" / "a.jsonl", {"path": "mails/a.eml", "label": "rejection", "id": "x"})
    (mail,) = read_labelled([file])
    assert (mail.raw, mail.name) == (MAIL, str(tmp_path / "set" / "mails" / "a.eml"))


def test_what_should_come_out_stands_beside_it(tmp_path: Path) -> None:
    told = {"verdict": "review", "kind": "closed", "company": "Acme", "role": None, "name": ""}
    (mail,) = read_labelled(
        [jsonl(tmp_path / "a.jsonl", {"label": "rejection", "body": "x", **told, "more": 1})]
    )
    assert mail.expected == {
        "verdict": "review", "kind": "closed", "company": "Acme", "role": None, "name": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("label", "plain", "meaning"),
    [
        ("rejection", "rejection", "rejection"),
        (" Rejection ", "rejection", "rejection"),
        ("Application_Received", "application-received", "other"),
        ("grant-rejection", "grant-rejection", "other"),
        ("ham", "ham", "other"),
        ("ambiguous", "ambiguous", "left-out"),
        ("review", "review", "left-out"),
    ],
)
def test_what_a_label_means(tmp_path: Path, label: str, plain: str, meaning: Meaning) -> None:
    (mail,) = read_labelled([jsonl(tmp_path / "a.jsonl", {"label": label, "body": "x"})])
    assert (mail.label, mail.meaning) == (plain, meaning)


def test_only_a_job_rejection_should_be_drafted() -> None:
    assert [label for label, meaning in LABELS.items() if meaning == "rejection"] == ["rejection"]


def test_a_folder_for_each_label(tmp_path: Path) -> None:
    for path in ("rejection/a.eml", "other/deep/b.eml", "interview/rejection/c.eml", "Job_Alert/d"):
        saved(tmp_path / path)
    assert labels_by_name(tmp_path) == {
        "Job_Alert/d": "job-alert",
        "interview/rejection/c.eml": "rejection",
        "other/deep/b.eml": "other",
        "rejection/a.eml": "rejection",
    }
    assert {mail.source for mail in read_labelled([tmp_path])} == {str(tmp_path)}


def test_a_folder_that_is_a_label_itself(tmp_path: Path) -> None:
    saved(tmp_path / "rejection" / "a.eml")
    assert labels_by_name(tmp_path / "rejection") == {"a.eml": "rejection"}


def test_a_label_before_two_underscores(tmp_path: Path) -> None:
    saved(tmp_path / "rejection__a.eml")
    saved(tmp_path / "other" / "job-alert__b_c__d.eml")
    saved(tmp_path / "other" / "unknown__e.eml")
    assert labels_by_name(tmp_path) == {
        "other/job-alert__b_c__d.eml": "job-alert",
        "other/unknown__e.eml": "other",
        "rejection__a.eml": "rejection",
    }


def test_an_mbox_holds_several_mails(tmp_path: Path) -> None:
    one = b"From ana@firm.example Thu Nov 19 16:05:00 2026\n" + MAIL + b"\n"
    saved(tmp_path / "rejection" / "all.mbox", one * 2)
    names = [mail.name for mail in read_labelled([tmp_path])]
    assert names == [f"{tmp_path}/rejection/all.mbox#1", f"{tmp_path}/rejection/all.mbox#2"]


def test_a_readme_beside_a_list_is_no_mail(tmp_path: Path) -> None:
    saved(tmp_path / "README.md", b"All about this set")
    saved(tmp_path / "mails" / "a.eml")
    jsonl(tmp_path / "labels.jsonl", {"path": "mails/a.eml", "label": "rejection"})
    assert [mail.name for mail in read_labelled([tmp_path])] == [str(tmp_path / "mails" / "a.eml")]


def test_a_readme_without_a_list_is_told(tmp_path: Path) -> None:
    saved(tmp_path / "README.md", b"All about this set")
    saved(tmp_path / "rejection" / "a.eml")
    (problem,) = problems_of(tmp_path)
    assert "README.md" in problem


def test_hidden_files_are_no_mails(tmp_path: Path) -> None:
    saved(tmp_path / "rejection" / ".DS_Store", b"\0")
    saved(tmp_path / ".git" / "rejection" / "b.eml")
    saved(tmp_path / "rejection" / ".old" / "deep" / "c.eml")
    jsonl(tmp_path / ".old" / "x.jsonl", "{")
    jsonl(tmp_path / "rejection" / ".x.jsonl", "{")
    saved(tmp_path / "rejection" / "a.eml")
    assert len(read_labelled([tmp_path])) == 1


def test_a_mail_that_a_list_names_is_read_once(tmp_path: Path) -> None:
    """The list knows better than the folder."""
    saved(tmp_path / "rejection" / "a.eml")
    saved(tmp_path / "rejection" / "b.eml")
    jsonl(tmp_path / "labels.jsonl", {"path": "rejection/a.eml", "label": "other"})
    assert labels_by_name(tmp_path) == {"rejection/a.eml": "other", "rejection/b.eml": "rejection"}


@pytest.mark.parametrize("path", ["rejection/a.eml", "./rejection/../rejection/a.eml"])
def test_a_mail_that_is_named_twice_counts_once(tmp_path: Path, path: str) -> None:
    saved(tmp_path / "rejection" / "a.eml")
    one = {"path": "rejection/a.eml", "label": "rejection"}
    file = jsonl(tmp_path / "a.jsonl", one, {**one, "path": path}, {"label": "other", "body": "x"})
    other = jsonl(tmp_path / "b.jsonl", {**one, "path": path})
    assert len(read_labelled([file])) == 2
    assert len(read_labelled([file, file, other, tmp_path, tmp_path / "rejection"])) == 2


def test_an_mbox_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    one = b"From ana@firm.example Thu Nov 19 16:05:00 2026\n" + MAIL + b"\n"
    saved(tmp_path / "rejection" / "all.mbox", one * 2)
    assert len(read_labelled([tmp_path, tmp_path / "rejection" / ".." / "rejection"])) == 2


def test_a_mail_with_two_labels_is_told(tmp_path: Path) -> None:
    saved(tmp_path / "a.eml")
    file = jsonl(
        tmp_path / "a.jsonl", {"path": "a.eml", "label": "rejection"}, {"path": "a.eml", "label": "other"}
    )
    assert problems_of(file) == [f"{tmp_path}/a.eml: is labelled 'rejection' and 'other'; keep one"]


def test_several_sets_are_read_in_order(tmp_path: Path) -> None:
    saved(tmp_path / "set" / "rejection" / "a.eml")
    file = jsonl(tmp_path / "b.jsonl", {"label": "other", "body": "x"})
    mails = read_labelled([file, tmp_path / "set"])
    assert [mail.source for mail in mails] == [str(file), str(tmp_path / "set")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "no JSON: "),
        ("not JSON", "no JSON: "),
        ("[]", 'no label; write {"label": "rejection", ...}'),
        ('"rejection"', "no label"),
        ({"body": "x"}, "no label"),
        ({"label": 1, "body": "x"}, "no label"),
        ({"label": "rejection"}, "no mail; give `path`, `body` or `html`"),
        ({"label": "rejection", "body": None}, "no mail"),
        ({"label": "rejection", "path": "gone.eml"}, "No such file or directory: "),
        ({"label": "rejection", "path": "."}, "Is a directory: "),
        ({"label": "rejection", "path": "a\0.eml"}, "embedded null byte: "),
        ({"label": "rejection", "path": "\ud83d.eml"}, "No such file or directory: "),
        ({"label": "rejection", "path": "a" * 9999}, "File name too long: "),
        ("[" * 100_000, "no JSON: "),
        ("1" * 10_000, "no JSON: "),
    ],
)
def test_a_line_that_is_wrong_is_told_with_its_number(tmp_path: Path, line: object, problem: str) -> None:
    file = jsonl(tmp_path / "a.jsonl", {"label": "other", "body": "x"}, "", line)
    (told,) = problems_of(file)
    assert told.startswith(f"{file}:3: {problem}")


@pytest.mark.parametrize(
    ("label", "hint"),
    [
        ("rejections", "Did you mean 'rejection'?"),
        ("Newsleter", "Did you mean 'newsletter'?"),
        ("zzzz", "Known: account, ambiguous, "),
    ],
)
def test_an_unknown_label_is_told_with_the_remedy(tmp_path: Path, label: str, hint: str) -> None:
    (problem,) = problems_of(jsonl(tmp_path / "a.jsonl", {"label": label, "body": "x", "id": "m7"}))
    assert problem.startswith(f"m7: no label {label!r}. {hint}")
    assert problem.endswith(f"Or say what it is: --treat {label}=other")


def test_an_unknown_folder_is_told_with_the_mail(tmp_path: Path) -> None:
    saved(tmp_path / "rejectoin" / "a.eml")
    (problem,) = problems_of(tmp_path)
    assert problem.startswith(f"{tmp_path}/rejectoin/a.eml: no label 'rejectoin'. Did you mean 'rejection'?")


def test_a_further_label_is_treated_as_told(tmp_path: Path) -> None:
    saved(tmp_path / "Absage" / "a.eml")
    saved(tmp_path / "bulk" / "b.eml")
    treat = treatments(["absage=rejection", "bulk=left-out"])
    mails = read_labelled([tmp_path], treat)
    assert [(mail.label, mail.meaning) for mail in mails] == [("absage", "rejection"), ("bulk", "left-out")]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "a.jsonl", "{", {"label": "rejection"}, {"label": "rejection", "body": "fine"})
    saved(tmp_path / "set" / "nonsense" / "b.eml")
    saved(tmp_path / "set" / "rejection" / "empty.eml", b"")
    gone = tmp_path / "gone"
    assert [line.partition(": ")[0] for line in problems_of(file, gone, tmp_path / "set")] == [
        f"{file}:1", f"{file}:2", str(gone),
        f"{tmp_path}/set/nonsense/b.eml", f"{tmp_path}/set/rejection/empty.eml",
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "more"), [(20, None), (21, "and 1 more"), (50, "and 30 more")])
def test_many_problems_are_counted(tmp_path: Path, count: int, more: str | None) -> None:
    problems = problems_of(jsonl(tmp_path / "a.jsonl", *["{"] * count))
    assert len(problems) == 20 + bool(more)
    assert problems[19].startswith(f"{tmp_path}/a.jsonl:20: ")
    assert more is None or problems[20] == more


@pytest.mark.parametrize(
    "raw", ["Größe".encode("latin-1"), b"\xff\xfe{\0", '{"label": "über"}'.encode("utf-16")]
)
def test_a_file_in_another_encoding_is_told(tmp_path: Path, raw: bytes) -> None:
    file = saved(tmp_path / "a.jsonl", raw)
    (problem,) = problems_of(file)
    assert problem.startswith(f"{file}: ")
    assert "utf-8" in problem


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("gone", "there is no such folder; give a .jsonl file"),
        ("gone.eml", "there is no such folder; give a .jsonl file"),
        ("gone.jsonl", "No such file or directory"),
        ("here.eml", "give a .jsonl file, or a folder with one folder for each label"),
    ],
)
def test_a_path_that_holds_no_set_is_told(tmp_path: Path, name: str, problem: str) -> None:
    saved(tmp_path / "here.eml")
    (told,) = problems_of(tmp_path / name)
    assert told.startswith(f"{tmp_path / name}: ")
    assert problem in told


def test_an_empty_set_is_no_set(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    file = jsonl(tmp_path / "a.jsonl", "", " ")
    assert problems_of(file, tmp_path / "set") == [f"no labelled mail in {file}, {tmp_path}/set"]


@pytest.mark.parametrize("raw", [b"", b" \n", b"no mail at all"])
def test_a_file_that_is_no_mail_is_told(tmp_path: Path, raw: bytes) -> None:
    (problem,) = problems_of(saved(tmp_path / "rejection" / "a.eml", raw).parent)
    assert problem.startswith(f"{tmp_path}/rejection/a.eml: is")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], {}),
        (["absage=rejection"], {"absage": "rejection"}),
        (["Job_Offer=other", "maybe=left-out"], {"job-offer": "other", "maybe": "left-out"}),
        (["a=other", "a=left-out"], {"a": "left-out"}),
    ],
)
def test_treatments(lines: list[str], told: dict[str, Meaning]) -> None:
    assert treatments(lines) == told


@pytest.mark.parametrize(
    "line", ["absage", "absage=", "absage=no", "absage=Other", "a=b=other", "", "=other"]
)
def test_a_treatment_that_can_not_be_read(line: str) -> None:
    with pytest.raises(LabelError) as caught:
        treatments(["x=other", line])
    name = line.partition("=")[0] or "NAME"
    assert str(caught.value) == (
        f"Can't use --treat {line}:\n  write {name}=rejection or {name}=other or {name}=left-out"
    )


def test_a_mail_is_a_value(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "a.jsonl", {"label": "other", "body": "x"})
    mails: list[Labelled] = read_labelled([file])
    assert mails == read_labelled([file])
