"""Mails through Amazon SES, by the SDK that the runtime brings: nobody waits for this function."""

import logging
import random
import time
from collections.abc import Callable

from gatehouse.domain.accounts import addresses
from gatehouse.domain.accounts.mails import Mail
from gatehouse.storage.aws import deadlines, sdk

_logger = logging.getLogger("gatehouse")

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 2, 5, 2
_PAUSES_SECONDS = (0.5, 1.0, 2.0, 2.0, 4.0, 4.0, 4.0)
"""Between attempts while SES takes no more mails of this account in a second: one in the sandbox, 14 at first outside.

The stream's own repetitions follow each other within seconds. A burst of invitations would use them up.
"""


class SesMailer:
    """Implements `Mailer`."""

    def __init__(self, sender: str, html: Callable[[Mail], str]) -> None:
        """Connect to nothing yet; without a sender nothing is sent.

        Args:
            sender: The address that mails come from.
            html: Renders a mail.
        """
        self._sender, self._html = sender, html
        self._ses = sdk.client(
            "sesv2", connect_seconds=_CONNECT_SECONDS, read_seconds=_READ_SECONDS, attempts=_ATTEMPTS
        )  # it gives up before Lambda stops the function, so that the record comes back by its number

    def send(self, mail: Mail) -> None:
        """See `Mailer.send`; SES's rate is waited for as long as the invocation has time.

        An address from an import or an identity provider may be none. SES would refuse it each time, and mails behind
        it in the stream, also those of other organisations, would wait for its repetitions.
        """
        if not self._sender:
            return
        if not addresses.is_address(mail.to):
            _logger.warning("not sent", extra={"fields": {"reason": "the address is none that takes mail"}})
            return
        for pause in _PAUSES_SECONDS:
            try:
                self._send(mail)
            except self._ses.exceptions.TooManyRequestsException:
                wait = random.uniform(pause / 2, pause)  # noqa: S311 - jitter: other instances send, too
                deadlines.require(wait + _CONNECT_SECONDS + _READ_SECONDS)
                time.sleep(wait)
            else:
                return
        self._send(mail)

    def _send(self, mail: Mail) -> None:
        self._ses.send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [mail.to]},
            Content={
                "Simple": {
                    "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": mail.text, "Charset": "UTF-8"},
                        "Html": {"Data": self._html(mail), "Charset": "UTF-8"},
                    },
                }
            },
        )
