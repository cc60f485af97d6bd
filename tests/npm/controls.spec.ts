import type { Live } from "fader";
import { bench } from "./support/bench.ts";
import { expect, test } from "./support/test.ts";

test.beforeEach(({ page }) => bench(page));

test("what a control holds when it says that it is final counts, also where no input was reported", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const group = await openGroup({ level: 50, count: 5, name: "a", colour: "#000000", day: "2026-01-01", note: "" });
    const cases: [HTMLInputElement, string, string][] = [
      [make("range"), "level", "77"],
      [make("number"), "count", "7"],
      [make("text"), "name", "b"],
      [make("color"), "colour", "#ff0000"],
      [make("date"), "day", "2026-02-03"],
    ];
    const values = [];
    for (const [element, key, value] of cases) {
      commits.length = 0;
      group.bind(element, key);
      element.value = value;
      fire(element, "change");
      await turn();
      values.push([element.value, group.state.model[key], [...commits]]);
    }
    return values;
  });
  expect(seen).toEqual([
    ["77", 77, [{ level: 77 }]],
    ["7", 7, [{ count: 7 }]],
    ["b", "b", [{ name: "b" }]],
    ["#ff0000", "#ff0000", [{ colour: "#ff0000" }]],
    ["2026-02-03", "2026-02-03", [{ day: "2026-02-03" }]],
  ]);
});

test("input that no change follows becomes final by itself, and then values from elsewhere show", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const values = [];
    for (const type of ["range", "number"]) {
      const group = await openGroup({ width: 50 });
      const element = make(type);
      group.bind(element, "width");
      for (let value = 51; value < 60; value += 1) {
        element.value = String(value);
        fire(element, "input");
        await turn();
      }
      const during = group.state.gesture;
      await until(() => commits.length > 0);
      push({ width: 30 });
      await until(() => element.value === "30");
      values.push([during, group.state.gesture, commits.length, group.state.model["width"]]);
      group.close();
    }
    return values;
  });
  expect(seen).toEqual([
    [true, false, 1, 30],
    [true, false, 1, 30],
  ]);
});

test("a field that a person is editing is theirs, whatever arrives meanwhile", async ({ page }) => {
  await page.evaluate(async () => {
    const group = await openGroup({ width: 50, height: 2 });
    group.bind(make("number", { id: "field" }), "width");
    Object.assign(globalThis, { group });
  });
  const field = page.locator("#field");
  const elsewhere = (patch: object) =>
    page.evaluate(async (patch) => {
      push(patch as Record<string, unknown>);
      await turn();
    }, patch);
  await field.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await elsewhere({ height: 44 });
  await expect(field).toHaveValue("");
  await elsewhere({ width: 33 });
  await expect(field).toHaveValue("");
  // Longer than a control waits that nobody edits.
  await page.evaluate(() => sleep(800));
  expect(await page.evaluate(() => patches.filter((patch) => "width" in patch))).toEqual([]);
  await page.keyboard.type("7");
  await page.evaluate(() => sleep(800));
  expect(await page.evaluate(() => commits)).toEqual([]);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => commits.length)).toBe(1);
  await expect(field).toHaveValue("7");

  for (const unfinished of ["-", "1e"]) {
    await page.keyboard.press("Control+a");
    await page.keyboard.type(unfinished.slice(0, 1));
    if (unfinished.length > 1) await page.keyboard.type(unfinished.slice(1));
    await elsewhere({ height: 45 });
    await page.keyboard.type("5");
    await page.evaluate(() => turn());
    await expect(field).toHaveValue(unfinished + "5");
    await page.keyboard.press("Backspace");
    // Left unfinished, it shows the model again.
    await field.blur();
    const model = await page.evaluate(() => (globalThis as unknown as { group: Live<{ width: number }, unknown> }).group.state.model.width);
    await expect(field).toHaveValue(String(model));
    await field.focus();
  }
});

test("a form that is reset is a change", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const group = await openGroup({ width: 80, on: true, mode: "b", note: "x" });
    document.body.insertAdjacentHTML(
      "beforeend",
      `<form><input id="w" type="range" value="20"><input id="o" type="checkbox">
        <select id="m"><option>a<option>b</select><textarea id="n">old</textarea><button type="reset" id="clear"></button></form>`,
    );
    const element = (id: string) => document.getElementById(id) as HTMLInputElement;
    for (const [id, key] of Object.entries({ w: "width", o: "on", m: "mode", n: "note" })) group.bind(element(id), key);
    const shown = () => [element("w").value, element("o").checked, element("m").value, element("n").value];
    const before = shown();
    element("clear").click();
    await sleep(200);
    const after = [shown(), group.state.model, Object.assign({}, ...commits), group.state.gesture];
    // One that the page prevents is none.
    group.set({ width: 80 });
    await sleep(200);
    commits.length = 0;
    document.addEventListener("reset", (event) => event.preventDefault(), { once: true });
    (document.querySelector("form") as HTMLFormElement).reset();
    await sleep(200);
    return [before, ...after, element("w").value, commits];
  });
  const reset = { width: 20, on: false, mode: "a", note: "old" };
  expect(seen).toEqual([["80", true, "b", "x"], ["20", false, "a", "old"], reset, reset, false, "80", []]);
});

test("a control whose limits change shows the model again, and what it held meanwhile is not sent", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const group = await openGroup({ width: 500, mode: "c" });
    const slider = make("range");
    group.bind(slider, "width");
    const clamped = slider.value;
    fire(slider, "pointerdown");
    fire(slider, "pointerup");
    fire(slider, "change");
    slider.max = "1000";
    await turn();
    const raised = slider.value;
    slider.max = "100";
    await turn();
    slider.max = "1000";
    await turn();
    const sent = [...patches];
    slider.stepUp();
    fire(slider, "input");
    fire(slider, "change");
    await turn();
    const stepped = group.state.model["width"];
    slider.step = "10";
    await turn();
    slider.step = "1";
    await turn();
    const again = slider.value;

    // Options that come later.
    const select = make<HTMLSelectElement>("", {}, "select");
    group.bind(select, "mode");
    select.innerHTML = "<option>a<option>b<option>c";
    await turn();
    // Clamped in the middle of a drag, it is not what the person chose.
    commits.length = 0;
    fire(slider, "pointerdown");
    slider.value = "600";
    fire(slider, "input");
    slider.max = "550";
    await turn();
    fire(slider, "pointerup");
    fire(slider, "change");
    await turn();
    return [clamped, raised, sent, stepped, again, select.value, group.state.model["width"]];
  });
  expect(seen).toEqual(["100", "500", [], 501, "501", "c", 600]);
});

test("ten clicks on a spin button are one commit", async ({ page }) => {
  await page.evaluate(async () => {
    const group = await openGroup({ width: 50 });
    const field = make("number", { id: "field", style: "position:fixed;left:0;top:0;width:120px;height:40px;margin:0" });
    group.bind(field, "width");
  });
  await page.mouse.move(115, 18);
  for (let i = 0; i < 10; i += 1) {
    await page.mouse.down();
    await page.mouse.up();
  }
  await expect(page.locator("#field")).toHaveValue("60");
  await page.evaluate(() => until(() => commits.length > 0));
  await page.evaluate(() => sleep(700));
  expect(await page.evaluate(() => commits.length)).toBe(1);
});

test("a tall slider in a scroll box is pressed where it is", async ({ page }) => {
  await page.evaluate(async () => {
    const group = await openGroup({ width: 50 });
    const box = make("", { id: "box", style: "position:fixed;top:0;left:0;height:250px;width:200px;overflow:auto" }, "div");
    const style = "writing-mode:vertical-lr;direction:rtl;height:600px;display:block";
    box.append(make("", { style: "height:200px" }, "div"), make("range", { id: "v", style }));
    group.bind(document.getElementById("v") as HTMLInputElement, "width");
  });
  const slider = (await page.locator("#v").boundingBox())!;
  await page.mouse.move(slider.x + slider.width / 2, 240);
  await page.mouse.down();
  await page.mouse.up();
  expect(await page.evaluate(() => document.getElementById("box")!.scrollTop)).toBe(0);
  expect(Number(await page.locator("#v").inputValue())).toBeGreaterThan(85);
});

test("the kind of an element and the JSON type of its key decide how they are bound", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const group = await openGroup({ mute: false, mode: "a", rate: 44_100, name: "x", note: "", at: "10:00" });
    const mute = make("checkbox");
    group.bind(mute, "mute");
    const radios = ["a", "b", "c"].map((value) => make("radio", { name: "mode", value }));
    for (const radio of radios) group.bind(radio, "mode");
    const rate = make<HTMLSelectElement>("", {}, "select");
    rate.innerHTML = "<option>44100</option><option>48000</option>";
    group.bind(rate, "rate");
    const [name, note, at] = [make("text"), make<HTMLTextAreaElement>("", {}, "textarea"), make("time")];
    group.bind(name, "name");
    group.bind(note, "note");
    group.bind(at, "at");
    const checked = () => [mute.checked, radios.map((radio) => radio.checked).join(), rate.value, name.value, note.value, at.value];
    const values = radios.map((radio) => radio.value);
    const first = checked();
    mute.click();
    radios[1]!.click();
    rate.value = "48000";
    fire(rate, "input");
    fire(rate, "change");
    note.value = "two\nlines";
    fire(note, "change");
    await turn();
    const model = group.state.model;
    await sleep(50);
    push({ mute: false, mode: "c", rate: 44_100, at: "11:30" });
    await turn();
    return { values, first, model, commits: commits.length > 0, last: checked() };
  });
  expect(seen).toEqual({
    values: ["a", "b", "c"],
    first: [false, "true,false,false", "44100", "x", "", "10:00"],
    model: { mute: true, mode: "b", rate: 48_000, name: "x", note: "two\nlines", at: "10:00" },
    commits: true,
    last: [false, "false,false,true", "44100", "x", "two\nlines", "11:30"],
  });
});

test("what cannot be bound is refused by name, and leaves nothing behind", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const group = await openGroup({ n: 5, mode: "a", on: true, list: [1] });
    const multiple = make("", { multiple: "" }, "select");
    const frame = make<HTMLIFrameElement>("", {}, "iframe");
    const attempts: [unknown, string][] = [
      [null, "n"],
      [{}, "n"],
      ["#slider", "n"],
      [document, "n"],
      [document.createTextNode("a"), "n"],
      [make("", {}, "div"), "n"],
      [make("file"), "mode"],
      [make("submit"), "mode"],
      [make("text"), "n"],
      [make("range"), "mode"],
      [make("checkbox"), "mode"],
      [make("range"), "on"],
      [make("text"), "list"],
      [multiple, "mode"],
      [make("range"), "wdith"],
      [make("range"), undefined as never],
    ];
    const message = (attempt: () => unknown) => {
      try {
        attempt();
        return "no error";
      } catch (error) {
        return error instanceof fader.FaderError ? `${error.code}: ${error.message}` : `not ours: ${error}`;
      }
    };
    const messages = attempts.map(([element, key]) => message(() => group.bind(element as HTMLInputElement, key)));
    messages.push(message(() => group.begin("wdith")));
    for (let i = 0; i < 1_100; i += 1) {
      for (const bad of [null, make("file"), 5]) message(() => group.bind(bad as never, "mode"));
      for (const bad of [undefined, Symbol(), {}, [1]]) message(() => group.bind(make("range"), bad as never));
    }
    // Neither this group nor another one of the page minds.
    const other = await openGroup({ w: 1 });
    const inner = frame.contentDocument!.createElement("input");
    inner.type = "range";
    frame.contentDocument!.body.append(inner);
    other.bind(inner, "w");
    inner.value = "9";
    fire(inner, "change");
    await turn();
    group.close();
    const after = message(() => group.bind(inner, "n"));
    return { messages, after, committed: commits, model: other.state.model };
  });
  const element = (what: string) => `bad-argument: ${what} cannot be bound: it takes an <input>, a <select> or a <textarea>`;
  expect(seen.messages).toEqual([
    element("null"),
    element("[object Object]"),
    element("#slider"),
    element("[object HTMLDocument]"),
    element("[object Text]"),
    element("[object HTMLDivElement]"),
    'bad-argument: an <input type="file"> cannot be bound',
    'bad-argument: an <input type="submit"> cannot be bound',
    'bad-argument: an <input type="text"> holds text, but "n" is a number',
    'bad-argument: an <input type="range"> holds a number, but "mode" is a string',
    'bad-argument: an <input type="checkbox"> holds true or false, but "mode" is a string',
    'bad-argument: an <input type="range"> holds a number, but "on" is a boolean',
    'bad-argument: an <input type="text"> holds text, but "list" is an array',
    "bad-argument: a <select multiple> cannot be bound",
    'bad-argument: the live group has no key "wdith"; it has "list", "mode", "n", "on"',
    'bad-argument: the live group has no key "undefined"; it has "list", "mode", "n", "on"',
    'bad-argument: the live group has no key "wdith"; it has "list", "mode", "n", "on"',
  ]);
  expect(seen.after).toMatch(/^closed: /);
  expect([seen.committed, seen.model]).toEqual([[{ w: 9 }], { w: 9 }]);
});

test("a commit lets go of the keys that it names, and of no control that a person holds", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const group = await openGroup({ width: 1, height: 1 });
    group.begin("width");
    group.begin("height");
    group.set({ width: 2, height: 3 });
    await turn();
    group.commit("width");
    await turn();
    push({ width: 7, height: 8 });
    await turn();
    const one = { ...group.state.model, held: group.state.gesture };
    group.commit();
    await turn();
    const both = { ...group.state.model, held: group.state.gesture };

    const slider = make("range");
    group.bind(slider, "width");
    fire(slider, "pointerdown", { button: 0 });
    slider.value = "60";
    fire(slider, "input");
    group.commit();
    await turn();
    push({ width: 20 });
    await turn();
    const during = [group.state.model["width"], slider.value, group.state.gesture];
    commits.length = 0;
    fire(slider, "pointerup", { button: 0 });
    await turn();
    return { one, both, during, commits: commits.length, after: group.state.gesture };
  });
  expect(seen).toEqual({
    one: { width: 7, height: 3, held: true },
    both: { width: 7, height: 8, held: false },
    during: [60, "60", true],
    commits: 1,
    after: false,
  });
});

test("a hold whose pointer or control is gone ends at once, in one commit", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const losses: Record<string, (slider: HTMLInputElement) => void> = {
      "a release elsewhere": () => fire(document.body, "pointerup"),
      "a move without a button": (slider) => fire(slider, "pointermove", { buttons: 0 }),
      "a move elsewhere without a button": () => fire(document.body, "pointermove", { buttons: 0 }),
      inert: (slider) => (slider.inert = true),
      "an inert parent": (slider) => (slider.parentElement!.inert = true),
      disabled: (slider) => (slider.disabled = true),
      "a disabled fieldset": (slider) => (slider.closest("fieldset")!.disabled = true),
      removed: (slider) => slider.remove(),
      "a removed parent": (slider) => slider.closest("fieldset")!.remove(),
    };
    const ends: Record<string, unknown> = {};
    for (const [name, lose] of Object.entries(losses)) {
      const group = await openGroup({ width: 50 });
      const slider = make("range");
      const fieldset = make("", {}, "fieldset");
      fieldset.append(document.createElement("div"));
      fieldset.firstElementChild!.append(slider);
      group.bind(slider, "width");
      fire(slider, "pointerdown", { button: 0, buttons: 1 });
      slider.value = "60";
      fire(slider, "input");
      fire(slider, "pointermove", { buttons: 1 });
      await turn();
      const held = group.state.gesture;
      lose(slider);
      await turn();
      const after = group.state.gesture;
      fire(document.body, "pointerup");
      await sleep(600);
      ends[name] = [held, after, commits.length];
      group.close();
      fieldset.remove();
    }
    return ends;
  });
  expect(new Set(Object.values(seen).map(String)), JSON.stringify(seen)).toEqual(new Set(["true,false,1"]));
});

test("a control of the app's own makes gestures of pointer and keyboard", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const group = await openGroup({ width: 50, height: 1 });
    const slider = make("", { tabindex: "0" }, "div");
    const thumb = slider.appendChild(document.createElement("span"));
    const off = group.gesture(slider, "width");
    const held = () => group.state.gesture;
    const states = [];
    fire(thumb, "pointerdown", { button: 0, buttons: 1 });
    states.push(held());
    fire(thumb, "pointerup");
    await turn();
    states.push(held(), commits.length);

    fire(thumb, "pointerdown", { button: 0, buttons: 1 });
    group.set({ width: 60 });
    await turn();
    push({ width: 3, height: 9 });
    await turn();
    states.push({ ...group.state.model });
    fire(thumb, "keydown", { key: "Escape" });
    states.push({ ...group.state.model }, held());
    fire(thumb, "pointerup");
    await turn();

    commits.length = 0;
    for (let width = 61; width < 64; width += 1) {
      fire(thumb, "keydown", { key: "ArrowRight" });
      group.set({ width });
      fire(thumb, "keyup", { key: "ArrowRight" });
      await turn();
    }
    states.push(commits.length);
    await until(() => !held());
    await turn();
    states.push(commits.length);
    off();
    fire(thumb, "pointerdown", { button: 0, buttons: 1 });
    states.push(held());
    let message = "";
    try {
      group.gesture(slider, "wdith");
    } catch (error) {
      ({ message } = error as Error);
    }
    return [...states, message];
  });
  expect(seen).toEqual([
    true,
    false,
    0,
    { width: 60, height: 9 },
    { width: 50, height: 9 },
    false,
    0,
    1,
    false,
    'the live group has no key "wdith"; it has "height", "width"',
  ]);
});
