// Makes the site that the tests' server serves: an empty page, the package as it is installed, RxJS.

import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [site] = process.argv.slice(2);
const here = import.meta.dirname;

cpSync(join(here, "node_modules/fader/dist"), join(site, "fader"), { recursive: true, dereference: true });
writeFileSync(join(site, "index.html"), "<!doctype html>\n<link rel=icon href=data:,>\n<title>fader</title>\n");
await build({
  stdin: { contents: 'export * from "rxjs"', resolveDir: here },
  bundle: true,
  format: "esm",
  outfile: join(site, "rxjs.js"),
  logLevel: "warning",
});
