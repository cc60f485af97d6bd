// What the elements of a page tell of a person's gestures, and what they hold.

/** What is told. `bind/event.rs` has the same. */
const [PRESSED, MOVED, RELEASED, POINTER_LOST, KEY_DOWN, KEY_UP, ESCAPE, TYPED, STEPPED, EDITED, FINAL, LEFT, GONE, LIMITED] =
  Array(14).keys();

/** Those after which an element is to be watched for being taken away, and after which not any more. */
const BEGIN = [PRESSED, KEY_DOWN, TYPED];
const END = [RELEASED, POINTER_LOST, FINAL, GONE];

const NO_VALUE = ["file", "button", "submit", "reset", "image", "hidden"];
/** Inputs whose value is put together of parts or steps, each with events of its own. */
const STEPPED_TYPES = ["number", "date", "time", "month", "week", "datetime-local"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const JUMPS = ["PageUp", "PageDown", "Home", "End"];
/** How far an arrow key moves a pad, in widths and heights; with shift, ten times that. */
const STEP = 0.01;

const POINTER_EVENTS = ["pointermove", "pointerup", "pointercancel"];
const EVENTS = ["input", "change", "pointerdown", "lostpointercapture", "keydown", "keyup", "blur", "focusout", ...POINTER_EVENTS];

/** Also of another realm, as that of an iframe. */
const isElement = (value) => value?.nodeType === 1 && typeof value.closest === "function";

/** Why the element cannot make gestures, if so. */
export function refuseElement(element) {
  return isElement(element) ? undefined : `${describe(element)} is no element of the page`;
}

/** Why an element cannot be bound to a key that holds this JSON type, if so. */
export function refuse(element, key, holds) {
  const tag = isElement(element) ? element.localName : "";
  if (!["input", "select", "textarea"].includes(tag))
    return `${describe(element)} cannot be bound: it takes an <input>, a <select> or a <textarea>`;
  const type = element.type;
  const what = tag === "input" ? `an <input type="${type}">` : `a <${tag}${element.multiple ? " multiple" : ""}>`;
  if (NO_VALUE.includes(type) || (tag === "select" && element.multiple)) return `${what} cannot be bound`;
  const [wanted, name] =
    type === "checkbox"
      ? [["boolean"], "true or false"]
      : type === "range" || type === "number"
        ? [["number"], "a number"]
        : [tag === "select" || type === "radio" ? ["string", "number"] : ["string"], "text"];
  if (wanted.includes(holds)) return undefined;
  return `${what} holds ${name}, but "${key}" is ${/^[ao]/.test(holds) ? "an" : "a"} ${holds}`;
}

function describe(value) {
  try {
    return String(value);
  } catch {
    return "that";
  }
}

/** What is done at once after the present task, when forms have been reset. */
let later = [];
function afterTask(task) {
  if (later.push(task) > 1) return;
  setTimeout(() => {
    const tasks = later;
    later = [];
    for (const task of tasks) task();
  });
}

/** An element that is watched until `stop`. `kind` is `field`, `pad`, or `gesture` for one that the app moves itself. */
export class Control {
  #element;
  #kind;
  /** The JSON type of a field's key. */
  #holds;
  #tell;
  /** What a field held when it was last shown or read. */
  #seen;
  #resetting = false;
  /** The pointer that holds it; another finger changes nothing. */
  #pointer;
  #limits;
  /** While it is held. */
  #guard;
  #stopped = false;

  constructor(element, kind, holds, tell) {
    this.#element = element;
    this.#kind = kind;
    this.#holds = holds;
    this.#tell = tell;
    for (const event of EVENTS) element.addEventListener(event, this);
    if (kind !== "field") return;
    // Of which there is no event when it is done.
    element.ownerDocument.addEventListener("reset", this);
    this.#limits = new MutationObserver(() => {
      this.#send(LIMITED);
      // What the browser made of it is no one's wish.
      this.#seen = this.#raw();
    });
    const list = element.localName === "select";
    this.#limits.observe(element, {
      attributes: true,
      attributeFilter: ["min", "max", "step", "value"],
      childList: list,
      subtree: list,
    });
  }

  stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const event of EVENTS) this.#element.removeEventListener(event, this);
    this.#element.ownerDocument.removeEventListener("reset", this);
    this.#limits?.disconnect();
    this.#watchLoss(false);
  }

  /** Shows a value; one of another type than at first changes nothing. */
  show(value) {
    const element = this.#element;
    if (this.#resetting || typeof value !== this.#holds) return;
    if (element.type === "checkbox") element.checked = value;
    else if (element.type === "radio") element.checked = element.value === String(value);
    else if (this.#value() !== value) element.value = value;
    this.#seen = this.#raw();
  }

  /** What it holds; `undefined` if that is nothing, or unfinished. */
  read() {
    this.#seen = this.#raw();
    return this.#value();
  }

  #value() {
    const { type, value, checked } = this.#element;
    if (type === "checkbox") return checked;
    if (type === "radio" && !checked) return undefined;
    if (this.#holds !== "number") return value;
    const number = value.trim() === "" ? NaN : Number(value);
    return Number.isFinite(number) ? number : undefined;
  }

  #raw() {
    const { type, value, checked } = this.#element;
    return type === "checkbox" || type === "radio" ? checked : value;
  }

  /** Tells of it, and watches the element while a person holds it. */
  #send(what, x = 0, y = 0) {
    if (this.#stopped) return;
    if (BEGIN.includes(what)) this.#watchLoss(true);
    // A pointer holds on when the focus goes.
    if (END.includes(what) || (what === LEFT && this.#pointer === undefined)) this.#watchLoss(false);
    this.#tell(what, x, y);
  }

  /** Watches for what no event of the element tells: a release elsewhere, and that it is taken away. */
  #watchLoss(on) {
    const { ownerDocument } = this.#element;
    if (on === Boolean(this.#guard)) return;
    for (const event of POINTER_EVENTS) {
      if (on) ownerDocument.addEventListener(event, this, true);
      else ownerDocument.removeEventListener(event, this, true);
    }
    if (!on) {
      this.#guard.disconnect();
      this.#guard = this.#pointer = undefined;
      return;
    }
    this.#guard = new MutationObserver(() => {
      if (this.#isGone()) this.#send(GONE);
    });
    this.#guard.observe(ownerDocument, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["disabled", "inert"],
    });
  }

  #isGone() {
    const element = this.#element;
    return !element.isConnected || element.matches(":disabled") || element.closest("[inert]") !== null;
  }

  /** @internal Called by the browser. */
  handleEvent(event) {
    const field = this.#kind === "field";
    switch (event.type) {
      case "input":
        if (field) this.#send(this.#how(event));
        break;
      case "change":
        if (field) this.#final();
        break;
      case "reset":
        if (event.target === this.#element.form) this.#reset();
        break;
      case "pointerdown":
        this.#press(event);
        break;
      case "keydown":
        this.#key(event);
        break;
      case "keyup":
        if (event.key !== "Escape") this.#later(KEY_UP);
        break;
      case "blur":
      case "focusout":
        this.#send(LEFT);
        break;
      default:
        if (event.pointerId === this.#pointer) this.#moved(event);
    }
  }

  /** What kind of input it is. A script's is none that was typed. */
  #how({ inputType }) {
    const element = this.#element;
    if (element.getRootNode().activeElement !== element) return EDITED;
    if (inputType && inputType !== "insertReplacementText") return TYPED;
    return STEPPED_TYPES.includes(element.type) ? STEPPED : EDITED;
  }

  /** What it holds is final, also if no `input` told of it. */
  #final() {
    if (this.#raw() !== this.#seen) this.#send(EDITED);
    this.#send(FINAL);
  }

  #reset() {
    // The form does it when all have been told of it.
    this.#resetting = true;
    afterTask(() => {
      this.#resetting = false;
      if (this.#raw() === this.#seen) this.#send(LIMITED);
      else this.#final();
    });
  }

  #press(event) {
    const element = this.#element;
    // Elsewhere a pointer only sets the focus, or opens a picker.
    if (event.button !== 0 || this.#pointer !== undefined || (this.#kind === "field" && element.type !== "range")) return;
    if (this.#kind === "pad") {
      try {
        element.setPointerCapture(event.pointerId);
      } catch {
        // It is gone already.
        return;
      }
    }
    // So that Escape arrives here in every browser.
    if (this.#kind !== "gesture") element.focus({ preventScroll: true });
    this.#pointer = event.pointerId;
    this.#send(PRESSED);
    this.#place(event);
  }

  #moved(event) {
    // Without a button, the release was lost.
    if (event.type === "pointermove" && event.buttons !== 0) return this.#place(event);
    this.#pointer = undefined;
    this.#later(event.type === "pointercancel" ? POINTER_LOST : RELEASED);
  }

  /** Where the pointer is in a pad; one without a size has no inside. */
  #place(event) {
    // At the document it is on its way to the element.
    if (this.#kind !== "pad" || event.eventPhase === Event.CAPTURING_PHASE) return;
    const { left, top, width, height } = this.#element.getBoundingClientRect();
    const part = (at, length) => (length > 0 ? at / length : 0);
    this.#send(MOVED, part(event.clientX - left, width), part(event.clientY - top, height));
  }

  #key(event) {
    const { key } = event;
    const { type } = this.#element;
    const arrow = Object.hasOwn(ARROWS, key) ? ARROWS[key] : undefined;
    if (key === "Escape") this.#send(ESCAPE);
    else if (this.#kind === "pad") {
      if (!arrow) return;
      event.preventDefault();
      const step = event.shiftKey ? 10 * STEP : STEP;
      this.#send(KEY_DOWN, arrow[0] * step, arrow[1] * step);
    } else if (this.#kind === "gesture" || type === "range" || type === "select-one") {
      if (arrow || JUMPS.includes(key)) this.#send(KEY_DOWN);
    } else if (STEPPED_TYPES.includes(type) && arrow?.[1]) this.#send(KEY_DOWN);
  }

  /** The app's own listeners may still set the last value. */
  #later(what) {
    if (this.#kind !== "gesture") return this.#send(what);
    setTimeout(() => this.#send(what));
  }
}
