// Two pictures of a page, one over the other, and something to slide; without this they stand side by side.

function compare(figure) {
  if (figure.querySelector("input")) return;
  const pair = figure.querySelector(".pair");
  const label = document.createElement("label");
  const slide = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, step: 1, value: 50 });
  label.append("Before ", slide, " after");
  slide.setAttribute("aria-label", `${pair.getAttribute("aria-label")}: how much of what was before is seen`);
  const move = () => {
    pair.style.setProperty("--seen", `${slide.value}%`);
    slide.setAttribute("aria-valuetext", `${slide.value} % before`);
  };
  slide.addEventListener("input", move);
  pair.before(label);
  figure.classList.add("over");
  move();
}
const compareAll = () => document.querySelectorAll("[data-compare]").forEach(compare);
compareAll();
document.addEventListener("fettle:renewed", compareAll);
