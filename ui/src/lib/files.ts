// Files to and from the person's disk.

/** Characters that a file name may not have anywhere. */
const FORBIDDEN = /[\p{C}/\\:*?"<>|]/gu;

/** Offers a file for saving. The name may come from somebody else. */
export function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(FORBIDDEN, "_").slice(-120) || "file";
  link.click();
  // The browser has taken the address when the click returns; Safari needs it a little longer.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
