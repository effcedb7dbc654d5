// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// The language that the page speaks. Texts are in English in the sources; another language is a file of translations by them.

let translations = {};

// Makes the page speak a language: what stands on it at once, the rest as it is shown. Where that fails it stays English.
export async function speak(language) {
  if (!language || language === document.documentElement.lang) return;
  try {
    translations = language === "en" ? {} : (await import(`./texts.${language}.js`)).default;
  } catch {
    return;
  }
  document.documentElement.lang = language;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const [, before, text, after] = /^(\s*)(.*?)(\s*)$/s.exec(node.data);
    const translation = translations[text.replace(/\s+/g, " ")];
    if (translation !== undefined) node.data = before + translation + after;
  }
}

// A text in the page's language, its places `{0}` and so on filled with values, which are never translated.
export function t(text, ...values) {
  return (translations[text] ?? text).replace(/\{(\d)\}/g, (place, index) => values[index] ?? place);
}

// A moment in the page's language; by default a day.
export function moment(seconds, options = { dateStyle: "long" }) {
  return new Date(seconds * 1000).toLocaleString(document.documentElement.lang, options);
}
