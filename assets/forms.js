// Sends forms marked with data-send, shows what is wrong beside the fields, keeps what was typed.
// Works before the page is live: listens on the document, ahead of React.
(() => {
  "use strict";
  if (window.cabinetForms) return;
  window.cabinetForms = true;
  const MEMORY = "cabinet:";

  const store = {
    get: (name) => { try { return sessionStorage.getItem(MEMORY + name) || ""; } catch { return ""; } },
    set: (name, value) => { try { sessionStorage.setItem(MEMORY + name, value); } catch { /* private mode */ } },
  };

  // A random UUID; `crypto.randomUUID` is there over TLS only.
  const newKey = () => {
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  // Hidden fields take the token or the way back from the address, or what an earlier form left.
  const prepare = (form) => {
    const query = new URLSearchParams(location.search);
    for (const input of form.querySelectorAll("[data-from-query]")) {
      if (!input.value) input.value = query.get(input.dataset.fromQuery) || "";
    }
    for (const input of form.querySelectorAll("[data-from-memory]")) {
      if (!input.value) input.value = store.get(input.dataset.fromMemory);
    }
    // The same form sent twice is one message: it has a name of its own.
    for (const input of form.querySelectorAll("[data-form-key]")) {
      if (!input.value) input.value = newKey();
    }
  };

  const remember = (form) => {
    const name = form.dataset.remember;
    if (name && form.elements[name]) store.set(name, form.elements[name].value.trim());
  };

  const field = (form, name) => {
    const found = form.elements[name];
    return found instanceof RadioNodeList ? found[0] : found;
  };

  const errorOf = (form, name) => {
    const input = field(form, name);
    return (input && input.id && document.getElementById(`${input.id}-error`)) || document.getElementById(`${name}-error`);
  };

  const say = (element, text) => {
    if (!element) return;
    element.textContent = text || "";
    element.hidden = !text;
  };

  const clear = (form) => {
    for (const input of form.querySelectorAll('[aria-invalid="true"]')) {
      input.setAttribute("aria-invalid", "false");
      say(errorOf(form, input.name), "");
    }
    for (const element of form.querySelectorAll("[data-form-error], [data-form-message]")) say(element, "");
  };

  const describe = (input, error) => {
    const ids = new Set((input.getAttribute("aria-describedby") || "").split(/\s+/).filter(Boolean));
    ids.add(error.id);
    input.setAttribute("aria-describedby", [...ids].join(" "));
  };

  const complain = (form, answer) => {
    const lost = [];
    let first = null;
    for (const [name, text] of Object.entries(answer.errors || {})) {
      const input = field(form, name);
      const error = errorOf(form, name);
      if (!error) { lost.push(text); continue; }
      say(error, text);
      if (!input) continue;
      input.setAttribute("aria-invalid", "true");
      describe(input, error);
      if (!first || input.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING) first = input;
    }
    const message = [answer.message, ...lost].filter(Boolean).join(" ");
    const box = form.querySelector("[data-form-error]");
    say(box, first ? lost.join(" ") : message);
    if (first) first.focus();
    else if (box && message) { box.tabIndex = -1; box.focus(); }
  };

  // Parts marked with data-when-state or data-when-code appear when the answer says so; a field marked with
  // data-answer-value takes that part of the answer, which nothing else keeps.
  const show = (form, answer) => {
    const scope = form.closest("[data-send-scope]") || form;
    for (const [key, value] of [["state", answer.state], ["code", answer.code]]) {
      if (!value) continue;
      const attribute = `data-when-${key}`;
      for (const part of scope.querySelectorAll(`[${attribute}]`)) {
        part.hidden = !part.getAttribute(attribute).split(" ").includes(value);
      }
    }
    if (answer.state) scope.dataset.state = answer.state;
    for (const box of scope.querySelectorAll("[data-answer-value]")) {
      const value = answer[box.dataset.answerValue];
      if (typeof value === "string") box.value = value;
    }
  };

  const busy = (form, on) => {
    for (const button of form.querySelectorAll('button[type="submit"], button:not([type])')) {
      button.disabled = on;
      if (on) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
    form.dataset.sending = on ? "yes" : "";
  };

  const ownPath = (path) => typeof path === "string" && /^\/(?![\/\\])/.test(path);

  const read = async (response) => {
    try { return await response.json(); } catch { return null; }
  };

  const settle = (form, response, answer) => {
    if (!answer) return complain(form, { message: form.dataset.failed || form.dataset.offline });
    if (ownPath(answer.go)) { location.assign(answer.go); return "leaving"; }
    show(form, answer);
    if (!response.ok) complain(form, answer);
    else say(form.querySelector("[data-form-message]"), answer.message);
    form.dispatchEvent(new CustomEvent("cabinet:answer", { bubbles: true, detail: answer }));
  };

  const send = async (form) => {
    if (form.dataset.sending === "yes") return;
    prepare(form);
    remember(form);
    const body = new FormData(form);
    clear(form);
    busy(form, true);
    let leaving = false;
    try {
      const response = await fetch(form.getAttribute("action"), {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error",
      });
      leaving = settle(form, response, await read(response)) === "leaving";
    } catch {
      complain(form, { message: form.dataset.offline });
    } finally {
      if (!leaving) busy(form, false);
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-send")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(form);
  }, true);

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.form || !input.form.hasAttribute("data-send") || input.getAttribute("aria-invalid") !== "true") return;
    input.setAttribute("aria-invalid", "false");
    say(errorOf(input.form, input.name), "");
  }, true);

  // A page shown from the browser's memory must not keep its buttons disabled.
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.querySelectorAll("form[data-send]")) busy(form, false);
  });

  // data-send-on-load: a link from a letter is spent by a script, so that mail scanners, which only fetch, do not.
  const started = new WeakSet();
  const look = () => {
    for (const element of document.querySelectorAll("[data-memory-text]")) {
      const text = store.get(element.dataset.memoryText);
      if (text && element.textContent !== text) element.textContent = text;
    }
    for (const form of document.querySelectorAll("form[data-send]")) {
      prepare(form);
      if (form.hasAttribute("data-send-on-load") && !started.has(form) && document.documentElement.dataset.sent !== location.href) {
        started.add(form);
        document.documentElement.dataset.sent = location.href;
        send(form);
      }
    }
  };

  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; look(); });
  };
  const begin = () => {
    look();
    new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
