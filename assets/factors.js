// Second factors. Keys (WebAuthn): a form with data-signs asks, and its answer says what is to be signed; the browser
// signs; the form that data-signs names carries it back. Apps: the picture and the way to the app. Spare codes: print,
// save. Everything is delegated from the document, so it works for whatever the pages draw later.
(() => {
  "use strict";
  if (window.cabinetFactors) return;
  window.cabinetFactors = true;

  const knowsKeys = Boolean(window.PublicKeyCredential && navigator.credentials);
  document.documentElement.dataset.keys = knowsKeys ? "yes" : "no";

  const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  const toText = (buffer) => {
    const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  };
  const known = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));
  const forMaking = (asked) => ({
    ...asked,
    challenge: toBytes(asked.challenge),
    user: { ...asked.user, id: toBytes(asked.user.id) },
    excludeCredentials: known(asked.excludeCredentials),
  });
  const forSigning = (asked) => ({
    ...asked, challenge: toBytes(asked.challenge), allowCredentials: known(asked.allowCredentials),
  });
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const written = (made) => {
    const response = {};
    for (const part of PARTS) if (made.response[part]) response[part] = toText(made.response[part]);
    return JSON.stringify({ id: made.id, rawId: toText(made.rawId), type: made.type, response });
  };

  const complain = (form, text) => {
    const box = form.querySelector("[data-form-error]");
    box.textContent = text;
    box.hidden = false;
    box.tabIndex = -1;
    box.focus();
  };
  const carry = (form, made) => {
    const carrier = document.getElementById(form.dataset.signs);
    for (const input of carrier.querySelectorAll("[data-same]")) input.value = form.elements[input.name].value;
    carrier.elements.answer.value = written(made);
    carrier.requestSubmit();
  };

  // One question to the browser at a time: pressing the button ends the quiet offer in the e-mail field.
  let asking = null;
  const askBrowser = async (form, answer, quiet) => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const made = answer.create
        ? await navigator.credentials.create({ publicKey: forMaking(answer.create), signal })
        : await navigator.credentials.get({
          publicKey: forSigning(answer.get), signal, ...(quiet ? { mediation: "conditional" } : {}),
        });
      carry(form, made);
    } catch (problem) {
      if (quiet || signal.aborted) return;
      complain(form, problem.name === "InvalidStateError" && form.dataset.known ? form.dataset.known : form.dataset.cancelled);
    }
  };

  document.addEventListener("cabinet:answer", (event) => {
    const answer = event.detail, form = event.target;
    if (form.dataset.signs && (answer.create || answer.get)) askBrowser(form, answer, false);
    const scope = form.closest("[data-send-scope]") || form;
    for (const picture of scope.querySelectorAll("[data-answer-src]")) {
      const value = answer[picture.dataset.answerSrc];
      if (typeof value === "string" && value.startsWith("data:image/")) picture.src = value;
    }
    for (const anchor of scope.querySelectorAll("[data-answer-href]")) {
      const value = answer[anchor.dataset.answerHref];
      if (typeof value === "string" && value.startsWith("otpauth:")) anchor.href = value;
    }
  });

  // Browsers that can offer keys in the e-mail field do so once the field is looked at; what is to be signed grows old
  // and is asked for anew.
  const FRESH = 4 * 60 * 1000;
  let offeredAt = -FRESH;
  const offer = async (form) => {
    if (!knowsKeys || performance.now() - offeredAt < FRESH) return;
    offeredAt = performance.now();
    try {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      const response = await fetch(form.getAttribute("action"), {
        method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      if (response.ok) askBrowser(form, await response.json(), true);
    } catch { /* It was only an offer. */ }
  };
  document.addEventListener("focusin", (event) => {
    if (event.target.name !== "email") return;
    const form = document.querySelector("[data-offers-keys]");
    if (form) offer(form);
  });

  const save = (button) => {
    const text = document.getElementById(button.dataset.saves).value;
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(new Blob([`${location.host}\n\n${text}\n`], { type: "text/plain" }));
    anchor.download = button.dataset.fileName;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10000);
  };
  document.addEventListener("click", (event) => {
    const near = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (near("[data-prints]")) print();
    const button = near("[data-saves]");
    if (button) save(button);
  });
})();
