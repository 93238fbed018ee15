// Tells once how this page was, when it is first left: figures, the path, and whether it is a phone.
// `webVitals` is the package web-vitals, which stands above this.
(() => {
  const script = document.currentScript;
  if (!script || !navigator.sendBeacon) return;

  const where = script.src.replace(/\.js([?#].*)?$/, "");
  const page = location.pathname;
  const brand = navigator.userAgentData;
  const phone = brand ? brand.mobile : /Mobi|Android/.test(navigator.userAgent);
  const figures = {};
  const note = ({ name, value, navigationType }) => {
    // one that comes back out of the browser's memory is another visit, and always fast
    if (navigationType !== "back-forward-cache") figures[name.toLowerCase()] = value;
  };
  for (const name of ["TTFB", "FCP", "LCP", "CLS", "INP"])
    webVitals[`on${name}`](note, { reportAllChanges: true });

  let told = false;
  const tell = () => {
    if (told || !Object.keys(figures).length) return;
    told = true;
    const profile = phone ? "phone" : "desktop";
    navigator.sendBeacon(where, JSON.stringify({ page, profile, figures }));
  };
  addEventListener("visibilitychange", () => document.visibilityState === "hidden" && tell());
  addEventListener("pagehide", tell);
})();
