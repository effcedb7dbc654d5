// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cryptography
import Dispatch
import Glibc
import VirtualAuthenticator

/// Serves a security key to other programs until its input ends.
struct FIDO2Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fido2", abstract: "A security key for other programs; see preload/fido2.c.",
        discussion: """
            Prints 'ready NUMBER'. Then each line of its input is a command: touch, touch auto|hand|never, finger right|wrong, \
            unplug, plug, pin PIN, counter OFFSET. Each is answered by 'ok', or by 'waiting'/'idle' to 'state'.
            """)

    @Option(help: "The number that it is found by; any that is free by default.") var number: UInt16 = 0
    @Option(help: "What the key calls itself.") var product = "Virtual Key"
    @Option(help: "modern, ctap20, u2f or fingerprint.") var model = "modern"
    @Option(help: "auto, hand or never.") var touch = "auto"
    @Option(help: "packed, self or none.") var attestation = "packed"
    @Option(help: "JOSE names of its algorithms, with commas between.") var algorithms = "ES256,EdDSA,RS256"
    @Option(help: "PIN/UV auth protocols, with commas between.") var pinProtocols: String?
    @Option(help: "A PIN that is set already.") var pin: String?
    @Flag(help: "Only verified persons can use it.") var alwaysUv = false
    @Option(help: "A file for the attestation's root certificate, in DER.") var root: String?
    @Option(help: "The port of a reader of vsmartcard's driver, to lie there as a card instead of serving programs.")
    var reader: UInt16?
    @Option(help: "How many seconds it waits for a touch.") var touchTimeout = 30

    func run() throws {
        let key = VirtualAuthenticator(try chosenModel())
        key.set(pin: pin)
        guard perform("touch \(touch)", key, nil) != nil else { throw ValidationError("no such touch: \(touch)") }
        if let root { try write(key.identity.root, to: root) }
        if let reader {
            let link = VirtualReaderLink(key)
            DispatchQueue(label: "reader").async {
                while true {
                    if key.isPluggedIn { _ = link.serve(port: reader) }
                    usleep(100_000)
                }
            }
            say("ready \(reader)")
            while let line = readLine() { say(perform(line, key, nil) ?? "unknown") }
            return
        }
        let server = PacketServer(key)
        guard server.start(number: number) else { throw ValidationError("number \(number) cannot be had") }
        makeNode(for: server)
        say("ready \(server.number)")
        while let line = readLine() { say(perform(line, key, server) ?? "unknown") }
    }

    private func chosenModel() throws -> VirtualKeyModel {
        let models = [
            "modern": VirtualKeyModel(), "ctap20": .ctap20, "u2f": .u2f, "fingerprint": .fingerprint,
        ]
        guard var chosen = models[model], let attestation = VirtualKeyModel.Attestation(rawValue: attestation) else {
            throw ValidationError("no such model or attestation")
        }
        chosen.product = product
        chosen.attestation = attestation
        chosen.isAlwaysVerifying = alwaysUv
        chosen.touchTimeout = .seconds(touchTimeout)
        chosen.algorithms = algorithms.split(separator: ",").compactMap { SignatureAlgorithm(rawValue: String($0)) }
        if let pinProtocols { chosen.pinProtocols = pinProtocols.split(separator: ",").compactMap { Int($0) } }
        return chosen
    }

    private func perform(_ line: String, _ key: VirtualAuthenticator, _ server: PacketServer?) -> String? {
        let words = line.split(separator: " ").map(String.init)
        switch (words.first, words.dropFirst().first) {
        case ("touch", nil): key.touch()
        case ("touch", let how?):
            guard let touch = VirtualAuthenticator.Touch(rawValue: how) else { return nil }
            key.set { $0.touch = touch }
        case ("finger", let which?): key.set { $0.isRightFinger = which == "right" }
        case ("unplug", nil):
            key.unplug()
            if let server { unlink(node(of: server)) }
        case ("plug", nil):
            key.plug()
            guard let server else { break }
            guard server.start(number: server.number) else { return nil }
            makeNode(for: server)
        case ("pin", let pin?): key.set(pin: pin)
        case ("counter", let offset?): key.set(counterOffset: Int32(offset) ?? 0)
        case ("state", nil): return key.isWaiting ? "waiting" : "idle"
        default: return nil
        }
        return "ok"
    }

    /// What stands for the key while it is plugged in, as a node in /dev would; see preload/fido2.c.
    private func node(of server: PacketServer) -> String { "/tmp/countersign-virtual-key-\(server.number)" }

    /// Makes the node anew. Another user's, of a key that had this number before and was killed, has to do.
    private func makeNode(for server: PacketServer) {
        unlink(node(of: server))
        close(open(node(of: server), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644))
    }

    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0, Glibc.write(file, bytes, bytes.count) == bytes.count, close(file) == 0 else {
            throw ValidationError("cannot write \(path)")
        }
    }
}
