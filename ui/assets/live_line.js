// The way of a frame: from the video to the server as JPEG, and back as boxes. Few are under way at once, so that a
// slow machine gets fewer frames and never older ones.
const LONGEST_PX = 640, UNDER_WAY = 2, LEAST_MS = 45, QUALITY = 0.8, RECENT = 40, OPEN_MS = 15000;
const CLOSED = { 4001: "busy", 4002: "no_model", 4004: "lost", 4005: "gave_way" };

class Line {
  constructor(visit, { ready, heard, lost }) {
    Object.assign(this, { ready, heard, lost, sent: [], delays: [], last: 0, packing: false, over: false, open: false });
    this.canvas = document.createElement("canvas");
    const address = new URL("live/frames", document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(address);
    this.socket.onopen = () => this.socket.send(visit);
    this.socket.onmessage = (message) => this.take(JSON.parse(message.data));
    this.socket.onclose = (event) => {
      if (!this.over) lost(CLOSED[event.code] ?? (this.open ? "lost" : "blocked"));
      this.end();
    };
    this.patience = setTimeout(() => !this.open && this.socket.readyState !== WebSocket.OPEN && this.socket.close(), OPEN_MS);
  }

  take(answer) {
    if (answer.ready) {
      this.open = true;
      this.ready();
      return;
    }
    const at = this.sent.shift();
    if (!answer.faces) return;
    this.heard(answer, at);
    requestAnimationFrame(() => {  // which draws it
      this.delays.push(performance.now() - at);
      if (this.delays.length > RECENT) this.delays.shift();
    });
  }

  // The half of the delays are shorter than this.
  delay() {
    const sorted = [...this.delays].sort((one, two) => one - two);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  }

  offer(video) {
    const now = performance.now();
    if (!this.open || this.packing || this.sent.length >= UNDER_WAY || now - this.last < LEAST_MS) return;
    const { videoWidth: width, videoHeight: height } = video;
    if (!width) return;
    const factor = Math.min(1, LONGEST_PX / Math.max(width, height));
    this.canvas.width = Math.round(width * factor);
    this.canvas.height = Math.round(height * factor);
    this.canvas.getContext("2d", { willReadFrequently: true })
      .drawImage(video, 0, 0, this.canvas.width, this.canvas.height);
    this.last = now;
    this.packing = true;
    this.canvas.toBlob((frame) => {
      this.packing = false;
      if (!frame || this.over || this.socket.readyState !== WebSocket.OPEN) return;
      this.sent.push(now);
      this.socket.send(frame);
    }, "image/jpeg", QUALITY);
  }

  end() {
    this.over = true;
    clearTimeout(this.patience);
    this.socket.close();
  }
}

