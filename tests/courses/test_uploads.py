"""Uploads are what their bytes say, whatever they are called."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from courses.actions import store_upload
from courses.choices import UploadKind
from courses.models import Asset
from courses.uploads import Cue, UploadRefused, examine, parse_captions, plain_name, spell_captions
from people.choices import AccessRole
from records.models import Event
from tests.factories import make_person

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
VTT = b"WEBVTT\n\n1\n00:00:00.600 --> 00:00:02.045\nYours alone.\n"
MEDIA = Path(__file__).parents[2] / "lms/demo/courses/electronic-records/media"


def picture(size: tuple[int, int] = (32, 24), kind: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    content = io.BytesIO()
    Image.new(mode, size, "teal").save(content, kind, **options)
    return content.getvalue()


def film(seconds: float = 106.0, *, brand: bytes = b"isom") -> bytes:
    def box(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), name) + body

    header = box(b"mvhd", struct.pack(">B3xIIII", 0, 0, 0, 1000, int(seconds * 1000)) + bytes(80))
    return box(b"ftyp", brand + bytes(4)) + box(b"moov", header) + box(b"mdat", bytes(64))


def examined(content: bytes, kind: UploadKind, name: str = "file.bin") -> tuple[str, str, bytes]:
    upload = examine(io.BytesIO(content), name=name, kind=kind)
    upload.file.seek(0)
    return upload.name, upload.content_type, upload.file.read()


@pytest.mark.parametrize(
    ("kind", "content", "content_type", "name"),
    [
        (UploadKind.DOCUMENT, PDF, "application/pdf", "ten rules.pdf"),
        (UploadKind.VIDEO, film(), "video/mp4", "ten rules.mp4"),
        (UploadKind.CAPTIONS, VTT, "text/vtt", "ten rules.vtt"),
        (UploadKind.IMAGE, picture(), "image/jpeg", "ten rules.jpg"),
        (UploadKind.IMAGE, picture(mode="RGBA"), "image/png", "ten rules.png"),
        (UploadKind.IMAGE, picture(kind="WEBP"), "image/jpeg", "ten rules.jpg"),
    ],
)
def test_right_file_is_taken_under_a_name_that_says_what_it_is(
    kind: UploadKind, content: bytes, content_type: str, name: str
) -> None:
    assert examined(content, kind, "ten rules.exe")[:2] == (name, content_type)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize("kind", list(UploadKind))
@pytest.mark.parametrize(
    "content",
    [SVG, HTML, b"MZ\x90\x00 an executable", b"PK\x03\x04 an archive", b"GIF89a" + bytes(20), b"\x00", b"plain text"],
)
def test_other_content_is_refused_whatever_it_is_called(kind: UploadKind, content: bytes) -> None:
    for name in ("x.pdf", "x.png", "x.mp4", "x.vtt"):
        with pytest.raises(UploadRefused):
            examined(content, kind, name)


@pytest.mark.parametrize("kind", list(UploadKind))
def test_each_kind_refuses_what_another_takes(kind: UploadKind) -> None:
    right = {
        UploadKind.DOCUMENT: PDF,
        UploadKind.VIDEO: film(),
        UploadKind.CAPTIONS: VTT,
        UploadKind.IMAGE: picture(),
    }
    for other, content in right.items():
        if other == kind:
            examined(content, kind)
        else:
            with pytest.raises(UploadRefused):
                examined(content, kind)


def test_empty_file_is_refused() -> None:
    with pytest.raises(UploadRefused, match="empty"):
        examined(b"", UploadKind.DOCUMENT)


class Large(io.BytesIO):
    """Says that it is larger than it is, so that no test writes 200 MB."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self.size = size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self.size if whence == io.SEEK_END else super().seek(offset, whence)


@pytest.mark.parametrize(
    ("kind", "content", "most"),
    [
        (UploadKind.DOCUMENT, PDF, 20),
        (UploadKind.VIDEO, film(), 200),
        (UploadKind.IMAGE, picture(), 10),
        (UploadKind.CAPTIONS, VTT, 1),
    ],
)
def test_too_large_file_is_refused_with_its_limit(kind: UploadKind, content: bytes, most: int) -> None:
    large: BinaryIO = Large(content, most * 1_000_000 + 1)
    with pytest.raises(UploadRefused, match=f"at most {most} MB"):
        examine(large, name="x", kind=kind)
    at_limit: BinaryIO = Large(content, most * 1_000_000)
    if kind is not UploadKind.VIDEO:  # whose boxes are followed to their end
        examine(at_limit, name="x", kind=kind)


def test_picture_comes_out_without_metadata_and_upright() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken by Maya"
    exif[0x0112] = 6  # turned by 90 degrees
    upload = examine(io.BytesIO(picture((40, 20), "JPEG", exif=exif)), name="x.jpg", kind=UploadKind.IMAGE)
    upload.file.seek(0)
    content = upload.file.read()
    assert b"Maya" not in content
    assert Image.open(io.BytesIO(content)).size == (20, 40)
    assert upload.details == {"width": 20, "height": 40}


@pytest.mark.parametrize("side", [6_400, 60_000])
def test_picture_with_too_many_pixels_is_refused_before_it_is_unpacked(side: int) -> None:
    small = picture((1, 1))
    header = small[12:16] + struct.pack(">II", side, side) + small[24:29]
    flood = small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]
    with pytest.raises(UploadRefused, match="more than 40 megapixels"):
        examined(flood, UploadKind.IMAGE)


def test_damaged_picture_is_refused() -> None:
    with pytest.raises(UploadRefused, match="damaged"):
        examined(picture((400, 400))[:200], UploadKind.IMAGE)


def test_film_tells_its_length() -> None:
    assert examine(io.BytesIO(film(12.5)), name="x", kind=UploadKind.VIDEO).details == {"duration_seconds": 12.5}
    with (MEDIA / "yours-alone.mp4").open("rb") as file:
        assert examine(file, name="x", kind=UploadKind.VIDEO).details["duration_seconds"] == pytest.approx(106, abs=1)


@pytest.mark.parametrize("content", [film(0), film()[:40], film()[8:], b"\x00\x00\x00\x18ftypisom" + bytes(40)])
def test_film_without_a_length_is_refused(content: bytes) -> None:
    with pytest.raises(UploadRefused):
        examined(content, UploadKind.VIDEO)


def test_captions_are_spelled_anew_as_plain_text() -> None:
    hostile = (
        "\ufeffWEBVTT\r\n\r\nSTYLE\r\n::cue { background: url(http://x) }\r\n\r\n"
        "00:02.000 --> 00:03.500 line:0\r\n<v Ana><b>Stop</b> <script>x</script>&amp; look</v>\r\n\r\n"
        "NOTE hidden\r\n\r\n1\r\n00:00:00.000 --> 00:00:01.000\r\nFirst\r\nline\r\n"
    )
    content = examined(hostile.encode(), UploadKind.CAPTIONS)[2].decode()
    assert content == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nFirst line\n\n00:00:02.000 --> 00:00:03.500\nStop x&amp; look\n"
    )
    assert parse_captions(content) == [Cue(0, 1, "First line"), Cue(2, 3.5, "Stop x& look")]
    assert spell_captions(parse_captions(content)) == content


@pytest.mark.parametrize(
    "content", [b"WEBVTT", b"WEBVTT\n\n00:05.000 --> 00:04.000\nBackwards", "WEBVTT é".encode("latin-1")]
)
def test_captions_without_a_line_or_in_another_encoding_are_refused(content: bytes) -> None:
    with pytest.raises(UploadRefused):
        examined(content, UploadKind.CAPTIONS)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\ten rules.pdf", "ten rules.pdf"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "abSet-Cookie x.pdf"),
        ('quote".pdf', "quote.pdf"),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "file"),
        ("...", "file"),
        ("a" * 400 + ".pdf", "a" * 120 + ".pdf"),
    ],
)
def test_name_is_only_a_name(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_upload_is_stored_once_under_its_hash_with_a_fact(db: None) -> None:
    author = make_person(AccessRole.AUTHOR)
    upload = examine(io.BytesIO(PDF), name="ten rules.pdf", kind=UploadKind.DOCUMENT)
    asset = store_upload(upload=upload, by=author, at=AT)
    again = store_upload(upload=upload, by=author, at=AT)
    assert asset == again
    assert (asset.name, asset.content_type, asset.size_bytes, asset.uploaded_by) == (
        "ten rules.pdf",
        "application/pdf",
        len(PDF),
        author,
    )
    assert asset.storage_key == f"{asset.sha256[:2]}/{asset.sha256}.pdf"
    with default_storage.open(asset.storage_key) as file:
        assert file.read() == PDF
    facts = Event.objects.filter(verb="courses.asset_stored")
    assert [fact.sentence for fact in facts] == [f"{author.name} uploaded ten rules.pdf"]
    assert Asset.objects.count() == 1
