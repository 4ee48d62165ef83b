"""The packaged rules: their examples, look-alikes of rejections, unusual wordings, details."""

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

# Mails that look like a rejection; the label is the verdict.
LOOK_ALIKES = """
other | Application received
Hi Robin,
.
Thanks for applying to Acme. If you are not selected for this position, keep an eye on our
jobs page.
.
The Acme Team

review | We have your application
Should we decide to continue with other candidates, we will let you know.

other | Thank you for applying
Only shortlisted candidates will be contacted. We are unable to respond to every applicant.

other | Thank you for applying
If you do not hear from us within 8 weeks, please consider your application unsuccessful.

other | Application received
We have your application for the Cutter job. Should you get no response by June, please
take it that you have not been successful.

other | Application received
Thank you for applying. Please assume that you have not been shortlisted if you have not
heard from us by 1 May.

review | Your application
We won't be moving forward with your application for Head Gardener, but we think you'd be a
strong fit for our Gardener role and would love to set up a chat.

review | News
The role you applied for has been filled. We have another Planner position open and would
like to invite you to interview for it.

review | Your application
I'm afraid the position has been filled already. Would you like to be considered for the
summer instead? Just reply yes.

review | Your application
You have not been selected. We do have an opening in Hull: are you interested?

review | Your application
We chose another candidate for the Buyer job, but would like to put you forward for a similar
role in Leeds.

review | Correction
Please disregard our earlier mail, which said that you had not been selected for the position
of Customs Clerk. It went out by mistake: your application is still being considered.

review | Sorry!
You were wrongly informed that your application was unsuccessful.

review | How to answer "we have chosen another candidate"
Every job seeker knows the sentence: "We have chosen another candidate for the role." Today we
look at what to reply.

review | Re: the hunt
I got a rejection as well: they wrote "we have decided to move forward with other candidates"
for the baker job. Coffee?

review | Re: the hunt
The usual mail: unfortunately you have not been selected for the position.

other | Thank you for applying
Thank you for applying for the Cook role. Unfortunately, due to the high number of applications,
we cannot reply to everyone. We will review your application carefully. Best of luck!

other | Our offer
We reserve the right to withdraw our offer for the position at any time.

other | Thank you
We will inform you whether we see the right fit to invite you to an interview for the role.

other | Interview
Unfortunately the earlier slot is gone and we need to reschedule your interview for the
role.

review | Your interview
Unfortunately your interview has been cancelled, as the position has been filled internally.
Thank you for applying.

other | Good news
Your background stands out from other candidates. Shall we talk about the role on Monday?

other | Next step
After careful consideration, we'd like to invite you to an interview for the position.

other | Our offer
Unfortunately we are unable to offer you a higher base salary for this position.

other | Interview
If you are available on Tuesday we would like to invite you to an interview for the role.

review | Update
Unfortunately the position has been put on hold because of a hiring freeze.

review | Update
We have added you to our talent pool for this position and come back to you in spring.

other | Withdrawn
Your application has been withdrawn at your request. Thank you for your interest in the job.

review | Re: role
I've decided to go in a different direction. Please withdraw my application.

review | Re: application
You wrote that you decided to move forward with other candidates. Could you tell me why I
was not selected for the role?

other | How to handle rejection: interview tips
This week's newsletter. "We have decided to move forward with other candidates." You know
the sentence.

other | 12 new jobs for you
New jobs matching your search. Finish your application.

review | hi
They told me I was not selected for the job. My friend got it. Unfortunately.

other | Your paper
We regret to inform you that your paper was not selected for the conference. The reviewers'
comments are below.

other | Grant
Unfortunately your grant application was unsuccessful this year.

other | Admission
We regret that we are unable to offer you admission to the master's programme.

other | Your loan
After careful consideration your loan application has been declined.

other | Visa
Unfortunately your visa application was refused.

review | The flat
Unfortunately the landlord has decided to move forward with another applicant.

other | Refund
Your refund request was declined. Unfortunately we cannot proceed.

other | Re: [tool] Faster parser (#12)
Thanks! We've decided not to merge your pull request; it isn't a good fit for the project.

other | Tender 4711
We regret to inform you that your bid was unsuccessful. We chose another supplier.

other | Promotion round
Unfortunately you were not selected for promotion this year.

other | All hands
I regret to inform you that we are eliminating 200 positions across the company.

other | Project Falcon
Unfortunately we will not be moving forward with the project; the role of the vendor ends.

other | Out of office
I am out of office until Monday. For your application write to hr@x.example.

review | Candidate survey
Although you were not selected for the role, we would like your view.

other | Verify your account
Your candidate account needs a code: 1234.

review | Two roles
Unfortunately you were not selected for the Analyst role. However, we would like to invite
you to an interview for the Planner position.

review | Action required
We are unable to proceed with your application until you upload your CV.

review | Still deciding
We have not yet decided to move forward with other candidates for the role.
"""

# Rejections in words that no example of a rule uses; the label is their kind.
REJECTIONS = """
decision | Payroll Clerk
We've now wrapped up screening for the Payroll Clerk role and yours wasn't among the
applications we took to the next stage.

decision | Update: Site Manager
We are sorry to let you know that on this occasion you have not been shortlisted for
interview.

decision | Following up
It was lovely to meet you. The panel felt another candidate had a bit more experience with
the tooling, so we've offered them the job.

decision | Application outcome
Thank you for attending the interview for the post of Teaching Assistant. I regret to advise
that your application has not been successful on this occasion.

decision | QA Lead
After much thought we've opted to go with a candidate whose automation background is deeper.

decision | Backend role
Quick update: the client has decided to move ahead with another profile.

decision | Application status
Following a review of your application, we will not be progressing it any further.
.
HR

decision | Job application 3321
Your application for Warehouse Operative has been declined by the employer.

decision | Your interview
Thanks for coming in. Sadly we're not going to be making you an offer this time.

decision | Brand Designer
We liked your portfolio, but we don't think it's the right fit for the Brand Designer role
at this time. Best of luck!

decision | Update
The Finance Manager position has now been offered to and accepted by another applicant.

decision | Your application
We have concluded our search and appointed an internal candidate to the post.

decision | News
Your profile does not fully match the requirements of the vacancy, so we have to disappoint
you. Good luck in your search.

decision | Hello
We decided to hire someone more senior for this position. All the best!

closed | Your application
The vacancy for which you applied has been withdrawn due to a change in budget.

closed | Operations Assistant
We are no longer looking to fill this role. Thank you for applying.

decision | Application to Baz
Thanks for applying. We've chosen to focus on candidates with prior fintech experience.

decision | Update
I wanted to let you know we are going to pass on moving forward. It was a tough choice
between candidates.

decision | Analyst
This time we cannot offer you the next step in our recruitment process. Thank you for your
interest; sadly, we will not be inviting you for interview.

decision | Field Engineer
We regret to inform you that your application was not accepted for the vacancy.

decision | Re: Interview
The team enjoyed meeting you, but felt that your experience wasn't quite what we're looking
for in this role. I'm sorry it isn't better news.

decision | Your application
Thank you for your application. We will, however, not be considering you for this position.

decision | Lab Technician
For this job the committee has selected the other finalist. You were a very close second.

decision | Curator
Unfortunately your name did not make it onto our shortlist for the Curator vacancy.

decision | Account Executive
We've decided to continue the process with other applicants. If you have any questions, or
if another opening catches your eye, please reach out.

decision | Your application
Your skills are impressive; however, the role is a better match with other applicants.

decision | Loan Officer
Thank you for applying for the Loan Officer position. We have decided not to move forward
with your application.

decision | Project Manager
We will not be moving forward with your application for the Project Manager role on our
payments team.

decision | Your application
Your application for 0815-Associate/VP, Risk (London) was not successful.

decision | Thank you
Thank you for applying. Sadly it hasn't been successful this time.

decision | News
We've offered the Head of Estates role to somebody else, and they have accepted.

decision | News
After much thought the board has chosen to extend an offer to a different candidate for the
Head Nurse vacancy.

decision | Your applications
Thank you for applying for both jobs. We will not be taking either application forward.

decision | Developer
We decided to hire another developer. Good luck with the job hunt!

decision | Next steps
We're not going to proceed to the onsite for the SRE role.

decision | Feedback
They liked you, but have gone with someone internal for the Controls Engineer position.

decision | Foreman
I'm afraid the job's gone to another lad.

decision | Update
The team met and decided to pass. Your take-home was fine, they just want someone who's had
more years with Rust. Good luck in your job search.

decision | Offer
With regret we have to rescind our offer of employment for the position of Controller.

decision | Outcome
Although you interviewed well, your application for the post of Cleaner was not successful.

decision | Your application
You were not selected for the role. We would be happy to consider you for another position in
the future.

closed | Your interview
The finance director pulled the headcount for this job, so there is nothing for me to hire
into. Your interview with Lena was excellent.

closed | Update
We have filled the Editor position and are no longer interviewing. It was lovely to meet you.

closed | Monday
I must cancel our interview, as the position of Buyer has been filled internally.

decision | Your application
We won't be moving forward with your application, but will write if your profile suits a new
opening.
"""


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


def blocks(table: str) -> list[tuple[str, str, str]]:
    """Return the mails of a table: "label | subject", the text, and an empty line between mails."""
    found = []
    for block in table.strip().split("\n\n"):
        head, _, text = block.partition("\n")
        label, _, subject = head.partition(" | ")
        found.append((label, subject, text.replace("\n.\n", "\n\n")))
    return found


def test_packaged_examples_pass() -> None:
    assert [str(failure) for failure in run_examples(packaged().rules)] == []


@pytest.mark.parametrize(("expected", "subject", "text"), blocks(LOOK_ALIKES))
def test_look_alikes_are_no_rejections(expected: str, subject: str, text: str) -> None:
    verdict = packaged().classify(mail(subject, text))
    assert (verdict.name, verdict.line) == (expected, verdict.line)


@pytest.mark.parametrize(("kind", "subject", "text"), blocks(REJECTIONS))
def test_unusual_wordings_are_rejections(kind: str, subject: str, text: str) -> None:
    verdict = packaged().classify(mail(subject, text))
    assert (verdict.name, verdict.kind, verdict.line) == ("rejection", kind, verdict.line)
    assert verdict.language == "en"


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
