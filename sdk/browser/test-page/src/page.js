// The page under observation: a scriptable WebSocket in the place of the
// browser's, and a count of what is listened to and waited for.

const original = {
  WebSocket: globalThis.WebSocket,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  addEventListener: EventTarget.prototype.addEventListener,
  removeEventListener: EventTarget.prototype.removeEventListener,
};

let sockets = [];
let refusal = null;
let timers = new Set();
let listeners = 0;

class FakeWebSocket {
  constructor(url, protocols) {
    if (refusal !== null) throw new DOMException(refusal, "SecurityError");
    Object.assign(this, { url, protocols, readyState: 0, sent: [], sentBinary: [], closedWith: null });
    this.nextAnswer = null;
    Object.assign(this, { onopen: null, onmessage: null, onclose: null, onerror: null });
    sockets.push(this);
  }

  // What the client does.

  send(message) {
    if (this.readyState === 0) throw new DOMException("connecting", "InvalidStateError");
    if (this.readyState === 1) {
      if (typeof message === "string") this.sent.push(message);
      // As the browser does, before the wasm memory holds something else.
      else this.sentBinary.push(message.slice());
    }
    const answer = this.nextAnswer;
    this.nextAnswer = null;
    if (answer !== null) this.receive(answer);
  }

  close(code, reason) {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.closedWith = `${code} ${reason}`;
  }

  // What the test says that the server or the network does.

  open() {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }

  answerAtOnce(text) {
    this.nextAnswer = text;
  }

  receive(data) {
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  receiveBinary(bytes) {
    this.receive(bytes.buffer);
  }

  receiveBlob() {
    this.receive(new Blob());
  }

  end(code, reason) {
    this.readyState = 3;
    this.onclose?.(new CloseEvent("close", { code, reason }));
  }

  fail() {
    this.readyState = 3;
    this.onerror?.(new Event("error"));
  }

  handlers() {
    return [this.onopen, this.onmessage, this.onclose, this.onerror].filter(Boolean).length;
  }

  takeSent() {
    return this.sent.splice(0);
  }

  takeSentBinary() {
    return this.sentBinary.splice(0);
  }
}

export function observe() {
  restore();
  sockets = [];
  refusal = null;
  timers = new Set();
  listeners = 0;
  globalThis.WebSocket = FakeWebSocket;
  globalThis.setTimeout = (callback, delay) => {
    const id = original.setTimeout.call(globalThis, () => {
      timers.delete(id);
      callback();
    }, delay);
    timers.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    original.clearTimeout.call(globalThis, id);
  };
  EventTarget.prototype.addEventListener = function (...args) {
    listeners += 1;
    return original.addEventListener.apply(this, args);
  };
  EventTarget.prototype.removeEventListener = function (...args) {
    listeners -= 1;
    return original.removeEventListener.apply(this, args);
  };
}

export function restore() {
  const { addEventListener, removeEventListener, ...globals } = original;
  Object.assign(globalThis, globals);
  Object.assign(EventTarget.prototype, { addEventListener, removeEventListener });
  // What was defined in front of the browser's own.
  delete navigator.onLine;
}

/** From now on the constructor throws; not any more with null. */
export function refuse(reason) {
  refusal = reason ?? null;
}

/** What the browser says of the network. */
export function setOnline(online) {
  Object.defineProperty(navigator, "onLine", { get: () => online, configurable: true });
}

export function useRealSockets() {
  globalThis.WebSocket = original.WebSocket;
}

/** The WebSocket of a frame whose Content Security Policy allows no connection. */
export async function useForbiddenSockets() {
  const frame = document.createElement("iframe");
  frame.srcdoc =
    `<meta http-equiv="Content-Security-Policy" content="connect-src 'none'">`;
  await new Promise((resolve) => {
    frame.onload = resolve;
    document.body.append(frame);
  });
  globalThis.WebSocket = frame.contentWindow.WebSocket;
}

export const socketCount = () => sockets.length;
export const lastSocket = () => sockets.at(-1);
export const timerCount = () => timers.size;
export const listenerCount = () => listeners;
