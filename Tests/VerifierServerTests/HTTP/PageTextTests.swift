// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Languages
import Testing

@testable import VerifierServer

@Suite struct PageTextTests {
    @Test func `a text is said in the language that is wanted, with its places filled`() {
        let text = PageText("Go to {0} to try again.", "https://id.example.com/account")
        #expect(text.text(in: .english) == "Go to https://id.example.com/account to try again.")
        #expect(
            text.text(in: .german)
                == "Gehen Sie zu https://id.example.com/account, um es noch einmal zu versuchen.")
        #expect(PageText("Nobody translated this.").text(in: .german) == "Nobody translated this.")
    }

    @Test(arguments: [
        (#"export default { "a": "b", };"#, 1),
        ("export default {\n  \"a\":\n    \"b\",\n  \"c {0}\": \"d\",\n};\n", 2),
        (#"export default {"a": "b"};"#, 1), ("", 0), ("}{", 0), ("{ nonsense }", 0), ("{,}", 0),
    ])
    func `a module of translations is read, and what is none leaves everything English`(_ module: String, _ count: Int)
    {
        #expect(Translations(.german, module: Array(module.utf8)).sources.count == count)
    }

    @Test func `the module that comes with this build is read whole`() {
        #expect(Translations(.german, module: PackageResources.texts_de_js).sources.count > 150)
    }
}
