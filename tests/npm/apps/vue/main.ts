// The composables of fader/vue, without a template's compiler.
import { useConnection, useLive, useTopic } from "fader/vue";
import { createApp, h, onMounted, ref, shallowRef } from "vue";
import type { Api } from "../../api.ts";

const Panel = {
  setup() {
    const { client, state } = useConnection<Api & { topics: { nothing: string } }>("/fader");
    const { state: area, live } = useLive(client, "area", { width: 2, height: 3 });
    const { events } = useTopic(client, "ticks", { keep: 3 });
    const { error } = useTopic(client, "nothing");
    const slider = shallowRef<HTMLInputElement>();
    onMounted(() => slider.value && live.bind(slider.value, "width"));
    return () => [
      h("output", { "data-testid": "state" }, state.value.name),
      h("input", { ref: slider, type: "range", max: 10 }),
      h("input", {
        "data-testid": "height",
        value: area.value.model.height,
        onInput: ({ target }: { target: HTMLInputElement }) => live.set({ height: Number(target.value) }),
      }),
      h("output", { "data-testid": "area" }, area.value.result?.area),
      h("button", { onClick: () => [1, 2, 3, 4].forEach((price) => void client.value?.publish("ticks", { price })) }, "Publish"),
      h("output", { "data-testid": "ticks" }, events.value.map(({ price }) => price).join(" ")),
      h("output", { "data-testid": "error" }, String(error.value)),
    ];
  },
};

const isShown = ref(true);
createApp({
  setup: () => () => [h("button", { onClick: () => (isShown.value = !isShown.value) }, "Toggle"), isShown.value ? h(Panel) : null],
}).mount("#root");
