// What the pages need before, and without, the socket: hints, the theme, «show password», the menu, the countdown.
// Everything is delegated from the document, so it works for whatever the pages draw later.
(() => {
  if (window.cabinetUi) return;
  window.cabinetUi = true;

  const root = document.documentElement;
  const near = (event, selector) => event.target instanceof Element && event.target.closest(selector);

  // The theme: Reflex keeps it under the same key and applies it before the first paint.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const readTheme = () => {
    try { return localStorage.getItem("theme") || "system"; } catch { return "system"; }
  };
  const showTheme = (choice) => {
    const shown = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.theme = choice;
    root.classList.toggle("dark", shown === "dark");
    root.classList.toggle("light", shown !== "dark");
    root.style.colorScheme = shown;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };
  const chooseTheme = (choice) => {
    try { localStorage.setItem("theme", choice); } catch { /* A private window: for this page only. */ }
    showTheme(choice);
  };
  showTheme(readTheme());
  dark.addEventListener("change", () => showTheme(readTheme()));
  addEventListener("storage", (event) => event.key === "theme" && showTheme(readTheme()));

  // Hints: styles open them on hover and focus; here they are kept on the screen and closed.
  const place = (hint) => {
    const tip = hint.querySelector("[role=tooltip]");
    hint.style.setProperty("--shift", "0px");
    delete hint.dataset.above;
    const box = tip.getBoundingClientRect();
    if (!box.width) return;
    const edge = 12;
    const right = root.clientWidth - edge - box.right;
    const shift = box.left < edge ? edge - box.left : Math.min(0, right);
    hint.style.setProperty("--shift", `${shift}px`);
    const bar = document.querySelector(".places");
    const low = bar && getComputedStyle(bar).position === "fixed" ? bar.offsetHeight : 0;
    if (box.bottom > innerHeight - low && box.height < hint.getBoundingClientRect().top) hint.dataset.above = "";
  };
  const openHint = (event) => {
    const hint = near(event, "[data-hint]");
    if (!hint || hint.contains(event.relatedTarget) || event.pointerType === "touch") return;
    delete hint.dataset.closed;
    place(hint);
  };
  document.addEventListener("pointerover", openHint);
  document.addEventListener("focusin", openHint);
  let pressedOpen = false;
  document.addEventListener("pointerdown", (event) => {
    const button = near(event, ".hint-button");
    pressedOpen = Boolean(button && event.pointerType !== "mouse" && button.parentElement.matches(":focus-within:not([data-closed])"));
  }, true);
  const tapHint = (button) => {
    const hint = button.parentElement;
    if (pressedOpen) { hint.dataset.closed = ""; pressedOpen = false; return; }
    delete hint.dataset.closed;
    button.focus();
    place(hint);
  };
  const closeHints = () => {
    let closed = false;
    for (const hint of document.querySelectorAll("[data-hint]:is(:hover, :focus-within):not([data-closed])")) {
      hint.dataset.closed = "";
      closed = true;
    }
    return closed;
  };

  // The menu «More» of the phone, and whatever else a button with aria-controls and data-toggles opens.
  const setOpen = (button, open) => {
    const panel = document.getElementById(button.getAttribute("aria-controls"));
    button.setAttribute("aria-expanded", String(open));
    panel?.toggleAttribute("data-open", open);
  };
  const closeMenus = (except) => {
    for (const button of document.querySelectorAll("[data-toggles][aria-expanded=true]")) {
      const panel = document.getElementById(button.getAttribute("aria-controls"));
      if (except && (button.contains(except) || panel?.contains(except))) continue;
      setOpen(button, false);
    }
  };

  const reveal = (button) => {
    const input = document.getElementById(button.dataset.reveal);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.toggleAttribute("data-on", !shown);
    input.focus();
  };

  // The same page in the other language; a token is used up by then and stays behind.
  const turnLanguage = (anchor) => {
    const bare = location.pathname.replace(/^\/en(?=\/|$)/, "").replace(/(.)\/$/, "$1") || "/";
    const asked = query();
    asked.delete("token");
    const path = anchor.dataset.otherLanguage === "en" ? (bare === "/" ? "/en" : `/en${bare}`) : bare;
    anchor.setAttribute("href", path + (asked.size ? `?${asked}` : ""));
  };

  document.addEventListener("click", (event) => {
    if (near(event, "[data-look-again]")) return;
    const language = near(event, "[data-other-language]");
    if (language) turnLanguage(language);
    const hint = near(event, ".hint-button");
    if (hint) { event.preventDefault(); tapHint(hint); }
    const theme = near(event, "[data-theme-choice]");
    if (theme) chooseTheme(theme.dataset.themeChoice);
    const button = near(event, "[data-reveal]");
    if (button) reveal(button);
    const toggle = near(event, "[data-toggles]");
    if (toggle) setOpen(toggle, toggle.getAttribute("aria-expanded") !== "true");
    closeMenus(near(event, "a") ? null : event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (closeHints()) { event.stopPropagation(); return; }
    const open = document.querySelector("[data-toggles][aria-expanded=true]");
    if (open) { setOpen(open, false); open.focus(); }
  }, true);

  // A field whose list narrows while one types. The chosen option is clicked, which is what the page listens to.
  const fold = (text) => text.toLowerCase().replaceAll("ё", "е").replace(/[«»"]/g, "").replace(/\s+/g, " ").trim();
  const partsOf = (combo) => ({
    input: combo.querySelector("[role=combobox]"),
    list: combo.querySelector("[role=listbox]"),
    none: combo.querySelector(".combo-none"),
    hidden: combo.querySelector("input[type=hidden]"),
    options: [...combo.querySelectorAll("[role=option]")],
  });
  const nameOf = (option) => option.dataset.name;
  const matching = ({ options }) => options.filter((option) => !option.hidden);
  const setActive = (parts, option) => {
    for (const other of parts.options) other.removeAttribute("data-active");
    if (!option) { parts.input.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("data-active", "");
    option.scrollIntoView({ block: "nearest" });
    parts.input.setAttribute("aria-activedescendant", option.id);
  };
  const showList = (parts, open) => {
    parts.list.hidden = !open || matching(parts).length === 0;
    if (parts.none) parts.none.hidden = !open || matching(parts).length > 0 || parts.options.length === 0;
    parts.input.setAttribute("aria-expanded", String(!parts.list.hidden));
    if (!open) setActive(parts, null);
  };
  const narrow = (parts, text) => {
    const words = fold(text).split(" ").filter(Boolean);
    for (const option of parts.options) {
      const key = fold(`${nameOf(option)} ${option.dataset.search || ""}`);
      option.hidden = !words.every((word) => key.includes(word));
    }
  };
  const choose = (combo, option) => {
    const parts = partsOf(combo);
    parts.input.value = nameOf(option);
    combo.dataset.chosen = option.dataset.value;
    if (parts.hidden) parts.hidden.value = option.dataset.value;
    keep(parts.input);
    for (const other of parts.options) other.setAttribute("aria-selected", String(other === option));
    narrow(parts, "");
    showList(parts, false);
  };
  const pick = (option) => option.click();
  const forget = (combo) => {
    if (!combo.dataset.chosen) return;
    delete combo.dataset.chosen;
    const parts = partsOf(combo);
    if (parts.hidden) parts.hidden.value = "";
    combo.querySelector("[data-combo-clear]")?.click();
  };
  const settle = (combo) => {
    const parts = partsOf(combo);
    const typed = fold(parts.input.value);
    const chosen = parts.options.find((option) => option.dataset.value === combo.dataset.chosen);
    if (chosen && fold(nameOf(chosen)) === typed) return showList(parts, false);
    if (!typed) { forget(combo); narrow(parts, ""); return showList(parts, false); }
    narrow(parts, typed);
    const left = matching(parts);
    const exact = left.find((option) => fold(nameOf(option)) === typed);
    if (exact || left.length === 1) pick(exact || left[0]);
    else forget(combo);
    showList(parts, false);
  };
  document.addEventListener("click", (event) => {
    const option = near(event, "[data-combo] [role=option]");
    if (option) return choose(option.closest("[data-combo]"), option);
    const input = near(event, "[data-combo] [role=combobox]");
    if (!input) return;
    const parts = partsOf(input.closest("[data-combo]"));
    if (parts.list.hidden) { narrow(parts, ""); input.select(); }
    showList(parts, true);
  }, true);
  document.addEventListener("input", (event) => {
    const combo = near(event, "[data-combo]");
    if (!combo || event.target.getAttribute("role") !== "combobox") return;
    const parts = partsOf(combo);
    narrow(parts, event.target.value);
    showList(parts, true);
    setActive(parts, event.target.value.trim() ? matching(parts)[0] : null);
  });
  document.addEventListener("mousedown", (event) => near(event, "[data-combo] [role=listbox]") && event.preventDefault());
  document.addEventListener("focusout", (event) => {
    const combo = near(event, "[data-combo]");
    if (combo && !combo.contains(event.relatedTarget)) settle(combo);
  });
  document.addEventListener("keydown", (event) => {
    const combo = near(event, "[data-combo]");
    if (!combo || event.target.getAttribute("role") !== "combobox") return;
    const parts = partsOf(combo);
    const open = !parts.list.hidden;
    const options = matching(parts);
    const at = options.findIndex((option) => option.hasAttribute("data-active"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) { narrow(parts, ""); showList(parts, true); return setActive(parts, partsOf(combo).options[0]); }
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive(parts, options[(at + step + options.length) % options.length]);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const option = options[at] || (options.length === 1 ? options[0] : null);
      if (option) pick(option);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      showList(parts, false);
    }
  });

  // «Send again» waits: data-wait seconds are counted down in [data-seconds], then the button opens.
  const countDown = (box) => {
    const button = box.querySelector("button");
    const words = box.querySelector("[data-waiting]");
    const until = Date.now() + Number(box.dataset.wait) * 1000;
    const tick = () => {
      const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      box.querySelector("[data-seconds]").textContent = left;
      button.disabled = left > 0;
      words.hidden = left === 0;
      if (left && box.isConnected) setTimeout(tick, 250);
    };
    tick();
  };
  document.addEventListener("submit", (event) => {
    const box = event.target.closest?.("[data-wait]");
    if (box) setTimeout(() => countDown(box), 400);
  }, true);
  // The answer of a form that replaces the form gets the focus, so that it is read aloud.
  document.addEventListener("cabinet:answer", (event) => {
    const scope = event.target.closest("[data-send-scope]") || event.target;
    const part = scope.querySelector("[data-when-state]:not([hidden])");
    if (part) { part.tabIndex = -1; part.focus(); }
  });

  // What was typed into a form with data-keeps comes back when the page is drawn anew under the person: after a lost
  // connection, a restart of the server, or F5. It is told to the page as if typed again. Another page begins empty.
  const kept = new Map();
  let keptFor = "", focused = "", bringsBack = false;
  const forgetOtherPages = () => {
    const here = location.pathname + location.search;
    if (here !== keptFor) { kept.clear(); keptFor = here; focused = ""; }
  };
  // A reading belongs to the value that it follows: next month's field begins empty.
  const keyOf = (field) => (field.type === "radio" ? field.name : field.id + (field.dataset.before || ""));
  const NEVER_KEPT = new Set(["password", "file"]);
  const keep = (field) => {
    if (bringsBack || NEVER_KEPT.has(field.type) || !field.closest("[data-keeps]")) return;
    forgetOtherPages();
    kept.set(keyOf(field), field.type === "radio" ? field.id : field.type === "checkbox" ? field.checked : field.value);
  };
  const KEPT = "kept";
  // The page for no connection stood here meanwhile (assets/offline.js): the person has not left.
  const wasOffline = () => {
    const was = sessionStorage.getItem("was-offline");
    sessionStorage.removeItem("was-offline");
    return Boolean(was);
  };
  const isReload = () => wasOffline() || performance.getEntriesByType("navigation")[0]?.type === "reload";
  const keepForReload = () => {
    try { sessionStorage.setItem(KEPT, JSON.stringify([keptFor, [...kept]])); } catch { /* A private window. */ }
  };
  const takeFromReload = () => {
    try {
      const [page, fields] = JSON.parse(sessionStorage.getItem(KEPT) || "[]");
      sessionStorage.removeItem(KEPT);
      if (!isReload() || page !== location.pathname + location.search) return;
      keptFor = page;
      for (const [key, value] of fields) kept.set(key, value);
    } catch { /* A private window. */ }
  };
  takeFromReload();
  addEventListener("pagehide", keepForReload);
  // Whoever signs out leaves nothing behind at this computer, also without a connection; the theme says nothing of anybody.
  addEventListener("submit", (event) => {
    if (!event.target.matches('form[action="/api/logout"]')) return;
    removeEventListener("pagehide", keepForReload);
    kept.clear();
    try { sessionStorage.clear(); } catch { /* A private window. */ }
  }, true);
  document.addEventListener("input", (event) => keep(event.target), true);
  document.addEventListener("focusin", (event) => { focused = event.target.id; });
  const retype = (field, value) => {
    // The setter of the prototype: React notices a change only past its own.
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, value);
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
    const combo = field.closest("[data-combo]");
    if (combo) settle(combo);
  };
  const bringBack = (field) => {
    const value = kept.get(keyOf(field));
    if (value === undefined) return;
    bringsBack = true;
    if (field.type === "radio") { if (value === field.id && !field.checked) field.click(); }
    else if (field.type === "checkbox") { if (field.checked !== value) field.click(); }
    else if (field.value !== value) retype(field, value);
    bringsBack = false;
    if (field.id === focused && document.activeElement === document.body) field.focus();
  };

  // A correction that was begun is opened again, unless what was typed is what had been sent.
  const number = (text) => Number(text.replace(/\s/g, "").replace(",", "."));
  const openAgain = (button) => {
    const { opens, sent } = button.dataset, value = kept.get(opens);
    if (value === undefined) return;
    if (number(value) === number(sent)) kept.delete(opens);
    else button.click();
  };
  document.addEventListener("click", (event) => kept.delete(near(event, "[data-forgets]")?.dataset.forgets), true);

  // A button with data-copies="<id>" copies that field; where the browser forbids it, the text is only selected.
  const copy = async (button) => {
    const field = document.getElementById(button.dataset.copies);
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { return; }
    const words = button.querySelector("[data-copied]"), before = words.textContent;
    if (before === words.dataset.copied) return;
    words.textContent = words.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  };
  document.addEventListener("click", (event) => {
    const button = near(event, "[data-copies]");
    if (button) copy(button);
    const field = near(event, "[data-select-all]");
    if (field) field.select();
  });

  // What a form answered for this page is said on the page that it leads to: /login?done=confirmed.
  const query = () => new URLSearchParams(location.search);
  const showIfAsked = (box) => {
    const [name, value] = box.dataset.when.split("=");
    const given = query().get(name);
    box.hidden = value === undefined ? !given : given !== value;
  };
  const hideIfAsked = (box) => { box.hidden = query().has(box.dataset.unless); };
  const fillFromAddress = (text) => {
    text.textContent = (query().get(text.dataset.textFromQuery) || "").replace(/[^\p{L}\p{N}-]/gu, "");
  };

  // Text is changed only once React has taken the page over: before, it would throw the page away and draw it anew.
  const seen = new WeakSet();
  const patience = performance.now() + 5000;
  const isAlive = (element) => performance.now() > patience || Object.keys(element).some((key) => key.startsWith("__react"));
  let again = 0;
  const once = (selector, act) => {
    for (const element of document.querySelectorAll(selector)) {
      if (seen.has(element)) continue;
      if (!isAlive(element)) { clearTimeout(again); again = setTimeout(prepare, 40); continue; }
      seen.add(element);
      act(element);
    }
  };
  const prepare = () => {
    once("[data-when]", showIfAsked);
    once("[data-unless]", hideIfAsked);
    once("[data-text-from-query]", fillFromAddress);
    forgetOtherPages();
    once("form[data-keeps] [data-opens]", openAgain);
    once("[data-keeps] :is(input:not([type=radio], [type=checkbox], [type=hidden]), select, textarea)", bringBack);
    once("[data-keeps] :is([type=radio], [type=checkbox])", bringBack);
    once("[data-wait]", (box) => box.dataset.wait && countDown(box));
    once("[data-theme-choice]", (button) => button.setAttribute("aria-pressed", String(button.dataset.themeChoice === readTheme())));
  };
  // An open page asks every few seconds whether the person may still see what it shows. A loss has a name, which the
  // tab remembers: after loading itself anew for it, it does not do so again.
  const lookAgain = () => {
    const button = document.querySelector("[data-look-again]");
    if (button && isAlive(button) && !document.hidden && !document.querySelector(".lost")) button.click();
  };
  const noticeLoss = () => {
    const loss = document.querySelector("[data-look-again]")?.dataset.loss;
    try {
      if (!loss || sessionStorage.getItem("loss") === loss) return;
      sessionStorage.setItem("loss", loss);
    } catch { return; }
    location.reload();
  };
  setInterval(lookAgain, 4000);
  document.addEventListener("visibilitychange", lookAgain);

  // The worker keeps one page, for when there is no connection (cabinet/http/worker.js).
  const keepOfflinePage = () => navigator.serviceWorker?.register("/sw.js").catch(() => { /* The next page tries again. */ });
  if (document.readyState === "complete") keepOfflinePage();
  else addEventListener("load", keepOfflinePage);

  // React makes pages anew as one walks through them; a look after each change finds the new ones.
  const begin = () => {
    prepare();
    let waiting = false;
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; prepare(); });
    }).observe(document.body, { childList: true, subtree: true });
    new MutationObserver(noticeLoss).observe(document.body, { attributeFilter: ["data-loss"], subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
