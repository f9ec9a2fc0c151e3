"""The mails that the pages leave to be sent, and what their readers do with them."""

import re
from dataclasses import dataclass, field
from typing import Any

from gatehouse.bootstrap import jobs
from gatehouse.domain.accounts.mails import Mail
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.jobs import parse_job
from tests import factories, roles
from tests.answers import Answer
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.signin.browser import Browser

NEW = "seven purple walruses"


@dataclass
class Mailbox:
    mails: list[Mail] = field(default_factory=list[Mail])

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@dataclass
class Office:
    """Runs the jobs that the pages left, as the stream's function does."""

    transport: RecordingTransport
    sender: Any
    box: Mailbox
    now_ms: int
    done: set[str] = field(default_factory=set[str])

    def run(self) -> list[Mail]:
        self.box.mails.clear()
        for item in self.transport.call_uncounted("Scan", {"TableName": "grants"})["Items"]:
            job = parse_job(item) if item["pk"]["S"].startswith("JOB#") else None
            if job and job.job_id not in self.done:
                self.done.add(job.job_id)
                self.sender.run(job, self.now_ms)
        return list(self.box.mails)


def office(tables: Tables, transport: RecordingTransport) -> Office:
    """Open an office, in the role of its function."""
    box = Mailbox()
    sender = jobs.mail_sender(factories.settings(), box, roles.acting_as(tables, "Jobs"))
    return Office(transport, sender, box, factories.NOW * 1000)


def path_in(mail: Mail) -> str:
    found = re.search(r"https://auth\.example(/\S+)", mail.text)
    assert found, mail.text
    return found[1]


def sign_up(browser: Browser, email: str = "anna@example.com", query: str = "") -> Answer:
    return browser.submit(browser.get(f"/t/johnsorg/signup{query}"), email=email, name="Anna")


def recover(browser: Browser, username: str, page: str = "/t/johnsorg/recover") -> Answer:
    return browser.submit(browser.get(page), username=username)


def choose(browser: Browser, path: str, password: str = NEW) -> Answer:
    return browser.submit(browser.get(path), new_password=password)


def audit_entries(dump: Any) -> list[tuple[str, str, str, str]]:
    """List the audit log: actor, action, target, detail."""
    items = sorted((item["pk"]["S"], item) for item in dump() if item["pk"]["S"].startswith("AUDIT#"))
    lines = [[item[name]["S"] for name in ("actor", "action", "target", "detail")] for _, item in items]
    return [(actor, action, target, detail) for actor, action, target, detail in lines]
