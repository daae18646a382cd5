// Rows of answers over the time of a clip. A click plays the clip from there; a line shows where it is now.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("div.timeline");
  const ended = new AbortController();
  const options = { signal: ended.signal };
  const video = () => document.querySelector(`.st-key-${data.clip} video`);
  const made = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const share = (seconds) => `${(100 * Math.min(seconds, data.seconds)) / data.seconds}%`;

  function play(seconds) {
    const clip = video();
    if (!clip) return;
    clip.currentTime = seconds + 0.01;
    clip.play()?.catch(() => {}); // a browser may want a click on the clip itself first; it stands at the place
  }

  const list = made("ol");
  list.setAttribute("aria-label", data.says);
  for (const face of data.faces) {
    const line = made("li"), name = made("span"), row = made("div", "row"), crop = made("img");
    Object.assign(crop, { src: face.crop, alt: "" });
    name.append(crop, made("b", "", face.number));
    for (const part of face.parts) {
      const button = made("button", part.answer, (part.to - part.from) / data.seconds > 0.12 ? part.words : "");
      Object.assign(button, { type: "button", title: part.says });
      button.setAttribute("aria-label", part.says);
      Object.assign(button.style, { left: share(part.from), width: share(part.to - part.from) });
      button.addEventListener("click", (event) => {
        const box = row.getBoundingClientRect();
        const at = ((event.clientX - box.left) / box.width) * data.seconds;
        play(event.detail ? Math.max(part.from, Math.min(at, part.to)) : part.from); // no detail: from the keyboard
      }, options);
      row.append(button);
    }
    line.append(name, row);
    list.append(line);
  }
  const axis = made("p", "axis"), now = made("div", "now"), line = made("i");
  axis.setAttribute("aria-hidden", "true");
  for (const tick of data.ticks) {
    const mark = made("span", "", tick.words);
    mark.style.left = `min(${share(tick.at)}, 100% - ${tick.words.length / 2}ch)`; // its middle, but never past the end
    axis.append(mark);
  }
  now.append(line);
  root.replaceChildren(list, axis, now);

  let drawn;
  (function follow() {
    const clip = video();
    if (clip) line.style.left = share(clip.currentTime);
    drawn = requestAnimationFrame(follow);
  })();
  return () => {
    ended.abort();
    cancelAnimationFrame(drawn);
  };
}
