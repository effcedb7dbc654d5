// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DevicePosture

@Suite struct TablesTests {
    @Test(
        arguments: [
            (#"/mnt/a\040b"#, "/mnt/a b"), (#"\134"#, #"\"#), (#"a\011b\012c"#, "a\tb\nc"), (#"\04"#, #"\04"#),
            (#"\999"#, #"\999"#),
            (#"x\"#, #"x\"#), ("", ""), (#"\303\274"#, "ü"), (#"\777"#, #"\777"#),
        ] as [(String, String)])
    func resolvesOctalEscapes(text: String, expected: String) {
        #expect(MountTable.unescaped(text) == expected)
    }

    @Test func readsAllFieldsOfAMount() throws {
        let line =
            #"36 35 98:0 /mnt1 /mnt\0402 rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue"#
        let mount = try #require(try MountTable(parsing: Array(line.utf8)).mounts.first)
        #expect(mount.device == DeviceNumber(major: 98, minor: 0))
        #expect(mount.rootInFileSystem == "/mnt1" && mount.mountPoint == "/mnt 2" && mount.fileSystem == "ext3")
        #expect(mount.source == "/dev/root" && mount.isWritable && mount.option("errors") == "continue")
    }

    @Test func readsAMountWithoutOptionalFieldsOrSource() throws {
        let table = try MountTable(
            parsing: Array("36 35 0:5 / /mnt rw -  tmpfs  rw\n36 35 0:5 / /a rw - tmpfs  rw\n".utf8))
        #expect(table.mounts[1].source.isEmpty)
    }

    @Test(
        arguments: [
            ("/", "/"), ("/home", "/home"), ("/home/alice", "/home"), ("/homely", "/"), ("/var/lib/x", "/var/lib"),
            ("/var", "/"),
        ] as [(String, String)])
    func findsTheMountThatHoldsAPath(path: String, expected: String) throws {
        let text = ["/", "/home", "/var/lib"].map { "1 1 8:1 / \($0) rw - ext4 a rw" }.joined(separator: "\n")
        #expect(try MountTable(parsing: Array(text.utf8)).mount(holding: path)?.mountPoint == expected)
    }

    @Test func theLatestOfSeveralMountsOnOnePointHolds() throws {
        let text = "1 1 0:1 / / rw - rootfs rootfs rw\n2 1 8:1 / / rw - ext4 a rw\n"
        #expect(try MountTable(parsing: Array(text.utf8)).mount(holding: "/x")?.fileSystem == "ext4")
    }

    @Test func readsSwapSpaces() throws {
        let text = """
            Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
            /dev/dm-2                               partition\t8388604\t0\t-2
            /swap\\040file\\040(deleted)              file\t\t1\t0\t-3

            """
        let entries = try SwapTable(parsing: Array(text.utf8)).entries
        #expect(entries == [.init(path: "/dev/dm-2", isFile: false), .init(path: "/swap file", isFile: true)])
    }

    @Test(
        arguments: [
            ("8:1", true), ("259:1048575", true), ("8", false), ("8:", false), (":1", false), ("a:1", false),
            ("8:1:2", false),
        ] as [(String, Bool)])
    func readsDeviceNumbers(text: String, isValid: Bool) {
        #expect((DeviceNumber(text) != nil) == isValid)
    }
}
