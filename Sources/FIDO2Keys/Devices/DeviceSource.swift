// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Where security keys come from. The machine's own are the default; tests bring theirs.
package protocol DeviceSource: Sendable {
    /// What is there now. May block.
    ///
    /// - Throws: ``DeviceKeyError`` with the code `permissionDenied` where there are keys that this user may not open, and no
    ///   others.
    func devices() throws -> [DeviceEntry]
}

/// A security key that is there, not opened yet.
package struct DeviceEntry: Sendable {
    /// Its name among all that are there.
    package var path: String
    /// What the key calls itself; cleaned for a person, and bounded.
    package var product: String
    /// Its maker's name; cleaned for a person, and bounded.
    package var manufacturer: String
    /// Its serial number, where the maker tells it over USB.
    package var serial: String?
    /// What tells it from another at the same path; `nil` where nothing does, as on a reader.
    package var node: DeviceNode?
    /// How it is spoken to.
    package var link: DeviceLink

    /// An entry.
    package init(
        path: String, product: String, manufacturer: String = "", serial: String? = nil, node: DeviceNode? = nil,
        link: DeviceLink
    ) {
        self.path = path
        self.node = node
        self.product = Self.cleaned(product)
        self.manufacturer = Self.cleaned(manufacturer)
        self.serial = serial.map(Self.cleaned)
        self.link = link
    }

    /// Whether the key was unplugged since it was found, though another may have its path by now.
    var isUnplugged: Bool { node.map { DeviceNode(path: path) != $0 } ?? false }

    /// The name that a person sees.
    package var name: String { product.isEmpty ? path : product }

    /// Text of a device's own without what is not to be shown, and not too much of it.
    static func cleaned(_ text: String) -> String {
        let shown = text.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        // Characters may have any number of scalars.
        return String(String.UnicodeScalarView(shown.prefix(64)))
    }
}

/// How a security key is spoken to.
package enum DeviceLink: Sendable {
    /// By libfido2's own driver, by the entry's path.
    case library
    /// By CTAPHID reports (CTAP 2.1 §11.2) over a channel that this opens; `nil` where it cannot.
    case reports(@Sendable () -> (any ReportChannel)?)
    /// By APDUs (CTAP 2.1 §11.3) over a channel that this opens; `nil` where it cannot.
    case card(@Sendable () -> (any CardChannel)?)
}

/// Carries CTAPHID reports of 64 bytes. Every function may block; ``write(_:)`` is called by another thread as well, to cancel.
package protocol ReportChannel: AnyObject, Sendable {
    /// The next report.
    ///
    /// - Parameter timeout: `nil` for no limit.
    /// - Returns: `nil` when the time is over or the key is gone.
    func read(timeout: Duration?) -> [UInt8]?

    /// Sends a report; false where the key is gone.
    func write(_ report: [UInt8]) -> Bool

    /// Ends the channel.
    func close()
}

/// Carries APDUs of ISO/IEC 7816-4. Every function may block, and none is called while another is.
package protocol CardChannel: AnyObject, Sendable {
    /// The answer to a command, its status word last.
    ///
    /// - Returns: `nil` where the card is gone.
    func transmit(_ command: [UInt8]) -> [UInt8]?

    /// Ends the channel; the card stays as it is.
    func close()
}
