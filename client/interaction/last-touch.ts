let touchedAt = Number.NEGATIVE_INFINITY;
for (const type of ['pointermove', 'pointerdown', 'click', 'keydown', 'change'])
  globalThis.addEventListener(
    type,
    () => {
      touchedAt = performance.now();
    },
    { capture: true, passive: true },
  );

/** Time since the last input by mouse, touch or keyboard, ms. */
export const sinceTouch = (): number => performance.now() - touchedAt;
