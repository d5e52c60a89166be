// Says what is used by a reading, and what that costs, while it is typed. Whole numbers only: sums are exact.
(() => {
  "use strict";
  if (globalThis.cabinetReadings) return;

  // Ten-thousandths; null for what is not a number yet.
  const parse = (text) => {
    const found = /^(\d{0,20})(?:[.,](\d{0,4}))?$/.exec(text.replace(/\s/g, ""));
    if (!found || !(found[1] || found[2])) return null;
    return BigInt((found[1] || "0") + (found[2] || "").padEnd(4, "0"));
  };
  const useOf = (text, before, ratio) => {
    const value = parse(text), previous = parse(before);
    return value === null || previous === null ? null : (value - previous) * BigInt(ratio);
  };
  // Kopecks, half up.
  const costOf = (use, price) => {
    const each = parse(price);
    return each === null || use === null || use < 0n ? null : (use * each + 500000n) / 1000000n;
  };
  const grouped = (whole, sign) => String(whole).replace(/\B(?=(\d{3})+$)/g, sign);
  const sayUse = (use, comma) => {
    const rest = String(use % 10000n).padStart(4, "0").replace(/0+$/, "");
    return `${use / 10000n}${rest && comma + rest}`;
  };
  const sayCost = (minor, russian) => {
    const rest = String(minor % 100n).padStart(2, "0");
    return russian ? `${grouped(minor / 100n, "\u202f")},${rest}\u202f₽` : `₽${grouped(minor / 100n, ",")}.${rest}`;
  };
  globalThis.cabinetReadings = { useOf, costOf, sayUse, sayCost };
  if (typeof document === "undefined") return;

  const fill = (words, parts) => words.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  const isRussian = () => document.documentElement.lang !== "en";

  const say = (place, text) => {
    if (!place) return;
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !text;
  };
  const wordsFor = (field, use, cost, form) => {
    if (use === null) return "";
    if (use < 0n) return form.dataset.saysLess;
    const parts = { use: `${sayUse(use, isRussian() ? "," : ".")}\u00a0${field.dataset.unit}` };
    if (cost === null) return fill(form.dataset.saysUse, parts);
    return fill(form.dataset.saysCost, { ...parts, cost: sayCost(cost, isRussian()) });
  };
  // The doubts that are shown are about one value; about another nothing is known yet.
  const showDoubt = (field) => {
    const doubt = field.closest(".field").querySelector("[data-doubt]");
    if (doubt) doubt.hidden = doubt.dataset.doubt !== field.value.replace(/\s/g, "");
  };
  const show = (field) => {
    const form = field.closest("[data-readings]");
    const use = useOf(field.value, field.dataset.before, field.dataset.ratio);
    const cost = costOf(use, field.dataset.price);
    say(field.closest(".field").querySelector("[data-use]"), wordsFor(field, use, cost, form));
    showDoubt(field);
  };
  const addUp = (form) => {
    const place = form.querySelector("[data-total]");
    if (!place) return;
    let total = 0n, known = 0;
    for (const field of form.querySelectorAll("[data-before]")) {
      const cost = costOf(useOf(field.value, field.dataset.before, field.dataset.ratio), field.dataset.price);
      if (cost !== null) { total += cost; known += 1; }
    }
    say(place, known ? fill(form.dataset.saysTotal, { cost: sayCost(total, isRussian()) }) : "");
  };

  document.addEventListener("input", (event) => {
    const field = event.target instanceof Element && event.target.closest("[data-readings] [data-before]");
    if (!field) return;
    show(field);
    addUp(field.closest("[data-readings]"));
  });

  // What the page answers is brought into sight, and into the hands of the keyboard: a box to tick, a field to
  // correct, the word that all is sent.
  const seen = new WeakSet();
  const news = (selector) => {
    const found = [...document.querySelectorAll(`[data-readings] ${selector}`)].filter((part) => !seen.has(part));
    for (const part of found) seen.add(part);
    return found[0];
  };
  const lead = (part, target) => {
    target.focus({ preventScroll: true });
    part.scrollIntoView({ block: "center" });
  };
  const look = () => {
    for (const field of document.querySelectorAll("[data-readings] [data-before]")) if (field.value) show(field);
    for (const form of document.querySelectorAll("[data-readings]")) addUp(form);
    const doubt = news("[data-doubt]"), corrects = news("[data-corrects=true]"), done = news("[data-done]");
    if (doubt) lead(doubt.closest(".field"), doubt.querySelector("input"));
    else if (corrects) { lead(corrects, corrects); corrects.select(); }
    else if (done) lead(done, done);
  };
  let waiting = false;
  const begin = () => new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; look(); });
  }).observe(document.body, { childList: true, subtree: true });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
