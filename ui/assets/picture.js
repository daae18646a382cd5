// Draws the photo and its frames, and lights frame and card together. Words come in as text, never as markup.
export default function ({ data, parentElement }) {
  const figure = parentElement.querySelector("figure");
  const ended = new AbortController();
  const options = { signal: ended.signal };
  const cardClass = (number) => `.st-key-rupa-face-${data.group}-${number}`;

  const image = document.createElement("img");
  Object.assign(image, { src: data.src, alt: data.alt, width: data.width, height: data.height });

  const frames = data.frames.map((frame, number) => {
    const button = document.createElement("button");
    const plate = document.createElement("span");
    button.type = "button";
    button.className = frame.answer;
    button.setAttribute("aria-label", frame.words);
    button.title = frame.words;
    const [left, top, width, height] = frame.box;
    Object.assign(button.style, {
      left: `${left * 100}%`, top: `${top * 100}%`, width: `${width * 100}%`, height: `${height * 100}%`,
    });
    plate.textContent = number + 1;
    button.append(plate);
    button.addEventListener("click", () => goTo(number), options);
    button.addEventListener("pointerenter", () => light(number), options);
    button.addEventListener("pointerleave", () => light(null), options);
    button.addEventListener("focus", () => light(number), options);
    button.addEventListener("blur", () => light(null), options);
    return button;
  });
  figure.replaceChildren(image, ...frames);
  const fitted = new ResizeObserver(() => frames.forEach(placePlate));
  fitted.observe(figure);

  // The number stands above the face, below it where there is no room, and upon it only where there is none either.
  function placePlate(frame, number) {
    const [, top, , height] = data.frames[number].box;
    const plate = frame.firstElementChild;
    const needed = plate.offsetHeight + 6;
    const above = top * figure.clientHeight >= needed;
    const below = (1 - top - height) * figure.clientHeight >= needed;
    // In a crowd numbers would hide faces; there one shows when its frame or its card is pointed at.
    frame.toggleAttribute("data-crowded", frames.length > 8 && frame.offsetWidth < 40);
    plate.className = above ? "above" : below ? "below" : "inside";
  }

  function light(number) {
    frames.forEach((frame, i) => {
      frame.toggleAttribute("data-lit", i === number);
      document.querySelector(cardClass(i))?.toggleAttribute("data-lit", i === number);
    });
  }

  function goTo(number) {
    const card = document.querySelector(cardClass(number));
    if (!card) return;
    card.tabIndex = -1;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
    light(number);
  }

  function faceOf(target) {
    const card = target.closest?.(`[class*="st-key-rupa-face-${data.group}-"]`);
    const found = card?.className.match(/st-key-rupa-face-\w+?-(\d+)/);
    return found ? Number(found[1]) : null;
  }

  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const inside = event.composedPath().includes(figure);
      const number = faceOf(event.target);
      if (!inside && (number !== null || kind === "pointerover")) light(number);
    }, options);
  }

  return () => {
    ended.abort();
    fitted.disconnect();
  };
}
