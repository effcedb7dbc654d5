// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import MessageBus
import Testing

@testable import Pinentry

@Suite struct DisplayTextTests {
    @Test(arguments: [
        ("Example", "Example"), ("", ""), ("  a   b  ", "a b"), ("a\nb\r\nc", "a b c"), ("a\u{2028}b", "a b"),
        ("a\u{0}\u{7}\u{1B}[31mb", "a[31mb"), ("moc.elpmaxe\u{202E}evil", "moc.elpmaxeevil"),
        ("\u{2066}x\u{2069}\u{200F}\u{061C}", "x"), ("pay\u{200B}pal\u{FEFF}", "paypal"), ("a\u{E000}b", "ab"),
        ("Grüße 日本 👍", "Grüße 日本 👍"), ("a\u{3164}b", "ab"),
    ])
    func whatMisleadsIsTakenOut(text: String, shown: String) {
        #expect(DisplayText(text).description == shown)
    }

    @Test func longTextsAreCut() {
        #expect(DisplayText("abcdefgh", limit: 8).description == "abcdefgh")
        #expect(DisplayText("abcdefghi", limit: 8).description == "abcdefg…")
    }

    @Test func manyMarksOnOneLetterAreCutToo() {
        let tower = "a" + String(repeating: "\u{301}", count: 10000)
        #expect(DisplayText(tower, limit: 10).description.utf8.count <= 23)
    }

    @Test(arguments: [
        ("a%b", "a%25b"), ("a\r\nb", "a%0D%0Ab"), ("%0A", "%250A"), ("ä", "ä"),
    ])
    func commandsAreEscaped(text: String, escaped: String) {
        #expect(AssuanText.escape(text) == escaped)
    }

    @Test(arguments: [("a%25b", "a%b"), ("%0d%0A", "\r\n"), ("", ""), ("plain", "plain")])
    func dataAreUnescaped(text: String, plain: String) {
        var bytes = Array(text.utf8)
        let count = bytes.withUnsafeMutableBytes { AssuanText.unescape($0) }
        #expect(count.map { String(decoding: bytes[..<$0], as: UTF8.self) } == plain)
    }

    @Test(arguments: ["%", "%2", "%zz", "a%"])
    func brokenEscapesAreRefused(text: String) {
        var bytes = Array(text.utf8)
        let count = bytes.withUnsafeMutableBytes { AssuanText.unescape($0) }
        #expect(count == nil)
    }

    @Test(
        arguments: [
            ("curses", .refusalFirst), ("gtk2:curses", .refusalFirst), ("gnome3:curses", .refusalFirst),
            ("tty", .refusalByDefault), ("qt", .refusalByDefault), ("gtk2", .refusalByDefault), ("gnome3", .typedWord),
            ("", .typedWord), ("fltk", .typedWord), ("something-new", .typedWord),
        ] as [(String, PinentryFlavor)])
    func flavoursAreAskedTheirWay(name: String, flavor: PinentryFlavor) {
        #expect(PinentryFlavor(name) == flavor)
    }

    @Test(arguments: [
        ("pts/1", "xterm", ""), ("/dev/../etc/passwd", "xterm", ""), ("/dev/pts/1 x", "xterm", ""),
        ("/dev/pts/1\n", "xterm", ""), ("/dev/pts/1", "", ""), ("/dev/pts/1", "xterm", "C\nOPTION x"),
    ])
    func terminalsWithOtherNamesAreRefused(name: String, type: String, characterType: String) {
        #expect(PromptSurface.Terminal(name: name, type: type, characterType: characterType) == nil)
    }

    @Test func variablesOfTheUserManagerAreRead() {
        let list = BusValue.list(["DISPLAY=:0", "nonsense", "WAYLAND_DISPLAY=a=b", "E="].map(BusValue.string))
        #expect(
            DesktopEnvironment.variables(of: list) == ["DISPLAY": ":0", "WAYLAND_DISPLAY": "a=b", "E": ""])
        #expect(DesktopEnvironment.variables(of: .string("DISPLAY=:0")).isEmpty)
    }
}
