// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HTTPSClient

@Suite struct LoadedLibcurlTests {
    @Test func aMachineWithoutLibcurlIsToldSo() {
        let error = #expect(throws: HTTPSClientError.self) { try LoadedLibcurl(library: "libcurl-of-no-machine.so.4") }
        #expect(error?.code == .broken)
        #expect(error?.message.contains("libcurl-of-no-machine.so.4") == true)
    }

    /// Another library of that name, or one that is too old.
    @Test func aLibraryThatLacksAFunctionIsNotUsed() {
        let error = #expect(throws: HTTPSClientError.self) { try LoadedLibcurl(library: "libc.so.6") }
        #expect(error?.message.contains("curl_easy_cleanup") == true)
    }
}
