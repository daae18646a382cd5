// Draws the tiles as buttons. One of them is in the tab order; the arrow keys go from one to the next.
export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ul");
  const ended = new AbortController();
  const options = { signal: ended.signal };
  list.setAttribute("aria-label", data.says);

  const tiles = data.tiles.map((tile, place) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const words = document.createElement("span");
    button.type = "button";
    button.className = tile.mark ?? "";
    button.setAttribute("aria-pressed", tile.id === data.chosen);
    button.title = tile.more || tile.words;
    words.textContent = tile.words;
    if (tile.src) {
      const image = document.createElement("img");
      Object.assign(image, { src: tile.src, alt: "", decoding: "async" });
      button.append(image);
    } else {
      const nothing = document.createElement("i");
      nothing.textContent = data.gone;
      button.append(nothing);
    }
    button.append(words);
    if (tile.more) button.setAttribute("aria-label", `${tile.words}, ${tile.more}`);
    button.addEventListener("click", () => setTriggerValue("chosen", tile.id), options);
    button.addEventListener("focus", () => reachable(place), options);
    item.append(button);
    return button;
  });
  list.replaceChildren(...tiles.map((tile) => tile.parentElement));
  reachable(Math.max(0, data.tiles.findIndex((tile) => tile.id === data.chosen)));

  function reachable(place) {
    tiles.forEach((tile, i) => { tile.tabIndex = i === place ? 0 : -1; });
  }

  function columns() {
    const top = tiles[0]?.offsetTop;
    const below = tiles.findIndex((tile) => tile.offsetTop > top);
    return below > 0 ? below : tiles.length;
  }

  list.addEventListener("keydown", (event) => {
    const now = tiles.indexOf(event.target);
    const steps = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(), ArrowUp: -columns(), Home: -now, End: tiles.length - 1 - now,
    };
    const next = tiles[now + steps[event.key]];
    if (now < 0 || !(event.key in steps) || !next) return;
    event.preventDefault();
    next.focus();
  }, options);

  return () => ended.abort();
}
