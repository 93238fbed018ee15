// Find and do, and the keys, listed. What is typed before this has come stands in the field.

const page = document;
const one = (selector, within = page) => within.querySelector(selector);
const all = (selector, within = page) => [...within.querySelectorAll(selector)];
const shown = (element) => element && element.getClientRects().length > 0;

// ── The keys, listed ──
export function keys() {
  const dialog = one("#keys");
  const list = one("dl", dialog);
  const known = [["j  k", "Next and last row"], ["Enter", "Open the row"], ["⌘ or Ctrl  Enter", "Send what is written"]];
  all("[data-hotkey][data-says]").forEach(({ dataset }) => known.push([dataset.hotkey.replace("Mod+", "⌘ or Ctrl ").replaceAll(" ", "  "), dataset.says]));
  list.replaceChildren(...known.flatMap(([key, says]) => {
    const [dt, kbd, dd] = ["dt", "kbd", "dd"].map((name) => page.createElement(name));
    kbd.textContent = key;
    dt.append(kbd);
    dd.textContent = says;
    return [dt, dd];
  }));
  dialog.showModal();
}
try {
  const letters = one("#letters");
  letters.checked = localStorage.getItem("fettle-letters") !== "off";
  letters.addEventListener("change", () => { localStorage.setItem("fettle-letters", letters.checked ? "on" : "off"); location.reload(); });
} catch { one("#letters").parentElement.hidden = true; } // a browser that keeps nothing

// ── Find and do ──
const palette = one("#palette");
const sought = one("input", palette);
const found = one("#palette-found");
let choices = [];
let chosen = 0;

function known() {
  const places = all(".bar nav a").map((link) => ({ says: link.textContent.trim(), key: link.dataset.hotkey, go: () => { location.href = link.href; } }));
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
  leave();
  choices[place]?.go();
}
// Keys are heard again at once: a browser lets go of a field that is hidden only as it paints.
function leave() {
  palette.close();
  sought.blur();
}
// A palette that is closed forgets; one that is opened finds what was typed already.
export const begin = seek;
export const enter = () => { seek(); choose(chosen); };
palette.addEventListener("close", () => { sought.value = ""; });
sought.addEventListener("input", seek);
palette.addEventListener("keydown", (event) => {
  if (event.isComposing) return; // that ends a word in writing, and chooses nothing
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && choices.length) {
    event.preventDefault();
    chosen = (chosen + step + Math.min(12, choices.length)) % Math.min(12, choices.length);
    list();
  }
  if (event.key === "Enter") { event.preventDefault(); choose(chosen); }
  if (event.key === "Escape") { event.preventDefault(); leave(); } // not only what was typed
});
