export default {
  rewrites: () => [{ source: "/fader", destination: new URL("fader", process.env.FADER_SERVER).href }],
  // There are other lock files above.
  turbopack: { root: import.meta.dirname },
};
