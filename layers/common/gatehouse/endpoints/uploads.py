"""The multipart/form-data body (RFC 7578): a small form with files."""

import re

import msgspec

from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.endpoints.requests import Request

_BODY_MAX_BYTES = 512 * 1024
_PARTS_MAX = 16
_BOUNDARY = re.compile(r'multipart/form-data\s*;\s*boundary="?([\w\'()+,./:=?-]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(r'[;\s]name="([^"\r\n]{1,100})"')
_FILENAME = re.compile(r"[;\s]filename\*?=")


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A form: its texts and its files, by name. What a file is called and said to be does not matter to us."""

    texts: dict[str, str]
    files: dict[str, bytes]


def parse(request: Request, body_max_bytes: int = _BODY_MAX_BYTES) -> Upload:
    """Decode the body; of a repeated name the first counts.

    Raises:
        InvalidRequestError: It is no such form, or over 512 KiB, unless said otherwise, or over 16 parts.
    """
    boundary = _BOUNDARY.match(request.headers.get("content-type", ""))
    body = request.body() if boundary else b""
    if boundary is None or len(body) > body_max_bytes:
        raise InvalidRequestError(f"upload of {len(body)} bytes", description="The file is too large, or no form.")
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode(), _PARTS_MAX + 1)
    if not parts or not parts[-1].startswith(b"--") or len(parts) > _PARTS_MAX:
        raise InvalidRequestError(f"upload in {len(parts)} parts", description="The form is broken.")
    upload = Upload(texts={}, files={})
    for part in parts[:-1]:
        _add(upload, part)
    return upload


def _add(upload: Upload, part: bytes) -> None:
    head, _, content = part.partition(b"\r\n\r\n")
    described = head.decode(errors="replace")
    name = _NAME.search(described)
    if name is None:
        return
    if _FILENAME.search(described):
        upload.files.setdefault(name[1], content)
    else:
        upload.texts.setdefault(name[1], content.decode(errors="replace").replace("\0", ""))
