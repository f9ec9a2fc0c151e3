"""Hosts outside, played on loopback: the authority of their certificates, which the fetcher trusts for those alone."""

import trustme

from local.layout import Layout


def prepare(layout: Layout) -> bool:
    """Make the authority; a stack that is deployed afterwards trusts it. False if it was there already."""
    if (layout.outside / "authority.pem").exists():
        return False
    authority = trustme.CA()
    layout.outside.mkdir(parents=True, exist_ok=True)
    authority.private_key_pem.write_to_path(layout.outside / "authority-key.pem")
    authority.cert_pem.write_to_path(layout.outside / "authority.pem")
    return True


def find_authority(layout: Layout) -> trustme.CA:
    """Return the authority that was made."""
    files = (layout.outside / name for name in ("authority.pem", "authority-key.pem"))
    certificate, key = (file.read_bytes() for file in files)
    return trustme.CA.from_pem(certificate, key)
