/* Before the first paint: the theme that was chosen here, or the system's. A classic script, so that nothing flashes. */
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("smokewatch-theme");
  } catch {
    // Storage can be switched off; the system's theme is right then.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
