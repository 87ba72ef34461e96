// The camera as a scanner, where the browser reads codes by itself; elsewhere its button does not appear.
"use strict";

function can_see() {
  return "BarcodeDetector" in window && Boolean(navigator.mediaDevices);
}

// Opens with a picture of what is before the phone, and closes with the first code in it.
async function openCamera(dialog, found) {
  const video = dialog.querySelector("video");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    toast("The camera cannot be used here; type the code instead.", true);
    return;
  }
  const detector = new BarcodeDetector();
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  dialog.addEventListener("close", stop, { once: true });
  dialog.showModal();
  video.srcObject = stream;
  await video.play();
  while (dialog.open) {
    const codes = await detector.detect(video).catch(() => []);
    if (codes.length) {
      found(codes[0].rawValue);
      dialog.close();
    }
    await new Promise((next) => requestAnimationFrame(next));
  }
}

for (const button of document.querySelectorAll("button[data-camera]")) {
  button.hidden = !can_see();
  button.addEventListener("click", () => openCamera(document.getElementById("camera"), (code) => {
    button.form.elements.code.value = code;
    button.form.requestSubmit();
  }));
}
