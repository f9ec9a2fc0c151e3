"""Cookies of our pages: of this host alone (`__Host-`), hidden from scripts, not sent with other sites' forms."""

_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"


def render(name: str, value: str, max_age_seconds: int | None = None) -> str:
    """Return the Set-Cookie value; without an age the cookie ends with the browser."""
    age = "" if max_age_seconds is None else f"; Max-Age={max_age_seconds}"
    return f"{name}={value}; {_ATTRIBUTES}{age}"


def expire(name: str) -> str:
    """Return the Set-Cookie value that deletes a cookie."""
    return render(name, "", 0)
