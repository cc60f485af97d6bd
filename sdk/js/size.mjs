// Prints what a page loads of the package, and with --check fails if that is more than 2 % past
// the figure in size.json. After a change that is worth its size: node size.mjs --write.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = import.meta.dirname;
const dist = join(folder, "../../target/npm/package/dist");
const budgetFile = join(folder, "size.json");

const wasm = readdirSync(dist).filter((name) => name.endsWith(".wasm"));
/** A script and what it imports; what it may import later is not loaded with it. */
const loaded = (script) => {
  const imported = readFileSync(join(dist, script), "utf8").matchAll(/\b(?:from|import)"\.\/([^"]+)"/g);
  return [...new Set([script, ...[...imported].flatMap(([, name]) => loaded(name))])];
};
const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

const row = (name, files) => {
  const size = { name, raw: 0, gzip: 0, brotli: 0 };
  for (const file of files) {
    const bytes = readFileSync(join(dist, file));
    size.raw += bytes.length;
    size.gzip += gzipSync(bytes, { level: 9 }).length;
    size.brotli += brotli(bytes).length;
  }
  return size;
};

const total = row("fader", [...loaded("fader.js"), ...wasm]);
const rows = [
  total,
  row("  of it wasm", wasm),
  row("  of it script", loaded("fader.js")),
  row("fader/inline", loaded("inline.js")),
];
console.log(`${"what a page loads, bytes".padEnd(26)}${["raw", "gzip", "brotli"].map((of) => of.padStart(9)).join("")}`);
for (const { name, ...size } of rows) {
  console.log(name.padEnd(26) + Object.values(size).map((bytes) => String(bytes).padStart(9)).join(""));
}

if (process.argv.includes("--write")) {
  writeFileSync(budgetFile, `${JSON.stringify({ brotli: total.brotli }, null, 2)}\n`);
}
if (process.argv.includes("--check")) {
  const budget = JSON.parse(readFileSync(budgetFile, "utf8")).brotli;
  if (total.brotli > budget * 1.02) {
    console.error(`${total.brotli} bytes are more than 2 % past the budget of ${budget} in sdk/js/size.json`);
    process.exit(1);
  }
}
