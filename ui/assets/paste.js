// A picture that is pasted, or dropped beside the drop zone, goes the way of one that was dropped on it.
export default function () {
  const ended = new AbortController();
  const options = { signal: ended.signal };
  const zone = () => document.querySelector('[data-testid="stFileUploaderDropzoneInput"]');

  const hand = (files) => {
    const input = zone();
    if (!input || input.disabled || !files.length) return;
    const carrier = new DataTransfer();
    files.forEach((file) => carrier.items.add(file));
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const besideTheZone = (event) =>
    event.dataTransfer?.types.includes("Files") && !event.target.closest?.('[data-testid="stFileUploader"]');

  document.addEventListener("paste", (event) => {
    const pictures = [...(event.clipboardData?.files ?? [])];
    if (pictures.length) {
      event.preventDefault();
      hand(pictures);
    }
  }, options);
  document.addEventListener("dragover", (event) => besideTheZone(event) && event.preventDefault(), options);
  document.addEventListener("drop", (event) => {
    if (!besideTheZone(event)) return;
    event.preventDefault();
    hand([...event.dataTransfer.files]);
  }, options);

  return () => ended.abort();
}
