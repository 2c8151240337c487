"""What an uploaded file really is: recognised by its content, limited, and made harmless."""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import warnings
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import filetype
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageFile, ImageOps

from courses.choices import UploadKind

MEGABYTE = 1_000_000
MOST_BYTES = {
    UploadKind.IMAGE: 10 * MEGABYTE,
    UploadKind.VIDEO: 200 * MEGABYTE,
    UploadKind.CAPTIONS: 1 * MEGABYTE,
    UploadKind.DOCUMENT: 20 * MEGABYTE,
}
ACCEPTED_WORDS: dict[UploadKind, str | Promise] = {
    UploadKind.IMAGE: _("PNG, JPEG or WebP, at most 10 MB and 40 megapixels"),
    UploadKind.VIDEO: _("MP4, at most 200 MB"),
    UploadKind.CAPTIONS: _("WebVTT (.vtt), at most 1 MB"),
    UploadKind.DOCUMENT: _("PDF, at most 20 MB"),
}
ACCEPT_ATTRIBUTE = {
    UploadKind.IMAGE: "image/png,image/jpeg,image/webp",
    UploadKind.VIDEO: "video/mp4",
    UploadKind.CAPTIONS: ".vtt,text/vtt",
    UploadKind.DOCUMENT: "application/pdf",
}
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2560
SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png", "video/mp4": ".mp4", "text/vtt": ".vtt", "application/pdf": ".pdf"}


class UploadRefused(Exception):
    """The file is not what is asked for here; the words say what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was examined and may be stored."""

    name: str
    content_type: str
    file: BinaryIO
    size_bytes: int
    details: dict[str, Any] = field(default_factory=dict)  # a video's `duration_seconds`


def examine(file: BinaryIO, *, name: str, kind: UploadKind) -> Upload:
    """Return the file as something that may be stored, or raise UploadRefused.

    Only the content counts, neither the name nor what the browser says. Images come out re-encoded:
    without metadata, at most 2560 pixels on a side.
    """
    size = _size(file)
    if size == 0:
        raise UploadRefused(gettext("The file is empty. Choose another one."))
    if size > MOST_BYTES[kind]:
        raise UploadRefused(
            gettext("The file has %(size)s MB; at most %(most)s MB can be stored. Choose a smaller one.")
            % {"size": f"{size / MEGABYTE:.1f}", "most": MOST_BYTES[kind] // MEGABYTE}
        )
    examiners = {
        UploadKind.IMAGE: _image,
        UploadKind.VIDEO: _video,
        UploadKind.CAPTIONS: _captions,
        UploadKind.DOCUMENT: _document,
    }
    return examiners[kind](file, plain_name(name), size)


def plain_name(name: str) -> str:
    """Return the last part of a file's name without anything that a file system or header could act on."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C" and letter not in '<>:"|?*')
    stem, dot, suffix = kept.strip(" .").rpartition(".")
    if not stem:
        return suffix[:120] or "file"
    return f"{stem[:120].strip()}{dot}{suffix[:10]}"


def _named(name: str, content_type: str) -> str:
    """Give the name the ending of what the file is, whatever it was called."""
    suffix = SUFFIX[content_type]
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return f"{stem}{suffix}"


def _size(file: BinaryIO) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _recognised(file: BinaryIO) -> str:
    head = file.read(8192)
    file.seek(0)
    guess = filetype.guess(head)
    return guess.mime if guess else ""


def _refuse(kind: UploadKind) -> UploadRefused:
    return UploadRefused(
        gettext("This is not a file that can be used here. Choose another one: %(accepted)s.")
        % {"accepted": ACCEPTED_WORDS[kind]}
    )


def _image(file: BinaryIO, name: str, size: int) -> Upload:
    if _recognised(file) not in {"image/png", "image/jpeg", "image/webp"}:
        raise _refuse(UploadKind.IMAGE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on for the whole process
            picture = Image.open(file, formats=["PNG", "JPEG", "WEBP"])
            if picture.width * picture.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
            content = io.BytesIO()
            if has_alpha:
                upright.convert("RGBA").save(content, "PNG", optimize=True)
            else:
                upright.convert("RGB").save(content, "JPEG", quality=85, optimize=True)
    except Image.DecompressionBombError as error:
        raise UploadRefused(gettext("The picture has more than 40 megapixels. Choose a smaller one.")) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UploadRefused(gettext("The picture is damaged and cannot be read. Choose another one.")) from error
    content_type = "image/png" if has_alpha else "image/jpeg"
    details = {"width": upright.width, "height": upright.height}
    return Upload(_named(name, content_type), content_type, content, content.getbuffer().nbytes, details)


def _video(file: BinaryIO, name: str, size: int) -> Upload:
    duration = _mp4_duration(file)
    if duration is None:
        raise _refuse(UploadKind.VIDEO)
    return Upload(_named(name, "video/mp4"), "video/mp4", file, size, {"duration_seconds": duration})


def _document(file: BinaryIO, name: str, size: int) -> Upload:
    if _recognised(file) != "application/pdf":
        raise _refuse(UploadKind.DOCUMENT)
    return Upload(_named(name, "application/pdf"), "application/pdf", file, size)


def _captions(file: BinaryIO, name: str, size: int) -> Upload:
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UploadRefused(gettext("The captions are not UTF-8 text. Save them as WebVTT in UTF-8.")) from error
    cues = parse_captions(text)
    if not cues:
        raise UploadRefused(gettext("There are no captions in the file. It begins with WEBVTT, then come timed lines."))
    clean = spell_captions(cues).encode()
    return Upload(_named(name, "text/vtt"), "text/vtt", io.BytesIO(clean), len(clean), {"cue_count": len(cues)})


# WebVTT (https://www.w3.org/TR/webvtt1/), as far as captions use it


@dataclass(frozen=True, slots=True)
class Cue:
    """A line of captions and when it is heard, in seconds."""

    starts: float
    ends: float
    text: str


_TIMING = re.compile(r"^(?:(\d+):)?(\d\d):(\d\d)\.(\d{3})\s+-->\s+(?:(\d+):)?(\d\d):(\d\d)\.(\d{3})(?:\s.*)?$")


def parse_captions(text: str) -> list[Cue]:
    """Return the cues of a WebVTT text in order, as plain text; nothing when it is none."""
    blocks = re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n").strip())
    if not re.match(r"WEBVTT(\s|$)", blocks[0]):
        return []
    cues: list[Cue] = []
    for block in blocks[1:]:
        lines = block.split("\n")
        found = next(((i, match) for i, line in enumerate(lines[:2]) if (match := _TIMING.match(line))), None)
        if found is None:
            continue
        index, match = found
        starts, ends = _instant(*match.groups()[:4]), _instant(*match.groups()[4:])
        spoken = re.sub(r"<[^>]*>", "", " ".join(line.strip() for line in lines[index + 1 :])).strip()
        if spoken and ends > starts:
            cues.append(Cue(starts, ends, spoken.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")))
    return sorted(cues, key=lambda cue: cue.starts)


def spell_captions(cues: list[Cue]) -> str:
    """Spell cues as WebVTT, with nothing else in it."""
    lines = ["WEBVTT", ""]
    for cue in cues:
        safe = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;")
        lines += [f"{_stamp(cue.starts)} --> {_stamp(cue.ends)}", safe, ""]
    return "\n".join(lines)


def _instant(hours: str | None, minutes: str, seconds: str, millis: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(millis) / 1000


def _stamp(seconds: float) -> str:
    millis = round(seconds * 1000)
    return f"{millis // 3_600_000:02}:{millis // 60_000 % 60:02}:{millis // 1000 % 60:02}.{millis % 1000:03}"


# MP4 (ISO/IEC 14496-12): boxes of a size, a name and a body


def _mp4_duration(file: BinaryIO) -> float | None:
    """Return how long an MP4 plays, in seconds; nothing when the file is none or says no length."""
    try:
        names = [name for name, _start, _end in _boxes(file, 0, _size(file))]
        if not names or names[0] != b"ftyp":
            return None
        for name, start, end in _boxes(file, 0, _size(file)):
            if name != b"moov":
                continue
            for inner, body, _inner_end in _boxes(file, start, end):
                if inner == b"mvhd":
                    return _movie_length(file, body)
    except struct.error:
        return None
    finally:
        file.seek(0)
    return None


def _boxes(file: BinaryIO, start: int, end: int) -> list[tuple[bytes, int, int]]:
    boxes: list[tuple[bytes, int, int]] = []
    while start + 8 <= end and len(boxes) < 1000:
        file.seek(start)
        size, name = struct.unpack(">I4s", file.read(8))
        body = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            body += 8
        elif size == 0:
            size = end - start
        if size < body - start or start + size > end:
            break
        boxes.append((name, body, start + size))
        start += size
    return boxes


def _movie_length(file: BinaryIO, body: int) -> float | None:
    file.seek(body)
    (version,) = struct.unpack(">B3x", file.read(4))
    if version == 1:
        scale, length = struct.unpack(">16xIQ", file.read(28))
    else:
        scale, length = struct.unpack(">8xII", file.read(16))
    seconds = round(length / scale, 3) if scale else 0.0
    return seconds if 0 < seconds < 24 * 3600 else None
