"""Fetch the browser's files of other projects, and make the style sheets and fonts that are served.

Run it after a change in package.json or static/css/src; the result is committed, so neither a
server nor a developer of pages needs node. `--check` changes nothing and fails when the committed
result is not what the sources make.

    npm install --package-lock-only   # after a change in package.json
    python scripts/vendor_assets.py [--check]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
INTER = "@fontsource-variable/inter"

# package: the files that are copied as they are, and the file that holds its licence
COPIED = {
    "htmx.org": (["dist/htmx.min.js"], "LICENSE"),
    "bootstrap": ([], "LICENSE"),
    INTER: ([], "LICENSE"),
}
PURPOSE = {
    "htmx.org": "parts of pages are replaced without a reload",
    "bootstrap": "reset, grid, form controls and spacing, inside static/css/app.css",
    INTER: "the typeface, cut to the characters and weights in use",
}
# The features that the style sheets ask for, and what Latin script needs; alternates and fractions are left out.
FEATURES = ["kern", "tnum", "ccmp", "locl", "mark", "mkmk"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when the committed files differ; change nothing")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        made = build(Path(folder))
        differing = [name for name, content in made.items() if _read(ROOT / name) != content]
        stale = sorted(_committed() - set(made))
        if check:
            for name in [*differing, *stale]:
                print(f"{name} is not what the sources make; run scripts/vendor_assets.py", file=sys.stderr)
            return 1 if differing or stale else 0
        for name in stale:
            (ROOT / name).unlink()
        for name in differing:
            path = ROOT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made[name])
            print(f"{name}: {len(made[name]):,} bytes")
    return 0


def build(work: Path) -> dict[str, bytes]:
    """Return every file to commit, by its path in the project."""
    for name in ("package.json", "package-lock.json", ".npmrc", "scripts/vendor_css.mjs"):
        shutil.copy(ROOT / name, work / Path(name).name)
    # No script of a package is run, and what is installed is what the lock file's hashes say.
    subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=work, check=True)
    subprocess.run(["node", "vendor_css.mjs", STATIC / "css" / "src", work / "css"], cwd=work, check=True)
    packages = work / "node_modules"
    made = {f"static/css/{path.name}": path.read_bytes() for path in sorted((work / "css").iterdir())}
    for package, (files, licence) in COPIED.items():
        folder = f"static/vendor/{package.split('/')[-1].removesuffix('.org')}"
        for file in files:
            made[f"{folder}/{Path(file).name}"] = _without_source_map((packages / package / file).read_text())
        made[f"{folder}/LICENSE"] = (packages / package / licence).read_bytes()
    made |= fonts(packages / INTER / "files", work)
    made |= notices(packages, made)
    return made


def fonts(source: Path, work: Path) -> dict[str, bytes]:
    """Return Inter for the screen (one variable file a script) and for the printer (static weights)."""
    made = {}
    for script in ("latin", "latin-ext"):
        original = source / f"inter-{script}-wght-normal.woff2"
        made[f"static/vendor/inter/inter-{script}.woff2"] = _cut(original, work, weight=(400, 700))
        for weight in (400, 600, 700):
            made[f"static/vendor/inter/print/inter-{script}-{weight}.woff2"] = _cut(original, work, weight=weight)
    return made


def _cut(original: Path, work: Path, *, weight: int | tuple[int, int]) -> bytes:
    """Return the font with fewer weights and features, as WOFF2."""
    font = instantiateVariableFont(TTFont(original, recalcTimestamp=False), {"wght": weight})
    between = work / "between.ttf"
    font.flavor = None
    font.save(between)
    options = subset.Options(flavor="woff2", layout_features=FEATURES, hinting=False, recalc_timestamp=False)
    font = subset.load_font(str(between), options)
    chooser = subset.Subsetter(options)
    chooser.populate(unicodes=sorted(font.getBestCmap()))
    chooser.subset(font)
    target = work / "cut.woff2"
    subset.save_font(font, str(target), options)
    return target.read_bytes()


def notices(packages: Path, made: dict[str, bytes]) -> dict[str, bytes]:
    """Return the list of what was taken: for machines with hashes, and for people."""
    entries, lines = [], []
    for package in sorted(COPIED):
        described = json.loads((packages / package / "package.json").read_text())
        folder = f"static/vendor/{package.split('/')[-1].removesuffix('.org')}/"
        entries.append(
            {
                "name": package,
                "version": described["version"],
                "licence": described["license"],
                "files": {name: _sri(made[name]) for name in sorted(made) if name.startswith(folder)},
            }
        )
        lines.append(f"| {package} | {described['version']} | {described['license']} | {PURPOSE[package]} |")
    table = "\n".join(lines)
    people = (
        "# Third-party files in the browser\n\n"
        "Copied or made by `scripts/vendor_assets.py` from the packages that `package-lock.json` pins; the licence\n"
        "texts stand beside the files in `static/vendor/`. Icons come from Lucide (ISC) through the Python package\n"
        "`lucide` and are written into the pages.\n\n"
        f"| package | version | licence | what for |\n|---|---|---|---|\n{table}\n"
    )
    return {
        "static/vendor/vendor.json": (json.dumps(entries, indent=2) + "\n").encode(),
        "THIRD-PARTY.md": people.encode(),
    }


def _without_source_map(text: str) -> bytes:
    """A map that is not served would stop `collectstatic`."""
    return "".join(line for line in text.splitlines(True) if "sourceMappingURL=" not in line).encode()


def _sri(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _committed() -> set[str]:
    """Return the files in place that this script makes."""
    paths = [*(STATIC / "vendor").rglob("*"), *(STATIC / "css").glob("*.css")]
    return {str(path.relative_to(ROOT)) for path in paths if path.is_file()}


if __name__ == "__main__":
    sys.exit(main())
