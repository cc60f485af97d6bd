import { browser as settings } from "../../shared/browser.ts";
import { fromXtask } from "./environment.ts";

export const browser = settings(fromXtask("FADER_CHROME"));
