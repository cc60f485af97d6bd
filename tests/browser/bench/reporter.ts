import type { Reporter, TestCase, TestError, TestResult } from "@playwright/test/reporter";

/** Lets the bench print its own table. */
export default class implements Reporter {
  onStdOut(chunk: string | Buffer): void {
    process.stdout.write(chunk);
  }

  onStdErr(chunk: string | Buffer): void {
    process.stderr.write(chunk);
  }

  onError(error: TestError): void {
    console.error(error.message ?? error.value);
  }

  onTestEnd(_: TestCase, result: TestResult): void {
    for (const error of result.errors) console.error(error.message ?? error.value);
  }
}
