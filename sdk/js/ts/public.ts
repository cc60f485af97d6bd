// What every entry point exports.
export type { Client } from "./client.js";
export { FaderError, type ErrorCode } from "./error.js";
export type { Off } from "./listeners.js";
export { Live } from "./live.js";
export type { ItemStream } from "./stream.js";
export type { Subscription } from "./subscription.js";
export type * from "./types.js";
