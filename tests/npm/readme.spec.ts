import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { compile } from "svelte/compiler";

const root = join(import.meta.dirname, "../..");

test("the TypeScript of the READMEs and of the docs compiles, with what it says and no more", async () => {
  const docs = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const folder = join(import.meta.dirname, "apps/readme");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  let blocks = 0;
  for (const file of ["README.md", "sdk/js/README.md", "examples/README.md", ...docs]) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, code = ""] of text.matchAll(/^```svelte\n(.*?)^```/gms)) expect(compile(code, {}).warnings).toEqual([]);
    for (const [, kind, code] of text.matchAll(/^```(tsx?)\n(.*?)^```/gms)) {
      blocks += 1;
      await writeFile(join(folder, `${file.replaceAll(/\W/g, "-")}-${blocks}.${kind}`), `${code}\nexport {};\n`);
    }
  }
  expect(blocks).toBeGreaterThan(5);
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: "es2022",
      lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"],
      module: "esnext",
      moduleResolution: "bundler",
      jsx: "react-jsx",
      skipLibCheck: true,
      types: [],
    },
    include: ["*.ts", "*.tsx"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(import.meta.dirname, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "--project", folder]).catch((error) => error);
  expect(stdout).toBe("");
});
