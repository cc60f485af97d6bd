/** Settings of the system's Chromium or Chrome, quiet: nothing but the page under test uses the network. */
export const browser = (executablePath: string) => ({
  browserName: "chromium" as const,
  launchOptions: {
    executablePath,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
});
