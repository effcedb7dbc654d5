// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import PostureHelper

/// The posture helper: started by its socket, gone when nobody has asked for a while. It takes no argument and reads no
/// configuration.
@main enum PostureHelperProgram {
    static func main() {
        let log = HelperLog()
        do throws(ActivatedSocket.Failure) {
            let listener = try ActivatedSocket.take()
            HelperServer(listener: listener, log: log).run()
        } catch {
            log.write(.error, "posture-helper: \(error)")
            exit(64)
        }
    }
}
