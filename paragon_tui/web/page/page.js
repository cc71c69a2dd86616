// What the terminal of textual.js lacks: where its server is, the size of its font, the keyboard's focus, the title of
// the tab, downloads without a tab, and why a session has ended. It runs before textual.js, which builds the terminal when the page is loaded.
"use strict";

const TITLE = document.title;
const LEAST_COLUMNS = 80;
const CHARACTERS_WIDTH = 0.601; // in sizes of the font
const [LEAST_FONT_PX, USUAL_FONT_PX] = [9, 16];

// The token has done its work: the cookie is set.
history.replaceState(null, "", location.pathname);

// The interface says how far a run is in the title of its terminal: OSC 0, in a message of its own.
function titleIn(data) {
  const bytes = new Uint8Array(data, 0, Math.min(data.byteLength, 200));
  const match = /^\x1b\]0;([^\x07]*)\x07/.exec(new TextDecoder().decode(bytes));
  return match && match[1];
}

window.WebSocket = class extends window.WebSocket {
  constructor(url) {
    super(url);
    this.addEventListener("message", ({ data }) => {
      document.title = (data instanceof ArrayBuffer && titleIn(data)) || document.title;
    });
    this.addEventListener("close", ({ reason }) => {
      document.title = TITLE;
      if (reason) document.getElementById("why").textContent = reason;
      document.getElementById("again").focus();
    });
  }
};

// A download takes no tab, whose opening would cost the focus, or be forbidden.
const openTab = window.open;
window.open = (url, ...rest) => {
  if (!url.startsWith(`${location.origin}/download/`)) return openTab(url, ...rest);
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
};

document.addEventListener("DOMContentLoaded", () => {
  const terminal = document.getElementById("terminal");
  const fitting = Math.floor(innerWidth / LEAST_COLUMNS / CHARACTERS_WIDTH);
  terminal.dataset.fontSize = Math.max(LEAST_FONT_PX, Math.min(USUAL_FONT_PX, fitting));
  terminal.dataset.sessionWebsocketUrl = `${location.origin.replace(/^http/, "ws")}/ws`;
  document.getElementById("again").addEventListener("click", () => location.reload());
  // Behind the listener of textual.js, which builds it.
  window.addEventListener("load", () => document.querySelector(".xterm-helper-textarea").focus());
});

// Closing the tab ends its run: ask first, as `q` does.
window.addEventListener("beforeunload", (event) => {
  if (document.title !== TITLE) event.preventDefault();
});
