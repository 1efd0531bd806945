// Two pictures of one size under a divider: bicubic interpolation on the left of it, the network on the right.
// `follow` and `divide` are in shared/pages.js, which the page of results has too.

const MOST = 4; // times, to which a small picture is shown when it should fit

/**
 * Bring a viewer to life.
 * @param {Element} card with what the template `picture` has in it.
 * @param {{name: string, network: string, before: string, after: string, width: number, height: number}} shown
 */
export function view(card, { name, network, before, after, width, height }) {
  const [viewer, stage, pan, layers, divider, split] = [".viewer", ".stage", ".pan", ".layers", ".divider", ".split"].map((part) => card.querySelector(part));
  const images = { before: card.querySelector("img.before"), after: card.querySelector("img.after") };
  images.before.alt = `${name}, enlarged by bicubic interpolation`;
  images.after.alt = `${name}, enlarged by ${network}`;
  [images.before.src, images.after.src] = [before, after];
  card.querySelector(".tag.after").textContent = network;
  split.setAttribute("aria-label", `${name}: how much of bicubic interpolation is shown, the rest is ${network}`);

  let zoom = 0;
  let fitted = true;

  function cut() {
    const shown = divide(stage, split) + pan.scrollLeft - layers.offsetLeft; // of the left picture, from its own left border
    images.before.style.clipPath = `inset(0 calc(100% - ${Math.max(shown, 0)}px) 0 0)`;
  }

  function enlarge(next) {
    const middle = zoom
      ? [(pan.scrollLeft + pan.clientWidth / 2 - layers.offsetLeft) / zoom, (pan.scrollTop + pan.clientHeight / 2 - layers.offsetTop) / zoom]
      : [width / 2, height / 2];
    zoom = next;
    widen(fitted ? 0 : width * zoom);
    layers.style.width = `${width * zoom}px`;
    layers.style.height = `${height * zoom}px`;
    // Where a pixel would be one screen pixel wide here and two there, straight lines would have steps.
    layers.classList.toggle("whole", Number.isInteger(zoom * devicePixelRatio));
    pan.scrollTo(
      middle[0] * zoom - pan.clientWidth / 2 + layers.offsetLeft,
      middle[1] * zoom - pan.clientHeight / 2 + layers.offsetTop,
    );
    movable(pan.scrollWidth > pan.clientWidth || pan.scrollHeight > pan.clientHeight);
    cut();
  }

  function fit() {
    widen(0);
    const room = stage.getBoundingClientRect();
    enlarge(Math.min(MOST, room.width / width, room.height / height));
  }

  function widen(pixels) {
    viewer.style.setProperty("--zoomed", `${pixels}px`);
  }

  /** Only what can be moved has the focus, for the arrow keys. */
  function movable(yes) {
    pan.classList.toggle("movable", yes);
    for (const [attribute, value] of [["tabindex", "0"], ["aria-label", `${name}, enlarged; arrow keys move both pictures`]]) {
      if (yes) pan.setAttribute(attribute, value);
      else pan.removeAttribute(attribute);
    }
  }

  function divideAt(event) {
    const box = pan.getBoundingClientRect();
    split.value = (100 * (event.clientX - box.left)) / box.width;
    cut();
  }

  viewer.style.setProperty("--ratio", width / height);
  viewer.style.setProperty("--most", `${MOST * width}px`);
  pan.addEventListener("scroll", cut);
  split.addEventListener("input", cut);
  new ResizeObserver(() => (fitted ? fit() : enlarge(zoom))).observe(stage);
  follow(divider, divideAt);
  const moves = () => pan.classList.contains("movable");
  follow(pan, (event, dx, dy) => (moves() ? pan.scrollBy(-dx, -dy) : divideAt(event)), "mouse"); // fingers scroll by themselves
  pan.addEventListener("click", (event) => moves() || divideAt(event));
  for (const radio of card.querySelectorAll("[type=radio]")) {
    radio.name = `zoom ${after}`; // a group of its own in each viewer
    radio.addEventListener("change", () => {
      fitted = radio.value === "fit";
      if (fitted) fit();
      else enlarge(Number(radio.value));
    });
  }
  fit();
}
