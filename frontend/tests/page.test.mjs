import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const STATIC = join(dirname(fileURLToPath(import.meta.url)), "../../smokewatch/viewer/static");
const page = readFileSync(join(STATIC, "page.html"), "utf8");

test("the page has one inline script, the import map, and no inline style", () => {
  assert.equal([...page.matchAll(/<script(?![^>]*\ssrc=)/g)].length, 1);
  assert.match(page, /<script type="importmap">/);
  assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=/i);
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
