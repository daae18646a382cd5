// The frames upon the video. An answer is some moments old when it comes: a box goes on the way it was going, for a
// little while, and glides where the next answer says.
const AHEAD_MS = 180, GLIDE = 0.55;

class Boxes {
  constructor(stage) {
    this.stage = stage;
    this.known = new Map();
    this.mirrored = false;
  }

  take(faces, at, plate) {
    const here = new Set(faces.map((face) => face.number));
    for (const [number, box] of this.known) {
      if (here.has(number)) continue;
      box.element.remove();
      this.known.delete(number);
    }
    for (const face of faces) {
      const box = this.known.get(face.number) ?? this.begin(face);
      const passed = at - box.at;
      if (passed > 0) {
        const speed = face.box.map((part, i) => (part - box.goal[i]) / passed);
        box.speed = box.speed.map((part, i) => 0.5 * part + 0.5 * speed[i]);
      }
      Object.assign(box, { goal: face.box, at });
      const { answer, words } = plate(face);
      if (box.element.className !== answer) box.element.className = answer;
      if (box.plate.textContent !== words) box.plate.textContent = words;
    }
  }

  begin(face) {
    const element = document.createElement("div");
    const plate = document.createElement("span");
    element.append(plate);
    this.stage.append(element);
    const box = { element, plate, goal: face.box, shown: face.box, speed: [0, 0, 0, 0], at: 0 };
    this.known.set(face.number, box);
    return box;
  }

  draw(now) {
    const { clientWidth: wide, clientHeight: high } = this.stage;
    for (const box of this.known.values()) {
      const ahead = Math.min(AHEAD_MS, Math.max(0, now - box.at));
      box.shown = box.shown.map((part, i) => part + GLIDE * (box.goal[i] + box.speed[i] * ahead - part));
      const [x, y, w, h] = box.shown;
      const left = (this.mirrored ? 1 - x - w : x) * wide;
      Object.assign(box.element.style, {
        width: `${w * wide}px`, height: `${h * high}px`, transform: `translate(${left}px, ${y * high}px)`,
      });
      // Above the face, below it where there is no room, upon it where there is none either; never past the edge.
      const needed = box.plate.offsetHeight + 6, plate = box.plate.offsetWidth;
      const place = y * high >= needed ? "above" : (1 - y - h) * high >= needed ? "below" : "inside";
      if (box.plate.className !== place) box.plate.className = place;
      const middle = left + (w * wide) / 2;
      const inside = Math.min(Math.max(middle, plate / 2 + 2), Math.max(wide - plate / 2 - 2, plate / 2 + 2));
      box.plate.style.marginLeft = `${inside - middle}px`;
    }
  }

  clear() {
    for (const box of this.known.values()) box.element.remove();
    this.known.clear();
  }
}

