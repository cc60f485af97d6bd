// What frameworks make of an object that is kept in their state, as a rule a proxy of it.
import Alpine from "alpinejs";
import { createPinia, defineStore } from "pinia";
import { createMutable, createStore } from "solid-js/store";
import { proxy } from "valtio/vanilla";
import { createApp, reactive, readonly, ref, shallowReactive } from "vue";
import { keep } from "./keep.svelte.js";

const useStore = defineStore("kept", { state: () => ({ kept: undefined }) });

/** A proxy that makes proxies of what it gives out, too. */
const membrane = (target) =>
  new Proxy(target, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver);
      const isOwn = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
      return isOwn && !Object.isFrozen(value) ? membrane(value) : value;
    },
  });

export const wraps = {
  "a proxy": (value) => new Proxy(value, {}),
  "a deep proxy": membrane,
  "Vue reactive": (kept) => reactive({ kept }).kept,
  "Vue ref": (kept) => ref(kept).value,
  "Vue readonly": (kept) => readonly(reactive({ kept })).kept,
  "Vue shallowReactive": (kept) => shallowReactive({ kept }).kept,
  Pinia: (kept) => {
    const pinia = createPinia();
    createApp({}).use(pinia);
    const store = useStore(pinia);
    store.kept = kept;
    return store.kept;
  },
  Alpine: (kept) => Alpine.reactive({ kept }).kept,
  Svelte: keep,
  "Solid store": (kept) => createStore({ kept })[0].kept,
  "Solid mutable": (kept) => createMutable({ kept }).kept,
  valtio: (kept) => proxy({ kept }).kept,
};
