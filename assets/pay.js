// Typing an own amount chooses it: the radio that `data-chooses` names is pressed as a person would press it.
(() => {
  if (window.cabinetPay) return;
  window.cabinetPay = true;
  document.addEventListener("input", (event) => {
    const field = event.target instanceof Element && event.target.closest("[data-chooses]");
    const radio = field && document.getElementById(field.dataset.chooses);
    if (radio && !radio.checked) radio.click();
  });
})();
