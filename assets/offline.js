// The page for no connection: it asks for the page that was wanted, by the button or when the connection is back.
(() => {
  // Coming from here is no leaving: what was typed before comes back (assets/ui.js).
  try { sessionStorage.setItem("was-offline", "true"); } catch { /* A private window. */ }
  const again = () => location.reload();
  addEventListener("online", again);
  document.addEventListener("click", (event) => event.target.closest?.("[data-load-again]") && again());
})();
