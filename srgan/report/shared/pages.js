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
