#!/usr/bin/env python3
"""This will make the video and the job aids of the demo courses again, from their sources.

For each course under ``lms/demo/courses/``:

* ``media-src/*.html`` without narration becomes ``media/<name>.pdf``, one tagged A4 page;
* ``media-src/*.html`` with narration (``<div class="say">`` in each ``<section>``) becomes
  ``media/<name>.mp4``, ``<name>.jpg`` (poster) and ``<name>.<lang>.vtt`` (captions, one cue a sentence,
  timed by the real length of the speech). ``duration_seconds`` in ``course.toml`` is set to what ffprobe measures.

It needs, on Debian or Ubuntu::

    apt-get install espeak-ng ffmpeg poppler-utils fonts-inter \\
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    pip install weasyprint

and then ``python scripts/make_demo_media.py [course ...]``. Without arguments it makes everything, in about a minute.
The files it writes are committed, so neither the application nor its tests need any of this.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import wave
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

COURSES = Path(__file__).resolve().parent.parent / "lms" / "demo" / "courses"
TOOLS = ("espeak-ng", "ffmpeg", "ffprobe", "pdftoppm")
XHTML = "{http://www.w3.org/1999/xhtml}"

VOICE = "en-us"
WORDS_PER_MINUTE = 142  # espeak-ng's default of 175 is too fast for a listener who reads along
FRAMES_PER_SECOND = 25
SECONDS_BEFORE_SLIDE = 0.6
SECONDS_BETWEEN_SENTENCES = 0.5
SECONDS_AFTER_SLIDE = 1.0
SECONDS_BETWEEN_KEYFRAMES = 2  # so that a jump in the player lands close to where it aims
CAPTION_COLUMNS = 46


@dataclass(frozen=True)
class Cue:
    """One caption: what is said, and from when to when, in seconds from the start of the video."""

    start_seconds: float
    end_seconds: float
    text: str


def run(*command: object) -> str:
    """Run a program and return what it prints; CalledProcessError when it fails, with its words on stderr."""
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def narration(source: Path) -> list[list[str]]:
    """Return the sentences of each slide of a well-formed XHTML file; empty for a job aid."""
    text = source.read_text(encoding="utf-8")
    if 'class="say"' not in text:
        return []
    slides = []
    for section in ElementTree.fromstring(text.encode()).iter(f"{XHTML}section"):  # noqa: S314, our own file
        said = section.findall(f"{XHTML}div[@class='say']/{XHTML}p")
        slides.append([" ".join("".join(sentence.itertext()).split()) for sentence in said])
    return slides


def speech_frames(sentence: str, folder: Path) -> tuple[bytes, int]:
    """Speak one sentence; return its 16-bit mono samples without the silence at both ends, and the sample rate."""
    path = folder / "sentence.wav"
    run("espeak-ng", "-v", VOICE, "-s", WORDS_PER_MINUTE, "-p", 42, "-w", path, sentence)
    with wave.open(str(path)) as spoken:
        samples, rate = memoryview(spoken.readframes(spoken.getnframes())).cast("h"), spoken.getframerate()
    loud = [index for index, sample in enumerate(samples) if abs(sample) > 200]
    margin = rate // 50
    return samples[max(0, loud[0] - margin) : loud[-1] + margin].tobytes(), rate


def speak(slides: list[list[str]], target: Path, folder: Path) -> tuple[list[Cue], list[float]]:
    """Write the sound of all slides to `target`; return the captions and how many seconds each slide stands."""
    cues, stands_seconds, sound, rate = [], [], bytearray(), 0

    def silence(seconds: float) -> bytes:
        return bytes(2 * round(seconds * rate))

    for sentences in slides:
        start_bytes = len(sound)
        for number, sentence in enumerate(sentences):
            frames, rate = speech_frames(sentence, folder)
            sound += silence(SECONDS_BETWEEN_SENTENCES if number else SECONDS_BEFORE_SLIDE)
            start = len(sound) / 2 / rate
            sound += frames
            cues.append(Cue(start, len(sound) / 2 / rate, sentence))
        sound += silence(SECONDS_AFTER_SLIDE)
        # A slide stands for whole frames of the picture; otherwise sound and picture drift apart slide by slide.
        samples_per_frame = rate // FRAMES_PER_SECOND
        sound += bytes(-(len(sound) - start_bytes) % (2 * samples_per_frame))
        stands_seconds.append((len(sound) - start_bytes) / 2 / rate)
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(sound))
    return cues, stands_seconds


def timestamp(seconds: float) -> str:
    """Return a WebVTT timestamp such as 00:01:02.345."""
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def write_captions(cues: list[Cue], target: Path) -> None:
    """Write WebVTT. A cue stays until the next one starts, or for half a second more."""
    starts = [cue.start_seconds for cue in cues[1:]] + [cues[-1].end_seconds + 1]
    blocks = ["WEBVTT"]
    for number, (cue, following) in enumerate(zip(cues, starts, strict=True), start=1):
        end = min(cue.end_seconds + 0.5, following)
        lines = "\n".join(textwrap.wrap(cue.text, CAPTION_COLUMNS))
        blocks.append(f"{number}\n{timestamp(cue.start_seconds)} --> {timestamp(end)}\n{lines}")
    target.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def render_slides(source: Path, folder: Path) -> list[Path]:
    """Draw each section as one 1280 x 720 picture."""
    from weasyprint import HTML

    HTML(source).write_pdf(folder / "slides.pdf")
    run("pdftoppm", "-r", 96, "-png", folder / "slides.pdf", folder / "slide")
    return sorted(folder.glob("slide-*.png"))


def join(pictures: list[Path], stands_seconds: list[float], sound: Path, target: Path) -> None:
    """Join pictures and sound to H.264 and AAC that a browser can start before it has all of it."""
    inputs: list[object] = []
    for picture, seconds in zip(pictures, stands_seconds, strict=True):
        inputs += ["-loop", 1, "-framerate", FRAMES_PER_SECOND, "-t", f"{seconds:.3f}", "-i", picture]
    count, keyframe = len(pictures), FRAMES_PER_SECOND * SECONDS_BETWEEN_KEYFRAMES
    chain = "".join(f"[{n}:v]" for n in range(count)) + f"concat=n={count}:v=1:a=0[s];"
    # Players take HD for BT.709; without the conversion and the tags the petrol turns greener.
    chain += "[s]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p[v]"
    # The low-pass takes the synthetic hiss away; -18 LUFS is close to spoken video elsewhere.
    chain += f";[{count}:a]highpass=f=80,lowpass=f=7000,loudnorm=I=-18:TP=-2,aresample=44100[a]"
    run(
        *("ffmpeg", "-y", "-loglevel", "error", *inputs, "-i", sound),
        *("-filter_complex", chain, "-map", "[v]", "-map", "[a]"),
        *("-c:v", "libx264", "-preset", "slow", "-tune", "stillimage", "-crf", 29, "-threads", 1),
        *("-g", keyframe, "-keyint_min", keyframe, "-sc_threshold", 0),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        *("-c:a", "aac", "-ac", 1, "-b:a", "64k", "-movflags", "+faststart"),
        *("-map_metadata", -1, "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", target),
    )


def measured_seconds(video: Path) -> float:
    """Return how long the video is, as the container says."""
    return float(run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", video))


def write_duration(course: Path, video: Path) -> None:
    """Set `duration_seconds` of the activity that shows this video; ValueError when there is none."""
    path = course / "course.toml"
    text = path.read_text(encoding="utf-8")
    pattern = rf'(source = "media/{re.escape(video.name)}"\n(?:(?!\[\[).*\n)*?\s*duration_seconds = )[\d.]+'
    text, count = re.subn(pattern, rf"\g<1>{measured_seconds(video):.2f}", text)
    if count != 1:
        raise ValueError(f"{path} has {count} activities for {video.name} with duration_seconds, not one")
    path.write_text(text, encoding="utf-8")


def make_video(course: Path, source: Path, slides: list[list[str]]) -> Path:
    """Make video, poster and captions from one file of slides."""
    language = ElementTree.parse(source).getroot().attrib["lang"]  # noqa: S314, our own file
    target = course / "media" / f"{source.stem}.mp4"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cues, stands_seconds = speak(slides, folder / "sound.wav", folder)
        pictures = render_slides(source, folder)
        join(pictures, stands_seconds, folder / "sound.wav", target)
        run("ffmpeg", "-y", "-loglevel", "error", "-i", pictures[0], "-q:v", 3, target.with_suffix(".jpg"))
    write_captions(cues, target.with_suffix(f".{language}.vtt"))
    write_duration(course, target)
    return target


def make_job_aid(course: Path, source: Path) -> Path:
    """Make one tagged A4 page; ValueError when the text runs over to a second one."""
    from weasyprint import HTML

    target = course / "media" / f"{source.stem}.pdf"
    document = HTML(source).render(pdf_variant="pdf/ua-1")
    if len(document.pages) != 1:
        raise ValueError(f"{source} fills {len(document.pages)} pages; a job aid has one")
    document.write_pdf(target, pdf_variant="pdf/ua-1")
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the video and the job aids of the demo courses.")
    parser.add_argument("courses", nargs="*", help="folders under lms/demo/courses; all of them when none is named")
    names = parser.parse_args().courses or sorted(path.parent.name for path in COURSES.glob("*/course.toml"))
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        sys.exit(f"Not found: {', '.join(missing)}. The top of {Path(__file__).name} says what to install.")
    for course in (COURSES / name for name in names):
        (course / "media").mkdir(exist_ok=True)
        for source in sorted((course / "media-src").glob("*.html")):
            slides = narration(source)
            target = make_video(course, source, slides) if slides else make_job_aid(course, source)
            print(f"{target.relative_to(COURSES)}  {target.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
