// The camera of the Live page: one click starts it, and whatever ends the page ends it. What is missing is said in one
// sentence and told to the server, which opens the next best thing.
const LIVES = new WeakMap();
const TOLD_MS = 500, SPOKEN_MS = 3000;

class Live {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-part=${name}]`);
    this.video = this.find("video");
    this.boxes = new Boxes(this.find("boxes"));
    this.ended = new AbortController();
    this.phase = "idle";
    this.figures = {};
    this.displayed = [];
    this.mirror(true);
    const on = (name, act) => this.find(name).addEventListener("click", act, { signal: this.ended.signal });
    on("start", () => this.start());
    on("stop", () => this.stop("idle"));
    on("freeze", () => this.freeze());
    on("back", () => this.goOn());
    on("pause", () => (this.phase === "paused" ? this.goOn() : this.rest("paused")));
    on("mirror", () => this.mirror(!this.boxes.mirrored));
    on("big", () => this.big(!this.find("stage").hasAttribute("data-big")));
    this.find("cameras").addEventListener("change", () => this.start(), { signal: this.ended.signal });
    document.addEventListener("visibilitychange", () => this.lookAway(), { signal: this.ended.signal });
    addEventListener("pagehide", () => this.stop("idle"), { signal: this.ended.signal });
    navigator.mediaDevices?.addEventListener("devicechange", () => this.lookAround(), { signal: this.ended.signal });
  }

  // Called with every run of the page; a camera that is on stays on.
  told({ data, setStateValue, setTriggerValue }) {
    const first = !this.data, forgotten = !first && data.turn !== this.data.turn;
    Object.assign(this, { data, setStateValue, setTriggerValue });
    this.number = new Intl.NumberFormat(data.language, { maximumFractionDigits: 0 });
    this.percent = new Intl.NumberFormat(data.language, { style: "percent" });
    this.said ??= "";
    for (const part of this.root.querySelectorAll("[data-words]")) part.textContent = data.words[part.dataset.words];
    this.find("cameras").setAttribute("aria-label", data.words.camera);
    if (forgotten && this.phase === "frozen") this.stop("idle");
    this.show();
    this.find("live").hidden = false;  // until here a click would be lost: nobody listened
    if (first) this.lookAround();
  }

  // What can be known without asking for the camera.
  async lookAround() {
    if (this.stream || this.phase === "starting") return;
    let missing = "";
    if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      missing = "insecure";
    } else {
      const devices = await navigator.mediaDevices.enumerateDevices().catch(() => null);
      const asked = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
      if (devices && !devices.some((one) => one.kind === "videoinput")) missing = "no_camera";
      else if (asked?.state === "denied") missing = "denied";
      if (asked && !this.asked) {
        this.asked = asked;
        asked.addEventListener("change", () => this.lookAround(), { signal: this.ended.signal });
      }
    }
    if (this.stream || this.phase === "starting" || this.ended.signal.aborted) return;
    if (missing) this.trouble(missing);
    else if (["insecure", "no_camera", "denied"].includes(this.missing)) this.trouble("");
  }

  async start() {
    if (this.phase === "starting") return;
    const wish = this.find("cameras").value;
    this.stop("starting");
    const turn = (this.turn = {});
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: {
        width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 },
        ...(wish ? { deviceId: { exact: wish } } : { facingMode: "user" }),
      } });
      if (this.turn !== turn || !this.root.isConnected) return stream.getTracks().forEach((track) => track.stop());
      this.stream = stream;
      stream.getVideoTracks()[0].addEventListener("ended", () => this.turn === turn && this.fail("lost_camera"));
      this.video.srcObject = stream;
      await this.video.play();
      this.find("stage").style.setProperty("--ratio", this.video.videoWidth / this.video.videoHeight || 4 / 3);
    } catch (error) {
      if (this.turn !== turn) return;
      if (!wish || reason(error) !== "no_camera") return this.fail(reason(error));
      this.find("cameras").replaceChildren();  // the one that was chosen is gone: any other will do
      this.phase = "idle";
      return this.start();
    }
    this.trouble("");
    this.phase = "warming";
    this.connect();
    this.listCameras();
    this.show();
    // The button that was pressed is gone; the keyboard goes on at the first of the new ones.
    if (!this.root.activeElement || this.root.activeElement === document.body) this.find("freeze").focus({ preventScroll: true });
    this.eachFrame(turn);
  }

  connect() {
    if (document.hidden) return;  // lookAway will see to it
    this.line = new Line(this.data.visit, {
      ready: () => { if (this.phase === "warming") { this.phase = "on"; this.show(); } },
      heard: (answer, at) => this.hear(answer, at),
      lost: (why) => this.fail(why),
    });
  }

  // While nothing is to be looked at there is no line, so that none can be lost, however long it takes.
  hangUp() {
    this.line?.end();
    this.line = null;
  }

  // A tab that nobody sees gets no frames to send.
  lookAway() {
    if (document.hidden && ["warming", "on"].includes(this.phase)) {
      this.hangUp();
      this.boxes.clear();
      this.phase = "warming";
      this.show();
    } else if (!document.hidden && this.phase === "warming" && !this.line) {
      this.connect();
    }
  }

  eachFrame(turn) {
    const next = (act) => this.video.requestVideoFrameCallback
      ? this.video.requestVideoFrameCallback(act) : requestAnimationFrame(act);
    const draw = () => {
      if (this.turn !== turn) return;
      this.boxes.draw(performance.now());
      requestAnimationFrame(draw);
    };
    const frame = () => {
      if (this.turn !== turn) return;
      if (!this.root.isConnected) return this.end();
      if (this.phase === "on") {
        this.displayed.push(performance.now());
        if (this.displayed.length > 60) this.displayed.shift();
        this.line.offer(this.video);
      }
      next(frame);
    };
    next(frame);
    requestAnimationFrame(draw);
  }

  hear(answer, at) {
    if (this.phase !== "on") return;
    this.boxes.take(answer.faces, at, (face) => this.plate(face));
    this.figures = answer;
    const now = performance.now();
    if (now - (this.toldAt ?? 0) < TOLD_MS) return;
    this.toldAt = now;
    this.tell();
  }

  plate(face) {
    const words = this.data.words;
    if (!face.answer) return { answer: "waiting", words: words.looking };
    const share = this.percent.format(Math.max(face.male, 1 - face.male));
    return { answer: face.answer, words: face.answer === "unsure" ? words.unsure : `${words[face.answer]} · ${share}` };
  }

  tell() {
    const { faces = [], seen = 0, answers = 0, looks = 0 } = this.figures;
    const delay = this.line?.delay();
    const span = this.displayed.length > 1 ? this.displayed.at(-1) - this.displayed[0] : 0;
    const frames = span ? (1000 * (this.displayed.length - 1)) / span : 0;
    const figures = { now: faces.length, seen, answers, delay };
    for (const [name, value] of Object.entries(figures)) {
      const words = value === null || value === undefined ? "–" : this.number.format(value);
      this.find(`figure-${name}`).textContent = name === "delay" && words !== "–" ? `${words} ms` : words;
    }
    Object.assign(this.find("stage").dataset, { looks, frames: frames.toFixed(1), delay: delay?.toFixed(0) ?? "" });
    this.say(this.counted(faces));
  }

  counted(faces) {
    const words = this.data.words;
    const each = faces.map((face) => (face.answer ? words[face.answer] : words.looking));
    return `${words.now}: ${this.number.format(faces.length)}${each.length ? ` · ${each.join(", ")}` : ""}`;
  }

  // For who hears the page: when something has changed, and not faster than it can be said.
  say(words, { now = false } = {}) {
    const at = performance.now();
    if (words === this.spoken || (!now && at - (this.spokenAt ?? 0) < SPOKEN_MS)) return;
    Object.assign(this, { spoken: words, spokenAt: at });
    this.find("spoken").textContent = words;
  }

  freeze() {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: this.video.videoWidth, height: this.video.videoHeight });
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    this.rest("frozen");
    this.setStateValue("still", true);  // first, or its run would cut off the one that takes the picture
    this.setTriggerValue("frozen", canvas.toDataURL("image/jpeg", 0.92));
    this.find("back").focus({ preventScroll: true });
  }

  rest(phase) {
    this.phase = phase;
    this.hangUp();
    this.video.pause();
    for (const track of this.stream?.getVideoTracks() ?? []) track.enabled = false;
    this.displayed = [];
    this.show();
  }

  async goOn() {
    const turn = this.turn, frozen = this.phase === "frozen";
    for (const track of this.stream?.getVideoTracks() ?? []) track.enabled = true;
    this.phase = "warming";
    this.connect();
    this.show();
    if (frozen) {
      this.setStateValue("still", false);
      this.find("freeze").focus({ preventScroll: true });
    }
    // Whoever stops or pauses at once ends this too, and the camera is well.
    await this.video.play().catch((error) => this.turn === turn && error.name !== "AbortError" && this.fail("lost_camera"));
  }

  mirror(on) {
    this.boxes.mirrored = on;
    this.find("stage").toggleAttribute("data-mirrored", on);
    this.find("mirror").setAttribute("aria-pressed", on);
  }

  big(on) {
    this.find("stage").toggleAttribute("data-big", on);
    this.find("big").setAttribute("aria-pressed", on);
  }

  async listCameras() {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const cameras = all.filter((one) => one.kind === "videoinput");
    const now = this.stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const choices = cameras.map((one, place) => {
      const words = one.label || `${this.data.words.camera} ${place + 1}`;
      return new Option(words, one.deviceId, false, one.deviceId === now);
    });
    this.find("cameras").replaceChildren(...choices);
    this.find("cameras").hidden = cameras.length < 2;
  }

  fail(why) {
    this.stop("idle");
    this.trouble(why);
  }

  trouble(why) {
    this.missing = why;
    if (this.said !== why) {
      this.said = why;
      this.setStateValue("trouble", why);
    }
    this.show();
  }

  stop(phase) {
    this.turn = null;
    this.hangUp();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.boxes.clear();
    this.displayed = [];
    const frozen = this.phase === "frozen";
    this.phase = phase;
    this.show();
    if (frozen && this.root.isConnected) this.setStateValue("still", false);
  }

  show() {
    this.find("live").dataset.phase = this.phase;
    if (!this.data) return;
    const words = this.data.words;
    const sentence = this.missing && this.phase === "idle" ? words[`trouble_${this.missing}`] : "";
    this.find("trouble").textContent = sentence;
    this.find("trouble").hidden = !sentence;
    if (sentence) this.find("live").dataset.missing = this.missing;
    else delete this.find("live").dataset.missing;
    this.find("start").textContent = sentence ? words.again : words.start;
    this.find("pause").textContent = this.phase === "paused" ? words.go_on : words.pause;
    this.find("note").textContent = words[this.phase] ?? "";
    this.say(sentence || words[this.phase] || words.is_on, { now: true });
  }

  end() {
    this.stop("idle");
    this.ended.abort();
  }
}

function reason(error) {
  if (["NotAllowedError", "SecurityError"].includes(error.name)) return "denied";
  if (["NotFoundError", "OverconstrainedError"].includes(error.name)) return "no_camera";
  return "in_use";
}

export default function (told) {
  const root = told.parentElement;
  if (!LIVES.has(root)) LIVES.set(root, new Live(root));
  LIVES.get(root).told(told);
  // Streamlit also cleans up after a call that a newer one has overtaken; then the page is still there.
  return () => setTimeout(() => {
    if (root.isConnected) return;
    LIVES.get(root)?.end();
    LIVES.delete(root);
  });
}
