import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const STATIC = join(dirname(fileURLToPath(import.meta.url)), "../../smokewatch/viewer/static");
const PAGES = { "index.html": "js/main.js", "triage.html": "js/triage/main.js", "qualification.html": "js/qualification/main.js", "overview.html": "js/overview/main.js", "runs.html": "js/runs/main.js", "history.html": "js/history/main.js" };
const index = readFileSync(join(STATIC, "index.html"), "utf8");
const map = JSON.parse(/<script type="importmap">([^]*?)<\/script>/.exec(index)?.[1] ?? "null").imports;

/** What a module imports at once, as names below static/. */
function importsOf(name) {
  const text = readFileSync(join(STATIC, name), "utf8");
  return [...text.matchAll(/^(?:import|export)[^;"]*?from "([^"]+)"|^import "([^"]+)"/gm)]
    .map((found) => found[1] ?? found[2])
    .map((from) => (from.startsWith(".") ? normalize(join(dirname(name), from)) : map[from]?.replace("/static/", "") ?? from));
}

for (const [page, main] of Object.entries(PAGES)) {
  const text = readFileSync(join(STATIC, page), "utf8");

  test(`the first load asks for every module at once: ${page} preloads what ${main} imports, and nothing else`, () => {
    const wanted = new Set();
    const follow = (name) => {
      for (const each of importsOf(name)) {
        if (wanted.has(each)) continue;
        wanted.add(each);
        if (each.startsWith("js/")) follow(each);
      }
    };
    follow(main);
    // A vendored module's own imports are minified; a page names all but the chart library, which comes late.
    for (const file of Object.values(map)) if (!file.includes("uplot")) wanted.add(file.replace("/static/", ""));
    const preloaded = [...text.matchAll(/rel="modulepreload" href="\/static\/([^"]+)"/g)].map((found) => found[1]);
    assert.deepEqual([...preloaded].sort(), [...wanted].sort());
    assert.equal([...text.matchAll(/<script type="module" src="([^"]+)"/g)][0][1], `/static/${main}`);
  });

  test(`${page} has one inline script, the same import map, and no inline style`, () => {
    assert.equal([...text.matchAll(/<script(?![^>]*\ssrc=)/g)].length, 1);
    assert.deepEqual(JSON.parse(/<script type="importmap">([^]*?)<\/script>/.exec(text)?.[1] ?? "null").imports, map);
    assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=/i);
  });
}

test("every page says so in the same words where it does not come", () => {
  const notes = readdirSync(STATIC).filter((name) => name.endsWith(".html")).map((name) => /<div id="app">\s*(<p class="plain-note".*<\/p>)\s*<\/div>/.exec(readFileSync(join(STATIC, name), "utf8"))?.[1]);
  assert.equal(notes.length, 8);
  assert.match(notes[0], /<a href="">Try again<\/a>/);
  assert.deepEqual([...new Set(notes)], [notes[0]]);
});

test("no module writes HTML, evaluates text, or names an address outside the page", () => {
  for (const file of readdirSync(join(STATIC, "js"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js")) continue;
    const text = readFileSync(join(STATIC, "js", file), "utf8");
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|\beval\(|new Function|document\.write/, file);
    assert.doesNotMatch(text.replaceAll("http://www.w3.org/2000/svg", ""), /["'`]https?:\/\//, file);
  }
});

test("a view is at most 300 lines", () => {
  for (const file of readdirSync(join(STATIC, "js"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js")) continue;
    const lines = readFileSync(join(STATIC, "js", file), "utf8").split("\n").length;
    assert.ok(lines <= 301, `${file}: ${lines} lines`);
  }
});
