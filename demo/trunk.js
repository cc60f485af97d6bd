// Only in the page of `trunk serve`. Trunk's proxy (0.21) chooses no subprotocol, and a browser that
// has offered one then gives up. So none is offered; Trunk.toml has the proxy ask the server for it.
window.WebSocket = class extends WebSocket {
  constructor(url) {
    super(url);
  }
};
