// What both pages with a divider between two pictures share: the page of results and that of `srgan web`.

/** Call move(event, dx, dy) while an element is dragged; `only` limits it to one kind of pointer. */
function follow(element, move, only) {
  let last = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || (only && event.pointerType !== only)) return;
    element.setPointerCapture(event.pointerId);
    last = event;
  });
  element.addEventListener("pointermove", (event) => {
    if (!last) return;
    move(event, event.clientX - last.clientX, event.clientY - last.clientY);
    last = event;
  });
  element.addEventListener("lostpointercapture", () => (last = null));
}

/**
 * Move the divider of a stage to where its slider is; its handle stays inside the stage.
 * The name of a side that is too narrow for it is hidden. A screen reader says how much is shown of each.
 * @param {Element} stage with a `.pan`, a `.divider` and two `.tag`s, that of the left picture first.
 * @param {HTMLInputElement} split from 0 to 100.
 * @returns {number} the divider's place, px from the left.
 */
function divide(stage, split) {
  const divider = stage.querySelector(".divider");
  const [left, right] = stage.querySelectorAll(".tag");
  const width = stage.querySelector(".pan").clientWidth;
  const edge = (width * split.value) / 100;
  const half = divider.offsetWidth / 2;
  divider.style.left = `${edge}px`;
  divider.style.setProperty("--inward", `${Math.max(half, Math.min(width - half, edge)) - edge}px`);
  left.style.visibility = edge < left.offsetLeft + left.offsetWidth ? "hidden" : "";
  right.style.visibility = edge > right.offsetLeft ? "hidden" : "";
  const percent = Math.round(split.value);
  split.setAttribute("aria-valuetext", `${percent} % ${left.textContent}, ${100 - percent} % ${right.textContent}`);
  return edge;
}
