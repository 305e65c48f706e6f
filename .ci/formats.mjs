// Reads the pages and graphs that tierlint writes with the libraries that draw
// them. Arguments: the folder with node_modules, the folder with the output.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [tools, out] = process.argv.slice(2);
const require = createRequire(`${tools}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const text = (name) => readFileSync(`${out}/${name}`, "utf8");
const must = (holds, what) => {
  if (!holds) throw new Error(what);
};

// Before there is a page: Graphviz looks for its parts there, if there is one.
const { instance } = await load("@viz-js/viz");
const viz = await instance();

const { JSDOM } = require("jsdom");
// Mermaid cleans labels with a library that asks for a page when it is loaded.
globalThis.window = new JSDOM("").window;
globalThis.document = window.document;
const mermaid = (await import(pathToFileURL(`${tools}/node_modules/mermaid/dist/mermaid.core.mjs`).href)).default;
const { marked } = await import(pathToFileURL(`${tools}/node_modules/marked/lib/marked.esm.js`).href);

const flowchart = async (source, where) => {
  const { diagramType } = await mermaid.parse(source);
  must(diagramType.startsWith("flowchart"), `${where}: a ${diagramType}`);
};

const findings = JSON.parse(text("json")).findings;
const page = marked.lexer(text("markdown"));
const tables = page.filter((it) => it.type === "table");
must(tables.length === 1, `markdown: ${tables.length} tables`);
must(tables[0].rows.length === findings.length, `markdown: ${tables[0].rows.length} rows`);
for (const row of text("markdown").split("\n").filter((it) => it.startsWith("| "))) {
  const cells = row.replaceAll("\\|", "").split("|").length - 2;
  must(cells === 4, `markdown: a row of ${cells} cells: ${row}`);
}
const charts = page.filter((it) => it.type === "code" && it.lang === "mermaid");
must(charts.length === 2, `markdown: ${charts.length} charts`);
for (const chart of charts) await flowchart(chart.text, "markdown");

for (const name of readdirSync(out).filter((it) => it.startsWith("graph-"))) {
  if (name.endsWith(".mermaid")) {
    await flowchart(text(name), name);
  } else {
    const drawn = viz.render(text(name), { format: "svg" });
    must(drawn.status === "success" && drawn.errors.length === 0, `${name}: ${JSON.stringify(drawn.errors)}`);
  }
}
