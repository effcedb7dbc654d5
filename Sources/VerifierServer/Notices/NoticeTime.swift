// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// How notices tell a time.
enum NoticeTime {
    /// A time in seconds since 1970, such as `2026-03-14 09:26 UTC`.
    static func text(of time: Int64) -> String {
        let style = Date.ISO8601FormatStyle(timeZone: .gmt)
            .year().month().day().dateSeparator(.dash).dateTimeSeparator(.space).time(includingFractionalSeconds: false)
        return Date(timeIntervalSince1970: TimeInterval(time)).formatted(style).prefix(16) + " UTC"
    }
}
