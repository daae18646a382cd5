// Asks for the camera once a turn, says what came of it, and lets go of the camera, also of one that shows nothing.
const ASKED = new WeakMap();
const PATIENCE_MS = 20000;
const MISSING = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no_camera", OverconstrainedError: "no_camera",
};

async function lookedAt(late) {
  if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) return "insecure";
  const video = document.createElement("video");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "user" } });
    Object.assign(video, { srcObject: stream, muted: true });
    await Promise.race([video.play(), late]);
    return video.videoWidth ? "works" : "in_use";
  } catch (error) {
    return MISSING[error.name] ?? "in_use";
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  }
}

export default function ({ data, parentElement, setStateValue }) {
  if (ASKED.get(parentElement) === data.turn) return;
  ASKED.set(parentElement, data.turn);
  const said = parentElement.querySelector("[data-part=said]");
  Object.assign(said, { textContent: data.asking, hidden: false });
  let open = true;
  const tell = (word) => {
    if (!open || ASKED.get(parentElement) !== data.turn) return;
    open = false;
    said.hidden = true;
    setStateValue("answer", { turn: data.turn, word });
  };
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, "unanswered"));
  Promise.race([lookedAt(late), late]).then(tell);
}
