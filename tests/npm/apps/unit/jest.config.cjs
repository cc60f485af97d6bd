// As it is made, but for the names of the tests.
module.exports = { testEnvironment: "jsdom", testMatch: ["**/*.jest.cjs"] };
