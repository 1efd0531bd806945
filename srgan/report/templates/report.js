"use strict";

// The sliders. Without JavaScript the page shows all pictures side by side instead.
const ZOOMS = [1, 2, 4, 8];
const SIDES = ["left", "right"];
const controls = document.querySelector(".controls");
const viewers = [...document.querySelectorAll(".picture")].map(viewerOf);

function viewerOf(picture) {
  const viewer = document.getElementById("viewer").content.firstElementChild.cloneNode(true);
  const [stage, pan, layers, divider, split] = [".stage", ".pan", ".layers", ".divider", "input"].map((name) => viewer.querySelector(name));
  const source = picture.querySelector("img");
  const [width, height] = ["width", "height"].map((side) => Number(source.getAttribute(side)));
  stage.style.aspectRatio = `${width} / ${height}`;
  const details = picture.querySelector("details");
  details.before(viewer);
  details.open = false;

  let zoom = 0;
  function cut() {
    const edge = divide(stage, split);
    const shown = edge + pan.scrollLeft - layers.offsetLeft; // of the left picture, from its own left border
    viewer.querySelector("img.left").style.clipPath = `inset(0 calc(100% - ${Math.max(shown, 0)}px) 0 0)`;
  }

  function fit() {
    const movable = pan.scrollWidth > pan.clientWidth || pan.scrollHeight > pan.clientHeight;
    pan.classList.toggle("movable", movable);
    if (movable) pan.tabIndex = 0;
    else pan.removeAttribute("tabindex");
    cut();
  }

  function enlarge(next) {
    const centre = [
      (pan.scrollLeft + pan.clientWidth / 2 - layers.offsetLeft) / (zoom || 1),
      (pan.scrollTop + pan.clientHeight / 2 - layers.offsetTop) / (zoom || 1),
    ];
    const [x, y] = zoom ? centre : [width / 2, height / 2];
    zoom = next;
    viewer.style.setProperty("--width", `${width * zoom}px`); // the stage is no wider than the picture
    layers.style.width = `${width * zoom}px`;
    layers.style.height = `${height * zoom}px`;
    pan.scrollTo(x * zoom - pan.clientWidth / 2 + layers.offsetLeft, y * zoom - pan.clientHeight / 2 + layers.offsetTop);
    fit();
  }

  function choose(sides) {
    for (const side of SIDES) {
      const figure = picture.querySelector(`[data-column="${sides[side].value}"]`);
      const image = viewer.querySelector(`img.${side}`);
      image.src = figure.querySelector("img").src;
      image.alt = figure.querySelector("img").alt;
      const [tag, figures] = viewer.querySelectorAll(`[data-side="${side}"]`);
      tag.textContent = sides[side].selectedOptions[0].text;
      figures.replaceChildren(...figure.querySelector(".figures").cloneNode(true).childNodes);
    }
    const names = SIDES.map((side) => sides[side].selectedOptions[0].text);
    split.setAttribute("aria-label", `${picture.dataset.name}: how much of ${names[0]} is shown, the rest is ${names[1]}`);
    cut();
  }

  pan.setAttribute("aria-label", `${picture.dataset.name}, enlarged; arrow keys move both pictures`);
  pan.addEventListener("scroll", cut);
  split.addEventListener("input", cut);
  new ResizeObserver(fit).observe(pan);
  follow(divider, (event) => {
    const box = pan.getBoundingClientRect();
    split.value = (100 * (event.clientX - box.left)) / box.width;
    cut();
  });
  follow(pan, (event, dx, dy) => pan.scrollBy(-dx, -dy), "mouse"); // fingers scroll by themselves
  const fitting = ZOOMS.filter((level) => width * level <= viewer.clientWidth);
  return { enlarge, choose, fit: Math.max(1, ...fitting) };
}

function choose() {
  for (const viewer of viewers) viewer.choose(controls.elements);
}

controls.addEventListener("submit", (event) => event.preventDefault());
for (const side of SIDES) controls.elements[side].addEventListener("change", choose);
controls.elements.swap.addEventListener("click", () => {
  const { left, right } = controls.elements;
  [left.value, right.value] = [right.value, left.value];
  choose();
});
for (const radio of controls.elements.zoom) {
  radio.addEventListener("change", () => viewers.forEach((viewer) => viewer.enlarge(Number(radio.value))));
}
controls.hidden = false;
choose();
const zoom = Math.min(...viewers.map((viewer) => viewer.fit));
controls.elements.zoom.value = zoom;
for (const viewer of viewers) viewer.enlarge(zoom);
