// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import MessageBus

/// Puts questions of the allow-list to services; blocks.
package protocol ServiceReader: Sendable {
    /// What a service answers.
    func answer(to question: ServiceQuestion) -> Result<BusValue, ServiceFailure>
}

/// Why a service gave no answer.
package enum ServiceFailure: BusFailure, Hashable, Sendable {
    /// There is no bus.
    case noBus
    /// The service does not run.
    case notRunning
    /// It did not answer in time.
    case timedOut
    /// It refused, by the error's name.
    case refused(String)
    /// It answered what does not belong there.
    case malformed
    /// A folder stands for the machine, which has no services.
    case notLive

    package init(_ problem: BusProblem) {
        switch problem {
        case .noBus: self = .noBus
        case .noService: self = .notRunning
        case .noReply: self = .timedOut
        case .refused(_, let error): self = .refused(error)
        case .malformed: self = .malformed
        }
    }

    /// The failure as the end of a sentence that begins with the service.
    package var predicate: String {
        switch self {
        case .noBus: "cannot be asked: there is no message bus"
        case .notRunning: "does not run"
        case .timedOut: "did not answer in time"
        case .refused(let error): "refused to answer (\(error))"
        case .malformed: "gave an answer that does not belong there"
        case .notLive: "can be asked on a live system only"
        }
    }
}

/// Asks on the machine's bus and on the person's, a connection each question.
package struct BusServiceReader: ServiceReader {
    /// How long one service may take.
    private static let limit = Duration.seconds(1)

    private let systemBus: String?
    private let sessionBus: String?

    /// A reader.
    ///
    /// - Parameters:
    ///   - systemBus: the address of the machine's bus; the usual one where none is given.
    ///   - sessionBus: the address of the person's bus; the usual one where none is given.
    package init(systemBus: String? = nil, sessionBus: String? = nil) {
        self.systemBus = systemBus
        self.sessionBus = sessionBus
    }

    package func answer(to question: ServiceQuestion) -> Result<BusValue, ServiceFailure> {
        Result { () throws(ServiceFailure) in try read(question) }
    }

    private func read(_ question: ServiceQuestion) throws(ServiceFailure) -> BusValue {
        let connection: BusConnection<ServiceFailure> =
            switch question.bus {
            case .system: try BusConnection(systemBusAt: systemBus)
            case .session: try BusConnection(address: sessionBus)
            }
        var target = BusTarget(
            destination: question.destination, path: question.path, interface: question.interface)
        switch question.kind {
        case .property(let name):
            target.interface = "org.freedesktop.DBus.Properties"
            return try connection.call(target, "Get", within: Self.limit, mayStart: question.mayStart) {
                message throws(ServiceFailure) in
                try message.append(question.interface)
                try message.append(name)
            }.readValue()
        case .method(let name, let arguments):
            return try connection.call(target, name, within: Self.limit, mayStart: question.mayStart) {
                message throws(ServiceFailure) in
                for argument in arguments { try message.append(argument) }
            }.readValue()
        }
    }
}

/// Answers nothing: a folder of files has no services.
package struct NoServices: ServiceReader {
    /// A reader of nothing.
    package init() {}

    package func answer(to question: ServiceQuestion) -> Result<BusValue, ServiceFailure> { .failure(.notLive) }
}

extension BusMessage {
    /// Appends an argument of a question.
    fileprivate func append(_ argument: ServiceQuestion.Argument) throws(Failure) {
        switch argument {
        case .string(let text): try append(text)
        case .unsigned(let number): try append(number)
        case .integer(let number): try append(number)
        case .strings(let texts):
            try container(.array, of: "s") { () throws(Failure) in
                for text in texts { try append(text) }
            }
        }
    }
}
