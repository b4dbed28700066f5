/** The vendored libraries of smokewatch/viewer/static/vendor: fetched again from npm, and verified.
 *
 * node vendor.mjs           fetches every package as manifest.json pins it, writes the files, fails where a sum differs
 * node vendor.mjs --check   only verifies the files that are there; no network
 * node vendor.mjs --update  takes the versions of manifest.json as they are and writes new sums: read the diff */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "smokewatch", "viewer", "static", "vendor");
const MANIFEST = join(FOLDER, "manifest.json");
const OWN = ["LICENSES", "manifest.json"];
const manifest = JSON.parse(readFileSync(MANIFEST, "utf8"));

/** @param {Buffer | string} bytes @returns {string} */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** @param {string} message @returns {never} */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** The unpacked folder of one package's published tarball.
 * @param {string} name @param {string} version @param {string} into @returns {string} */
function fetchPackage(name, version, into) {
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", `${name}@${version}`, "--json", "--silent", "--pack-destination", into], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  execFileSync("tar", ["xzf", join(into, packed.filename.replace("@", "").replace("/", "-")), "-C", into]);
  return join(into, "package");
}

function check() {
  for (const [file, entry] of Object.entries(manifest.files)) {
    if (sha256(readFileSync(join(FOLDER, file))) !== entry.sha256) {
      fail(`${join(FOLDER, file)} is not ${entry.package} ${entry.version}: run \`node frontend/vendor.mjs\``);
    }
  }
  if (sha256(readFileSync(join(FOLDER, "LICENSES"))) !== manifest.licenses_sha256) fail(`${join(FOLDER, "LICENSES")} was changed`);
  const unknown = readdirSync(FOLDER).filter((name) => !(name in manifest.files) && !OWN.includes(name));
  if (unknown.length > 0) fail(`in vendor/ but not in manifest.json: ${unknown.join(", ")}`);
}

/** @param {boolean} update */
function fetchAll(update) {
  const licenses = new Map();
  const versions = new Map(Object.values(manifest.files).map((entry) => [entry.package, entry.version]));
  for (const [name, version] of versions) {
    const into = mkdtempSync(join(tmpdir(), "smokewatch-vendor-"));
    try {
      const unpacked = fetchPackage(name, version, into);
      const license = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")).license;
      licenses.set(name, `${name} ${version} (${license})\n\n${readFileSync(join(unpacked, "LICENSE"), "utf8").trim()}\n`);
      for (const [file, entry] of Object.entries(manifest.files)) {
        if (entry.package !== name) continue;
        const bytes = readFileSync(join(unpacked, entry.path));
        if (update) Object.assign(entry, { license, sha256: sha256(bytes) });
        if (sha256(bytes) !== entry.sha256) fail(`${name} ${version}: ${entry.path} is not what manifest.json pins`);
        writeFileSync(join(FOLDER, file), bytes);
      }
    } finally {
      rmSync(into, { recursive: true });
    }
  }
  const text = [...licenses.keys()].sort().map((name) => licenses.get(name)).join(`\n${"-".repeat(80)}\n\n`);
  if (update) {
    manifest.licenses_sha256 = sha256(text);
    writeFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  }
  writeFileSync(join(FOLDER, "LICENSES"), text);
}

const option = process.argv[2] ?? "";
if (!["", "--check", "--update"].includes(option)) fail("usage: node vendor.mjs [--check | --update]");
if (option !== "--check") fetchAll(option === "--update");
check();
