// Reads the QR code in a picture, apart from the page, which stays alive meanwhile.
import decodeQR from "qr/decode.js";

// Bytes as they stand in the code: bills are in windows-1251 too, which no decoder of text would guess.
const asLatin = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const asBytes = (text) =>
  /[^\x00-\xff]/.test(text) ? new TextEncoder().encode(text) : Uint8Array.from(text, (char) => char.charCodeAt(0));

addEventListener("message", ({ data: { id, width, height, pixels } }) => {
  let seen = false;
  let bytes = null;
  try {
    const picture = { width, height, data: new Uint8ClampedArray(pixels) };
    bytes = asBytes(decodeQR(picture, { textDecoder: asLatin, pointsOnDetect: () => { seen = true; } }));
  } catch { /* No code in this one. */ }
  postMessage({ id, bytes, seen });
});
