"""Mails as HTML, in the organisation's colour and with its logo."""

from pathlib import Path

from gatehouse.domain.accounts import branding
from gatehouse.domain.accounts.mails import Mail
from gatehouse.endpoints.web import pages


class HtmlMails:
    """Renders mails; every value is escaped."""

    def __init__(self, folder: Path) -> None:
        """Load the template of this function's folder."""
        self._template = pages.environment(folder).get_template("mail.html")

    def render(self, mail: Mail) -> str:
        """Return the mail as a document of its own."""
        return self._template.render(mail=mail, colours=branding.palette(mail.accent_colour))
