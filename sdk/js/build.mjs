// Puts the npm package together in target/npm/package, from what wasm-bindgen wrote to bindgen/.
// `cargo xtask npm` runs it.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const out = join(root, "target/npm/package");
const dist = join(out, "dist");
const wasm = join(dist, "fader.wasm");

rmSync(out, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const names = execFileSync(process.execPath, [
  join(here, "node_modules/binaryen/bin/wasm-opt"),
  join(here, "bindgen/engine_bg.wasm"),
  // What Rust's compiler uses by default, and browsers have since 2022.
  ...["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"].map(
    (feature) => `--enable-${feature}`,
  ),
  // Rust keeps nothing in the first kilobyte.
  "--low-memory-unused",
  // Found by trying: 4 % less than -Oz alone, once compressed, for which it helps if functions
  // that are alike stand together.
  ...["--flatten", "--rereloop", "--reorder-functions-by-name", "--simplify-locals", "-O3", "-Oz", "-Oz"],
  "--minify-imports-and-exports-and-modules",
  "--strip-debug",
  "--strip-producers",
  "--strip-target-features",
  "-o",
  wasm,
]);
writeFileSync(join(here, "bindgen/engine.js"), rename(JSON.parse(names.toString())));

const common = {
  absWorkingDir: here,
  outdir: dist,
  bundle: true,
  format: "esm",
  target: "es2022",
  sourcemap: true,
  legalComments: "none",
  external: ["node:*", "fader", "react", "vue"],
  logLevel: "warning",
  // wasm-bindgen names a script once for each module that imports from it; they are one.
  logOverride: { "duplicate-object-key": "silent" },
};
await build({
  ...common,
  entryPoints: { fader: "ts/index.ts", inline: "ts/inline.ts", react: "ts/react.ts", vue: "ts/vue.ts", debug: "ts/debug.ts" },
  splitting: true,
  chunkNames: "client-[hash]",
  minify: true,
  // What TypeScript keeps private; the wasm has short names.
  mangleProps: /^_[a-z]{3}/,
  alias: { "fader.wasm": wasm },
  loader: { ".wasm": "base64" },
});
// Node prints the line that an uncaught error comes from: it is not to be the whole script.
await build({ ...common, entryPoints: { node: "ts/node.ts" } });

const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
cpSync(join(here, "README.md"), join(out, "README.md"));
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) cpSync(join(root, license), join(out, license));

/** wasm-bindgen's script, with the short names that the wasm's imports and exports have now. */
function rename({ imports, exports }) {
  const file = join(here, "bindgen/engine.js");
  let script = readFileSync(file, "utf8");
  const replace = (before, after) => {
    if (script.replace(before, "") === script) throw new Error(`${file} does not have ${before}`);
    script = script.replace(before, () => after);
  };
  const exported = new Map(exports);
  script = script.replace(/\bwasm\.(\w+)/g, (whole, name) => {
    if (!exported.has(name)) throw new Error(`${file} uses ${whole}, which is not exported`);
    return `wasm.${exported.get(name)}`;
  });
  // Each module's imports are an object; now that all have names of their own, one is enough.
  const rest = [];
  for (const [module, name, short] of imports) {
    if (module === "./engine_bg.js") {
      replace(`\n        ${name}:`, `\n        ${short}:`);
    } else {
      const object = new RegExp(`"${module}": (\\w+)`).exec(script)?.[1];
      rest.push(`${short}: ${object}.${name}`);
    }
  }
  replace(/return \{\s+__proto__: null,\s+"\.\/engine_bg\.js": import0,[^}]*\}/, `return { a: Object.assign(import0, { ${rest} }) }`);
  return script;
}
