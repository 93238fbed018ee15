// What is pressed while a page still comes is meant as well: it is kept until the keys are armed
// (fettle.js), and then pressed again. It is the one script that a page waits for.
{
  const MOST = 8;
  const LATE_MS = 5000; // what nothing came of for so long is not awaited any more
  const kept = [];
  let off = false; // see fettle.js
  try { off = localStorage.getItem("fettle-letters") === "off"; } catch { /* a browser that keeps nothing */ }
  const typing = (target) => target.closest?.("input, textarea, select, dialog, [contenteditable]");
  const ours = ({ key, ctrlKey, metaKey, altKey }) => {
    if (altKey) return false;
    if (ctrlKey || metaKey) return key === "k";
    if (off) return false;
    return key === "Enter" ? kept.length > 0 : key.length === 1 && key !== " ";
  };
  const keep = (event) => {
    if (typing(event.target) || !ours(event) || kept.length === MOST) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.push(event);
  };
  const again = (event) => {
    const on = document.activeElement ?? document.body;
    const left = on.dispatchEvent(new KeyboardEvent(event.type, event));
    if (left && event.key === "Enter") on.click();
  };
  addEventListener("keydown", keep, true);
  document.addEventListener("fettle:armed", () => {
    removeEventListener("keydown", keep, true);
    kept.filter(({ timeStamp }) => performance.now() - timeStamp < LATE_MS).forEach(again);
  }, { once: true });
}
