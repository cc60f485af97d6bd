// Makes the site that the tests' server serves: an empty page, the package as it is installed, and
// the apps of apps/, each as its bundler makes it.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import esbuild from "esbuild";
import * as vite from "vite";
import { compileModule } from "svelte/compiler";
import webpack from "webpack";

const [site] = process.argv.slice(2);
const here = import.meta.dirname;
const apps = join(here, "apps");

cpSync(join(here, "node_modules/fader/dist"), join(site, "fader"), { recursive: true, dereference: true });
writeFileSync(join(site, "index.html"), "<!doctype html>\n<link rel=icon href=data:,>\n<title>fader</title>\n");
// As an app that serves the wasm itself has it.
cpSync(fileURLToPath(import.meta.resolve("fader/fader.wasm")), join(site, "own.wasm"));
cpSync(join(apps, "app.js"), join(site, "app.js"));
for (const app of ["bare", "worker"]) cpSync(join(apps, app), join(site, app), { recursive: true });

await esbuild.build({
  stdin: { contents: 'export * from "rxjs"', resolveDir: here },
  bundle: true,
  format: "esm",
  outfile: join(site, "rxjs.js"),
  logLevel: "warning",
});

await esbuild.build({
  entryPoints: [join(apps, "workload/main.ts")],
  outdir: join(site, "workload"),
  bundle: true,
  format: "esm",
  target: "es2022",
  // As the package is served.
  alias: { fader: "/fader/fader.js" },
  external: ["/fader/fader.js"],
  logLevel: "warning",
});
cpSync(join(apps, "workload/index.html"), join(site, "workload/index.html"));

/** Svelte's compiler, for its state in modules. */
const svelte = {
  name: "svelte",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.svelte\.js$/ }, ({ path }) => ({
      contents: compileModule(readFileSync(path, "utf8"), { filename: path }).js.code,
    })),
};
const frameworks = {
  bundle: true,
  format: "esm",
  target: "es2022",
  conditions: ["browser"],
  define: { "process.env.NODE_ENV": '"production"', "import.meta.env": "{}", __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
  plugins: [svelte],
  external: ["/fader/fader.js"],
  logLevel: "warning",
};
await esbuild.build({ ...frameworks, entryPoints: { state: join(apps, "state/wraps.js") }, outdir: site });
await esbuild.build({
  ...frameworks,
  entryPoints: [join(apps, "vue/main.ts")],
  outdir: join(site, "vue"),
  alias: { fader: "/fader/fader.js", "fader/vue": join(here, "node_modules/fader/dist/vue.js") },
});
cpSync(join(apps, "vue/index.html"), join(site, "vue/index.html"));

for (const app of ["esbuild", "inline"]) {
  await esbuild.build({
    entryPoints: [join(apps, app, "main.js")],
    outdir: join(site, app),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    loader: { ".wasm": "file" },
    logLevel: "warning",
  });
  cpSync(join(apps, app, "index.html"), join(site, app, "index.html"));
}

// Without a word of configuration, as classic scripts.
for (const app of ["iife", "hooks"]) {
  await esbuild.build({
    entryPoints: [join(apps, app, "main.js")],
    outdir: join(site, app),
    bundle: true,
    format: "iife",
    // It is not found by its URL then, which is why it is in the script, too.
    logOverride: { "empty-import-meta": "silent" },
    logLevel: "warning",
  });
  cpSync(join(apps, app, "index.html"), join(site, app, "index.html"));
}

await vite.build({
  root: join(apps, "vite"),
  base: "/vite/",
  logLevel: "warn",
  build: { outDir: join(site, "vite"), emptyOutDir: true, target: "es2022" },
});

// The hooks with either React, as it is while an app is developed.
for (const [folder, packages] of Object.entries({
  "components-18": { react: "react18", "react-dom": "react-dom18" },
  "components-19": {},
})) {
  await esbuild.build({
    entryPoints: [join(apps, "components/main.tsx")],
    outdir: join(site, folder),
    bundle: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' },
    alias: { ...packages, fader: "/fader/fader.js", "fader/react": join(here, "node_modules/fader/dist/react.js") },
    external: ["/fader/fader.js"],
    logLevel: "warning",
  });
  cpSync(join(apps, "components/index.html"), join(site, folder, "index.html"));
}

const examples = join(here, "../../examples");
cpSync(join(examples, "bare"), join(site, "examples/bare"), { recursive: true });
cpSync(join(site, "fader"), join(site, "examples/bare/fader"), { recursive: true });
// Where the example would have its own packages, it has those of the tests.
cpSync(join(examples, "react"), join(here, "apps/react"), { recursive: true });
for (const mode of ["development", "production"]) {
  process.env.NODE_ENV = mode;
  await vite.build({
    root: join(here, "apps/react"),
    configFile: false,
    mode,
    plugins: [react()],
    base: `/react-${mode}/`,
    logLevel: "warn",
    build: { outDir: join(site, `react-${mode}`), emptyOutDir: true, target: "es2022", minify: mode === "production" },
  });
}

const stats = await new Promise((resolve, reject) =>
  webpack(
    {
      mode: "production",
      context: join(apps, "webpack"),
      entry: "./main.js",
      output: { path: join(site, "webpack"), filename: "main.js", module: true, publicPath: "auto" },
      experiments: { outputModule: true },
    },
    (error, stats) => (error ? reject(error) : resolve(stats)),
  ),
);
if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
cpSync(join(apps, "webpack/index.html"), join(site, "webpack/index.html"));
