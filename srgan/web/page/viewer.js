// Two pictures of one size under a divider: bicubic interpolation on the left of it, the network on the right.
// `follow` is in shared/pages.js, which the page of results has too.

const MOST = 4; // times, to which a small picture is shown when it should fit

/**
 * Bring a viewer to life.
 * @param {Element} viewer with what the template `picture` has in it.
 * @param {{name: string, network: string, before: string, after: string, width: number, height: number}} shown
 */
export function view(viewer, { name, network, before, after, width, height }) {
  const [stage, pan, layers, divider, split] = [".stage", ".pan", ".layers", ".divider", ".split"].map((part) => viewer.querySelector(part));
  const images = { before: viewer.querySelector("img.before"), after: viewer.querySelector("img.after") };
  images.before.alt = `${name}, enlarged by bicubic interpolation`;
  images.after.alt = `${name}, enlarged by ${network}`;
  [images.before.src, images.after.src] = [before, after];
  viewer.querySelector(".tag.after").textContent = network;
  split.setAttribute("aria-label", `${name}: how much of bicubic interpolation is shown, the rest is ${network}`);
  pan.setAttribute("aria-label", `${name}, enlarged; arrow keys move both pictures`);
  viewer.hidden = false;

  let zoom = 0;
  let fitted = true;

  function cut() {
    const edge = (pan.clientWidth * split.value) / 100;
    divider.style.left = `${edge}px`;
    const shown = edge + pan.scrollLeft - layers.offsetLeft; // of the left picture, from its own left border
    images.before.style.clipPath = `inset(0 calc(100% - ${Math.max(shown, 0)}px) 0 0)`;
  }

  function enlarge(next) {
    const middle = zoom
      ? [(pan.scrollLeft + pan.clientWidth / 2 - layers.offsetLeft) / zoom, (pan.scrollTop + pan.clientHeight / 2 - layers.offsetTop) / zoom]
      : [width / 2, height / 2];
    zoom = next;
    layers.style.width = `${width * zoom}px`;
    layers.style.height = `${height * zoom}px`;
    layers.classList.toggle("large", zoom > 1);
    pan.scrollTo(
      middle[0] * zoom - pan.clientWidth / 2 + layers.offsetLeft,
      middle[1] * zoom - pan.clientHeight / 2 + layers.offsetTop,
    );
    pan.classList.toggle("movable", pan.scrollWidth > pan.clientWidth || pan.scrollHeight > pan.clientHeight);
    cut();
  }

  function fit() {
    enlarge(Math.min(MOST, stage.clientWidth / width, stage.clientHeight / height));
  }

  stage.style.aspectRatio = `${width} / ${height}`;
  pan.addEventListener("scroll", cut);
  split.addEventListener("input", cut);
  new ResizeObserver(() => (fitted ? fit() : cut())).observe(stage);
  follow(divider, (event) => {
    const box = pan.getBoundingClientRect();
    split.value = (100 * (event.clientX - box.left)) / box.width;
    cut();
  });
  follow(pan, (event, dx, dy) => pan.scrollBy(-dx, -dy), "mouse"); // fingers scroll by themselves
  for (const radio of viewer.querySelectorAll("[type=radio]")) {
    radio.name = `zoom ${after}`; // a group of its own in each viewer
    radio.addEventListener("change", () => {
      fitted = radio.value === "fit";
      if (fitted) fit();
      else enlarge(Number(radio.value));
    });
  }
  fit();
}
