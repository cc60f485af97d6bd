/** What Svelte makes of a value in its state. */
export function keep(value) {
  const state = $state({ kept: value });
  return state.kept;
}
