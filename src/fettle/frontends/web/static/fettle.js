// What pages can do beside what HTML does by itself. Every page works without it. Here is what has to
// be there at once; the rest comes when the browser has nothing else to do, a part at a time.

const page = document;
const one = (selector, within = page) => within.querySelector(selector);
const all = (selector, within = page) => [...within.querySelectorAll(selector)];
const shown = (element) => element && element.getClientRects().length > 0;

// ── Copy what stands beside the button ──
page.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("button.copy");
  if (!button) return;
  const text = one("code", button.parentElement).textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(one("code", button.parentElement));
    button.textContent = "Press Ctrl-C";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

// ── Moments: fields are in UTC as they come, are shown in the browser's zone, and sent in UTC again ──
// Those that are folded away are left for when they are seen: a field for moments is dear to make.
function localise() {
  all("input[type=datetime-local]").forEach((field) => {
    const utc = field.getAttribute("value");
    if (field.dataset.utc === utc || !shown(field)) return;
    field.dataset.utc = utc;
    const zone = one("[data-zone]", field.parentElement);
    if (zone) zone.textContent = `(${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
    if (!utc) return;
    const at = new Date(`${utc}Z`);
    field.value = new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  });
}
page.addEventListener("toggle", localise, true);
page.addEventListener("formdata", ({ target, formData }) => {
  all("input[type=datetime-local]", target).forEach(({ name, value }) => { if (value) formData.set(name, new Date(value).toISOString()); });
}, true);

// ── A link to something that can be opened opens it ──
page.addEventListener("click", ({ target }) => {
  const id = target.closest?.('a[href^="#"]')?.hash.slice(1);
  const to = id && page.getElementById(id);
  if (to?.matches("details")) { to.open = true; one("input, textarea, button", to)?.focus({ preventScroll: true }); }
});

// ── Keys: j, k and Enter in what carries data-rows ──
const typing = (target) => target.closest?.("input, textarea, select, dialog, [contenteditable]");

page.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const step = { j: 1, k: -1 }[event.key];
  const rows = all("[data-rows] > *").filter(shown);
  if (!step || !rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("at"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? 0 : now + step))];
  rows[now]?.classList.remove("at");
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
  (one("a.row", next) ?? next).focus({ preventScroll: true });
});

page.addEventListener("keydown", ({ key, target }) => {
  if (key !== "Escape") return;
  const open = target.closest?.("details.confirmation[open], details.menu[open]");
  if (open) { open.open = false; one("summary", open).focus(); }
});

// ── What was written and not sent: who leaves is asked ──
let sending = false;
page.addEventListener("submit", () => { sending = true; });
addEventListener("pageshow", () => { sending = false; });
const unsaved = () => all("[data-unsaved]").some((field) => field.value !== field.defaultValue);
addEventListener("beforeunload", (event) => { if (!sending && unsaved()) event.preventDefault(); });

// Who opens what is written in writes in it; Ctrl-Enter sends it.
page.addEventListener("toggle", ({ target }) => { if (target.open && target.matches("details.edit")) one("textarea", target).focus(); }, true);
page.addEventListener("keydown", ({ key, ctrlKey, metaKey, target }) => {
  if (key === "Enter" && (ctrlKey || metaKey) && target.matches("textarea")) target.form?.requestSubmit();
});

// ── What comes when there is time for it: keys, the stream, finding, and what a stream's news are shown by ──
const parts = one("script[data-find]").dataset;
const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
const spare = () => new Promise((go) => { idle(go, { timeout: 1000 }); });
const once = (bring) => { let brought; return () => (brought ??= bring()); };

// What carries data-hotkey. Where a sign is reached by Shift depends on the keyboard.
const hotkeys = once(() => import(parts.hotkeys));
const reached = (keys) => (/^[^\w\s]$/.test(keys) ? `${keys},Shift+${keys}` : keys);
async function arm() {
  localise();
  const { install } = await hotkeys();
  all("[data-hotkey]:not([data-armed])").forEach((element) => {
    element.dataset.armed = "";
    install(element, reached(element.dataset.hotkey));
  });
}
const morph = once(() => new Promise((go, fail) => {
  const script = page.createElement("script");
  Object.assign(script, { src: parts.morph, onload: go, onerror: fail });
  page.head.append(script);
}));
const find = once(() => import(parts.find));
one("#open-palette").addEventListener("click", () => { one("#palette").showModal(); find().then(({ begin }) => begin()); });
one("#open-keys").addEventListener("click", () => { find().then(({ keys }) => keys()); });

await arm().catch((error) => console.error(error)); // without keys the rest is of use
page.dispatchEvent(new CustomEvent("fettle:armed")); // who pressed a key as the page came meant it
await spare();
const places = one(".places"); // on a phone more than fit: where one is stands among those that are seen
places.scrollLeft = (one("[aria-current]", places)?.offsetLeft ?? 0) - places.offsetLeft - places.clientWidth / 3;
(await import(parts.stream)).follow({ arm, morph, unsaved });
await spare();
await find();
const later = page.createElement("link"); // kept by the browser, and run when there are news
Object.assign(later, { rel: "prefetch", as: "script", href: parts.morph });
page.head.append(later);
