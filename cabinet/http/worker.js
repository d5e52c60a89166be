// Keeps one page in each language for when there is no connection, with its styles and letters, and nothing else:
// no page with data, no answer of the program. `OFFLINE` stands above: what to keep, and the digest of all of it.
const CACHE = `offline-${OFFLINE.version}`;
const ENGLISH = /^\/en(\/|$)/;
const NOT_OURS = /^\/(admin|api|sandbox|dev|w|_event)(\/|$)/;

const removeOthers = async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
};

// Fonts are asked for with an Origin, pages in other encodings: what was kept is the same all the same.
const keptFor = async (request) => (await caches.open(CACHE)).match(request, { ignoreVary: true });

// A page asks the network, always. Only where there is none it is answered from here.
const open = async (event) => {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch (problem) {
    const page = OFFLINE.pages[ENGLISH.test(new URL(event.request.url).pathname) ? "en" : "ru"];
    const kept = await keptFor(page);
    if (kept) return kept;
    throw problem;
  }
};
const load = async (request) => (await keptFor(request)) || fetch(request);

// It takes over at once: all that is kept has come by then, and no open page holds anything of the one before.
addEventListener("install", (event) => {
  const everything = [...Object.values(OFFLINE.pages), ...OFFLINE.files];
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(everything)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([removeOthers(), registration.navigationPreload?.enable(), clients.claim()]));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (!NOT_OURS.test(url.pathname)) event.respondWith(open(event));
  } else if (OFFLINE.files.includes(url.pathname)) event.respondWith(load(request));
});
