"""Which pictures are taken: small ones of four formats, whatever a file claims to be."""

from collections.abc import Callable

import pytest

from gatehouse.domain.accounts import logos


def png(width: int, height: int) -> bytes:
    header = b"\x00\x00\x00\rIHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x06\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + header


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"\x80\x00\x00;"


def jpeg(width: int, height: int) -> bytes:
    application = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    tables = b"\xff\xc4\x00\x05abc\xff\xff\xdb\x00\x04ab"
    return (
        b"\xff\xd8" + application + tables + b"\xff\xc2\x00\x0b\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01"
    )


def webp(kind: bytes, header: bytes) -> bytes:
    return b"RIFF\x00\x00\x00\x00WEBP" + kind + b"\x00\x00\x00\x00" + header


def extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"/" + ((height - 1) << 14 | (width - 1)).to_bytes(4, "little"))


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little"))


type Make = Callable[[int, int], bytes]

FORMATS: list[Make] = [png, gif, jpeg, extended, lossless, lossy]


@pytest.mark.parametrize("make", FORMATS, ids=lambda one: one.__name__)
def test_a_picture_is_as_large_as_its_content_says(make: Make) -> None:
    assert logos.parse(make(4096, 1)) is not None
    assert logos.parse(make(4097, 1)) is None
    assert logos.parse(make(1, 4097)) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', id="a script"),
        pytest.param(b'<svg><use href="data:image/svg+xml;base64,PHN2Zz4=#x"/></svg>', id="a used document"),
        pytest.param(b"<svg><foreignObject><iframe src='javascript:x'/></foreignObject></svg>", id="a foreign object"),
        pytest.param(b"<svg><style>*{background:url(https://evil.example)}</style></svg>", id="a style sheet"),
        pytest.param(b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>', id="entities"),
        pytest.param(b"\xef\xbb\xbf  <?xml version='1.0'?><svg onload='alert(1)'/>", id="behind a mark and blanks"),
        pytest.param("<svg/>".encode("utf-16"), id="UTF-16"),
        pytest.param(b"\x1f\x8b\x08<svg/>", id="compressed"),
        pytest.param(b"BM" + bytes(64), id="a bitmap"),
        pytest.param(b"\x00\x00\x01\x00" + bytes(64), id="an icon"),
        pytest.param(b"%PDF-1.7", id="a document"),
        pytest.param(b" " + png(1, 1), id="a blank before"),
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    assert logos.parse(content) is None


@pytest.mark.parametrize("length", range(2, 40))
@pytest.mark.parametrize("make", FORMATS, ids=lambda one: one.__name__)
def test_a_picture_that_ends_early_fails_nothing(make: Make, length: int) -> None:
    logos.parse(make(10, 10)[:length])


def test_a_jpeg_of_segments_without_length_ends() -> None:
    assert logos.parse(b"\xff\xd8" + b"\xff\xe0\x00\x00" * 10_000) is not None
