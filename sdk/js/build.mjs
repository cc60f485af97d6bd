// Puts the npm package together in target/npm/package, from what wasm-bindgen wrote to bindgen/.
// `cargo xtask npm` runs it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const out = join(root, "target/npm/package");
const dist = join(out, "dist");
const optimised = join(dist, "fader.wasm");

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
  optimised,
]);
const { wasm, file, build: wasmBuild } = sign(optimised);
const engine = join(here, "bindgen/engine.short.js");
writeFileSync(engine, rename(JSON.parse(names.toString())));

/** wasm-bindgen's script with the short names. */
const short = {
  name: "short",
  setup: ({ onResolve }) => onResolve({ filter: /\/bindgen\/engine\.js$/ }, () => ({ path: engine })),
};
/** What is loaded on demand, of which one for all is enough. */
const lazy = {
  name: "lazy",
  setup: ({ onResolve }) => onResolve({ filter: /^\.\/(debug|inlined)\.js$/ }, ({ path }) => ({ path, external: true })),
};
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
  define: { WASM_FILE: JSON.stringify(`./${file}`), WASM_BUILD: JSON.stringify(wasmBuild) },
  plugins: [short],
};
const small = {
  ...common,
  minify: true,
  // What TypeScript keeps private; the wasm has short names.
  mangleProps: /^_[a-z]{3}/,
  alias: { "fader.wasm": wasm },
  loader: { ".wasm": "base64" },
};
const hooks = { react: "ts/react.ts", vue: "ts/vue.ts" };
await build({
  ...small,
  entryPoints: { fader: "ts/index.ts", inline: "ts/inline.ts", inlined: "ts/inlined.ts", debug: "ts/debug.ts", ...hooks },
  splitting: true,
  chunkNames: "[name]-[hash]",
});
// For `require`, as Jest does. The wasm is in the script, for what loads it may know no files.
const required = { ...small, format: "cjs", outExtension: { ".js": ".cjs" } };
// Nothing may stand before their "use client".
await build({ ...required, entryPoints: hooks });
await build({
  ...required,
  entryPoints: { fader: "ts/inline.ts" },
  // jsdom has none.
  banner: { js: 'var{TextEncoder,TextDecoder}=globalThis.TextEncoder?globalThis:process.getBuiltinModule("util");' },
});
// Node prints the line that an uncaught error comes from: it is not to be the whole script.
await build({ ...common, plugins: [short, lazy], entryPoints: { node: "ts/node.ts" } });

const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
manifest.exports["./fader.wasm"] = `./dist/${file}`;
writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
cpSync(join(here, "README.md"), join(out, "README.md"));
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) cpSync(join(root, license), join(out, license));

/** Names the wasm by what is in it, in the name of its file and in that of an empty section at its end. */
function sign(wasm) {
  const bytes = readFileSync(wasm);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const build = `fader-${hash}`;
  writeFileSync(wasm, Buffer.concat([bytes, Buffer.from([0, build.length + 1, build.length]), Buffer.from(build)]));
  const file = `${build}.wasm`;
  renameSync(wasm, join(dist, file));
  return { wasm: join(dist, file), file, build };
}

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
  // The script loads the wasm in more ways than there are here: ts/load.ts compiles it.
  const loading = script.indexOf("async function __wbg_load(");
  if (loading < 0) throw new Error(`${file} does not have __wbg_load`);
  return `${script.slice(0, loading)}
export default async function init(module) {
    return __wbg_finalize_init(await WebAssembly.instantiate(module, __wbg_get_imports()), module);
}
`;
}
