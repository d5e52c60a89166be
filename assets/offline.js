// The page for no connection: it asks for the page that was wanted, by the button or as soon as the server answers again.
(() => {
  // Coming from here is no leaving: what was typed before comes back (assets/ui.js).
  try { sessionStorage.setItem("was-offline", "true"); } catch { /* A private window. */ }
  // A browser may say `online` before it is, and says nothing when the server alone was away: so the server is asked.
  const EVERY_MS = 3000;
  const isBack = () => fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
  const again = () => location.reload();
  const look = async () => { if (!document.hidden && await isBack()) again(); };
  setInterval(look, EVERY_MS);
  addEventListener("online", look);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("click", (event) => event.target.closest?.("[data-load-again]") && again());
})();
