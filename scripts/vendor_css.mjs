// Called by vendor_assets.py beside a node_modules folder: node vendor_css.mjs <folder of CSS sources> <output folder>.
// Keeps of Bootstrap what this product's pages may use, wraps it in its layer, and minifies everything.
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { transform } from "lightningcss";
import { PurgeCSS } from "purgecss";

const [sources, output] = process.argv.slice(2);

const steps = [0, 1, 2, 3, 4, 5];
const columns = Array.from({ length: 12 }, (_, n) => n + 1);
const sides = ["", "t", "b", "s", "e", "x", "y"];
const kept = {
  tags: (
    "html body h1 h2 h3 h4 p a ul ol li dl dt dd b strong small mark sub sup code pre kbd samp hr blockquote abbr address " +
    "figure img svg table caption thead tbody tfoot tr td th label button input select optgroup textarea fieldset legend " +
    "iframe summary progress template option"
  ).split(" "),
  classes: [
    "visually-hidden", "visually-hidden-focusable", "breadcrumb", "breadcrumb-item", "active",
    "form-control", "form-select", "row",
    ...["col", "col-sm", "col-md", "col-lg"].flatMap((name) => [name, ...columns.map((n) => `${name}-${n}`)]),
    ...["col-auto", "col-sm-auto", "col-md-auto"],
    ...steps.flatMap((n) => [`g-${n}`, `gx-${n}`, `gy-${n}`, `gap-${n}`]),
    ...sides.flatMap((side) => [...steps.map((n) => `m${side}-${n}`), `m${side}-auto`, ...steps.map((n) => `p${side}-${n}`)]),
    ...["d-none", "d-block", "d-flex", "d-grid", "d-inline", "d-inline-block", "d-inline-flex"],
    ...["sm", "md", "lg"].flatMap((size) => ["none", "block", "flex"].map((value) => `d-${size}-${value}`)),
    ...["row", "column", "wrap", "nowrap", "fill", "grow-1", "shrink-0"].map((value) => `flex-${value}`),
    ...["start", "center", "end", "baseline", "stretch"].flatMap((v) => [`align-items-${v}`, `align-self-${v}`]),
    ...["start", "center", "end", "between"].map((value) => `justify-content-${value}`),
    ...["text-start", "text-center", "text-end", "text-break", "text-nowrap", "text-truncate"],
    ...["w-100", "h-100", "list-unstyled"],
  ],
  ids: [],
  attributes: { names: ["type", "hidden", "role", "title", "multiple", "size", "list", "href", "disabled", "data-bs-theme"],
                values: ["button", "reset", "submit", "date", "time", "search", "number", "file"] },
  undetermined: [],
};

/** Turn left and right of the inline axis into start and end, so that one file serves both directions. */
const logical = (css) =>
  css
    .replace(/\b(margin|padding)-(left|right):/g, (_, property, side) => `${property}-inline-${side === "left" ? "start" : "end"}:`)
    .replace(/text-align: ?(left|right)/g, (_, side) => `text-align:${side === "left" ? "start" : "end"}`)
    .replace(/\bfloat: ?(left|right)/g, (_, side) => `float:inline-${side === "left" ? "start" : "end"}`);

const minified = (name, css) =>
  transform({ filename: `${name}.css`, code: Buffer.from(css), minify: true }).code.toString() + "\n";

const [bootstrap] = await new PurgeCSS().purge({
  content: [{ raw: "kept", extension: "list" }],
  extractors: [{ extensions: ["list"], extractor: () => kept }],
  css: [{ raw: readFileSync("node_modules/bootstrap/dist/css/bootstrap.css", "utf8").replace(/@charset[^;]+;|\/\*#.*?\*\//g, "") }],
  variables: true,
  keyframes: true,
  fontFace: true,
});

const source = (name) => readFileSync(join(sources, `${name}.css`), "utf8");
mkdirSync(output, { recursive: true });
const app = `${source("tokens")}\n@layer bootstrap {\n${logical(bootstrap.css)}\n}\n${source("components")}`;
writeFileSync(join(output, "app.css"), minified("app", app));
for (const name of ["learn", "desk", "door", "certificate", "report"]) writeFileSync(join(output, `${name}.css`), minified(name, source(name)));
