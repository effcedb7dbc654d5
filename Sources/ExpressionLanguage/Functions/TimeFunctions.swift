// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Functions of times.
struct TimeFunctions {
    let time: ExpressionTime
    let now: ExpressionTime?
    let offset: Int

    /// Seconds from 1601-01-01, where Windows begins to count, to 1970-01-01.
    static let windowsEpoch: Int64 = 11_644_473_600

    /// The function's result; `nil` if times have none for these arguments.
    func call(
        _ function: ValueFunction, _ arguments: [ExpressionValue]
    ) throws(EvaluationFailure) -> ExpressionValue? {
        switch (arguments.count, arguments.first) {
        case (0, _): return try call(function)
        case (1, .string(let text)): return try call(function, text)
        case (1, let argument?):
            guard let number = argument.whole else { return nil }
            return try call(function, number)
        default: return nil
        }
    }

    private func call(_ function: ValueFunction) throws(EvaluationFailure) -> ExpressionValue? {
        switch function {
        case .toUnix: return .long(time.seconds)
        case .toWindows:
            return .long((time.seconds + Self.windowsEpoch) * 10_000_000 + Int64(time.nanoseconds / 100))
        case .toString: return .string(TimePattern.standard.format(time))
        default: return nil
        }
    }

    private func call(_ function: ValueFunction, _ text: String) throws(EvaluationFailure) -> ExpressionValue? {
        switch function {
        case .toString:
            do throws(TimePattern.Problem) {
                return .string(try TimePattern(text).format(time))
            } catch {
                throw error.failure(at: offset)
            }
        case .toZone:
            guard let zone = ExpressionZone(text) else {
                throw EvaluationFailure(
                    .notConvertible, at: offset, "'\(text.prefix(64))' is not a time zone",
                    hint: "UTC, an offset such as +02:00, or a name such as Europe/Berlin")
            }
            return .time(ExpressionTime(seconds: time.seconds, nanoseconds: time.nanoseconds, zone: zone))
        default: return nil
        }
    }

    private func call(_ function: ValueFunction, _ number: Int64) throws(EvaluationFailure) -> ExpressionValue? {
        switch function {
        case .plusDays: return .time(try days(number, 1))
        case .plusHours: return .time(try plus(number, 3600))
        case .plusMinutes: return .time(try plus(number, 60))
        case .plusSeconds: return .time(try plus(number, 1))
        case .minusDays: return .time(try days(number, -1))
        case .minusHours: return .time(try plus(number, -3600))
        case .minusMinutes: return .time(try plus(number, -60))
        case .minusSeconds: return .time(try plus(number, -1))
        case .withinDays: return .boolean(try isWithin(number, 86_400))
        case .withinHours: return .boolean(try isWithin(number, 3600))
        case .withinMinutes: return .boolean(try isWithin(number, 60))
        case .withinSeconds: return .boolean(try isWithin(number, 1))
        default: return nil
        }
    }

    private func plus(_ number: Int64, _ unit: Int64) throws(EvaluationFailure) -> ExpressionTime {
        let (distance, isTooFar) = number.multipliedReportingOverflow(by: unit)
        let (seconds, isTooLate) = time.seconds.addingReportingOverflow(distance)
        guard !isTooFar, !isTooLate else { throw Self.overflow(offset) }
        return try Self.checked(seconds, time.nanoseconds, time.zone, at: offset)
    }

    /// Days later by the calendar of the zone: the same time of the day, also where clocks were changed between.
    private func days(_ number: Int64, _ sign: Int64) throws(EvaluationFailure) -> ExpressionTime {
        guard number.magnitude <= 4_000_000 else { throw Self.overflow(offset) }
        let before = time.zone.offset(at: time.seconds)
        let local = time.seconds + before + number * sign * 86_400
        guard ExpressionTime.range.contains(local) else { throw Self.overflow(offset) }
        return try Self.checked(
            time.zone.seconds(ofLocal: local, preferring: before), time.nanoseconds, time.zone, at: offset)
    }

    /// Whether the time is at most so far from now, before or after it.
    private func isWithin(_ number: Int64, _ unit: Int64) throws(EvaluationFailure) -> Bool {
        guard number >= 0 else {
            throw EvaluationFailure(.wrongArguments, at: offset, "the distance is negative")
        }
        let (distance, isTooFar) = number.multipliedReportingOverflow(by: unit)
        guard !isTooFar else { return true }
        guard let now else { throw Evaluator.missing("DateTime.now()", at: offset) }
        let (earlier, later) = time.moment < now.moment ? (time, now) : (now, time)
        let seconds = later.seconds - earlier.seconds
        if seconds != distance { return seconds < distance }
        return later.nanoseconds <= earlier.nanoseconds
    }

    /// A time by seconds since 1970.
    static func unix(_ seconds: Int64, at offset: Int) throws(EvaluationFailure) -> ExpressionTime {
        try checked(seconds, 0, .utc, at: offset)
    }

    /// A time by units of 100 ns since 1601.
    static func windows(_ units: Int64, at offset: Int) throws(EvaluationFailure) -> ExpressionTime {
        let (seconds, rest) = units.quotientAndRemainder(dividingBy: 10_000_000)
        let isBefore = rest < 0
        return try checked(
            seconds - windowsEpoch - (isBefore ? 1 : 0), Int32((isBefore ? rest + 10_000_000 : rest) * 100), .utc,
            at: offset)
    }

    private static func checked(
        _ seconds: Int64, _ nanoseconds: Int32, _ zone: ExpressionZone, at offset: Int
    ) throws(EvaluationFailure) -> ExpressionTime {
        guard ExpressionTime.range.contains(seconds) else { throw overflow(offset) }
        return ExpressionTime(seconds: seconds, nanoseconds: nanoseconds, zone: zone)
    }

    private static func overflow(_ offset: Int) -> EvaluationFailure {
        EvaluationFailure(.overflow, at: offset, "the time is not in the years 1 to 9999")
    }
}
