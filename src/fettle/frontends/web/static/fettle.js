// What pages can do beside what HTML does by itself. Every page works without it.

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
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
function localise() {
  all("input[type=datetime-local]").forEach((field) => {
    const utc = field.getAttribute("value");
    if (field.dataset.utc === utc) return;
    field.dataset.utc = utc;
    const zone = one("[data-zone]", field.parentElement);
    if (zone) zone.textContent = `(${ZONE})`;
    if (!utc) return;
    const at = new Date(`${utc}Z`);
    field.value = new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  });
}
page.addEventListener("formdata", ({ target, formData }) => {
  all("input[type=datetime-local]", target).forEach(({ name, value }) => { if (value) formData.set(name, new Date(value).toISOString()); });
}, true);

// ── A link to something that can be opened opens it ──
page.addEventListener("click", ({ target }) => {
  const id = target.closest?.('a[href^="#"]')?.hash.slice(1);
  const to = id && page.getElementById(id);
  if (to?.matches("details")) { to.open = true; one("input, textarea, button", to)?.focus({ preventScroll: true }); }
});

// ── Keys: what carries data-hotkey, and j, k and Enter in what carries data-rows ──
const hotkeys = import(one("script[data-hotkeys]").dataset.hotkeys);
async function arm() {
  all("#open-palette, #open-keys, button.copy").forEach((element) => { element.hidden = false; });
  localise();
  const { install } = await hotkeys;
  all("[data-hotkey]:not([data-armed])").forEach((element) => {
    element.dataset.armed = "";
    install(element);
  });
}
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

// ── The keys, listed ──
const keysDialog = one("#keys");
one("#open-keys").addEventListener("click", () => {
  const list = one("dl", keysDialog);
  const known = [["j  k", "Next and last row"], ["Enter", "Open the row"], ["⌘ or Ctrl  Enter", "Send what is written"]];
  all("[data-hotkey][data-says]").forEach(({ dataset }) => known.push([dataset.hotkey.replace("Mod+", "⌘ or Ctrl ").replaceAll(" ", "  "), dataset.says]));
  list.replaceChildren(...known.flatMap(([key, says]) => {
    const [dt, kbd, dd] = ["dt", "kbd", "dd"].map((name) => page.createElement(name));
    kbd.textContent = key;
    dt.append(kbd);
    dd.textContent = says;
    return [dt, dd];
  }));
  keysDialog.showModal();
});

// ── Find and do ──
const palette = one("#palette");
const sought = one("input", palette);
const found = one("#palette-found");
let choices = [];
let chosen = 0;

function known() {
  const places = all(".places a").map((link) => ({ says: link.textContent.trim(), key: link.dataset.hotkey, go: () => { location.href = link.href; } }));
  const deeds = all("#live [data-says]").filter(shown).map((element) => ({ says: element.dataset.says, key: element.dataset.hotkey, go: () => element.click() }));
  return [...deeds, ...places];
}
function seek() {
  const words = sought.value.trim();
  const number = /^#?(\d{1,12})$/.exec(words)?.[1];
  choices = known().filter(({ says }) => says.toLowerCase().includes(words.toLowerCase()));
  if (number) choices.unshift({ says: `Issue #${number}`, go: () => { location.href = `/issues/${number}`; } });
  if (words && !number) choices.push({ says: `Issues with “${words}”`, go: () => { location.href = `/issues?q=${encodeURIComponent(words)}`; } });
  chosen = 0;
  list();
}
function list() {
  found.replaceChildren(...choices.slice(0, 12).map(({ says, key }, place) => {
    const item = page.createElement("li");
    item.id = `found-${place}`;
    item.role = "option";
    item.ariaSelected = String(place === chosen);
    const text = page.createElement("span");
    text.textContent = says;
    item.append(text);
    if (key) { const kbd = page.createElement("kbd"); kbd.textContent = key; item.append(kbd); }
    item.addEventListener("click", () => choose(place));
    return item;
  }));
  sought.setAttribute("aria-activedescendant", choices.length ? `found-${chosen}` : "");
}
function choose(place) {
  palette.close();
  choices[place]?.go();
}
one("#open-palette").addEventListener("click", () => {
  sought.value = "";
  seek();
  palette.showModal();
});
sought.addEventListener("input", seek);
palette.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && choices.length) {
    event.preventDefault();
    chosen = (chosen + step + Math.min(12, choices.length)) % Math.min(12, choices.length);
    list();
  }
  if (event.key === "Enter") { event.preventDefault(); choose(chosen); }
  if (event.key === "Escape") { event.preventDefault(); palette.close(); } // not only what was typed
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

// ── Live: one stream a browser; the tab that holds the lock passes on what it hears ──
const live = one("#live");
const topics = new Set((live.dataset.live || "").split(",").filter(Boolean));
const mark = one("#stream");
const tabs = new BroadcastChannel("fettle-live");
const SOON_MS = 250;
const APART_MS = 3000; // between two looks of one tab, and up to twice that where many look
let looking = null;
let lookedAt = 0;

function heard({ changed, lost, out }) {
  if (lost !== undefined) {
    mark.hidden = false;
    mark.classList.toggle("lost", lost);
    mark.textContent = out ? "Logged out" : lost ? "Not live" : "";
    mark.title = out ? "Not live: you are not logged in any more" : lost ? "Not live: the server is not reached; it is tried again by itself" : "Live";
    mark.ariaLabel = mark.title;
  }
  if (changed && (changed.includes("*") || changed.some((topic) => topics.has(topic)))) look();
}
function look() {
  if (looking || !topics.size) return;
  const apart = lookedAt + APART_MS * (1 + Math.random()) - Date.now();
  looking = setTimeout(renew, Math.max(SOON_MS, apart));
}
// Nothing is taken from under the hands of somebody who types or is about to decide.
const busy = () => unsaved() || one("details.confirmation[open], dialog[open], textarea:focus, input:focus, select:focus", live);

async function renew(event) {
  looking = null;
  lookedAt = Date.now();
  if (page.hidden) { missed = true; return; }
  if (busy() && !event) { one("#stale").hidden = false; return; }
  const answer = await fetch(location.href, { headers: { "X-Live": "1" } }).catch(() => null);
  if (!answer || answer.redirected || !answer.ok) { one("#stale").hidden = !answer?.redirected; return; }
  const text = await answer.text();
  if (busy() && !event) { one("#stale").hidden = false; return; }
  one("#stale").hidden = true;
  const at = one(".at a.row")?.getAttribute("href");
  const folds = new Map(all("details[id]", live).map(({ id, open }) => [id, open]));
  await htmx.swap({ text, target: live, sourceElement: live, select: "#live", swap: "outerMorph" });
  folds.forEach((open, id) => { const fold = page.getElementById(id); if (fold) fold.open = open; });
  arm();
  if (at) all("a.row").find((link) => link.getAttribute("href") === at)?.closest("[data-rows] > *")?.classList.add("at");
  page.dispatchEvent(new CustomEvent("fettle:renewed"));
}
let missed = false;
page.addEventListener("visibilitychange", () => { if (!page.hidden && missed) { missed = false; look(); } });
one("#renew").addEventListener("click", () => location.reload());

let stream = null;
const AGAIN_MS = 5000;
const tell = (news) => { tabs.postMessage(news); heard(news); };
function follow(was = false) {
  stream = new EventSource("/live");
  stream.addEventListener("open", () => { tell({ lost: false, changed: was ? ["*"] : undefined }); was = false; });
  stream.addEventListener("changed", ({ data }) => tell({ changed: JSON.parse(data) }));
  stream.addEventListener("error", () => { was = true; tell({ lost: true }); if (stream.readyState === EventSource.CLOSED) followAgain(); });
}
// A browser gives up where it was answered: by a proxy whose server is away, or since nobody is logged in.
async function followAgain() {
  const answer = await fetch(location.href, { method: "HEAD", headers: { "X-Live": "1" }, redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") tell({ lost: true, out: true });
  else setTimeout(() => follow(true), AGAIN_MS * (1 + Math.random()));
}
tabs.addEventListener("message", ({ data }) => { if (data.ask && stream) tabs.postMessage({ lost: stream.readyState !== EventSource.OPEN }); });
tabs.addEventListener("message", ({ data }) => heard(data));
tabs.postMessage({ ask: true });
if (navigator.locks) navigator.locks.request("fettle-live", () => { follow(); return new Promise(() => {}); });
else follow();

arm();
