// The scanner of bills: by camera, or from a picture that is chosen, dropped or pasted. Nothing leaves the browser
// but the bytes of the code, which go into the hidden form. The decoder is loaded when it is needed first.
const LARGEST_CODE = 2953;
const LARGEST_FILE = 50 * 1024 * 1024;
const PATIENCE_MS = 20_000;
const PAUSE_MS = 120;

const decoder = () => {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  const waiting = new Map();
  let last = 0;
  const end = (problem) => {
    for (const one of waiting.values()) one.reject(problem);
    waiting.clear();
  };
  worker.addEventListener("message", ({ data }) => {
    waiting.get(data.id)?.resolve(data);
    waiting.delete(data.id);
  });
  worker.addEventListener("error", () => end(new Error("the decoder did not load")));
  return {
    decode: ({ width, height, data }) => new Promise((resolve, reject) => {
      waiting.set((last += 1), { resolve, reject });
      worker.postMessage({ id: last, width, height, pixels: data.buffer }, [data.buffer]);
    }),
    close: () => { worker.terminate(); end(new DOMException("closed", "AbortError")); },
  };
};

// Looks at a phone's picture as a person would: the whole, then parts of it closely, then turned.
const looks = (width, height) => {
  const whole = { x: 0, y: 0, width, height };
  const long = Math.max(width, height);
  const found = [1200, 2000, 700].filter((side) => side === 1200 || side < long).map((side) => ({ ...whole, side }));
  for (const [part, side] of [[0.5, 1600], [0.3, 1200]]) {
    if (long * part < 600) continue;
    const steps = part === 0.5 ? [0.25, 0, 0.5] : [0.35, 0.1, 0.6];
    for (const top of steps) for (const left of steps) {
      found.push({ x: width * left, y: height * top, width: width * part, height: height * part, side });
    }
  }
  if (long > 2000) found.push({ ...whole, side: 3200 });
  return [...found, { ...whole, side: 1600, turn: 45 }, { ...whole, side: 1600, turn: 20 }];
};

const pixels = (canvas, source, look) => {
  const scale = Math.min(1, look.side / Math.max(look.width, look.height));
  const [width, height] = [Math.round(look.width * scale), Math.round(look.height * scale)];
  const side = look.turn ? Math.ceil(Math.hypot(width, height)) : 0;
  canvas.width = side || width;
  canvas.height = side || height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate(((look.turn || 0) * Math.PI) / 180);
  context.drawImage(source, look.x, look.y, look.width, look.height, -width / 2, -height / 2, width, height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const wordOf = (problem) =>
  ({ NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "absent", OverconstrainedError: "absent", NotReadableError: "busy", AbortError: "busy" })[problem?.name] || "failed";

/** Brings the scanner in `box` to life; gives what puts it to rest. */
export const live = (box) => {
  const part = (name) => box.querySelector(`[data-scan="${name}"]`);
  const [video, view, status, form, start, stop, light, choose, file] =
    ["video", "view", "status", "form", "start", "stop", "light", "choose", "file"].map(part);
  const canvas = document.createElement("canvas");
  const quiet = new AbortController();
  const on = (target, name, act, options) => target.addEventListener(name, act, { signal: quiet.signal, ...options });
  let reader = null;
  let stream = null;
  let turn = 0;

  const say = (name, mood = "") => {
    status.textContent = name ? box.dataset[name] || "" : "";
    status.dataset.mood = mood;
  };
  const decode = (source, look) => (reader ??= decoder()).decode(pixels(canvas, source, look));
  const rest = () => {
    turn += 1;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    view.hidden = stop.hidden = light.hidden = true;
    start.hidden = !navigator.mediaDevices?.getUserMedia;
    light.setAttribute("aria-pressed", "false");
    delete box.dataset.live;
  };
  const giveUp = (problem) => {
    reader?.close();
    reader = null;
    rest();
    say(problem, "failed");
  };
  const deliver = (bytes) => {
    rest();
    if (bytes.length > LARGEST_CODE) return say("none", "failed");
    say("found", "fine");
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(80);
    scrollTo({ top: 0 });
    form.elements.code.value = base64(bytes);
    form.requestSubmit();
  };

  const watch = async (mine) => {
    for (let count = 0; mine === turn; count += 1) {
      const [width, height] = [video.videoWidth, video.videoHeight];
      if (width) {
        const side = Math.min(width, height);
        const middle = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side, side: 900 };
        const { bytes } = await decode(video, count % 3 === 2 ? { x: 0, y: 0, width, height, side: 1280 } : middle);
        if (mine !== turn) return;
        if (bytes?.length) return deliver(bytes);
        if (count === 40) say("closer");
      }
      await pause(PAUSE_MS);
    }
  };
  const offerLight = (track) => {
    light.hidden = !track.getCapabilities?.().torch;
    track.applyConstraints({ advanced: [{ focusMode: "continuous" }] }).catch(() => {});
  };
  const film = async (pressed) => {
    rest();
    const mine = turn;
    say("starting");
    try {
      const wish = { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } };
      const opened = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
      if (mine !== turn) return opened.getTracks().forEach((track) => track.stop());
      stream = opened;
      video.srcObject = opened;
      view.hidden = stop.hidden = false;
      start.hidden = true;
      box.dataset.live = "";
      if (pressed) stop.focus({ preventScroll: true });
      const [track] = opened.getVideoTracks();
      on(track, "ended", () => mine === turn && giveUp("busy"));
      offerLight(track);
      await video.play();
      say("aim");
      await watch(mine);
    } catch (problem) {
      if (mine === turn) giveUp(stream ? "failed" : wordOf(problem));
    }
  };

  const search = async (picture, mine) => {
    const until = performance.now() + PATIENCE_MS;
    let seen = false;
    for (const look of looks(picture.width, picture.height)) {
      const read = await decode(picture, look);
      if (mine !== turn) return;
      if (read.bytes?.length) return deliver(read.bytes);
      seen ||= read.seen;
      if (performance.now() > until) break;
    }
    say(seen ? "blurred" : "none", "failed");
  };
  const look = async (chosen) => {
    rest();
    const mine = turn;
    say("searching");
    let picture = null;
    try {
      if (chosen.size > LARGEST_FILE) throw new RangeError("too large");
      picture = await createImageBitmap(chosen);
    } catch {
      if (mine === turn) say("unreadable", "failed");
      return;
    }
    try {
      await search(picture, mine);
    } catch (problem) {
      if (mine === turn) giveUp("failed");
    } finally {
      picture.close();
    }
  };
  const first = (files) => [...(files || [])].find((one) => one.type.startsWith("image/")) || files?.[0];

  on(start, "click", film);
  on(stop, "click", () => { rest(); say(""); start.focus(); });
  on(light, "click", async () => {
    const lit = light.getAttribute("aria-pressed") !== "true";
    try {
      await stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: lit }] });
      light.setAttribute("aria-pressed", String(lit));
    } catch { light.hidden = true; }
  });
  on(choose, "click", () => file.click());
  on(file, "change", () => {
    const chosen = first(file.files);
    if (chosen) look(chosen);
    file.value = "";
  });
  on(document, "paste", (event) => {
    const pasted = first(event.clipboardData?.files);
    if (pasted) { event.preventDefault(); look(pasted); }
  });
  const dragged = (event) => event.dataTransfer?.types.includes("Files");
  on(document, "dragover", (event) => { if (dragged(event)) { event.preventDefault(); box.dataset.over = ""; } });
  on(document, "dragleave", (event) => { if (!event.relatedTarget) delete box.dataset.over; });
  on(document, "drop", (event) => {
    if (!dragged(event)) return;
    event.preventDefault();
    delete box.dataset.over;
    const dropped = first(event.dataTransfer.files);
    if (dropped) look(dropped);
  });
  on(document, "visibilitychange", () => { if (document.hidden && stream) { rest(); say("paused"); } });
  on(window, "pagehide", rest);

  rest();
  choose.disabled = start.disabled = false;
  navigator.permissions?.query({ name: "camera" })
    .then(({ state }) => state === "granted" && !quiet.signal.aborted && !start.hidden && film(null), () => {});
  return () => {
    quiet.abort();
    rest();
    reader?.close();
  };
};
