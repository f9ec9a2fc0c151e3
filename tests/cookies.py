"""What every browser without a window does: it keeps cookies, and fills in the forms of pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.answers import Answer


@dataclass(kw_only=True)
class CookieJar:
    """The cookies of a browser, by name, as RFC 6265 section 5.3 has them kept."""

    cookies: dict[str, str] = field(default_factory=dict[str, str])

    def keep(self, answer: Answer) -> Answer:
        """Do with the answer's cookies as they say."""
        for cookie in answer.cookies:
            pair, _, attributes = cookie.partition(";")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes.replace(" ", "").split(";"):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


def filled(page: Answer, fields: Mapping[str, str]) -> dict[str, str]:
    """Return what the page's first form sends when somebody fills in these fields."""
    return {**page.hidden, **fields}
