"use strict";

// Hovering, focus, sorting. Without JavaScript the page shows all planes and tables, and no pictures.
const pictures = JSON.parse(document.getElementById("pictures").textContent);
const NEAR = 24; // SVG units: how far from a point the pointer may be
const KEYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -Infinity, End: Infinity };
const controls = document.querySelector(".controls");
const comparisons = [...document.querySelectorAll(".comparison")].map(comparisonOf);

function comparisonOf(section) {
  const field = section.querySelector(".field");
  const plane = field.querySelector("svg");
  const ring = plane.querySelector(".ring");
  const card = section.querySelector(".chosen");
  const headers = [...section.querySelectorAll("thead th")];
  const body = section.querySelector("tbody");
  const rows = new Map([...body.rows].map((row) => [row.dataset.number, row]));
  const points = [...section.querySelectorAll(".point")].sort((a, b) => a.dataset.x - b.dataset.x || b.dataset.y - a.dataset.y);
  const names = headers.map((header) => header.dataset.name);
  let chosen = null;

  function choose(number) {
    if (number === chosen || !rows.has(number)) return;
    chosen = number;
    for (const point of points) {
      const selected = point.dataset.number === number;
      point.setAttribute("aria-selected", selected);
      point.setAttribute("tabindex", selected ? 0 : -1);
      if (selected) ring.setAttribute("transform", point.getAttribute("transform")); // on top, where points are dense
    }
    for (const row of rows.values()) row.toggleAttribute("aria-current", row.dataset.number === number);
    describe(rows.get(number));
  }

  function describe(row) {
    const [name, front, ...values] = [...row.cells].map((cell) => cell.textContent);
    card.querySelector("h3").textContent = name;
    const notes = [front ? "On the front" : "Not on the front"];
    if (row.dataset.twins) notes.push(`same figures: ${row.dataset.twins}`);
    card.querySelector(".note").textContent = notes.join("; ");
    const shown = [[row.dataset.picture, name], [section.dataset.baseline, "baseline"], [row.dataset.target, "photograph"]];
    card.querySelectorAll(".details figure").forEach((figure, place) => {
      const [picture, title] = shown[place];
      figure.hidden = picture === undefined;
      if (figure.hidden) return;
      figure.querySelector("img").src = pictures[picture];
      figure.querySelector("img").alt = figure.querySelector("figcaption").textContent = title;
    });
    card.querySelector("dl").replaceChildren(
      ...values.flatMap((value, place) => {
        const [term, description] = ["dt", "dd"].map((tag) => document.createElement(tag));
        term.textContent = names[place + 2];
        description.textContent = value;
        description.className = headers[place + 2].className;
        return [term, description];
      }),
    );
  }

  function sort(column) {
    const header = headers[column];
    const descending = header.getAttribute("aria-sort") === "ascending";
    const key = (row) => row.cells[column].dataset.order ?? row.cells[column].textContent;
    const numbers = header.className || column === 1;
    const sorted = [...rows.values()].sort((a, b) => {
      const [first, second] = [key(a), key(b)];
      const difference = numbers ? first - second : NaN;
      // Numbers before words and what is absent, in both directions.
      if (numbers && isNaN(first) !== isNaN(second)) return isNaN(first) - isNaN(second);
      return (isNaN(difference) ? first.localeCompare(second, "en", { numeric: true }) : difference) * (descending ? -1 : 1);
    });
    for (const other of headers) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.append(...sorted);
  }

  function nearest(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plane.getScreenCTM().inverse());
    const distance = (point) => Math.hypot(point.dataset.x - at.x, point.dataset.y - at.y);
    const [first] = points.map((point) => [distance(point), point]).sort((a, b) => a[0] - b[0]);
    return first[0] <= NEAR ? first[1] : null;
  }

  function buttoned(cell, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    button.addEventListener("click", act);
    cell.append(button);
    return button;
  }

  card.append(document.getElementById("card").content.cloneNode(true));
  card.hidden = false;
  const back = card.querySelector(".back");
  back.href = `#${section.querySelector(".scroll").id}`;
  back.addEventListener("click", (event) => {
    event.preventDefault();
    rows.get(chosen).querySelector("button").focus(); // which scrolls it into view
  });
  for (const kind of ["pointermove", "pointerdown"]) {
    plane.addEventListener(kind, (event) => {
      const point = nearest(event);
      if (point) choose(point.dataset.number);
    });
  }
  // Not of the SVG: Chromium gives the focus to one that listens for it.
  field.addEventListener("focusin", (event) => choose(event.target.closest(".point").dataset.number));
  field.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    const place = points.indexOf(event.target.closest(".point")) + KEYS[event.key];
    points[Math.min(Math.max(place, 0), points.length - 1)].focus();
  });
  headers.forEach((header, column) => buttoned(header, () => sort(column)));
  for (const [number, row] of rows) {
    row.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && choose(number));
    const button = buttoned(row.cells[0], () => {
      choose(number);
      card.scrollIntoView({ block: "nearest" }); // it is above the table
    });
    button.addEventListener("focus", () => choose(number));
  }
  choose(section.dataset.chosen);
  return { section, choose, chosen: () => chosen };
}

/** Show the network and set that the controls say, and the same experiment as before. */
function show() {
  const { set, model } = Object.fromEntries(new FormData(controls));
  const before = comparisons.find(({ section }) => !section.hidden)?.chosen();
  for (const { section, choose } of comparisons) {
    section.hidden = (set ?? section.dataset.set) !== section.dataset.set || (model ?? section.dataset.model) !== section.dataset.model;
    if (!section.hidden && before !== undefined && controls.dataset.used) choose(before);
  }
}

controls.addEventListener("submit", (event) => event.preventDefault());
controls.addEventListener("change", () => {
  controls.dataset.used = true;
  show();
});
controls.hidden = controls.elements.length === 0;
show();
