// What the browser knows of URLs.

/** What relative URLs are relative to: this page, or this worker. */
const here = () => globalThis.document?.baseURI ?? globalThis.location?.href;

/**
 * Whether the browser refuses connections that are not encrypted. Unlike the location,
 * the origin is right for frames and workers made of a blob, too.
 */
const isEncrypted = () => String(globalThis.origin).startsWith("https:");

/** Browsers trust a connection within the machine without encryption. */
const LOOPBACK = /^(127\.[\d.]+|\[::1\]|(.+\.)?localhost)$/;

/**
 * The WebSocket URL that `url` means here. Otherwise what is wrong with it: "?" if it cannot be
 * read, "#" if it has a fragment, "!" if the browser would refuse it, or its scheme.
 */
export function resolve(url, base = here(), encrypted = isEncrypted()) {
  let parsed;
  try {
    parsed = new URL(url, base || undefined);
  } catch {}
  // Relative to a page, nothing is the page itself: never what was meant.
  if (!parsed || !url.trim()) return "?";
  const { protocol } = parsed;
  if (protocol === "http:" || protocol === "https:") parsed.protocol = protocol.replace("http", "ws");
  else if (protocol !== "ws:" && protocol !== "wss:") return protocol.slice(0, -1);
  // A fragment may be empty.
  if (parsed.href.includes("#")) return "#";
  if (encrypted && parsed.protocol === "ws:" && !LOOPBACK.test(parsed.hostname)) return "!";
  return parsed.href;
}
