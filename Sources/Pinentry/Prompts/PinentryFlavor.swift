// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How a pinentry is asked for a yes, so that pressing Return at once, and closing the window, both say no.
///
/// What each flavour does with Return was read in its source (pinentry 1.1.0 to 1.3.2).
enum PinentryFlavor: Hashable, Sendable {
    /// curses: Return presses the first button, and 'not confirmed' is told apart from 'cancelled'. The first button refuses,
    /// the second allows.
    case refusalFirst
    /// Qt, GTK 2 and tty: Return presses the cancelling button, or no button at all. The affirmative button allows.
    case refusalByDefault
    /// GNOME 3, and whatever is not known: Return presses the affirmative button, and no other can be told from closing
    /// the window. The person types a word to allow.
    case typedWord

    /// The flavour by the answer to `GETINFO flavor`, such as `gtk2` or `gnome3:curses`.
    init(_ name: String) {
        let shown = name.split(separator: ":").last.map(String.init) ?? ""
        switch shown {
        case "curses": self = .refusalFirst
        case "tty", "gtk2", "gtk-2", "qt", "qt4", "qt5", "qt6": self = .refusalByDefault
        default: self = .typedWord
        }
    }
}
