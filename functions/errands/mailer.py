"""Mails through Amazon SES, by the SDK that the runtime brings: nobody waits for this function."""

from typing import Any

import boto3

from gatehouse.domain.mails import Mail


class SesMailer:
    """Implements `Mailer`."""

    def __init__(self, sender: str) -> None:
        """Connect to nothing yet; without a sender nothing is sent."""
        self._sender = sender
        self._ses: Any = boto3.client("sesv2")  # pyright: ignore[reportUnknownMemberType]

    def send(self, mail: Mail) -> None:
        """See `Mailer.send`."""
        if not self._sender:
            return
        self._ses.send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [mail.to]},
            Content={
                "Simple": {
                    "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
                }
            },
        )
