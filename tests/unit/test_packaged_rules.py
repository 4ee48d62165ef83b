"""The packaged rules: their examples, the stage, remarks on replying, details."""

from email.message import EmailMessage
from functools import cache

import pytest

from springback.classifier import Classifier
from springback.details import Details, find_details
from springback.document import lay_out
from springback.examples import run_examples
from springback.library import rule_files
from springback.message import Message, parse_message
from springback.ruleset import parse_rules


@cache
def packaged() -> Classifier:
    return Classifier(parse_rules(rule_files()))


def mail(subject: str, text: str) -> Message:
    message = EmailMessage()
    message["From"] = "Ann Berg <ann@firm.example>"
    message["To"] = "robin@ellery.example"
    message["Subject"] = subject
    message.set_content(text)
    return parse_message(message.as_bytes())


def details(subject: str, text: str) -> Details:
    return find_details(lay_out(mail(subject, text)), packaged().rules.details, "en")


def test_packaged_examples_pass() -> None:
    assert [str(failure) for failure in run_examples(packaged().rules)] == []


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("After reviewing your application we have chosen another candidate.", "application"),
        (
            "Thank you for taking the time to interview with us. We chose another candidate.",
            "interview",
        ),
        ("After the final round we chose another candidate.", "final"),
        ("Thank you for attending interview. You have been unsuccessful.", "interview"),
        ("Thank you for the two interviews. We chose another candidate.", "interview"),
        (
            "Thank you for completing our online assessment. We chose another candidate.",
            "application",
        ),
    ],
)
def test_stage_reached(text: str, stage: str) -> None:
    assert packaged().classify(mail("The Planner role", text)).stage == stage


def test_remarks_on_replying() -> None:
    verdict = packaged().classify(
        mail(
            "Your application",
            "You have not been selected for this role. We are unable to provide individual "
            "feedback. Please do not reply to this email.",
        )
    )
    assert (verdict.name, verdict.feedback_refused, verdict.reply_refused) == (
        "rejection",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("As for feedback: your plan was clear, but we missed numbers.", True),
        ("You scored 62, the appointed candidate scored 78.", True),
        ("Should you wish to receive feedback, please telephone Mrs Abbott.", True),
        ("I am happy to give you feedback by phone.", True),
        ("Feedback from the panel: your answers stayed general.", True),
        ("If you would like feedback, reply to this e-mail.", False),
        ("We value your feedback on our process.", False),
    ],
)
def test_feedback_that_is_given_is_not_asked_for(text: str, *, given: bool) -> None:
    verdict = packaged().classify(mail("Role", f"You have not been selected for the role. {text}"))
    assert (verdict.name, verdict.feedback_refused) == ("rejection", given)


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        (
            "Your application",
            "Thank you for applying for the Data Analyst (Req #1234) position at Acme Robotics.",
            Details("Acme Robotics", "Data Analyst", None),
        ),
        (
            "Your application",
            "We have filled the role of Senior C++ Engineer (m/f/d) at Halden & Co. I'm sorry.",
            Details("Halden & Co", "Senior C++ Engineer", None),
        ),
        (
            "Update on your application for Product Manager, Payments at Tessellate",
            "Hello Robin.",
            Details("Tessellate", "Product Manager, Payments", None),
        ),
        ("Your application to Lumenpath", "Hello Robin.", Details("Lumenpath", None, None)),
        (
            "Hello",
            "Thank you for your interest in joining Osprey Health.\n\nThe Recruiting Team",
            Details("Osprey Health", None, None),
        ),
        (
            "Hello",
            "Thank you for applying to Kestrel!\n\nBest regards,\nThe Kestrel Talent Team",
            Details("Kestrel", None, None),
        ),
        ("Calder Careers: an update", "Hello Robin.", Details("Calder", None, None)),
        (
            "Staff Data Engineer at Tessellate",
            "Hello.",
            Details("Tessellate", "Staff Data Engineer", None),
        ),
        (
            "Hello",
            "My name is Anna Berg and I read your letter for our Backend Engineer opening.",
            Details(None, "Backend Engineer", "Anna Berg"),
        ),
        (
            "Your application",
            "Thank you for your interest in the position.\n\nBest,\nThe Talent Acquisition Team",
            Details(None, None, None),
        ),
        (
            "Hello",
            "Thank you for applying for the position of Ward Clerk, Reference 442-99.",
            Details(None, "Ward Clerk", None),
        ),
        (
            "Hello",
            "We read your application for Product Manager - Payments (REQ-20931) and met.",
            Details(None, "Product Manager - Payments", None),
        ),
        (
            "Hello",
            "Job title: Band 6 Physiotherapist (Rotational)\nReference: 372-AH\n\nDear Robin",
            Details(None, "Band 6 Physiotherapist", None),
        ),
        (
            "Hello",
            "Thank you for applying to be a Junior Data Analyst at Castellan.",
            Details("Castellan", "Junior Data Analyst", None),
        ),
        ("Hello", "Thank you.\n\nGrantley Campus Team", Details("Grantley", None, None)),
        ("Hello", "Thank you.\n\nThe Kestrel Early Careers Team", Details("Kestrel", None, None)),
        (
            "Application received",
            "Thank you for your interest in Software Engineering.",
            Details(None, None, None),
        ),
    ],
)
def test_details(subject: str, text: str, expected: Details) -> None:
    assert details(subject, text) == expected
